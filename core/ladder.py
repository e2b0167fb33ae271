"""The ladder: which step of a scenario is due for a receivable.

The receivable query computes the same thing in SQL for a whole ledger; this is the
readable definition, the oracle of the tests, and what announces the next step.
"""

import bisect
import dataclasses
import datetime

#: as shipped: days between two steps when catching up
CATCH_UP_DAYS = 7


@dataclasses.dataclass(frozen=True)
class Position:
    """The last counted line of a receivable.

    :param delay: delay of its step to the due date, in days (negative = before)
    :param day: day for which it was planned
    """

    delay: int
    day: datetime.date


@dataclasses.dataclass(frozen=True)
class Ladder:
    """The steps of a scenario, by their delays.

    :param delays: delays to the due date in days, ascending, without repetition
    :param entry: delay of the step marked as entry; None = the lowest after due date
    :param catch_up: largest spacing in days between two steps when catching up
    """

    delays: tuple[int, ...]
    entry: int | None = None
    catch_up: int = CATCH_UP_DAYS

    @property
    def first_after(self) -> int | None:
        """Delay of the lowest step after the due date."""
        return next((delay for delay in self.delays if delay > 0), None)

    @property
    def entry_delay(self) -> int | None:
        """Delay of the highest step at which a receivable may start."""
        return self.first_after if self.entry is None else self.entry

    def due(
        self,
        due_date: datetime.date,
        invoiced_on: datetime.date | None,
        position: Position | None,
        today: datetime.date,
    ) -> int | None:
        """Return the delay of the step due today, None if nothing is due.

        :param invoiced_on: date of the invoice: a step before the due date is due
            only if the invoice existed on that step's day
        """
        overdue = (today - due_date).days
        if position is None:
            return self._start(due_date, invoiced_on, overdue)
        delay = self._after(position.delay, overdue)
        if delay is None or delay > overdue or today <= position.day:
            return None
        if position.delay < 0:
            return delay
        wait = min(delay - position.delay, self.catch_up)
        return delay if today >= position.day + datetime.timedelta(days=wait) else None

    def next(
        self, due_date: datetime.date, position: Position, today: datetime.date
    ) -> tuple[int, datetime.date] | None:
        """Return the delay and the day of the step after a position, None after all.

        The day is never in the past: a step that waits is announced for today.
        """
        delay = self._after(position.delay, (today - due_date).days)
        if delay is None:
            return None
        wait = 1
        if position.delay >= 0:
            wait = min(delay - position.delay, self.catch_up)
        day = max(
            due_date + datetime.timedelta(days=delay),
            position.day + datetime.timedelta(days=wait),
        )
        return delay, max(day, today)

    def upcoming(
        self,
        due_date: datetime.date,
        invoiced_on: datetime.date | None,
        position: Position | None,
        today: datetime.date,
    ) -> tuple[int, datetime.date] | None:
        """Return the delay and day of the step that is due or comes next.

        None after all the steps. The day is never in the past.
        """
        if position is not None:
            return self.next(due_date, position, today)
        delay = self.due(due_date, invoiced_on, None, today)
        if delay is not None:
            return delay, today
        for delay in self.delays:
            day = due_date + datetime.timedelta(days=delay)
            is_late = delay <= 0 and invoiced_on is not None and invoiced_on > day
            if day > today and not is_late:
                return delay, day
        return None

    def _start(self, due_date, invoiced_on, overdue: int) -> int | None:
        index = bisect.bisect_right(self.delays, overdue)
        if not index:
            return None
        reached = self.delays[index - 1]
        if overdue <= 0:
            day = due_date + datetime.timedelta(days=reached)
            return reached if invoiced_on is None or invoiced_on <= day else None
        if reached <= 0:
            return None
        entry = self.entry_delay
        return reached if entry is None else min(reached, entry)

    def _after(self, delay: int, overdue: int) -> int | None:
        """Return the next delay; after the due date those before it are gone."""
        floor = max(delay, 0) if overdue > 0 else delay
        return next((later for later in self.delays if later > floor), None)
