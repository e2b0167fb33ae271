# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..core.contact_hours import BUSINESS_HOURS, CONSUMER_HOURS, ContactHours
from ..core.working_days import WorkingCalendar

CALENDAR = WorkingCalendar()
PROPERTY = settings(deadline=None)
MOMENTS = st.datetimes(
    datetime.datetime(2026, 1, 1), datetime.datetime(2027, 12, 31)
).map(lambda moment: moment.replace(microsecond=0))


def at(text):
    return datetime.datetime.fromisoformat(text)


class TestCoreContactHours(BaseCase):
    """When a debtor may be called or texted."""

    def setUp(self):
        super().setUp()
        self.consumer = ContactHours.parse(CONSUMER_HOURS)
        self.business = ContactHours.parse(BUSINESS_HOURS)

    def test_borders_of_the_windows(self):
        for moment, is_open in (
            ("2026-09-07 09:59", False),
            ("2026-09-07 10:00", True),
            ("2026-09-07 12:59", True),
            ("2026-09-07 13:00", False),
            ("2026-09-07 14:00", True),
            ("2026-09-07 19:59", True),
            ("2026-09-07 20:00", False),
            ("2026-09-05 11:00", False),
            ("2026-07-14 11:00", False),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(self.consumer.is_open(at(moment), CALENDAR), is_open)

    def test_next_opening(self):
        for moment, opening in (
            ("2026-09-07 08:00", "2026-09-07 09:00"),
            ("2026-09-07 10:30", "2026-09-07 10:30"),
            ("2026-09-07 12:30", "2026-09-07 14:00"),
            ("2026-09-07 18:00", "2026-09-08 09:00"),
            ("2026-09-04 18:30", "2026-09-07 09:00"),
            ("2026-07-13 18:30", "2026-07-15 09:00"),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(
                    self.business.next_open(at(moment), CALENDAR), at(opening)
                )

    def test_next_try_is_in_the_other_half_of_the_day(self):
        for moment, again in (
            ("2026-09-07 10:30", "2026-09-07 14:00"),
            ("2026-09-07 15:00", "2026-09-08 09:00"),
            ("2026-09-04 15:00", "2026-09-07 09:00"),
            ("2026-09-05 10:00", "2026-09-07 09:00"),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(
                    self.business.other_half_day(at(moment), CALENDAR), at(again)
                )

    def test_morning_hours_alone(self):
        hours = ContactHours.parse("09:00-12:00")
        again = hours.other_half_day(at("2026-09-07 09:30"), CALENDAR)
        self.assertEqual(again, at("2026-09-08 09:00"))

    def test_what_cannot_be_read_is_named(self):
        for text, part in (
            ("", ""),
            ("9 to 5", "9 to 5"),
            ("09:00-12:00, 25:00-26:00", "25:00-26:00"),
            ("12:00-09:00", "12:00-09:00"),
            ("09:00-12:00, 11:00-13:00", "11:00-13:00"),
        ):
            with self.subTest(text=text), self.assertRaises(ValueError) as caught:
                ContactHours.parse(text)
            self.assertEqual(str(caught.exception), part)

    @PROPERTY
    @given(MOMENTS)
    def test_next_opening_is_open_and_not_before(self, moment):
        for hours in (self.consumer, self.business):
            opening = hours.next_open(moment, CALENDAR)
            self.assertGreaterEqual(opening, moment)
            self.assertTrue(hours.is_open(opening, CALENDAR))

    @PROPERTY
    @given(MOMENTS)
    def test_next_try_is_open_and_later(self, moment):
        again = self.business.other_half_day(moment, CALENDAR)
        self.assertGreater(again, moment)
        self.assertTrue(self.business.is_open(again, CALENDAR))
