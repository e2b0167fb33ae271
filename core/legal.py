"""Dated legal values: which one applies on a day, and a clear refusal without one.

No legal value stands in the code. The value that counts is that of the day of the
event, never today's; rates of a semester are never carried into the next one.
"""

import bisect
import datetime
from collections.abc import Iterable
from decimal import Decimal

ONE_DAY = datetime.timedelta(days=1)
#: first days of the two semesters of a year (C. com. L441-10 II; CMF L313-2)
SEMESTER_MONTHS = (1, 7)


class MissingValueError(LookupError):
    """No value of a key applies on a day.

    :param key: of the value
    :param day: on which it was needed
    """

    def __init__(self, key: str, day: datetime.date):
        super().__init__(key, day)
        self.key = key
        self.day = day

    def __str__(self) -> str:
        return f"no value of {self.key} on {self.day}"


def semester_start(day: datetime.date) -> datetime.date:
    """Return the first day of the semester of a day."""
    return datetime.date(day.year, 1 if day.month < 7 else 7, 1)


def next_semester(day: datetime.date) -> datetime.date:
    """Return the first day of the semester after that of a day."""
    if day.month < 7:
        return datetime.date(day.year, 7, 1)
    return datetime.date(day.year + 1, 1, 1)


def semesters(
    first: datetime.date, last: datetime.date
) -> Iterable[tuple[datetime.date, datetime.date]]:
    """Yield (first day, last day) of a period cut at the semesters, both included."""
    while first <= last:
        after = next_semester(first)
        yield first, min(last, after - ONE_DAY)
        first = after


def semester_name(day: datetime.date) -> str:
    """Return the name of the semester of a day, for example 2026-S2."""
    return f"{day.year}-S{1 if day.month < 7 else 2}"


class LegalTable:
    """Values by key and first day of validity.

    :param rows: (key, first day, value) in any order
    :param by_semester: keys whose value holds for its own semester alone
    """

    def __init__(
        self,
        rows: Iterable[tuple[str, datetime.date, Decimal]],
        by_semester: Iterable[str] = (),
    ):
        self.by_semester = frozenset(by_semester)
        self._days: dict[str, list[datetime.date]] = {}
        self._values: dict[str, list[Decimal]] = {}
        for key, day, value in sorted(rows, key=lambda row: row[:2]):
            self._days.setdefault(key, []).append(day)
            self._values.setdefault(key, []).append(value)

    def value(self, key: str, day: datetime.date) -> Decimal:
        """Return the value of a key that applies on a day.

        :raise MissingValueError: no row covers the day
        """
        days = self._days.get(key, [])
        index = bisect.bisect_right(days, day) - 1
        if index < 0:
            raise MissingValueError(key, day)
        if key in self.by_semester and days[index] < semester_start(day):
            raise MissingValueError(key, semester_start(day))
        return self._values[key][index]

    def rows(self, key: str) -> list[tuple[datetime.date, Decimal]]:
        """Return the first days and values of a key, the earliest first."""
        return list(
            zip(self._days.get(key, []), self._values.get(key, []), strict=True)
        )

    def has(self, key: str, day: datetime.date) -> bool:
        """Tell whether a value applies on a day."""
        try:
            self.value(key, day)
        except MissingValueError:
            return False
        return True
