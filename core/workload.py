"""What a simulated day asks of each person: follow-ups, amounts, minutes.

Counted as it goes and bounded: a day's entries are one for each person, channel and
level, and each entry keeps its largest debtors alone. Parts that were counted apart
are merged; a part may be kept as JSON between two of them.
"""

import dataclasses
import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

#: minutes of work for a follow-up, as shipped; ``confirm`` = a message that a person
#: reads and releases
MINUTES = {
    "call": 6,
    "letter": 2,
    "registered": 5,
    "portal": 5,
    "handoff": 10,
    "confirm": 1,
}
#: messages that cost time only when a person confirms them
MESSAGES = ("email", "sms")
#: debtors that an entry keeps by name, the largest ones
DETAILS = 200


def minutes_of(standard: Mapping[str, int], channel: str, state: str) -> int:
    """Return the minutes of a follow-up.

    :param standard: minutes for each key of ``MINUTES``
    :param state: where it starts; ``queued`` leaves by itself
    """
    if channel in MESSAGES:
        return 0 if state == "queued" else standard["confirm"]
    return standard[channel]


@dataclasses.dataclass(frozen=True, order=True)
class Key:
    """What an entry is about; day in ISO format, ``user`` 0 = nobody.

    :param is_open: planned before the simulation and not done yet
    """

    day: str
    user: int
    channel: str
    level: int
    is_open: bool = False


@dataclasses.dataclass
class Entry:
    """The follow-ups of a key.

    :param amount: what they claim, company currency
    :param details: (amount, debtor, receivables) of the largest, a heap
    """

    followups: int = 0
    receivables: int = 0
    to_confirm: int = 0
    amount: Decimal = Decimal()
    minutes: int = 0
    details: list[tuple[Decimal, int, int]] = dataclasses.field(default_factory=list)

    def keep(self, detail: tuple[Decimal, int, int]) -> None:
        """Keep a debtor by name while it is among the largest."""
        if len(self.details) < DETAILS:
            heapq.heappush(self.details, detail)
        else:
            heapq.heappushpop(self.details, detail)

    def merge(self, other: "Entry") -> None:
        for name in ("followups", "receivables", "to_confirm", "amount", "minutes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for detail in other.details:
            self.keep(detail)


class Workload:
    """A company's simulated days."""

    def __init__(self):
        self.entries: dict[Key, Entry] = {}
        self.held: dict[str, Counter] = {}
        self.failed: Counter = Counter()

    def add(
        self,
        key: Key,
        debtor: int,
        receivables: int,
        amount: Decimal,
        minutes: int,
        is_to_confirm: bool = False,
    ) -> None:
        """Count a follow-up of a debtor."""
        detail = (amount, debtor, receivables)
        part = Entry(1, receivables, int(is_to_confirm), amount, minutes, [detail])
        self.entries.setdefault(key, Entry()).merge(part)

    def hold(self, day: str, codes: Mapping[str, int]) -> None:
        """Count receivables that a day leaves alone, by reason."""
        self.held.setdefault(day, Counter()).update(codes)

    def merge(self, other: "Workload") -> None:
        """Add what was counted for other debtors."""
        for key, entry in other.entries.items():
            self.entries.setdefault(key, Entry()).merge(entry)
        for day, codes in other.held.items():
            self.hold(day, codes)
        self.failed.update(other.failed)

    # === ANSWERS === #

    def loads(self) -> dict[tuple[str, int], int]:
        """Return (day, user) -> minutes."""
        found: Counter = Counter()
        for key, entry in self.entries.items():
            found[key.day, key.user] += entry.minutes
        return dict(found)

    def trim(self, limit: int) -> int:
        """Keep at most about ``limit`` debtors by name; return how many are left out.

        The largest of each entry stay.
        """
        total = sum(len(entry.details) for entry in self.entries.values())
        if total > limit:
            share = max(limit // len(self.entries), 1)
            for entry in self.entries.values():
                entry.details = heapq.nlargest(share, entry.details)
        kept = sum(len(entry.details) for entry in self.entries.values())
        return sum(entry.followups for entry in self.entries.values()) - kept

    def as_json(self) -> dict:
        """Return what ``from_json`` reads; amounts as text, exact."""
        return {
            "entries": [
                [
                    *dataclasses.astuple(key),
                    entry.followups,
                    entry.receivables,
                    entry.to_confirm,
                    str(entry.amount),
                    entry.minutes,
                    [[str(one), debtor, count] for one, debtor, count in entry.details],
                ]
                for key, entry in self.entries.items()
            ],
            "held": self.held,
            "failed": self.failed,
        }

    @classmethod
    def from_json(cls, data: Mapping) -> "Workload":
        """Return what ``as_json`` gave, empty without anything."""
        self = cls()
        for row in data.get("entries", ()):
            *key, followups, receivables, to_confirm, amount, minutes, details = row
            self.entries[Key(*key)] = Entry(
                followups,
                receivables,
                to_confirm,
                Decimal(amount),
                minutes,
                _heap((Decimal(one), debtor, count) for one, debtor, count in details),
            )
        for day, codes in data.get("held", {}).items():
            self.hold(day, codes)
        self.failed.update(data.get("failed", {}))
        return self


def _heap(details: Iterable[tuple]) -> list[tuple]:
    found = list(details)
    heapq.heapify(found)
    return found
