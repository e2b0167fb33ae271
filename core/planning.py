"""A debtor's day: from its receivables to the follow-ups that it gets.

Pure: rows in, plan out. The engine reads the rows for a whole batch, calls
``plan_debtor`` for each debtor and writes what comes back.
"""

import dataclasses
import datetime
from collections.abc import Iterable
from decimal import Decimal

#: written channels, from low to high
WRITTEN = ("email", "sms", "letter", "registered")
#: channels that may leave without a person
SENT_BY_MACHINE = ("email", "letter", "registered")
#: tried in this order when a channel has no usable address
FALLBACK = {
    "email": ("email", "letter"),
    "letter": ("letter", "email"),
    "sms": ("sms", "email", "letter"),
    "registered": ("registered",),
}
#: what about today's follow-up may put it off; the first in this order counts
DEFERRALS = (
    "prerequisite",
    "unmatched_receipt",
    "bank_stale",
    "calendar",
    "frequency",
    "minimum_total",
    "no_address",
)
#: days between a performed written step and the formal notice that needs it
NOTICE_AFTER_DAYS = 7


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of a scenario, as the plan needs it.

    :param delay: days to the due date, negative = before
    :param level: code of the dunning level
    :param mode: ``automatic``, ``to_confirm`` or ``manual``
    :param minimum_amount: net below which the substitute takes over (company currency)
    :param counts: whether it uses the contact budget
    """

    id: int
    delay: int
    level: str
    level_id: int
    channel: str
    mode: str
    recipient_role: str = "accounting"
    minimum_amount: Decimal = Decimal()
    substitute_channel: str | None = None
    counts: bool = True


@dataclasses.dataclass(frozen=True)
class Row:
    """An open receivable with a step due.

    :param amount_due: residual minus what is held, in company currency
    :param hold_reason: why it may not be chased
    :param last_state: state of the follow-up of its last counted line
    :param first_written: day of the first performed written step after the due date
    :param notice_on: day of the performed formal notice that claimed it
    :param is_doubtful_payment: a probable payment was held long enough and is still
        unmatched: nothing written leaves without a person
    """

    id: int
    amount_due: Decimal
    step: Step
    hold_reason: str | None = None
    last_line_id: int | None = None
    last_state: str | None = None
    first_written: datetime.date | None = None
    notice_on: datetime.date | None = None
    is_doubtful_payment: bool = False


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a message goes: a contact and the address at the time of planning."""

    partner_id: int
    value: str


@dataclasses.dataclass(frozen=True)
class Debtor:
    """What the plan knows about a debtor, besides its receivables with a step due.

    :param net_overdue: overdue and not held, minus free credits (company currency)
    :param recent_contacts: contacts that used the budget in its days
    :param has_unmatched_receipt: a receipt holds one of its receivables
    :param addresses: (channel, role) -> address; absent = none usable
    """

    id: int
    net_overdue: Decimal
    recent_contacts: int = 0
    contact_budget: int = 3
    has_unmatched_receipt: bool = False
    addresses: dict[tuple[str, str], Address] = dataclasses.field(default_factory=dict)

    def address(self, channel: str, role: str) -> Address | None:
        return self.addresses.get((channel, role))

    def recipient(self, role: str) -> int | None:
        """Return the contact whom a role reaches in writing."""
        found = self.address("email", role) or self.address("letter", role)
        return found.partner_id if found else None


@dataclasses.dataclass(frozen=True)
class Day:
    """The company's day.

    :param is_live: automatic steps leave by themselves (else they are to confirm)
    :param minimum_total: net below which a debtor is left alone (company currency)
    :param has_guards: deferrals, minimum and net rule apply
    """

    date: datetime.date
    is_working: bool = True
    is_bank_stale: bool = False
    is_live: bool = True
    minimum_total: Decimal = Decimal()
    has_guards: bool = True


@dataclasses.dataclass
class Planned:
    """A follow-up to create; ``state`` is where it starts."""

    channel: str
    step: Step
    state: str
    rows: list[Row]
    address: Address | None = None
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass
class DebtorPlan:
    """What a debtor gets today.

    :param withheld: receivable -> code of the hold or deferral
    :param overtaken: counted lines that the new ones overtake
    :param has_case: the debtor already has an open case
    """

    debtor_id: int
    has_case: bool = False
    followups: list[Planned] = dataclasses.field(default_factory=list)
    withheld: dict[int, str] = dataclasses.field(default_factory=dict)
    overtaken: list[int] = dataclasses.field(default_factory=list)

    @property
    def opens_case(self) -> bool:
        """A courtesy message before the due date opens none."""
        return any(
            row.step.delay > 0 for planned in self.followups for row in planned.rows
        )


def plan_debtor(debtor: Debtor, rows: Iterable[Row], day: Day) -> DebtorPlan:
    """Return the plan of a debtor's day."""
    plan = DebtorPlan(debtor.id)
    ready = []
    for row in rows:
        code = row.hold_reason or (
            _early_deferral(debtor, row, day) if day.has_guards else None
        )
        if code:
            plan.withheld[row.id] = code
        else:
            ready.append(row)
    for group in _groups(debtor, ready):
        _plan_group(plan, debtor, group, day)
    for planned in plan.followups:
        plan.overtaken += [
            row.last_line_id
            for row in planned.rows
            if row.last_line_id and row.last_state in ("planned", "to_confirm")
        ]
    return plan


def _early_deferral(debtor: Debtor, row: Row, day: Day) -> str | None:
    """Return what stops a receivable by itself, before any grouping.

    Somebody who has just sent money is not reminded of what is not due yet.
    """
    if row.step.delay <= 0 and debtor.has_unmatched_receipt:
        return "unmatched_receipt"
    if row.step.level == "notice":
        limit = day.date - datetime.timedelta(days=NOTICE_AFTER_DAYS)
        if row.first_written is None or row.first_written > limit:
            return "prerequisite"
    if row.step.channel == "handoff" and row.notice_on is None:
        return "prerequisite"
    return None


def _groups(debtor: Debtor, rows: list[Row]) -> list[list[Row]]:
    """Group what one follow-up may carry: one message to a recipient, one task."""
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        step = row.step
        if step.channel in WRITTEN:
            key = ("written", debtor.recipient(step.recipient_role))
        else:
            key = (step.channel, step.recipient_role)
        groups.setdefault(key, []).append(row)
    return [
        sorted(group, key=lambda row: (-row.step.delay, row.id))
        for group in groups.values()
    ]


def _plan_group(plan: DebtorPlan, debtor: Debtor, rows: list[Row], day: Day) -> None:
    """Plan a group at its highest step; when that may not be, at the next lower."""
    while rows:
        top = rows[0].step
        channel, address, code = _channel(debtor, top, day)
        if day.has_guards:
            code = _deferral(debtor, top, channel, code, day)
        if not code:
            plan.followups.append(_planned(channel, address, rows, day))
            return
        stopped = [row for row in rows if row.step == top]
        plan.withheld.update({row.id: code for row in stopped})
        rows = [row for row in rows if row.step != top]


def _planned(channel, address, rows: list[Row], day: Day) -> Planned:
    planned = Planned(channel, rows[0].step, "planned", rows, address)
    planned.state = _first_state(planned, day)
    if day.has_guards and day.is_bank_stale and channel in WRITTEN:
        planned.warnings += ("bank_stale",)
    if any(row.is_doubtful_payment for row in rows):
        planned.warnings += ("probable_payment",)
    return planned


def _deferral(debtor, step: Step, channel: str, code: str | None, day: Day):
    """Return the first deferral that applies to a step today, None if it may go.

    A message and a call may share a day: both are held against the days before.
    """
    automatic = step.mode == "automatic" and channel in SENT_BY_MACHINE and day.is_live
    if day.is_bank_stale and automatic:
        return "bank_stale"
    if not day.is_working:
        return "calendar"
    if step.counts and debtor.recent_contacts >= debtor.contact_budget:
        return "frequency"
    if step.delay > 0 and _below_minimum(debtor.net_overdue, day.minimum_total):
        return "minimum_total"
    return code


def _below_minimum(net: Decimal, minimum: Decimal) -> bool:
    return net <= 0 or net < minimum


def _channel(
    debtor: Debtor, step: Step, day: Day
) -> tuple[str, Address | None, str | None]:
    """Return the channel that is used, its address, and the deferral if none is."""
    wanted = step.channel
    role = step.recipient_role
    if not day.has_guards:
        return wanted, debtor.address(wanted, role), None
    if step.delay > 0 and debtor.net_overdue < step.minimum_amount:
        if not step.substitute_channel:
            return wanted, None, "minimum_total"
        wanted = step.substitute_channel
    if wanted not in WRITTEN:
        return wanted, debtor.address(wanted, role), None
    chain = FALLBACK[wanted] if step.delay > 0 else (wanted,)
    for channel in chain:
        address = debtor.address(channel, role)
        if address:
            return channel, address, None
    return wanted, None, "no_address"


def _first_state(planned: Planned, day: Day) -> str:
    """Return ``queued``, ``to_confirm`` or ``planned`` (a task of a person)."""
    if planned.channel not in SENT_BY_MACHINE or planned.step.mode == "manual":
        return "planned"
    doubtful = any(row.is_doubtful_payment for row in planned.rows)
    automatic = planned.step.mode == "automatic" and day.is_live and not doubtful
    return "queued" if automatic else "to_confirm"
