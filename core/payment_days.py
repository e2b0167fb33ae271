"""A customer's payment days: the rule as people type it, its next payment run.

A payment run takes place on a day of the month (``10, 25, end of month``) or of the
week (``friday``). A day that the month does not have is its last one. A run that
falls on a day without bank is made on the next bank day, or on the one before when the
rule says so; a run whose day then lies in a closure of the customer does not take place
at all.
"""

import dataclasses
import datetime
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from .working_days import ONE_DAY, WorkingCalendar

#: the day that stands for the end of every month
END_OF_MONTH = 31
#: how far a run is looked for, in days
HORIZON = 800
#: longest row of days without bank that a run may be moved over
LONGEST_MOVE = 31
#: words for the end of the month, without accents
ENDS = {
    *("end", "end of month", "end of the month", "month end", "eom", "last day"),
    *("last day of month", "last day of the month", "fin", "fin de mois"),
    *("fin du mois", "fdm", "dernier jour", "dernier jour du mois"),
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
WEEKDAYS += ("sunday",)
FRENCH_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
FRENCH_WEEKDAYS += ("dimanche",)
#: words that say nothing
FILLERS = re.compile(r"^(?:(?:every|each|on|the|tous|chaque|les?)\s+)+")
#: a day of the month: 10, 10th, 1er, 25 of each month, 25 du mois
NUMBER = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|e|eme)?"
    r"(?:\s+(?:of (?:the|each|every) month|du mois|de chaque mois))?"
)
SEPARATOR = re.compile(r"[,;/&+]|\band\b|\bet\b")
#: payments that show a habit, at least
HABIT_PAYMENTS = 6
#: days after a payment day on which its payments still arrive (week-end, value date)
HABIT_SPREAD = 3
#: part of all payments that usual days explain, at least: two thirds
HABIT_SHARE = (2, 3)
#: usual days that are looked for
HABIT_DAYS = 2


@dataclasses.dataclass(frozen=True)
class PaymentRule:
    """The days on which a customer pays.

    :param days: days of the month, ascending; 31 = the last day of each month
    :param weekdays: days of the week, Monday = 0, ascending
    :param is_before: a run on a day without bank is made before it, not after it
    """

    days: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    is_before: bool = False

    @classmethod
    def parse(cls, text: str, is_before: bool = False) -> "PaymentRule":
        """Return the rule that a text says, in English or in French.

        :param text: ``10, 25``, ``end of month``, ``fin de mois``, ``friday``...
        :raise ValueError: which part of the text cannot be read
        """
        days, weekdays = set(), set()
        for part in SEPARATOR.split(text or ""):
            word = _simplify(part)
            number = NUMBER.fullmatch(word)
            if word in ENDS:
                days.add(END_OF_MONTH)
            elif number and 1 <= int(number[1]) <= END_OF_MONTH:
                days.add(int(number[1]))
            elif _get_weekday(word) is not None:
                weekdays.add(_get_weekday(word))
            elif word:
                raise ValueError(part.strip())
        if not days and not weekdays:
            raise ValueError((text or "").strip())
        return cls(tuple(sorted(days)), tuple(sorted(weekdays)), is_before)

    def format(self) -> str:
        """Return the rule in English words that ``parse`` reads again."""
        words = [str(day) for day in self.days if day != END_OF_MONTH]
        if END_OF_MONTH in self.days:
            words.append("end of month")
        words += [WEEKDAYS[weekday] for weekday in self.weekdays]
        return ", ".join(words)

    def falls_on(self, day: datetime.date) -> bool:
        """Tell whether a run falls on a day, before any move."""
        if day.weekday() in self.weekdays:
            return True
        is_last = (day + ONE_DAY).month != day.month
        return day.day in self.days or (is_last and bool(self.days_beyond(day)))

    def days_beyond(self, day: datetime.date) -> tuple[int, ...]:
        """Return the rule's days of the month that lie after a day of it."""
        return tuple(one for one in self.days if one > day.day)


@dataclasses.dataclass(frozen=True)
class Closure:
    """Days on which a customer is closed and pays nobody, both ends included.

    :param is_yearly: it comes back every year from then on, on the same days
    """

    first: datetime.date
    last: datetime.date
    is_yearly: bool = False

    def contains(self, day: datetime.date) -> bool:
        """Tell whether a day lies in the closure; it may run over a new year."""
        if self.first <= day <= self.last:
            return True
        if not self.is_yearly or day < self.first:
            return False
        first, last = _month_day(self.first), _month_day(self.last)
        if first <= last:
            return first <= _month_day(day) <= last
        return _month_day(day) >= first or _month_day(day) <= last


def is_closed(closures: Iterable[Closure], day: datetime.date) -> bool:
    """Tell whether a day lies in one of the closures."""
    return any(closure.contains(day) for closure in closures)


def next_payment_day(
    rule: PaymentRule,
    closures: Iterable[Closure],
    calendar: WorkingCalendar,
    from_day: datetime.date,
) -> datetime.date | None:
    """Return the day of the customer's next payment run.

    :param calendar: the days on which banks work
    :param from_day: first day that is looked at, itself included
    :return: a bank day outside the closures; None = no run within two years
    """
    closures = tuple(closures)
    start = from_day - LONGEST_MOVE * ONE_DAY
    for offset in range(HORIZON + LONGEST_MOVE):
        nominal = start + offset * ONE_DAY
        if not rule.falls_on(nominal):
            continue
        day = _move(nominal, rule, calendar)
        if day and day >= from_day and not is_closed(closures, day):
            return day
    return None


def next_open_day(
    closures: Iterable[Closure], calendar: WorkingCalendar, from_day: datetime.date
) -> datetime.date:
    """Return the first bank day from a day on on which the customer is open.

    A customer that never opens gets the day itself.
    """
    closures = tuple(closures)
    days = (from_day + offset * ONE_DAY for offset in range(HORIZON))
    return next(
        (
            day
            for day in days
            if calendar.is_working(day) and not is_closed(closures, day)
        ),
        from_day,
    )


def usual_days(payments: Iterable[datetime.date]) -> tuple[int, ...]:
    """Return the days of the month on which payments usually come.

    A usual day has at least 6 payments on it or in the 3 days after it; one or two of
    them together explain at least two thirds of all payments, or there is no habit.

    :param payments: the day of each payment
    :return: at most two days, ascending
    """
    left = Counter(day.day for day in payments)
    total, found = left.total(), {}
    for _number in range(HABIT_DAYS):
        window = max(range(1, 32), key=lambda start: (_count(left, start), -start))
        count = _count(left, window)
        if count < HABIT_PAYMENTS:
            break
        days = _get_window(window)
        found[max(days, key=lambda day: (left[day], -days.index(day)))] = count
        for day in days:
            left.pop(day, None)
    part, whole = HABIT_SHARE
    if sum(found.values()) * whole < total * part:
        return ()
    return tuple(sorted(found))


def _get_window(start: int) -> list[int]:
    """Return a day of the month and those after it, over the end of the month."""
    return [(start - 1 + offset) % 31 + 1 for offset in range(HABIT_SPREAD + 1)]


def _count(days: Counter, start: int) -> int:
    return sum(days[day] for day in _get_window(start))


def _move(nominal, rule: PaymentRule, calendar: WorkingCalendar):
    """Return the bank day on which a run is made, None when there is none near."""
    step = -ONE_DAY if rule.is_before else ONE_DAY
    days = (nominal + offset * step for offset in range(LONGEST_MOVE + 1))
    return next((day for day in days if calendar.is_working(day)), None)


def _simplify(part: str) -> str:
    """Return a part of a rule without accents, capitals and words that say nothing."""
    plain = unicodedata.normalize("NFKD", part.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return FILLERS.sub("", " ".join(plain.split()))


def _get_weekday(word: str) -> int | None:
    """Return the number of a day of the week: its name, plural or three letters."""
    for names in (WEEKDAYS, FRENCH_WEEKDAYS):
        for number, name in enumerate(names):
            if word in (name, f"{name}s", name[:3], f"{name[:3]}."):
                return number
    return None


def _month_day(day: datetime.date) -> tuple[int, int]:
    return day.month, day.day
