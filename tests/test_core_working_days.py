# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from dateutil.easter import easter as easter_of_dateutil
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.working_days import WorkingCalendar, easter, french_public_holidays

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
FRANCE = WorkingCalendar()
EVERY_DAY = WorkingCalendar(frozenset(range(7)), french_holidays=False)
#: closed for three weeks of August 2026, from a Monday to a Friday
SUMMER = WorkingCalendar(
    closures=((datetime.date(2026, 8, 3), datetime.date(2026, 8, 21)),)
)


def on(text):
    return datetime.date.fromisoformat(text)


def plus(day, count):
    return day + datetime.timedelta(days=count)


days = st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 12, 31))
#: such that so many working days always lie within the horizon of a search
counts = st.integers(0, 25)


@st.composite
def closures(draw):
    first = draw(st.dates(datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)))
    return first, plus(first, draw(st.integers(0, 30)))


@st.composite
def calendars(draw):
    return WorkingCalendar(
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        tuple(draw(st.lists(closures(), max_size=2))),
        draw(st.booleans()),
    )


#: many of them in the closures' year
near = st.one_of(days, st.dates(datetime.date(2025, 12, 1), datetime.date(2027, 1, 31)))


@tagged("post_install", "-at_install")
class TestCorePublicHolidays(BaseCase):
    """Easter and the eleven days of article L3133-1."""

    def test_easter_of_known_years(self):
        known = [
            "1818-03-22",
            "1943-04-25",
            "1961-04-02",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
        ]
        self.assertEqual([str(easter(int(day[:4]))) for day in known], known)

    def test_easter_agrees_with_another_computus_in_every_year(self):
        for year in range(1583, 4100):
            self.assertEqual(easter(year), easter_of_dateutil(year))

    def test_the_eleven_public_holidays_of_2026(self):
        self.assertEqual(
            sorted(map(str, french_public_holidays(2026))),
            [
                "2026-01-01",
                "2026-04-06",
                "2026-05-01",
                "2026-05-08",
                "2026-05-14",
                "2026-05-25",
                "2026-07-14",
                "2026-08-15",
                "2026-11-01",
                "2026-11-11",
                "2026-12-25",
            ],
        )

    def test_the_movable_holidays_follow_easter(self):
        self.assertLess(
            {on("2024-04-01"), on("2024-05-09"), on("2024-05-20")},
            french_public_holidays(2024),
        )
        self.assertLess(
            {on("2038-04-26"), on("2038-06-03"), on("2038-06-14")},
            french_public_holidays(2038),
        )

    def test_ascension_on_labour_day_leaves_ten_days_in_2008(self):
        self.assertIn(on("2008-05-01"), french_public_holidays(2008))
        self.assertEqual(len(french_public_holidays(2008)), 10)

    @PROPERTY
    @given(st.integers(1900, 2100))
    def test_every_year_has_eleven_unless_ascension_meets_another(self, year):
        holidays = french_public_holidays(year)
        ascension = plus(easter(year), 39)
        meets = (ascension.month, ascension.day) in ((5, 1), (5, 8))
        self.assertEqual(len(holidays), 10 if meets else 11)
        self.assertEqual({day.year for day in holidays}, {year})
        self.assertIn(ascension, holidays)


@tagged("post_install", "-at_install")
class TestCoreWorkingDays(BaseCase):
    """A company's week, its holidays and its closures, on days of 2026."""

    def test_case_9_no_call_on_14_07_nor_on_week_ends(self):
        self.assertFalse(FRANCE.is_working(on("2026-07-14")))
        self.assertFalse(FRANCE.is_working(on("2026-07-18")))
        self.assertFalse(FRANCE.is_working(on("2026-07-19")))
        self.assertTrue(FRANCE.is_working(on("2026-07-15")))

    def test_a_company_abroad_works_on_14_07(self):
        abroad = WorkingCalendar(french_holidays=False)
        self.assertTrue(abroad.is_working(on("2026-07-14")))
        self.assertFalse(abroad.is_working(on("2026-07-18")))

    def test_another_week_is_respected(self):
        trade = WorkingCalendar(frozenset({1, 2, 3, 4, 5}))
        self.assertFalse(trade.is_working(on("2026-08-31")))
        self.assertTrue(trade.is_working(on("2026-09-05")))

    def test_a_closure_includes_both_its_days(self):
        for text, is_working in (
            ("2026-07-31", True),
            ("2026-08-03", False),
            ("2026-08-12", False),
            ("2026-08-21", False),
            ("2026-08-24", True),
        ):
            self.assertEqual(SUMMER.is_working(on(text)), is_working, text)

    def test_case_7_a_receipt_of_24_09_holds_through_01_10(self):
        until = FRANCE.add(on("2026-09-24"), 5)
        self.assertEqual(until, on("2026-10-01"))
        self.assertEqual(FRANCE.add(until, 1), on("2026-10-02"))

    def test_case_7c_a_bank_of_18_09_is_five_days_old_on_25_09(self):
        self.assertEqual(FRANCE.count(on("2026-09-18"), on("2026-09-25")), 5)
        self.assertEqual(FRANCE.count(on("2026-09-22"), on("2026-09-25")), 3)

    def test_a_holiday_and_its_week_end_are_stepped_over(self):
        self.assertEqual(FRANCE.next_working(on("2026-05-01")), on("2026-05-04"))
        self.assertEqual(FRANCE.next_working(on("2026-05-14")), on("2026-05-15"))
        self.assertEqual(FRANCE.next_working(on("2026-05-15")), on("2026-05-15"))
        self.assertEqual(FRANCE.next_working(on("2026-12-25")), on("2026-12-28"))
        self.assertEqual(FRANCE.next_working(on("2027-01-01")), on("2027-01-04"))

    def test_a_closure_is_stepped_over(self):
        self.assertEqual(SUMMER.next_working(on("2026-08-01")), on("2026-08-24"))
        self.assertEqual(SUMMER.add(on("2026-07-31"), 1), on("2026-08-24"))
        self.assertEqual(SUMMER.count(on("2026-07-31"), on("2026-08-24")), 1)

    def test_working_days_are_added_from_any_day(self):
        self.assertEqual(FRANCE.add(on("2026-09-05"), 1), on("2026-09-07"))
        self.assertEqual(FRANCE.add(on("2026-04-30"), 5), on("2026-05-11"))
        self.assertEqual(FRANCE.add(on("2026-12-24"), 5), on("2027-01-04"))

    def test_no_working_day_added_is_the_day_itself(self):
        self.assertEqual(FRANCE.add(on("2026-09-05"), 0), on("2026-09-05"))

    def test_the_first_day_is_not_counted_and_the_last_one_is(self):
        self.assertEqual(FRANCE.count(on("2026-09-07"), on("2026-09-07")), 0)
        self.assertEqual(FRANCE.count(on("2026-09-07"), on("2026-09-08")), 1)
        self.assertEqual(FRANCE.count(on("2026-09-04"), on("2026-09-07")), 1)

    def test_a_period_backwards_has_no_working_day(self):
        self.assertEqual(FRANCE.count(on("2026-09-08"), on("2026-09-01")), 0)

    def test_2026_has_252_working_days(self):
        """261 from Monday to Friday, nine holidays of 2026 on such days."""
        self.assertEqual(FRANCE.count(on("2025-12-31"), on("2026-12-31")), 252)
        self.assertEqual(EVERY_DAY.count(on("2025-12-31"), on("2026-12-31")), 365)

    def test_a_calendar_that_never_works_ends_its_search(self):
        never = WorkingCalendar(frozenset())
        day = on("2026-09-07")
        self.assertEqual(never.next_working(day), day)
        self.assertEqual(never.add(day, 3), day)
        self.assertEqual(never.count(day, plus(day, 30)), 0)


@tagged("post_install", "-at_install")
class TestCoreWorkingDaysProperties(BaseCase):
    """What holds for every calendar and day."""

    @PROPERTY
    @given(calendars(), near, counts)
    def test_count_undoes_add(self, calendar, day, count):
        self.assertEqual(calendar.count(day, calendar.add(day, count)), count)

    @PROPERTY
    @given(calendars(), near, st.integers(0, 120))
    def test_add_undoes_count_up_to_the_last_working_day(self, calendar, day, length):
        end = plus(day, length)
        last = calendar.add(day, calendar.count(day, end))
        self.assertLessEqual(last, end)
        self.assertEqual(calendar.count(last, end), 0)
        if length and calendar.is_working(end):
            self.assertEqual(last, end)

    @PROPERTY
    @given(calendars(), near, counts, st.integers(0, 5))
    def test_add_goes_on_from_where_it_stopped(self, calendar, day, count, more):
        middle = calendar.add(day, count)
        self.assertEqual(calendar.add(middle, more), calendar.add(day, count + more))

    @PROPERTY
    @given(calendars(), near, st.integers(1, 25))
    def test_add_ends_on_a_working_day_later_than_its_start(self, calendar, day, count):
        end = calendar.add(day, count)
        self.assertTrue(calendar.is_working(end))
        self.assertGreaterEqual((end - day).days, count)

    @PROPERTY
    @given(calendars(), near, st.integers(0, 150), st.integers(0, 150))
    def test_counts_of_two_periods_add_up(self, calendar, day, first, second):
        middle, end = plus(day, first), plus(day, first + second)
        self.assertEqual(
            calendar.count(day, end),
            calendar.count(day, middle) + calendar.count(middle, end),
        )

    @PROPERTY
    @given(calendars(), near)
    def test_next_working_is_the_first_working_day_and_stays(self, calendar, day):
        found = calendar.next_working(day)
        self.assertTrue(calendar.is_working(found))
        self.assertEqual(calendar.next_working(found), found)
        self.assertEqual(found, calendar.add(plus(day, -1), 1))

    @PROPERTY
    @given(calendars(), closures(), near)
    def test_a_closure_stops_its_own_days_alone(self, calendar, closure, day):
        closed = WorkingCalendar(
            calendar.weekdays, (*calendar.closures, closure), calendar.french_holidays
        )
        inside = closure[0] <= day <= closure[1]
        expected = not inside and calendar.is_working(day)
        self.assertEqual(closed.is_working(day), expected)

    @PROPERTY
    @given(calendars(), near)
    def test_only_days_of_its_week_are_worked(self, calendar, day):
        open_days = WorkingCalendar(calendar.weekdays, (), False)
        self.assertEqual(open_days.is_working(day), day.weekday() in calendar.weekdays)
        self.assertLessEqual(calendar.is_working(day), open_days.is_working(day))
