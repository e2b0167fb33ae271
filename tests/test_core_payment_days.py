# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.payment_days import (
    Closure,
    PaymentRule,
    is_closed,
    next_open_day,
    next_payment_day,
    usual_days,
)
from ..core.working_days import WorkingCalendar

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True)
BANK = WorkingCalendar()
ONE_DAY = datetime.timedelta(days=1)


def on(text):
    return datetime.date.fromisoformat(text)


AUGUST = Closure(on("2026-08-01"), on("2026-08-31"))

days = st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 12, 31))
rules = st.builds(
    lambda month, week, before: PaymentRule(
        tuple(sorted(month)), tuple(sorted(week)), before
    ),
    st.sets(st.integers(1, 31), max_size=3),
    st.sets(st.integers(0, 6), max_size=2),
    st.booleans(),
).filter(lambda rule: rule.days or rule.weekdays)
closures = st.builds(
    lambda first, length, yearly: Closure(
        first, first + datetime.timedelta(days=length), yearly
    ),
    st.dates(datetime.date(2024, 1, 1), datetime.date(2026, 12, 31)),
    st.integers(0, 60),
    st.booleans(),
)


@tagged("post_install", "-at_install")
class TestPaymentRule(BaseCase):
    """What people type, in English or French, is one rule; the rest is refused."""

    def test_what_can_be_typed(self):
        for text, month, week in (
            ("10, 25", (10, 25), ()),
            ("25,10,25", (10, 25), ()),
            ("le 10 et le 25", (10, 25), ()),
            ("the 10th and 25th", (10, 25), ()),
            ("15 de chaque mois", (15,), ()),
            ("1er", (1,), ()),
            ("end of month", (31,), ()),
            ("Fin de mois", (31,), ()),
            ("10 + fin du mois", (10, 31), ()),
            ("31", (31,), ()),
            ("friday", (), (4,)),
            ("tous les vendredis", (), (4,)),
            ("mardi, VENDREDI", (), (1, 4)),
            ("10; thu", (10,), (3,)),
            ("10, 25,", (10, 25), ()),
        ):
            with self.subTest(text=text):
                self.assertEqual(PaymentRule.parse(text), PaymentRule(month, week))

    def test_what_cannot_be_read_is_named(self):
        for text, part in (
            ("10, 32", "32"),
            ("0", "0"),
            ("10-25", "10-25"),
            ("10, sometimes", "sometimes"),
            ("fin de mois le 10", "fin de mois le 10"),
            ("", ""),
            (" , ", ","),
        ):
            with self.subTest(text=text), self.assertRaises(ValueError) as caught:
                PaymentRule.parse(text)
            self.assertEqual(str(caught.exception), part)

    @given(rules)
    @PROPERTY
    def test_format_is_read_again(self, rule):
        self.assertEqual(PaymentRule.parse(rule.format(), rule.is_before), rule)

    @given(st.text(max_size=30))
    @PROPERTY
    def test_any_text_is_a_rule_or_a_clear_refusal(self, text):
        try:
            rule = PaymentRule.parse(text)
        except ValueError:
            return
        self.assertTrue(rule.days or rule.weekdays)


@tagged("post_install", "-at_install")
class TestNextPaymentDay(BaseCase):
    """The next run: a bank day outside the closures."""

    def _next(self, text, from_day, *closed, before=False, calendar=BANK):
        rule = PaymentRule.parse(text, before)
        found = next_payment_day(rule, closed, calendar, on(from_day))
        return found and found.isoformat()

    def test_days_of_the_month(self):
        self.assertEqual(self._next("10, 25", "2026-11-25"), "2026-11-25")
        self.assertEqual(self._next("10, 25", "2026-11-26"), "2026-12-10")
        self.assertEqual(self._next("10, 25", "2026-06-11"), "2026-06-25")

    def test_saturday_moves_by_the_rule(self):
        """25 July 2026 is a Saturday."""
        self.assertEqual(self._next("25", "2026-07-20"), "2026-07-27")
        self.assertEqual(self._next("25", "2026-07-20", before=True), "2026-07-24")
        self.assertEqual(self._next("25", "2026-07-26"), "2026-07-27")
        self.assertEqual(self._next("25", "2026-07-25", before=True), "2026-08-25")

    def test_public_holiday_moves_too(self):
        """25 December 2026 is a Friday, 1 January 2027 as well."""
        self.assertEqual(self._next("25", "2026-12-24"), "2026-12-28")
        self.assertEqual(self._next("25", "2026-12-20", before=True), "2026-12-24")
        self.assertEqual(self._next("1", "2026-12-30"), "2027-01-04")

    def test_end_of_month(self):
        self.assertEqual(self._next("end of month", "2026-06-30"), "2026-06-30")
        self.assertEqual(self._next("end of month", "2026-02-03"), "2026-03-02")
        self.assertEqual(
            self._next("end of month", "2026-02-01", before=True), "2026-02-27"
        )

    def test_leap_year(self):
        """29 February 2028 is a Tuesday; 2027 has none, and 28/02/2027 is a Sunday."""
        self.assertEqual(self._next("end of month", "2028-02-10"), "2028-02-29")
        self.assertEqual(self._next("29", "2028-02-10"), "2028-02-29")
        self.assertEqual(self._next("30", "2028-02-10"), "2028-02-29")
        self.assertEqual(self._next("29", "2027-02-10"), "2027-03-01")

    def test_weekday(self):
        self.assertEqual(self._next("friday", "2026-11-25"), "2026-11-27")
        # Good friday is no French public holiday, Friday 1 May is one.
        self.assertEqual(self._next("friday", "2026-04-27"), "2026-05-04")
        self.assertEqual(self._next("friday", "2026-04-27", before=True), "2026-04-30")

    def test_no_run_in_a_closure(self):
        self.assertEqual(self._next("10, 25", "2026-07-28", AUGUST), "2026-09-10")
        self.assertEqual(self._next("10, 25", "2026-07-20", AUGUST), "2026-07-27")

    def test_yearly_closure_comes_back(self):
        again = Closure(AUGUST.first, AUGUST.last, is_yearly=True)
        self.assertEqual(self._next("10, 25", "2027-07-27", again), "2027-09-10")
        self.assertEqual(self._next("10, 25", "2027-07-27", AUGUST), "2027-08-10")
        self.assertEqual(self._next("10, 25", "2025-07-27", again), "2025-08-11")

    def test_yearly_closure_over_the_new_year(self):
        closed = Closure(on("2025-12-24"), on("2026-01-02"), is_yearly=True)
        self.assertEqual(self._next("28", "2026-12-23", closed), "2027-01-28")
        self.assertTrue(closed.contains(on("2027-01-02")))
        self.assertFalse(closed.contains(on("2027-01-03")))
        self.assertFalse(closed.contains(on("2025-01-01")))

    def test_closed_for_ever(self):
        for_ever = Closure(on("2026-01-01"), on("2099-12-31"))
        self.assertIsNone(self._next("10", "2026-11-25", for_ever))
        day = on("2026-11-25")
        self.assertEqual(next_open_day([for_ever], BANK, day), day)

    def test_next_open_day(self):
        self.assertEqual(
            next_open_day([AUGUST], BANK, on("2026-08-12")), on("2026-09-01")
        )

    @given(rules, st.lists(closures, max_size=3), days)
    @PROPERTY
    def test_run_is_the_first_possible(self, rule, closed, from_day):
        """Compared with looking at every day: which runs are made on it?"""
        found = next_payment_day(rule, closed, BANK, from_day)
        if found is None:
            return
        self.assertGreaterEqual(found, from_day)
        self.assertTrue(BANK.is_working(found))
        self.assertFalse(is_closed(closed, found))
        self.assertEqual(next_payment_day(rule, closed, BANK, found), found)
        day = from_day
        while day < found:
            made = BANK.is_working(day) and not is_closed(closed, day)
            self.assertFalse(made and self._has_run(rule, day), day)
            day += ONE_DAY
        self.assertTrue(self._has_run(rule, found))

    def _has_run(self, rule, day):
        """Tell whether a run is made on a bank day: its own, or moved from before."""
        step = ONE_DAY if rule.is_before else -ONE_DAY
        if rule.falls_on(day):
            return True
        near = day + step
        while not BANK.is_working(near):
            if rule.falls_on(near):
                return True
            near += step
        return False


@tagged("post_install", "-at_install")
class TestUsualDays(BaseCase):
    """A habit needs 6 payments and explains two thirds of them."""

    def _usual(self, *numbers):
        start = datetime.date(2026, 1, 1)
        return usual_days(
            start.replace(month=1 + index % 12, day=number)
            for index, number in enumerate(numbers)
        )

    def test_one_day_with_its_week_ends(self):
        self.assertEqual(self._usual(10, 10, 12, 10, 10, 11), (10,))

    def test_five_are_no_habit(self):
        self.assertEqual(self._usual(10, 10, 12, 10, 10), ())

    def test_two_days(self):
        self.assertEqual(self._usual(*[10, 25] * 6), (10, 25))

    def test_end_of_month_with_its_first_days(self):
        self.assertEqual(self._usual(31, 28, 31, 30, 31, 30, 1, 31), (31,))

    def test_no_habit_when_it_explains_too_little(self):
        self.assertEqual(self._usual(*[10] * 6, 1, 5, 16, 20), ())
        self.assertEqual(self._usual(*[10] * 6, 1, 16, 20), (10,))

    @given(st.lists(days, max_size=40))
    @PROPERTY
    def test_usual_days_are_days_of_payments(self, payments):
        found = usual_days(payments)
        self.assertLessEqual(len(found), 2)
        self.assertLessEqual(set(found), {day.day for day in payments})
