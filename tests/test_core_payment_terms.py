# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.payment_terms import (
    NO_CEILING,
    STANDARD,
    SUMMARY,
    TRANSPORT,
    Ceilings,
    days_then_month_end,
    end_of_month,
    latest_due,
    month_end_then_days,
)

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
LAW = Ceilings(net=60, month_end=45, transport=30, summary=45)
ONE_DAY = datetime.timedelta(days=1)
days = st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 12, 31))


def on(text):
    return datetime.date.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestPaymentTermCeilings(BaseCase):
    """C. com. L441-10 I, L441-11 II 5°: the latest lawful due date."""

    def test_worked_example(self):
        self.assertEqual(days_then_month_end(on("2026-01-12"), 45), on("2026-02-28"))
        self.assertEqual(month_end_then_days(on("2026-01-12"), 45), on("2026-03-17"))

    def test_latest_by_rule(self):
        for rule, invoice, latest in (
            # 60 days: 13/03; 45 days end of month: 28/02; end of month 45 days: 17/03.
            (STANDARD, "2026-01-12", "2026-03-17"),
            # 60 days leave most at the end of a month.
            (STANDARD, "2026-01-31", "2026-04-01"),
            # 45 days end of month does when the days end early in a month.
            (STANDARD, "2026-01-15", "2026-03-31"),
            (STANDARD, "2024-01-15", "2024-03-16"),
            (TRANSPORT, "2026-01-12", "2026-02-11"),
            (SUMMARY, "2026-01-12", "2026-02-26"),
            (STANDARD, "2026-12-31", "2027-03-01"),
        ):
            with self.subTest(rule=rule, invoice=invoice):
                self.assertEqual(latest_due(on(invoice), LAW, rule), on(latest))

    def test_no_ceiling(self):
        self.assertIsNone(latest_due(on("2026-01-12"), LAW, NO_CEILING))

    def test_without_a_value_nothing_is_said(self):
        for rule in (STANDARD, TRANSPORT, SUMMARY):
            self.assertIsNone(latest_due(on("2026-01-12"), Ceilings(), rule))
        self.assertIsNone(latest_due(on("2026-01-12"), Ceilings(net=60)))

    @PROPERTY
    @given(days)
    def test_end_of_month(self, day):
        end = end_of_month(day)
        self.assertEqual((end.year, end.month), (day.year, day.month))
        self.assertEqual((end + ONE_DAY).day, 1)

    @PROPERTY
    @given(days)
    def test_standard_lies_between_its_bounds(self, day):
        latest = latest_due(day, LAW)
        self.assertGreaterEqual((latest - day).days, 60)
        self.assertLessEqual((latest - day).days, 76)
        for rule in (TRANSPORT, SUMMARY):
            self.assertLess(latest_due(day, LAW, rule), latest)
