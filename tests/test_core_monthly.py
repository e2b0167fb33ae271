# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..core.monthly import SKIPPED, Candidate, decide, first_of_month, statement_day
from ..core.working_days import WorkingCalendar

PROPERTY = settings(
    deadline=None,
    max_examples=100,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
FRANCE = WorkingCalendar()
MINIMUM = Decimal(10)


def day(text):
    return datetime.date.fromisoformat(text)


class TestCoreMonthly(BaseCase):
    """On which day of the month statements leave, and to whom."""

    def test_days_of_real_months(self):
        cases = [
            # A Monday that is worked.
            ("2026-10-01", 5, "2026-10-05"),
            # Sunday 1st of November, then All Saints is that Sunday: Monday 2nd.
            ("2026-11-01", 1, "2026-11-02"),
            # Friday 1st of May is a holiday: Monday 4th.
            ("2026-05-20", 1, "2026-05-04"),
            # February lacks the 31st: Saturday 28th, so the Friday before.
            ("2026-02-10", 31, "2026-02-27"),
            # A leap year: Thursday 29th.
            ("2024-02-01", 31, "2024-02-29"),
            # Sunday 31st of May, Saturday 30th: Friday 29th, never June.
            ("2026-05-31", 31, "2026-05-29"),
            # Christmas on a Friday: Monday 28th.
            ("2026-12-01", 25, "2026-12-28"),
        ]
        for month, number, expected in cases:
            found = statement_day(day(month), number, FRANCE)
            self.assertEqual(found, day(expected), (month, number))

    def test_month_that_is_closed_keeps_the_day(self):
        august = ((day("2026-08-01"), day("2026-08-31")),)
        closed = WorkingCalendar(closures=august)
        self.assertEqual(statement_day(day("2026-08-15"), 5, closed), day("2026-08-05"))

    def test_closure_at_the_end_of_the_month(self):
        closed = WorkingCalendar(closures=((day("2026-12-21"), day("2027-01-03")),))
        self.assertEqual(
            statement_day(day("2026-12-01"), 28, closed), day("2026-12-18")
        )

    @PROPERTY
    @given(
        st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 12, 31)),
        st.integers(1, 31),
    )
    def test_day_is_in_its_month_and_worked(self, month, number):
        found = statement_day(month, number, FRANCE)
        self.assertEqual(first_of_month(found), first_of_month(month))
        self.assertTrue(FRANCE.is_working(found))

    def test_who_gets_what(self):
        full = {"weight": Decimal(100), "is_wanted": True}
        cases = [
            ({"has_email": True, "has_post": True}, ("email", None)),
            ({"has_post": True}, ("letter", None)),
            ({}, (None, "no_address")),
            # A refused address is corrected, not written around by post.
            ({"has_refused_email": True, "has_post": True}, (None, "address")),
            ({"has_email": True, "is_wanted": False}, (None, "not_wanted")),
            ({"has_email": True, "weight": Decimal("9.99")}, (None, "minimum")),
            ({"has_email": True, "weight": Decimal(10)}, ("email", None)),
            ({"has_email": True, "weight": Decimal()}, (None, "nothing_open")),
            ({"has_email": True, "blocks": frozenset({"legal"})}, (None, "legal")),
        ]
        for values, expected in cases:
            candidate = Candidate(**{**full, **values})
            self.assertEqual(decide(candidate, MINIMUM), expected, values)

    @PROPERTY
    @given(
        st.builds(
            Candidate,
            weight=st.integers(0, 30).map(Decimal),
            is_wanted=st.booleans(),
            blocks=st.frozensets(
                st.sampled_from(["insolvency", "handed_over", "legal"])
            ),
            has_email=st.booleans(),
            has_refused_email=st.booleans(),
            has_post=st.booleans(),
        )
    )
    def test_either_a_channel_or_a_reason(self, candidate):
        channel, reason = decide(candidate, MINIMUM)
        self.assertEqual(channel is None, reason is not None)
        if reason:
            self.assertIn(reason, SKIPPED)
        if candidate.blocks:
            self.assertIsNone(channel)
