"""Choose due dates so that a step of a scenario falls exactly on a day (pure)."""

import datetime

from ...core.ladder import Ladder, Position
from ...core.working_days import WorkingCalendar

ONE_DAY = datetime.timedelta(days=1)


class NoDueDate(Exception):
    """No receivable can reach a step on the day; its text is one clear sentence."""


def last_working_day(day: datetime.date, calendar: WorkingCalendar) -> datetime.date:
    """Return a day, or the last working day before it."""
    while not calendar.is_working(day):
        day -= ONE_DAY
    return day


def next_sunday(day: datetime.date) -> datetime.date:
    """Return the Sunday after a day."""
    return day + (7 - day.isoweekday() or 7) * ONE_DAY


def live_dates(
    due: datetime.date, ladder: Ladder, calendar: WorkingCalendar, last: datetime.date
) -> list[tuple[datetime.date, int]]:
    """Return the (day, delay) of each step of an unpaid receivable up to a day."""
    found = []
    position = None
    day = due - datetime.timedelta(days=20)
    while day <= last:
        if calendar.is_working(day):
            delay = ladder.due(due, due - datetime.timedelta(days=30), position, day)
            if delay is not None:
                found.append((day, delay))
                position = Position(delay, day)
        day += ONE_DAY
    return found


def due_dates_hitting(
    delay: int, day: datetime.date, ladder: Ladder, calendar: WorkingCalendar
) -> list[datetime.date]:
    """Return the due dates whose receivable reaches a step on a day, latest first."""
    start = day - datetime.timedelta(days=delay)
    candidates = [start + datetime.timedelta(days=shift) for shift in range(6, -25, -1)]
    return [
        due
        for due in candidates
        if (life := live_dates(due, ladder, calendar, day)) and life[-1] == (day, delay)
    ]


def due_dates_held(
    delay: int, day: datetime.date, ladder: Ladder, calendar: WorkingCalendar
) -> list[tuple[datetime.date, datetime.date]]:
    """Return (due date, first day of a hold that ends the day before).

    On some days no ordinary life reaches a step: a D+1 moved from a Saturday to a
    Monday moves D+7 past the Friday. A receivable that was held reaches it.
    """
    found = []
    index = ladder.delays.index(delay)
    for wait in range(3, 15):
        due = day - datetime.timedelta(days=delay + wait)
        life = dict(
            (step, when) for when, step in live_dates(due, ladder, calendar, day)
        )
        before = life.get(ladder.delays[index - 1])
        if before and life.get(delay) and life[delay] < day:
            found.append((due, before + ONE_DAY))
    return found


def lives_reaching(
    delay: int, day: datetime.date, ladder: Ladder, calendar: WorkingCalendar
) -> list[tuple[datetime.date, datetime.date | None]]:
    """Return (due date, first day of a hold or None) of lives that reach a step.

    :raise NoDueDate: there is none
    """
    found = [(due, None) for due in due_dates_hitting(delay, day, ladder, calendar)]
    found = found or due_dates_held(delay, day, ladder, calendar)
    if not found:
        raise NoDueDate(
            f"No due date makes a receivable reach the step D{delay:+d} on {day}: "
            "choose another TODAY."
        )
    return found


def working_days_before(
    day: datetime.date, count: int, calendar: WorkingCalendar
) -> list[datetime.date]:
    """Return the last working days before a day, the nearest first."""
    found: list[datetime.date] = []
    while len(found) < count:
        day -= ONE_DAY
        if calendar.is_working(day):
            found.append(day)
    return found
