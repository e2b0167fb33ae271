"""On which day a weekly mail leaves, and which week it is the mail of."""

import datetime

from .working_days import WorkingCalendar

#: hour of the morning from which it leaves, local time of the company
FIRST_HOUR = 7
#: a server that was down catches up during so many days, not later in the week
CATCH_UP_DAYS = 2


def week_key(day: datetime.date) -> str:
    """Return the ISO week of a day, for example ``2026-W48``."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def chosen_day(today: datetime.date, weekday: int) -> datetime.date:
    """Return the last day with a weekday (Monday = 0), today included."""
    return today - datetime.timedelta(days=(today.weekday() - weekday) % 7)


def week_to_send(
    now: datetime.datetime, weekday: int, calendar: WorkingCalendar
) -> str | None:
    """Return the week whose mail is to leave now, None when it is not the moment.

    The mail leaves on the chosen weekday, or on the next worked day when that one is
    not worked; its week is that of the chosen day, so that it never leaves twice.

    :param now: local time of the company
    """
    chosen = chosen_day(now.date(), weekday)
    day = calendar.next_working(chosen)
    late = (now.date() - day).days
    if now.hour < FIRST_HOUR or not 0 <= late <= CATCH_UP_DAYS:
        return None
    return week_key(chosen)
