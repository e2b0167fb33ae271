# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import datetime
import functools
import io
import json
import os
import random
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..core.ladder import Ladder, Position
from ..core.working_days import WorkingCalendar, french_public_holidays
from ..devtools import demo as demo_command
from ..devtools.cache import SetupError
from ..devtools.inside import demo, demo_dates
from ..devtools.inside.collector import Collector
from ..devtools.inside.demo_data import (
    LIVED_DAYS,
    OLD,
    SHOWING,
    STEPS,
    TEXTED,
    DemoData,
)
from ..devtools.inside.demo_dates import (
    NoDueDate,
    due_dates_held,
    due_dates_hitting,
    last_working_day,
    live_dates,
    lives_reaching,
    next_sunday,
    working_days_before,
)
from ..devtools.inside.ledger import Invoice, Ledger
from .common import CollectionCommon

ONE_DAY = datetime.timedelta(days=1)
RAPP = Ladder((-5, 1, 7, 15, 30, 45))
#: the same with a text message on D+3
TEXTING = Ladder((-5, 1, 3, 7, 15, 30, 45))
#: contacts that a debtor gets in so many days, as shipped
BUDGET, BUDGET_DAYS = 3, 7
FIRST, LAST = datetime.date(2026, 1, 1), datetime.date(2027, 12, 31)


def days(first, last):
    """Return every day from the first to the last."""
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


#: every value of today, and what is worked around these two years
TODAYS = days(FIRST, LAST)
WORKED = {
    day: day.weekday() < 5 and day not in french_public_holidays(day.year)
    for day in days(FIRST - 400 * ONE_DAY, LAST + 60 * ONE_DAY)
}


class KnownCalendar(WorkingCalendar):
    """The French calendar, looked up: two years of lives ask it often."""

    def is_working(self, day):
        return WORKED[day]


CALENDAR = KnownCalendar()
#: the days for which a demo is made: the last working day up to each today
DEMO_DAYS = [day for day in days(FIRST - 7 * ONE_DAY, LAST) if WORKED[day]]
DEMO_DAYS = DEMO_DAYS[[day >= FIRST for day in DEMO_DAYS].index(True) - 1 :]


def live(invoice, holds, last, ladder=RAPP):
    """Return [(day, delay)] of an invoice's lived days: told by the ladder alone."""
    found, position = [], None
    for day in days(last - LIVED_DAYS * ONE_DAY, last):
        is_held = any(start <= day <= end for start, end in holds)
        if day < invoice.day or not WORKED[day] or is_held:
            continue
        delay = ladder.due(invoice.due, invoice.day, position, day)
        if delay is not None:
            position = Position(delay, day)
            found.append((day, delay))
    return found


class PlannedDemo(DemoData):
    """The demo's plan for a last day, without a database: it stands in for the life."""

    def __init__(self, last):
        self.last = last
        self.company = self.second = SimpleNamespace(
            currency_id="EUR", collection_scenario_id=SimpleNamespace(id=1)
        )
        self.calendar = CALENDAR
        self.random = random.Random(19)
        self.count = 0
        self.life = self
        self.partners = KeyOnly()
        self.texting = SimpleNamespace(id=2)
        self.invoices, self.holds = {}, {}

    def policies(self):
        return {1: SimpleNamespace(ladder=RAPP), 2: SimpleNamespace(ladder=TEXTING)}

    def plan(self, invoices=(), payments=()):
        self.invoices.update({invoice.key: invoice for invoice in invoices})

    def at(self, day, action):
        ledger = mock.NonCallableMock()
        action(ledger, day)
        for key, start, end in (call.args for call in ledger.hold.call_args_list):
            self.holds.setdefault(key, []).append((start, end))

    def steps_on_the_last_day(self):
        """Return [(customer, delay)] of the invoices that reach a step on it."""
        return [
            (invoice.partner, life[-1][1])
            for key, invoice in self.invoices.items()
            if (life := live(invoice, self.holds.get(key, ()), self.last))
            and life[-1][0] == self.last
        ]


class KeyOnly(dict):
    def __missing__(self, key):
        return key


@tagged("post_install", "-at_install")
class TestDevtoolsDemoDates(BaseCase):
    """Due dates by which a step falls on a day."""

    def test_an_ordinary_life(self):
        """Due on Monday 31.08.2026; Saturday 05.09. is no day of D+7."""
        due = datetime.date(2026, 8, 31)
        expected = [
            ("2026-08-26", -5),
            ("2026-09-01", 1),
            ("2026-09-07", 7),
            ("2026-09-15", 15),
            ("2026-09-30", 30),
            ("2026-10-15", 45),
        ]
        life = live_dates(due, RAPP, CALENDAR, datetime.date(2026, 12, 31))
        self.assertEqual([(str(day), delay) for day, delay in life], expected)
        for number, (day, _delay) in enumerate(life):
            self.assertEqual(live_dates(due, RAPP, CALENDAR, day), life[: number + 1])
            before = live_dates(due, RAPP, CALENDAR, day - ONE_DAY)
            self.assertEqual(before, life[:number])

    def test_the_due_dates_of_a_step_on_a_day(self):
        """D+1 on Monday 07.09.2026 is due on the Sunday, Saturday or Friday."""
        day = datetime.date(2026, 9, 7)
        found = due_dates_hitting(1, day, RAPP, CALENDAR)
        self.assertEqual(
            list(map(str, found)), ["2026-09-06", "2026-09-05", "2026-09-04"]
        )
        self.assertEqual(
            list(map(str, due_dates_hitting(-5, day, RAPP, CALENDAR))),
            ["2026-09-12", "2026-09-11", "2026-09-10"],
        )

    def test_a_day_that_no_ordinary_life_reaches_takes_a_hold(self):
        """D+1 of a Friday's due date waits for Monday: D+7 comes later than Friday."""
        friday = datetime.date(2026, 9, 11)
        self.assertEqual(due_dates_hitting(7, friday, RAPP, CALENDAR), [])
        found = due_dates_held(7, friday, RAPP, CALENDAR)
        self.assertTrue(found)
        for due, start in found:
            self.assertLess(due + 7 * ONE_DAY, friday)
            self.assertTrue(due + ONE_DAY < start < friday)

    def test_a_day_that_no_life_reaches_is_said(self):
        sunday = datetime.date(2026, 9, 6)
        with self.assertRaisesRegex(NoDueDate, r"^No .* D-5 on 2026-09-06: .*TODAY\.$"):
            lives_reaching(-5, sunday, RAPP, CALENDAR)

    def test_the_last_day_is_the_last_working_day_up_to_today(self):
        for today in TODAYS:
            last = last_working_day(today, CALENDAR)
            self.assertTrue(WORKED[last] and last <= today, today)
            skipped = days(last + ONE_DAY, today)
            self.assertFalse([day for day in skipped if WORKED[day]], today)
            self.assertIn(last, DEMO_DAYS)

    def test_the_preview_is_of_the_next_sunday(self):
        """Of the one after it, for a company that works on a Sunday."""
        for day in TODAYS:
            sunday = next_sunday(day)
            self.assertEqual(sunday.isoweekday(), 7, day)
            self.assertTrue(day < sunday <= day + 7 * ONE_DAY, day)

    def test_working_days_before_a_day(self):
        """Around Ascension Day of 2026 and its week-ends."""
        found = working_days_before(datetime.date(2026, 5, 18), 4, CALENDAR)
        self.assertEqual(
            list(map(str, found)),
            ["2026-05-15", "2026-05-13", "2026-05-12", "2026-05-11"],
        )
        self.assertEqual(working_days_before(FIRST, 0, CALENDAR), [])


@tagged("post_install", "-at_install")
class TestDevtoolsDemoPlan(BaseCase):
    """What the last day shows, whatever today is: every day of two years."""

    def setUp(self):
        super().setUp()
        # The steps of a day ask for the same lives.
        remembered = functools.lru_cache(1024)(live_dates)
        patcher = mock.patch.object(demo_dates, "live_dates", remembered)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_the_two_years_have_every_kind_of_day(self):
        self.assertEqual(len(TODAYS), 730)
        holidays = french_public_holidays(2026) | french_public_holidays(2027)
        self.assertLess(holidays, set(TODAYS))
        self.assertEqual({day.weekday() for day in DEMO_DAYS}, set(range(5)))
        self.assertFalse(holidays & set(DEMO_DAYS))

    def test_three_receivables_reach_each_step_on_the_last_day(self):
        ways = Counter()
        for last in DEMO_DAYS:
            planned = PlannedDemo(last)
            planned.plan_steps()
            shown = planned.steps_on_the_last_day()
            counts = Counter(delay for _customer, delay in shown)
            self.assertEqual(counts, dict.fromkeys(RAPP.delays, 3), last)
            self.assertEqual(len({customer for customer, _delay in shown}), SHOWING)
            for holds in planned.holds.values():
                for start, end in holds:
                    self.assertLessEqual(last - LIVED_DAYS * ONE_DAY, start, last)
                    self.assertTrue(start <= end < last, last)
            ways[bool(planned.holds)] += 1
        # Both ways to reach a step were used.
        self.assertGreater(min(ways[True], ways[False]), 50)

    def test_the_reasons_to_leave_alone_can_be_planned_on_every_day(self):
        """One debtor had its three e-mails in seven days; a fourth would be due."""
        for last in DEMO_DAYS:
            planned = PlannedDemo(last)
            planned.plan_holds()
            names = Counter(one.partner for one in planned.invoices.values())
            self.assertEqual(names["Restaurant La Source"], 3, last)
            contacts = []
            for invoice in planned.invoices.values():
                self.assertTrue(invoice.day <= invoice.due <= last, last)
                if invoice.partner == "Auto-école Bertin":
                    contacts += [day for day, _delay in live(invoice, (), last)]
            recent = [
                day for day in contacts if last - BUDGET_DAYS * ONE_DAY < day < last
            ]
            self.assertEqual(len(recent), BUDGET, last)
            self.assertIn(last, contacts)

    def test_who_is_texted_gets_a_message_on_the_last_day(self):
        """Whatever the day; the one before was sent and paid."""
        for last in DEMO_DAYS:
            planned = PlannedDemo(last)
            planned.plan_texts()
            reached = Counter()
            for key, invoice in planned.invoices.items():
                steps = live(invoice, planned.holds.get(key, ()), last, TEXTING)
                if steps[-1] == (last, 3):
                    reached[invoice.partner] += 1
            self.assertEqual(reached, dict.fromkeys(TEXTED, 1), last)

    def test_the_old_ones_went_the_whole_way_before_the_last_day(self):
        """Two between 61 and 90 days, two beyond, who begin late and catch up."""
        for last in DEMO_DAYS:
            planned = PlannedDemo(last)
            planned.plan_old()
            self.assertEqual({one.partner for one in planned.invoices.values()}, {*OLD})
            ages = []
            for invoice in planned.invoices.values():
                ages.append((last - invoice.due).days)
                steps = live(invoice, (), last)
                overdue = [delay for _day, delay in steps if delay > 0]
                self.assertEqual(overdue, [1, 7, 15, 30, 45], last)
                self.assertLess(steps[-1][0], last)
            buckets = [age > 60 and 1 + (age > 90) for age in ages]
            self.assertEqual(sorted(buckets), [1, 1, 2, 2])


@tagged("post_install", "-at_install")
class TestDevtoolsDemoRun(BaseCase):
    """What the demo runs, says and ends with."""

    def setUp(self):
        super().setUp()
        self.env = mock.MagicMock()
        self.env.return_value = self.env
        self.models = self.env.__getitem__.return_value
        self.models._get_calendar.return_value = CALENDAR
        self.models.run.return_value = {"held": {}}
        self.life = mock.Mock()
        self.life.result = {
            "by_channel": dict.fromkeys(demo.CHANNELS, 1),
            "by_level": dict.fromkeys(demo.LEVELS, 1),
            "held": dict.fromkeys(demo.HELD, 1),
        }
        self.data = mock.Mock()
        patcher = mock.patch.multiple(
            demo,
            prepare_companies=mock.MagicMock(),
            Life=mock.Mock(return_value=self.life),
            DemoData=self.data,
            save_letters=mock.Mock(return_value=0),
            count_buckets=lambda _env, _last: self.buckets,
            print_summary=mock.Mock(),
        )
        self.buckets = dict.fromkeys(demo.BUCKETS, (1, 1.0))
        patcher.start()
        self.addCleanup(patcher.stop)

    def run_demo(self, today):
        """Return the data's last day, the first and last lived day, the preview's."""
        options = {
            "smtp_port": 1,
            "sms_endpoint": "http://127.0.0.1:1",
            "letters": "letters",
            "today": today and str(today),
        }
        self.printed = io.StringIO()
        with (
            contextlib.redirect_stdout(self.printed),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            demo.run(self.env, json.dumps(options))
        return (
            self.data.call_args.args[2],
            *self.life.live.call_args.args,
            self.models.run.call_args.args[0],
        )

    def test_ninety_days_are_lived_up_to_the_last_working_day(self):
        """Sunday 27.12.2026: Christmas was a Friday."""
        last, sunday = datetime.date(2026, 12, 24), datetime.date(2026, 12, 27)
        found = self.run_demo(sunday)
        self.assertEqual(found, (last, last - 90 * ONE_DAY, last, sunday))
        result, preview = self.printed.getvalue().splitlines()
        self.assertTrue(result.startswith("RESULT {"), result)
        self.assertTrue(preview.startswith("Preview of 2026-12-27 (Sunday): "), preview)

    def test_without_a_value_today_is_today(self):
        today = datetime.date.today()
        self.models._get_calendar.return_value = WorkingCalendar(
            frozenset(range(7)), (), False
        )
        self.assertIn(self.run_demo(None)[2], (today, today + ONE_DAY))

    def test_the_last_day_is_left_to_the_collector_and_committed(self):
        self.run_demo(FIRST)
        self.assertEqual(self.life.live.call_args.kwargs, {"works_last": False})
        self.env.cr.commit.assert_called_once_with()

    def test_a_promise_that_is_not_kept_fails_the_demo_after_its_result(self):
        del self.life.result["by_channel"]["registered"]
        self.life.result["held"]["frequency"] = 0
        del self.buckets["d91"]
        sentence = "The last day does not show: registered, frequency, d91."
        with self.assertRaisesRegex(SystemExit, f"^{sentence}$"):
            self.run_demo(FIRST)
        self.assertEqual(len(self.printed.getvalue().splitlines()), 2)

    def test_a_plan_that_is_not_possible_ends_in_its_sentence(self):
        self.data.return_value.plan.side_effect = NoDueDate("No due date.")
        with self.assertRaisesRegex(SystemExit, "^No due date.$"):
            self.run_demo(FIRST)
        self.life.live.assert_not_called()

    def test_today_is_read_before_anything_is_prepared(self):
        for text in ("rubbish", "2026-02-30", "27/12/2026", "0001-01-01"):
            with (
                mock.patch.dict(os.environ, TODAY=text),
                mock.patch.object(demo_command.Workshop, "open") as opened,
                self.assertRaisesRegex(SetupError, f"^TODAY '?{text}'? is not .*\\.$"),
            ):
                demo_command.main()
            opened.assert_not_called()


@tagged("post_install", "-at_install")
class TestDevtoolsDemoFacts(CollectionCommon):
    """The facts on which these dates rest are those of the shipped data."""

    def test_the_steps_are_those_of_the_shipped_scenario(self):
        self.assertEqual(STEPS, RAPP.delays)
        scenario = self.company.collection_scenario_id
        self.assertEqual(scenario, self.rapp)
        delays = scenario.step_ids.sorted("delay_days").mapped("delay_days")
        self.assertEqual(tuple(delays), RAPP.delays)
        self.assertEqual(scenario.catch_up_days, RAPP.catch_up)
        self.assertFalse(scenario.step_ids.filtered("is_entry"))

    def test_the_contacts_are_those_of_the_shipped_scenario(self):
        found = (self.rapp.contact_budget, self.rapp.contact_days)
        self.assertEqual(found, (BUDGET, BUDGET_DAYS))

    def test_a_new_french_company_has_the_ordinary_calendar(self):
        calendar = self.env["collection.calendar"]._get_calendar(self.company)
        self.assertEqual(calendar, WorkingCalendar())

    def test_a_retention_of_a_leap_day_is_due_a_year_later(self):
        ledger, day = Ledger(self.env), datetime.date(2028, 2, 29)
        amount, euro = Decimal(1000), self.company.currency_id
        ledger.post([Invoice("F1", self.company, self.debtor, day, day, amount, euro)])
        ledger.retain("F1", day, Decimal("0.05"))
        line = self.env["account.move.line"].search(
            [("partner_id", "=", self.debtor.id), ("debit", "=", 50)]
        )
        self.assertEqual(line.date_maturity, datetime.date(2029, 2, 28))

    def test_the_collector_hands_over_at_the_end_of_the_ladder(self):
        move = self._create_invoice()
        for text in ("2026-09-01", "2026-09-07", "2026-09-15", "2026-09-30"):
            self.engine.run(date=text, debtors=self.debtor)
            self._perform(self._followups(text), text)
        last = datetime.date(2026, 10, 15)
        self.engine.run(date=last, debtors=self.debtor)
        Collector(self.env, "handed_over").work(last)
        followup = self._followups(last)
        self.assertEqual(
            (followup.channel, followup.state, followup.handoff_result),
            ("handoff", "performed", "handed_over"),
        )
        holds = self.env["collection.hold"].search([("move_id", "=", move.id)])
        self.assertEqual(holds.mapped("reason"), ["handed_over"])
