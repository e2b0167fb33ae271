"""What the post says of a letter: which events go together, what follows from them."""

import dataclasses
import datetime
from collections.abc import Collection

#: events in the order of a letter's life
CODES = (
    "posted",
    "in_transit",
    "presented",
    "available",
    "delivered",
    "refused",
    "unclaimed",
    "unknown_address",
    "returned",
    "proof",
)
#: the postman stood at the door, or left a notice: the letter was presented
PRESENTED = frozenset({"presented", "available", "delivered", "refused", "unclaimed"})
#: attempts that come before the end
ATTEMPTS = frozenset({"presented", "available"})
#: a letter has one end
ENDS = ("delivered", "refused", "unclaimed", "unknown_address")
#: why a letter came back, the plainest reason first
RETURNS = ("unknown_address", "refused", "unclaimed", "returned")
#: days that a formal notice grants from its first presentation
NOTICE_DAYS = 8
#: days that the post takes to present a letter, as long as it does not say when it did
POST_DAYS = 4


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that the post said of a letter."""

    code: str
    date: datetime.date


@dataclasses.dataclass(frozen=True)
class Conflict:
    """Why an event cannot be true.

    :param key: ``future early not_posted before_posting posted_twice order end``
    :param other: the event, or the limit, that it contradicts
    """

    key: str
    other: Event | None = None


@dataclasses.dataclass(frozen=True)
class Summary:
    """What follows from a letter's events."""

    presented_on: datetime.date | None = None
    delivered_on: datetime.date | None = None
    returned_on: datetime.date | None = None
    return_code: str | None = None


def find_conflict(
    new: Event,
    known: Collection[Event],
    today: datetime.date,
    made_on: datetime.date,
) -> Conflict | None:
    """Return why an event contradicts what is known, None when it does not.

    :param known: the letter's events, that of its posting among them
    :param made_on: the date that the letter bears
    """
    if new.date > today:
        return Conflict("future", Event(new.code, today))
    if new.code == "posted":
        return _find_posting_conflict(new, known, made_on)
    posted = next((one for one in known if one.code == "posted"), None)
    if not posted:
        return Conflict("not_posted")
    if new.date < posted.date:
        return Conflict("before_posting", posted)
    return _find_end_conflict(new, known) or _find_order_conflict(new, known)


def _find_posting_conflict(new, known, made_on) -> Conflict | None:
    if new.date < made_on:
        return Conflict("early", Event("posted", made_on))
    for other in sorted(known, key=lambda one: one.date):
        if other.code == "posted" and other.date != new.date:
            return Conflict("posted_twice", other)
        if other.date < new.date:
            return Conflict("order", other)
    return None


def _find_end_conflict(new, known) -> Conflict | None:
    """A letter that was delivered did not come back, and so on."""
    for other in known:
        pair = {new.code, other.code}
        if len(pair) == 2 and (pair <= set(ENDS) or pair == {"delivered", "returned"}):
            return Conflict("end", other)
    return None


def _find_order_conflict(new, known) -> Conflict | None:
    """The postman comes before the letter's end."""
    ends = {*ENDS, "returned"}
    for other in known:
        if new.code in ATTEMPTS and other.code in ends and new.date > other.date:
            return Conflict("order", other)
        if new.code in ends and other.code in ATTEMPTS and new.date < other.date:
            return Conflict("order", other)
    return None


def summarise(events: Collection[Event]) -> Summary:
    """Return what follows from a letter's events.

    A letter that was refused or not claimed was presented at the latest on that day.
    """

    def days(codes):
        return [one.date for one in events if one.code in codes]

    codes = {one.code for one in events}
    return Summary(
        min(days(PRESENTED), default=None),
        min(days({"delivered"}), default=None),
        max(days(RETURNS), default=None),
        next((code for code in RETURNS if code in codes), None),
    )


def notice_deadline(
    posted_on: datetime.date | None, presented_on: datetime.date | None
) -> tuple[datetime.date | None, bool]:
    """Return until when a formal notice gives time, and whether it is an estimate.

    The eight days run from the first presentation, whenever the letter was posted.
    """
    if presented_on:
        return presented_on + datetime.timedelta(days=NOTICE_DAYS), False
    if posted_on:
        return posted_on + datetime.timedelta(days=POST_DAYS + NOTICE_DAYS), True
    return None, False
