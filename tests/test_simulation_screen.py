# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from unittest.mock import patch

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..wizards import collection_simulation
from .common import CollectionCommon, day

DAY = day("2026-09-01")
GROUP = "account_collection.group_collection_"


class SimulationScreenCase(CollectionCommon):
    """Three debtors: Anna's, Paul's, nobody's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user("screen_anna", GROUP + "user")
        cls.paul = cls._create_user("screen_paul", GROUP + "user")
        cls.reader = cls._create_user("screen_reader", GROUP + "readonly")
        cls.other = cls._create_debtor("Other")
        cls.free = cls._create_debtor("Free")
        for partner, amount in ((cls.debtor, 1000), (cls.other, 500), (cls.free, 250)):
            cls._create_invoice(amount, partner=partner)
        files = cls.env["collection.debtor"]
        files._get_file(cls.company, cls.debtor).collector_id = cls.anna
        files._get_file(cls.company, cls.other).collector_id = cls.paul
        cls.cron = cls.env.ref("account_collection.ir_cron_simulate")

    def _create(self, user=None, **values):
        simulations = self.env["collection.simulation"].with_user(user or self.reader)
        simulations = simulations.with_context(collection_date=DAY)
        return simulations.create(values)

    def _simulate(self, user=None, **values):
        simulation = self._create(user, **values)
        simulation.action_simulate()
        return simulation

    @staticmethod
    def _list(entries, *names):
        return [tuple(entry[name] for name in names) for entry in entries]


@tagged("post_install", "-at_install")
class TestSimulationScreen(SimulationScreenCase):
    """What is asked and what is shown, while the user waits."""

    def test_entries_are_what_the_engine_answers(self):
        simulation = self._simulate(days=30)
        self.assertEqual(simulation.state, "done")
        answer = self.engine.simulate(days=30, date=DAY)
        expected = [
            (one["date"], entry["collector_id"], entry["channel"], entry["minutes"])
            for one in answer["companies"][0]["days"]
            for entry in one["entries"]
        ]
        found = [
            (str(one.date), one.collector_id.id or 0, one.channel, one.minutes)
            for one in simulation.entry_ids
        ]
        self.assertEqual(sorted(found), sorted(expected))
        self.assertEqual(len(found), 12)
        [first] = simulation.entry_ids.filtered(
            lambda one: one.date == DAY and one.collector_id == self.anna
        )
        self.assertRecordValues(
            first,
            [
                {
                    "level_id": self.env.ref(
                        "account_collection.collection_level_friendly"
                    ).id,
                    "followups": 1,
                    "receivables": 1,
                    "amount": 1000.0,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "is_over": False,
                    "capacity": 240,
                }
            ],
        )
        self.assertIn("1 × E-mail · 1,000 €", first.display_name)
        self.assertIn(self.anna.name, first.display_name)

    def test_entry_opens_its_debtors_and_they_their_files(self):
        simulation = self._simulate()
        entry = simulation.entry_ids.filtered(
            lambda one: one.date == DAY and not one.collector_id
        )
        action = entry.action_open_lines()
        lines = self.env[action["res_model"]].with_user(self.reader)
        line = lines.search(action["domain"])
        self.assertEqual((line.debtor_id, line.amount), (self.free, 250.0))
        opened = line.action_open_file()
        self.assertEqual(opened["res_model"], "collection.debtor")
        file = self.env["collection.debtor"].browse(opened["res_id"])
        self.assertEqual(file.debtor_id, self.free)

    def test_screens_are_the_calendar_first_or_the_graph(self):
        simulation = self._simulate()
        action = simulation.action_open_calendar()
        kinds = [kind for _view, kind in action["views"]]
        self.assertEqual(kinds, ["calendar", "graph", "pivot", "list"])
        self.assertEqual(action["domain"], [("simulation_id", "=", simulation.id)])
        kinds = [kind for _view, kind in simulation.action_open_graph()["views"]]
        self.assertEqual(kinds[0], "graph")

    def test_form_as_a_reader_fills_it_in(self):
        simulations = self.env["collection.simulation"].with_user(self.reader)
        form = Form(simulations.with_context(collection_date=DAY))
        self.assertEqual((form.days, form.date), (30, DAY))
        form.days = 7
        form.debtor_ids.add(self.other)
        simulation = form.save()
        simulation.action_simulate()
        self.assertEqual(simulation.line_ids.debtor_id, self.other)
        self.assertEqual(set(simulation.entry_ids.mapped("channel")), {"email", "call"})

    def test_chosen_collectors(self):
        simulation = self._simulate(collector_ids=self.paul.ids, days=1)
        self.assertEqual(simulation.line_ids.debtor_id, self.other)

    def test_simulated_again_from_todays_day(self):
        simulation = self._simulate(days=1)
        later = simulation.with_context(collection_date="2026-09-07")
        later.action_simulate()
        self.assertEqual(simulation.date, day("2026-09-07"))
        # Nobody reminded them meanwhile: they begin.
        self.assertEqual(simulation.entry_ids.mapped("channel"), ["email"] * 3)
        self.assertEqual(len(simulation.line_ids), 3)

    def test_days_are_bounded(self):
        for days in (0, 61):
            with (
                self.assertRaises(errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._create(days=days).flush_recordset()

    # === FULL DAYS === #

    def test_day_above_the_persons_minutes_is_shown(self):
        self.env["collection.capacity"].create({"user_id": self.anna.id, "minutes": 5})
        self.company.collection_minutes_day = 6
        simulation = self._simulate(days=8)
        over = simulation.entry_ids.filtered("is_over")
        found = self._list(over, "collector_id", "channel", "capacity", "minutes")
        self.assertEqual(found, [(self.anna, "call", 5, 6)])
        self.assertIn("⚠", over.display_name)
        self.assertIn("6 minutes of 5", simulation.summary)
        calls = simulation.entry_ids.filtered(lambda one: one.channel == "call")
        # Who has no collector has no limit.
        self.assertEqual(sorted(calls.mapped("capacity")), [0, 5, 6])

    def test_no_limit(self):
        self.company.collection_minutes_day = 0
        self.assertFalse(self._simulate(days=8).entry_ids.filtered("is_over"))

    def test_days_off_are_shaded(self):
        simulation = self._simulate()
        entries = self.env["collection.simulation.entry"].with_context(
            collection_simulation_id=simulation.id
        )
        found = entries.get_unusual_days("2026-07-12 00:00:00", "2026-07-15 23:59:59")
        expected = {
            "2026-07-12": True,
            "2026-07-13": False,
            "2026-07-14": True,
            "2026-07-15": False,
        }
        self.assertEqual(found, expected)

    def test_large_entries_name_their_largest_debtors(self):
        for number in range(4):
            partner = self._create_debtor(f"More {number}")
            self._create_invoice(2000 + number, partner=partner)
        with patch("odoo.addons.account_collection.core.workload.DETAILS", 2):
            simulation = self._simulate(days=1)
        [entry] = simulation.entry_ids.filtered(lambda one: not one.collector_id)
        self.assertEqual(entry.followups, 5)
        self.assertEqual(sorted(entry.line_ids.mapped("amount")), [2002.0, 2003.0])
        self.assertIn("Not named", simulation.summary)
        self.assertNotIn("Not named", self._simulate(days=1).summary)

    # === RIGHTS === #

    def test_seen_by_its_author_alone(self):
        simulation = self._simulate(self.reader)
        for user in (self.anna, self._create_user("screen_boss", GROUP + "manager")):
            for records in (simulation, simulation.entry_ids, simulation.line_ids):
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["company_id"])

    def test_collector_sees_its_portfolio(self):
        simulation = self._simulate(self.anna, days=1)
        self.assertEqual(simulation.line_ids.debtor_id, self.debtor + self.free)

    def test_results_are_not_written_by_a_client(self):
        simulation = self._simulate(self.anna, days=1)
        for values in (
            {"state": "queued"},
            {"todo": self.other.ids},
            {"partial": {}},
            {"summary": "<p>Mine</p>"},
        ):
            with self.assertRaises(AccessError):
                simulation.write(values)
            with self.assertRaises(AccessError):
                self._create(self.anna, **values)
        for records in (simulation.entry_ids, simulation.line_ids):
            for mode in ("write", "create", "unlink"):
                self.assertFalse(records.has_access(mode))

    def test_who_only_invoices_is_refused(self):
        user = self._create_user("screen_invoicer", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            self._create(user)

    def test_another_company_is_refused(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        stranger = self._create_user("screen_stranger", GROUP + "user", company=second)
        with self.assertRaises(AccessError):
            self._create(stranger, company_id=self.company.id).action_simulate()
        self.assertFalse(self._simulate(stranger, days=1).entry_ids)

    def test_preview_of_a_later_day_leads_to_the_simulation(self):
        preview = self.env["collection.preview"].with_user(self.reader)
        preview = preview.with_context(collection_date=DAY)
        preview = preview.create({"date": "2026-10-20", "debtor_ids": self.other.ids})
        self.assertEqual(preview.days_ahead, 49)
        action = preview.action_simulate()
        simulations = preview.env["collection.simulation"]
        simulation = simulations.with_context(**action["context"]).create({})
        self.assertEqual((simulation.days, simulation.debtor_ids), (50, self.other))
        preview.date = DAY
        self.assertEqual(preview.days_ahead, 0)

    def test_menu_opens_the_last_one(self):
        simulations = self.env["collection.simulation"].with_user(self.reader)
        self.assertFalse(simulations.action_open_last()["res_id"])
        simulation = self._simulate(days=1)
        self.assertEqual(simulations.action_open_last()["res_id"], simulation.id)


@tagged("post_install", "-at_install")
class TestSimulationBackground(SimulationScreenCase):
    """A large one: part after part, committed, cancelled, interrupted."""

    def setUp(self):
        super().setUp()
        # One debtor a part, and nothing is small.
        for name, value in (("AT_ONCE", 0), ("PART", 1)):
            patcher = patch.object(collection_simulation, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)
        notify = patch.object(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **_options: self.told.append(
                (user.login, kind, message["type"])
            ),
        )
        self.told = []
        notify.start()
        self.addCleanup(notify.stop)

    def _queue(self, **values):
        simulation = self._simulate(self.reader, **values)
        self.assertEqual(simulation.state, "queued")
        self.assertFalse(simulation.entry_ids)
        return simulation

    def _work(self):
        with self.enter_registry_test_mode():
            self.cron.with_context(collection_date=DAY).method_direct_trigger()

    def test_background_finds_what_is_found_at_once(self):
        self.reader.lang = "en_US"
        before = self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.cron.id)]
        )
        simulation = self._queue(days=20)
        self.assertEqual(simulation.debtor_count, 3)
        triggers = self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.cron.id)]
        )
        self.assertEqual(triggers, before + 1)
        self._work()
        self.assertEqual((simulation.state, simulation.progress), ("done", 100.0))
        self.assertEqual(
            self.told, [("screen_reader", "simple_notification", "success")]
        )
        with patch.object(collection_simulation, "AT_ONCE", 10**6):
            at_once = self._simulate(self.reader, days=20)
        names = ("date", "collector_id", "channel", "followups", "amount", "minutes")
        self.assertEqual(
            self._list(simulation.entry_ids, *names),
            self._list(at_once.entry_ids, *names),
        )
        self.assertEqual(
            self._list(simulation.line_ids, "debtor_id", "amount", "date"),
            self._list(at_once.line_ids, "debtor_id", "amount", "date"),
        )
        self.assertEqual(simulation.summary, at_once.summary)

    def test_progress_is_committed_after_each_part(self):
        simulation = self._queue(days=3)
        seen = []
        part = collection_simulation.CollectionSimulation._run_part

        def spy(model):
            seen.append((model.done_count, model.state))
            part(model)

        with patch.object(type(simulation), "_run_part", spy):
            self._work()
        self.assertEqual(seen, [(0, "running"), (1, "running"), (2, "running")])

    def test_cancelled_before_and_in_the_middle(self):
        first, second = self._queue(days=3), self._queue(days=3)
        first.action_cancel()
        part = collection_simulation.CollectionSimulation._run_part

        def cancel(model):
            part(model)
            if model.done_count == 2:
                model.action_cancel()

        with patch.object(type(second), "_run_part", cancel):
            self._work()
        for simulation in (first, second):
            self.assertEqual(simulation.state, "cancelled")
            self.assertFalse(simulation.entry_ids)
            self.assertFalse(simulation.todo)
        self.assertFalse(self.told)
        with self.assertRaises(UserError):
            second.action_cancel()
        second.action_simulate()
        self._work()
        self.assertEqual(second.state, "done")

    def test_running_is_not_started_or_changed_again(self):
        simulation = self._queue(days=3)
        with self.assertRaises(UserError):
            simulation.action_simulate()
        with self.assertRaises(UserError):
            simulation.days = 4

    def test_interrupted_one_goes_on_where_it_was(self):
        simulation = self._queue(days=3)
        simulation.sudo()._begin_part(lambda _done: self.env.flush_all())
        simulation.with_context(collection_date=DAY)._run_part()
        simulation.sudo()._begin_part(lambda _done: self.env.flush_all())
        # The server stopped here.
        self.assertEqual((simulation.state, simulation.done_count), ("running", 1))
        begun = []
        simulate = type(self.engine)._simulate_part

        def spy(model, company, first, days, ids):
            begun.append(ids)
            return simulate(model, company, first, days, ids)

        with patch.object(type(self.engine), "_simulate_part", spy):
            self._work()
        self.assertEqual(len(begun), 2)
        self.assertEqual(simulation.state, "done")
        self.assertEqual(len(simulation.line_ids.debtor_id), 3)

    def test_one_that_stops_the_server_is_given_up(self):
        simulation = self._queue(days=3)
        simulation.sudo().write({"state": "running", "attempts": 3})
        other = self._queue(days=3)
        self._work()
        self.assertEqual(simulation.state, "failed")
        self.assertIn("again and again", simulation.message)
        self.assertEqual(other.state, "done")

    def test_error_is_told_and_the_next_one_runs(self):
        simulation, other = self._queue(days=3), self._queue(days=4)
        simulate = type(self.engine)._simulate_part

        def fail(model, company, first, days, ids):
            if days == 3:
                raise ZeroDivisionError("No such day")
            return simulate(model, company, first, days, ids)

        with (
            patch.object(type(self.engine), "_simulate_part", fail),
            mute_logger("odoo.addons.account_collection.wizards.collection_simulation"),
        ):
            self._work()
        self.assertEqual(
            (simulation.state, simulation.message), ("failed", "No such day")
        )
        self.assertEqual(other.state, "done")
        self.assertEqual([one[2] for one in self.told], ["warning", "success"])

    def test_rows_changed_elsewhere_are_looked_at_again(self):
        simulation = self._queue(days=3)
        simulate = type(self.engine)._simulate_part
        tries = []

        def conflict(model, *arguments):
            tries.append(1)
            if len(tries) == 2:
                raise errors.SerializationFailure("changed elsewhere")
            return simulate(model, *arguments)

        with patch.object(type(self.engine), "_simulate_part", conflict):
            self._work()
        self.assertEqual(simulation.state, "done")
        self.assertEqual(len(tries), 4)
        self.assertEqual(len(simulation.line_ids.debtor_id), 3)

    def test_runs_with_the_rights_of_its_author(self):
        simulation = self._simulate(self.anna, days=1)
        self._work()
        self.assertEqual(simulation.line_ids.debtor_id, self.debtor + self.free)
        self.assertEqual(simulation.entry_ids.create_uid, self.anna)
