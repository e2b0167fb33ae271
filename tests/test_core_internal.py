# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..core.figures import INTERNAL, Role, sort_items
from ..core.ladder import Ladder, Position
from ..core.outlook import next_step
from ..core.planning import Address, Day, Debtor, Row, Step, plan_debtor
from ..core.weekly import CATCH_UP_DAYS, chosen_day, week_key, week_to_send
from ..core.working_days import WorkingCalendar
from .test_core_figures import item

PROPERTY = settings(deadline=None, max_examples=300, derandomize=True)
TODAY = datetime.date(2026, 9, 30)
DAY = Day(TODAY)
TELL = Step(
    42, 42, "friendly", 1, "email", "automatic", "salesperson", is_internal=True
)
FRIENDLY = Step(1, 1, "friendly", 1, "email", "automatic")
ANNE, BORIS = Address(11, "anne@house.example"), Address(12, "boris@house.example")
CUSTOMER = Address(1, "customer@debtor.example")
DEBTOR = Debtor(7, Decimal(1000), addresses={("email", "accounting"): CUSTOMER})


def row(key, step=TELL, colleague=ANNE, **values):
    return Row(key, Decimal(100), step, colleague=colleague, **values)


def shape(plan):
    """Return [(address, keys of the rows)] of a plan's follow-ups."""
    return [
        (one.address, sorted(found.id for found in one.rows)) for one in plan.followups
    ]


@tagged("post_install", "-at_install")
class TestCoreInternal(BaseCase):
    """A step that tells a colleague: who gets it, what stops it, what it is not."""

    def test_each_colleague_gets_its_own_lines(self):
        plan = plan_debtor(DEBTOR, [row(1), row(2, colleague=BORIS), row(3)], DAY)
        self.assertEqual(shape(plan), [(ANNE, [1, 3]), (BORIS, [2])])

    def test_it_is_never_mixed_with_the_debtor_s_message(self):
        """Not even when the colleague is, by mistake, the debtor's contact."""
        rows = [row(1, colleague=CUSTOMER), row(2, FRIENDLY, None)]
        plan = plan_debtor(DEBTOR, rows, DAY)
        self.assertEqual(shape(plan), [(CUSTOMER, [1]), (CUSTOMER, [2])])
        self.assertEqual(
            [one.step.is_internal for one in plan.followups], [True, False]
        )

    def test_it_opens_no_case_and_uses_no_budget(self):
        spent = replace(DEBTOR, recent_contacts=9)
        plan = plan_debtor(spent, [row(1)], DAY)
        self.assertEqual(shape(plan), [(ANNE, [1])])
        self.assertFalse(plan.opens_case)
        self.assertFalse(plan.followups[0].counts)
        self.assertTrue(plan_debtor(DEBTOR, [row(1, FRIENDLY)], DAY).opens_case)

    def test_a_stale_bank_only_warns(self):
        plan = plan_debtor(DEBTOR, [row(1)], replace(DAY, is_bank_stale=True))
        self.assertEqual(plan.followups[0].state, "queued")
        self.assertEqual(plan.followups[0].warnings, ("bank_stale",))

    def test_what_stops_it(self):
        cases = {
            "calendar": (DEBTOR, row(1), replace(DAY, is_working=False)),
            "minimum_total": (replace(DEBTOR, net_overdue=Decimal()), row(1), DAY),
            "no_address": (DEBTOR, row(1, colleague=None), DAY),
            "dispute": (DEBTOR, row(1, hold_reason="dispute"), DAY),
        }
        for code, (debtor, found, day) in cases.items():
            with self.subTest(code):
                plan = plan_debtor(debtor, [found], day)
                self.assertEqual(plan.withheld, {1: code})
                self.assertFalse(plan.followups)

    def test_before_going_live_it_is_to_confirm(self):
        plan = plan_debtor(DEBTOR, [row(1)], replace(DAY, is_live=False))
        self.assertEqual(plan.followups[0].state, "to_confirm")

    def test_a_colleague_sees_its_own_lines_alone(self):
        items = [item(1, 1000, 42), item(2, 500, 50), item(3, -200, 0)]
        figures = sort_items(items, {1: Role(False, 42)}, INTERNAL)
        self.assertEqual([one.id for one in figures.shown], [1])
        self.assertEqual(list(figures.totals().values()), [Decimal(1000)])


@tagged("post_install", "-at_install")
class TestCoreOutlook(BaseCase):
    """What comes next, in agreement with the ladder."""

    DUE = datetime.date(2026, 8, 31)
    LADDER = Ladder((-5, 3, 10, 20, 45))

    def _next(self, position=None, today=TODAY):
        invoiced = self.DUE - datetime.timedelta(days=30)
        return next_step(self.LADDER, self.DUE, invoiced, position, today)

    def test_never_followed_up_starts_at_the_entry(self):
        self.assertEqual(self._next(), (3, TODAY))

    def test_before_the_first_step_its_day_is_given(self):
        day = datetime.date(2026, 9, 1)
        self.assertEqual(self._next(today=day), (3, datetime.date(2026, 9, 3)))

    def test_after_a_step_the_next_one(self):
        position = Position(20, datetime.date(2026, 9, 20))
        self.assertEqual(self._next(position), (45, datetime.date(2026, 10, 15)))

    def test_a_position_between_two_steps_is_no_obstacle(self):
        position = Position(42, TODAY)
        self.assertEqual(self._next(position), (45, datetime.date(2026, 10, 15)))

    def test_after_the_last_there_is_none(self):
        self.assertIsNone(self._next(Position(45, TODAY)))

    @PROPERTY
    @given(st.integers(-40, 120), st.integers(0, 30))
    def test_what_is_due_is_next_and_never_past(self, overdue, wait):
        today = self.DUE + datetime.timedelta(days=overdue)
        invoiced = self.DUE - datetime.timedelta(days=wait)
        due = self.LADDER.due(self.DUE, invoiced, None, today)
        found = next_step(self.LADDER, self.DUE, invoiced, None, today)
        if due is not None:
            self.assertEqual(found, (due, today))
        elif found:
            self.assertGreater(found[1], today)


@tagged("post_install", "-at_install")
class TestCoreWeekly(BaseCase):
    """When a weekly mail leaves."""

    WEEK = WorkingCalendar()

    def _send(self, text, weekday=0, calendar=WEEK):
        return week_to_send(datetime.datetime.fromisoformat(text), weekday, calendar)

    def test_monday_morning(self):
        self.assertIsNone(self._send("2026-11-23T06:59"))
        self.assertEqual(self._send("2026-11-23T07:00"), "2026-W48")

    def test_a_server_that_was_down_catches_up_two_days(self):
        self.assertEqual(self._send("2026-11-25T18:00"), "2026-W48")
        self.assertIsNone(self._send("2026-11-26T07:00"))

    def test_a_holiday_puts_it_off_to_the_next_worked_day(self):
        """Easter Monday 2026 is 6 April; the mail is still that week's."""
        self.assertIsNone(self._send("2026-04-06T09:00"))
        self.assertEqual(self._send("2026-04-07T09:00"), "2026-W15")

    def test_a_day_that_is_never_worked_becomes_monday_of_the_week_after(self):
        self.assertIsNone(self._send("2026-11-28T09:00", 5))
        self.assertEqual(self._send("2026-11-30T09:00", 5), "2026-W48")

    def test_the_week_of_the_turn_of_the_year(self):
        self.assertEqual(week_key(datetime.date(2027, 1, 1)), "2026-W53")

    @PROPERTY
    @given(
        st.dates(datetime.date(2024, 1, 1), datetime.date(2030, 1, 1)),
        st.integers(0, 6),
    )
    def test_each_week_has_its_moment_and_one_key(self, start, weekday):
        """Whoever looks every hour finds each week, each under one key."""
        moments = [
            datetime.datetime.combine(start, datetime.time(9))
            + datetime.timedelta(days=day)
            for day in range(28)
        ]
        found = [week_to_send(moment, weekday, self.WEEK) for moment in moments]
        weeks = [key for key in found if key]
        self.assertGreaterEqual(len(set(weeks)), 3)
        self.assertLessEqual(max(map(weeks.count, weeks)), CATCH_UP_DAYS + 1)
        self.assertEqual(sorted(weeks), weeks)

    @PROPERTY
    @given(st.dates(), st.integers(0, 6))
    def test_chosen_day_is_the_last_one(self, today, weekday):
        day = chosen_day(today, weekday) if today.toordinal() > 7 else today
        if today.toordinal() > 7:
            self.assertEqual(day.weekday(), weekday)
            self.assertIn((today - day).days, range(7))
