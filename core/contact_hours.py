"""Hours at which a debtor may be called or texted, and when to try again.

No statute fixes hours for the collection of one's own claims. Consumers are called and
texted by default at the hours that décret 2022-1313 allows to canvassers (Monday to
Friday, 10 to 13 and 14 to 20 o'clock, never on public holidays): a house rule.
"""

import dataclasses
import datetime
import re

from .working_days import ONE_DAY, WorkingCalendar

#: as shipped
BUSINESS_HOURS = "09:00-12:00, 14:00-18:00"
CONSUMER_HOURS = "10:00-13:00, 14:00-20:00"
WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
NOON = datetime.time(13)


@dataclasses.dataclass(frozen=True)
class ContactHours:
    """The windows of a working day, local time of the company.

    :param windows: (first, last) of each window, ascending, without overlap
    """

    windows: tuple[tuple[datetime.time, datetime.time], ...]

    @classmethod
    def parse(cls, text: str) -> "ContactHours":
        """Return the hours that a text says.

        :param text: windows such as ``09:00-12:00, 14:00-18:00``
        :raise ValueError: which part of the text cannot be read
        """
        windows = []
        for part in filter(None, (one.strip() for one in (text or "").split(","))):
            found = WINDOW.fullmatch(part)
            if not found:
                raise ValueError(part)
            first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
            try:
                first = datetime.time(first_hour, first_minute)
                last = datetime.time(last_hour, last_minute)
            except ValueError:
                raise ValueError(part) from None
            if first >= last or (windows and first < windows[-1][1]):
                raise ValueError(part)
            windows.append((first, last))
        if not windows:
            raise ValueError(text or "")
        return cls(tuple(windows))

    def is_open(self, moment: datetime.datetime, calendar: WorkingCalendar) -> bool:
        """Tell whether a debtor may be reached at a local moment."""
        if not calendar.is_working(moment.date()):
            return False
        return any(first <= moment.time() < last for first, last in self.windows)

    def next_open(
        self, moment: datetime.datetime, calendar: WorkingCalendar
    ) -> datetime.datetime:
        """Return the moment itself if it is open, else when the next window opens."""
        if self.is_open(moment, calendar):
            return moment
        day = moment.date()
        if calendar.is_working(day):
            for first, _last in self.windows:
                if moment.time() <= first:
                    return datetime.datetime.combine(day, first)
        following = calendar.next_working(day + ONE_DAY)
        return datetime.datetime.combine(following, self.windows[0][0])

    def other_half_day(
        self, moment: datetime.datetime, calendar: WorkingCalendar
    ) -> datetime.datetime:
        """Return when to call again somebody who did not answer.

        The next half-day: who is out in the morning is tried in the afternoon, and the
        other way round on the next working day.
        """
        is_morning = moment.time() < NOON
        afternoon = next((one for one, _last in self.windows if one >= NOON), None)
        if is_morning and afternoon and calendar.is_working(moment.date()):
            return datetime.datetime.combine(moment.date(), afternoon)
        following = calendar.next_working(moment.date() + ONE_DAY)
        return datetime.datetime.combine(following, self.windows[0][0])
