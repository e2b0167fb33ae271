"""What comes next for a receivable, said to people who do not collect."""

import datetime

from .ladder import Ladder, Position


def next_step(
    ladder: Ladder,
    due_date: datetime.date,
    invoiced_on: datetime.date | None,
    position: Position | None,
    today: datetime.date,
) -> tuple[int, datetime.date] | None:
    """Return the delay and the day of the next step, None after the last one.

    The day is never in the past: what is due or waits is announced for today. Holds
    are not looked at.

    :param position: the last counted line, None when there is none yet
    """
    if position is not None:
        return ladder.next(due_date, position, today)
    due = ladder.due(due_date, invoiced_on, None, today)
    if due is not None:
        return due, today
    overdue = (today - due_date).days
    later = next((delay for delay in ladder.delays if delay > overdue), None)
    if later is None:
        return None
    return later, due_date + datetime.timedelta(days=later)
