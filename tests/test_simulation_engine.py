# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.collection_engine_apply import DayWriter
from .common import CollectionCommon, day

DAY = day("2026-09-01")
#: our tables and those in which a run may leave something
WRITES = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
      FROM pg_stat_xact_user_tables
     WHERE schemaname = current_schema()
       AND n_tup_ins + n_tup_upd + n_tup_del > 0"""


class SimulationCase(CollectionCommon):
    """Reading simulations."""

    def _simulate(self, days=30, date=DAY, engine=None, **options):
        """Return the company's days, as the engine answers."""
        engine = self.engine if engine is None else engine
        answer = engine.simulate(days=days, date=date, **options)
        json.dumps(answer)
        return answer["companies"][0]["days"]

    @staticmethod
    def _list(days, *names):
        """Return (day, value of each name) of all entries."""
        return [
            (one["date"], *(entry[name] for name in names))
            for one in days
            for entry in one["entries"]
        ]

    def _read_writes(self):
        self.env.flush_all()
        self.env.cr.execute(WRITES)
        return dict(self.env.cr.fetchall())

    def _get_file(self, partner=None, company=None):
        files = self.env["collection.debtor"]
        return files._get_file(company or self.company, partner or self.debtor)


@tagged("post_install", "-at_install")
class TestSimulationDays(SimulationCase):
    """What the coming days hold."""

    def test_a_life_of_thirty_days(self):
        self._create_invoice(1000)
        days = self._simulate()
        found = self._list(days, "channel", "level", "followups", "minutes", "amount")
        expected = [
            ("2026-09-01", "email", "friendly", 1, 0, 1000.0),
            ("2026-09-07", "call", "call", 1, 6, 1000.0),
            ("2026-09-15", "letter", "firm", 1, 2, 1000.0),
            ("2026-09-30", "registered", "notice", 1, 5, 1000.0),
        ]
        self.assertEqual(found, expected)
        self.assertEqual(len(days), 30)
        off = [one["date"] for one in days if not one["is_working"]]
        self.assertEqual(len(off), 8)
        self.assertFalse([one for one in days if one["failed"]])

    def test_first_day_is_the_preview_of_that_day(self):
        """Working day and Sunday: follow-ups, receivables, amounts, what is held."""
        self._create_invoice(1000)
        self._create_invoice(200, currency_id=self.env.ref("base.USD").id)
        nobody = self._create_debtor("Nobody", email=False, street=False)
        self._create_invoice(300, partner=nobody)
        self._create_invoice(4.5, partner=self._create_debtor("Small"))
        hold = {"move_id": self._create_invoice(77).id, "reason": "dispute"}
        self.env["collection.hold"].create(hold)
        for date in (DAY, day("2026-09-06")):
            preview = self.engine.run(date=date, preview=True)
            [first] = self._simulate(days=1, date=date)
            counts = {}
            for entry in first["entries"]:
                channel = entry["channel"]
                counts[channel] = counts.get(channel, 0) + entry["followups"]
            self.assertEqual(counts, preview["by_channel"])
            lines = sum(entry["receivables"] for entry in first["entries"])
            self.assertEqual(lines, preview["lines"])
            self.assertEqual(first["held"], preview["held"])
        self.assertEqual(preview["held"].keys(), {"calendar", "dispute", "minimum"})

    def test_bank_is_assumed_up_to_date(self):
        self._create_invoice(1000)
        self._create_bank_line(1, "2026-08-03")
        preview = self.engine.run(date=DAY, preview=True)
        self.assertEqual(preview["held"], {"bank_stale": 1})
        self.assertEqual(
            self._list(self._simulate(1), "channel"), [(str(DAY), "email")]
        )

    def test_hold_ends_on_its_last_day(self):
        invoice = self._create_invoice(1000)
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "agreement", "date_end": "2026-09-09"}
        )
        days = self._simulate(12)
        held = [one["date"] for one in days if one["held"] == {"excluded": 1}]
        self.assertEqual((held[0], held[-1]), ("2026-09-01", "2026-09-09"))
        self.assertEqual(self._list(days, "channel"), [("2026-09-10", "email")])

    def test_probable_payment_ends_as_ruled_and_then_waits_for_a_person(self):
        self._create_invoice(1000)
        self._create_bank_line(1000, DAY, "VIR DURAND", partner=self.debtor)
        days = self._simulate(12)
        # Held through the fifth working day after the receipt.
        held = [one["date"] for one in days if "probable_payment" in one["held"]]
        self.assertEqual(held[-1], "2026-09-08")
        found = self._list(days, "channel", "to_confirm", "minutes")
        self.assertEqual(found, [("2026-09-09", "email", 1, 1)])

    def test_not_live_messages_are_to_confirm(self):
        self.company.collection_live = False
        self._create_invoice(1000)
        self.company.collection_minutes_confirm = 3
        found = self._list(self._simulate(8), "channel", "to_confirm", "minutes")
        self.assertEqual(
            found, [("2026-09-01", "email", 1, 3), ("2026-09-07", "call", 0, 6)]
        )

    def test_minutes_are_the_companys(self):
        self.company.collection_minutes_call = 11
        self._create_invoice(1000)
        [call] = [one for one in self._list(self._simulate(8), "minutes") if one[1]]
        self.assertEqual(call, ("2026-09-07", 11))

    # === WHAT IS OPEN ALREADY === #

    def test_open_work_is_done_first_and_life_goes_on_from_it(self):
        self._create_invoice(1000)
        self._live(DAY, "2026-09-06")
        self.engine.run(date="2026-09-07")
        call = self._followups("2026-09-07")
        self.assertEqual((call.channel, call.state), ("call", "planned"))
        days = self._simulate(10, "2026-09-08")
        found = self._list(days, "channel", "is_open", "minutes", "receivables")
        expected = [
            ("2026-09-08", "call", True, 6, 1),
            ("2026-09-15", "letter", False, 2, 1),
        ]
        self.assertEqual(found, expected)
        self.assertEqual(call.state, "planned")

    def test_open_work_about_what_is_held_or_paid_is_gone(self):
        held, paid = self._create_debtor("Held"), self._create_debtor("Paid")
        for partner in (held, paid):
            self._create_invoice(1000, partner=partner)
            self._live(DAY, "2026-09-06", partner)
        self.engine.run(date="2026-09-07")
        self._pay(self.env["account.move"].search([("partner_id", "=", paid.id)]))
        self.env["collection.hold"].create({"debtor_id": held.id, "reason": "other"})
        days = self._simulate(30, "2026-09-08")
        self.assertEqual(self._list(days, "channel"), [])
        states = {self._followups("2026-09-07", one).state for one in (held, paid)}
        self.assertEqual(states, {"planned"})

    def test_open_work_waits_for_the_next_working_day(self):
        self._create_invoice(1000)
        self._live(DAY, "2026-09-06")
        self.engine.run(date="2026-09-07")
        days = self._simulate(3, "2026-09-12")  # a Saturday
        found = self._list(days, "channel", "is_open")
        self.assertEqual(found, [("2026-09-14", "call", True)])

    def test_what_follows_is_due_at_once_after_a_message_that_did_not_leave(self):
        """The step of a failed mail counts: it is sent again, not planned again."""
        self._create_invoice(1000)
        self.engine.run(date=DAY)
        self._followups(DAY)._update_state("failed", failure_code="unknown_fate")
        found = self._list(self._simulate(8, "2026-09-02"), "channel", "is_open")
        self.assertEqual(
            found, [("2026-09-02", "email", True), ("2026-09-07", "call", False)]
        )


@tagged("post_install", "-at_install")
class TestSimulationWho(SimulationCase):
    """By whom: portfolios, absences, rights, companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "account_collection.group_collection_"
        cls.anna = cls._create_user("anna", group + "user")
        cls.paul = cls._create_user("paul", group + "user")
        cls.reader = cls._create_user("reader", group + "readonly")
        cls.other = cls._create_debtor("Other")
        cls.free = cls._create_debtor("Free")
        for partner in (cls.debtor, cls.other, cls.free):
            cls._create_invoice(1000, partner=partner)
        files = cls.env["collection.debtor"]
        files._get_file(cls.company, cls.debtor).collector_id = cls.anna
        files._get_file(cls.company, cls.other).collector_id = cls.paul

    def _who(self, user=None, days=1, **options):
        engine = self.engine.with_user(user) if user else self.engine
        days = self._simulate(days, engine=engine, **options)
        return sorted(self._list(days, "collector_id"))

    def test_work_is_counted_by_collector(self):
        expected = sorted((str(DAY), user) for user in (0, self.anna.id, self.paul.id))
        self.assertEqual(self._who(), expected)
        self.assertEqual(self._who(self.reader), expected)

    def test_collector_sees_its_own_and_what_nobody_has(self):
        expected = [(str(DAY), 0), (str(DAY), self.anna.id)]
        self.assertEqual(self._who(self.anna), expected)

    def test_absence_gives_the_work_to_the_substitute_and_the_sight_of_it(self):
        self.env["collection.delegation"].create(
            {
                "user_id": self.anna.id,
                "substitute_id": self.paul.id,
                "date_from": DAY,
                "date_to": "2026-09-06",
            }
        )
        days = self._simulate(8, debtors=self.debtor)
        found = self._list(days, "channel", "collector_id")
        expected = [
            ("2026-09-01", "email", self.paul.id),
            ("2026-09-07", "call", self.anna.id),
        ]
        self.assertEqual(found, expected)

    def test_only_the_chosen_debtors(self):
        self.assertEqual(self._who(debtors=self.other), [(str(DAY), self.paul.id)])

    def test_who_only_invoices_is_refused(self):
        accountant = self._create_user("sim_invoicer", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            self.engine.with_user(accountant).simulate()

    def test_days_are_bounded(self):
        for days in (0, 61, -1, "30", None):
            with self.assertRaises(UserError):
                self.engine.simulate(days=days)

    def test_another_company_stays_closed(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        stranger = self._create_user(
            "sim_stranger", "account_collection.group_collection_user", company=second
        )
        engine = self.engine.with_user(stranger)
        for companies in (self.company, None):
            answer = engine.simulate(date=DAY, companies=companies)
            entries = [one for co in answer["companies"] for one in co["days"]]
            self.assertFalse([one for one in entries if one["entries"]])
            self.assertNotIn(
                self.company.id, [co["company_id"] for co in answer["companies"]]
            )


@tagged("post_install", "-at_install")
class TestSimulationTraces(SimulationCase):
    """Nothing remains, nothing is locked, nothing leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._create_invoice(1000)
        nobody = cls._create_debtor("Nobody", email=False, street=False)
        cls._create_invoice(300, partner=nobody)
        cls._live(DAY, "2026-09-06")
        cls.engine.run(date="2026-09-07")
        cls._create_bank_line(1000, "2026-09-07", "VIR")

    def test_no_row_of_any_table_is_written(self):
        """Neither a row nor a lock, though rolled back: others never wait for it."""
        before = self._read_writes()
        hooks = len(self.env.cr.postcommit)
        self.assertTrue(self._list(self._simulate(30, "2026-09-08"), "channel"))
        self.assertEqual(self._read_writes(), before)
        self.assertEqual(len(self.env.cr.postcommit), hooks)

    def test_what_the_caller_was_writing_stays(self):
        file = self._get_file()
        file.note = "<p>Known</p>"
        self._simulate(5, "2026-09-08")
        self.assertEqual(file.note, "<p>Known</p>")
        file.invalidate_recordset()
        self.assertEqual(file.note, "<p>Known</p>")

    def test_error_in_the_middle_leaves_nothing(self):
        before = self._read_writes()
        counts = {
            model: self.env[model].search_count([])
            for model in ("collection.followup", "collection.debtor", "mail.activity")
        }
        engine = type(self.engine)
        finish = engine._finish_open

        def stop(model, company, date):
            if date == day("2026-09-15"):
                raise ZeroDivisionError
            return finish(model, company, date)

        with (
            patch.object(engine, "_finish_open", stop),
            self.assertRaises(ZeroDivisionError),
        ):
            self._simulate(30, "2026-09-08")
        self.assertEqual(self._read_writes(), before)
        for model, count in counts.items():
            self.assertEqual(self.env[model].search_count([]), count)
        self.env.cr.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertTrue(self._list(self._simulate(30, "2026-09-08"), "channel"))

    def test_bad_debtor_is_counted_and_stops_nobody(self):
        other = self._create_debtor("Other")
        self._create_invoice(500, due="2026-09-07", partner=other)
        before = self._read_writes()
        apply = DayWriter.apply

        def fail(writer, plans):
            if any(plan.debtor_id == self.debtor.id for plan in plans):
                raise ZeroDivisionError
            return apply(writer, plans)

        with (
            patch.object(DayWriter, "apply", fail),
            mute_logger("odoo.addons.account_collection.models.collection_engine"),
        ):
            days = self._simulate(10, "2026-09-15")
        self.assertEqual(days[0]["failed"], 1)
        self.assertTrue(self._list(days, "channel"))
        self.assertEqual(self._read_writes(), before)

    def test_client_cannot_ask_a_run_to_record_without_a_channel(self):
        """The keys of the context mean nothing in a client's request."""
        user = self._create_user("forger", "account_collection.group_collection_user")
        partner = self._create_debtor("Forged")
        self._create_invoice(1000, partner=partner)
        engine = self.engine.with_user(user).with_context(
            collection_simulation=True, collection_guards=False
        )
        engine.run(date=DAY, debtors=partner)
        made = self._followups(DAY, partner)
        self.assertEqual((made.state, made.is_simulated), ("queued", False))
        preview = self.env["collection.preview"].with_user(user).create({"date": DAY})
        other = self._create_debtor("Forged too")
        self._create_invoice(1000, partner=other)
        preview.debtor_ids = other
        preview.with_context(
            collection_simulation=True, collection_guards=False, collection_date=DAY
        ).action_run()
        made = self._followups(DAY, other)
        self.assertEqual((made.state, made.is_simulated), ("queued", False))

    def test_queries_of_a_day_do_not_depend_on_the_number_of_debtors(self):
        def count(size):
            partners = [self._create_debtor(f"Q{size} {one}") for one in range(size)]
            for partner in partners:
                self._create_invoice(500, partner=partner)
            counts = []
            engine = type(self.engine)
            run = engine._simulate_day

            def counted(model, *arguments):
                before = model.env.cr.sql_log_count
                run(model, *arguments)
                counts.append(model.env.cr.sql_log_count - before)

            debtors = self.env["res.partner"].union(*partners)
            with patch.object(engine, "_simulate_day", counted):
                self._simulate(8, debtors=debtors)
            return counts

        count(1)  # what is read once
        few, many = count(2), count(12)
        self.assertEqual(few, many)
        self.assertLessEqual(max(many), 45)
