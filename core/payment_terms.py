"""Legal ceilings of payment terms: the latest lawful due date of an invoice.

C. com. L441-10 I: 60 days from the invoice date, or, by derogation, 45 days end of
month by both ways of counting; a summary invoice (CGI 289 I-3) 45 days. L441-11 II 5°:
transport 30 days. The numbers are legal parameters, none stands here.
"""

import dataclasses
import datetime

STANDARD = "standard"
TRANSPORT = "transport"
SUMMARY = "summary"
NO_CEILING = "none"
ONE_DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Ceilings:
    """Days that the law leaves, None where no value applies.

    :param net: from the invoice date
    :param month_end: to which the end of the month is added, before or after
    """

    net: int | None = None
    month_end: int | None = None
    transport: int | None = None
    summary: int | None = None


def end_of_month(day: datetime.date) -> datetime.date:
    """Return the last day of the month of a day."""
    following = day.replace(day=28) + datetime.timedelta(days=4)
    return following.replace(day=1) - ONE_DAY


def days_then_month_end(day: datetime.date, days: int) -> datetime.date:
    """Return the end of the month in which the days end."""
    return end_of_month(day + datetime.timedelta(days=days))


def month_end_then_days(day: datetime.date, days: int) -> datetime.date:
    """Return the day on which the days end that begin with the month's end."""
    return end_of_month(day) + datetime.timedelta(days=days)


def latest_due(
    invoice_date: datetime.date, ceilings: Ceilings, rule: str = STANDARD
) -> datetime.date | None:
    """Return the latest lawful due date, None where the law sets none.

    Of the standard rules the one that leaves most counts: which of them was agreed is
    in the contract, and a warning must never be wrong.
    """
    if rule == NO_CEILING:
        return None
    if rule in (TRANSPORT, SUMMARY):
        days = ceilings.transport if rule == TRANSPORT else ceilings.summary
        return None if days is None else invoice_date + datetime.timedelta(days=days)
    if ceilings.net is None or ceilings.month_end is None:
        return None
    return max(
        invoice_date + datetime.timedelta(days=ceilings.net),
        days_then_month_end(invoice_date, ceilings.month_end),
        month_end_then_days(invoice_date, ceilings.month_end),
    )
