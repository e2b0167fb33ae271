"""Monthly statements: their day of the month, and who gets one."""

import calendar
import dataclasses
import datetime
from decimal import Decimal

from .working_days import WorkingCalendar

#: why a debtor gets no statement this month; the first that applies is the one told
SKIPPED = (
    "nothing_open",
    "not_wanted",
    "minimum",
    "insolvency",
    "handed_over",
    "legal",
    "address",
    "no_address",
)


def first_of_month(day: datetime.date) -> datetime.date:
    """Return what names the month of a day."""
    return day.replace(day=1)


def statement_day(
    month: datetime.date, day: int, days: WorkingCalendar
) -> datetime.date:
    """Return the day on which the statements of a month leave.

    A day that the month lacks is its last one. A day that is not worked is put off to
    the next worked day of the month or, at its end, brought forward to the last one;
    a month without any worked day keeps the day itself.

    :param month: any day of the month
    :param day: day of the month, 1 to 31
    """
    last = calendar.monthrange(month.year, month.month)[1]
    wanted = month.replace(day=min(max(day, 1), last))
    later = (wanted.replace(day=number) for number in range(wanted.day, last + 1))
    earlier = (wanted.replace(day=number) for number in range(wanted.day - 1, 0, -1))
    for candidate in (*later, *earlier):
        if days.is_working(candidate):
            return candidate
    return wanted


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a debtor gets a statement, and how.

    :param weight: what is open, in company currency; zero = nothing
    :param is_wanted: the answer of the debtor, else of its segment, else the company's
    :param blocks: codes among ``SKIPPED`` that a hold gives
    :param has_email: a usable e-mail address is known
    :param has_refused_email: the only e-mail addresses returned a message or are
        blacklisted
    :param has_post: a complete postal address is known
    """

    weight: Decimal
    is_wanted: bool
    blocks: frozenset[str] = frozenset()
    has_email: bool = False
    has_refused_email: bool = False
    has_post: bool = False


def decide(candidate: Candidate, minimum: Decimal) -> tuple[str | None, str | None]:
    """Return (channel, None) or (None, why not); a channel is email or letter.

    A refused address is corrected by a person, never written around by post.
    """
    reasons = set(candidate.blocks)
    if not candidate.weight:
        reasons.add("nothing_open")
    if not candidate.is_wanted:
        reasons.add("not_wanted")
    if candidate.weight < minimum:
        reasons.add("minimum")
    if not candidate.has_email:
        if candidate.has_refused_email:
            reasons.add("address")
        elif not candidate.has_post:
            reasons.add("no_address")
    reason = next((code for code in SKIPPED if code in reasons), None)
    if reason:
        return None, reason
    return ("email" if candidate.has_email else "letter"), None
