"""Working days: French public holidays, a company's week and its closures.

Source of the eleven days: Code du travail, article L3133-1. The days of
Alsace-Moselle are not in it: a company there enters them as closures.
"""

import dataclasses
import datetime
from collections.abc import Iterable
from functools import lru_cache

ONE_DAY = datetime.timedelta(days=1)
#: longest closure that a search walks through, in days
LONGEST_CLOSURE = 3660


@lru_cache(maxsize=64)
def easter(year: int) -> datetime.date:
    """Return Easter Sunday (Gregorian computus of Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    skipped, leap = divmod(century, 4)
    lunar = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - skipped - lunar + 15) % 30
    weekday = (32 + 2 * leap + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return datetime.date(year, month, day + 1)


@lru_cache(maxsize=64)
def french_public_holidays(year: int) -> frozenset[datetime.date]:
    """Return the eleven public holidays of a year (L3133-1 C. trav.)."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    days = {datetime.date(year, month, day) for month, day in fixed}
    sunday = easter(year)
    days |= {sunday + datetime.timedelta(days=after) for after in (1, 39, 50)}
    return frozenset(days)


@dataclasses.dataclass(frozen=True)
class WorkingCalendar:
    """The days on which a company writes and calls.

    :param weekdays: working days of the week, Monday = 0
    :param closures: (first, last) days of closure, both included
    :param french_holidays: whether the French public holidays are not worked
    """

    weekdays: frozenset[int] = frozenset(range(5))
    closures: tuple[tuple[datetime.date, datetime.date], ...] = ()
    french_holidays: bool = True

    def is_working(self, day: datetime.date) -> bool:
        """Tell whether a day is worked."""
        if day.weekday() not in self.weekdays:
            return False
        if self.french_holidays and day in french_public_holidays(day.year):
            return False
        return not any(first <= day <= last for first, last in self.closures)

    def next_working(self, day: datetime.date) -> datetime.date:
        """Return the day itself if it is worked, else the next worked day.

        A calendar that never works returns the day itself.
        """
        return next((found for found in self._from(day) if self.is_working(found)), day)

    def add(self, day: datetime.date, count: int) -> datetime.date:
        """Return the ``count``-th worked day after a day.

        :param count: number of working days, 0 or more; a calendar that never works
            returns the day itself
        """
        for _number in range(count):
            found = self.next_working(day + ONE_DAY)
            if not self.is_working(found):
                break
            day = found
        return day

    def count(self, start: datetime.date, end: datetime.date) -> int:
        """Return the number of worked days after ``start``, up to ``end`` included."""
        days = range(1, (end - start).days + 1)
        return sum(self.is_working(start + day * ONE_DAY) for day in days)

    @staticmethod
    def _from(day: datetime.date) -> Iterable[datetime.date]:
        return (day + offset * ONE_DAY for offset in range(LONGEST_CLOSURE))
