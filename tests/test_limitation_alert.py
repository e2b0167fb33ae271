# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import formatLang, mute_logger

from .common import day
from .limitation_case import TODAY, LimitationCase


@tagged("post_install", "-at_install")
class TestLimitationAlert(LimitationCase):
    """One task for each debtor and threshold, to who follows it, never repeated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alerts = cls.env["collection.limitation.alert"]
        cls.manager = cls._create_user(
            "limitation_boss",
            "account_collection.group_collection_manager",
            lang="en_US",
        )
        cls.company.collection_manager_id = cls.manager
        cls.file = cls._qualify(cls.debtor, "trader")

    def _alert(self, date=TODAY):
        """Give the tasks of a day; return the new ones."""
        activities = self.env["mail.activity"]
        before = activities.search([])
        engine = type(self.env["collection.engine"])
        with patch.object(engine, "_get_day", lambda *_args: day(str(date))):
            self.alerts._cron_alert()
        return activities.search([]) - before

    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.company.currency_id)

    def test_a_task_names_the_invoices_and_their_amount(self):
        first = self._create_invoice(1000, due="2022-11-22")
        second = self._create_invoice(500, due="2022-12-10")
        self._create_invoice(9000, due="2023-06-30")
        self._pay(second, 100)
        task = self._alert()
        self.assertRecordValues(
            task,
            [
                {
                    "res_model": "collection.debtor",
                    "res_id": self.file.id,
                    "user_id": self.manager.id,
                    "date_deadline": TODAY,
                    "summary": f"Limitation on 11/22/2027: {self._money(1400)} "
                    "(alert at 12 months)",
                }
            ],
        )
        note = task.note.replace("&nbsp;", "\xa0")
        self.assertIn(f"{first.name}: {self._money(1000)}, until 11/22/2027", note)
        self.assertIn(f"{second.name}: {self._money(400)}, until 12/10/2027", note)
        self.assertEqual(task.note.count("<li>"), 2)
        self.assertFalse(self._alert())

    def test_each_threshold_is_given_once(self):
        self._create_invoice(due="2022-11-22")
        found = []
        for offset in range(370):
            date = TODAY + datetime.timedelta(days=offset)
            found += [(date, task.summary[-21:]) for task in self._alert(date)]
        self.assertEqual(
            [(date, text.rpartition(" at ")[2]) for date, text in found],
            [
                (day("2026-11-22"), "12 months)"),
                (day("2027-05-22"), "6 months)"),
                (day("2027-08-22"), "3 months)"),
                (day("2027-10-22"), "1 months)"),
            ],
        )

    def test_a_restart_makes_thresholds_due_again(self):
        move = self._create_invoice(due="2022-11-22")
        self.assertTrue(self._alert())
        event = self._record(move, "acknowledgement", "2022-12-31")
        # The day is now 31 December 2027: not yet within twelve months.
        self.assertFalse(self._alert())
        self.assertEqual(len(self._alert("2026-12-31")), 1)
        self.assertFalse(self._alert("2026-12-31"))
        event.write({"is_void": True, "void_reason": "Signed by nobody"})
        self.assertEqual(len(self._alert("2026-12-31")), 1)

    def test_the_collector_gets_it_in_its_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        collector = self._create_user(
            "limitation_lea", "account_collection.group_collection_user", lang="fr_FR"
        )
        self.file.collector_id = collector
        self._create_invoice(due="2022-11-22")
        task = self._alert()
        self.assertEqual(task.user_id, collector)
        self.assertIn("22/11/2027", task.summary)

    def test_an_archived_collector_leaves_it_to_the_manager(self):
        collector = self._create_user(
            "limitation_gone", "account_collection.group_collection_user"
        )
        self.file.collector_id = collector
        collector.active = False
        self._create_invoice(due="2022-11-22")
        self.assertEqual(self._alert().user_id, self.manager)

    def test_only_live_companies(self):
        self._create_invoice(due="2022-11-22")
        self.company.collection_live = False
        self.assertFalse(self._alert())
        self.company.collection_live = True
        self.assertTrue(self._alert())

    def test_what_is_passed_paid_or_a_credit_gives_none(self):
        self._create_invoice(due="2021-11-21")
        self._pay(self._create_invoice(due="2022-11-22"))
        self._create_credit_note(50, "2022-11-22")
        self.assertFalse(self._alert())
        self._create_invoice(due="2021-11-22")
        self.assertIn("(alert at 1 months)", self._alert().summary)

    def test_a_held_claim_is_told_as_well(self):
        move = self._create_invoice(due="2022-11-22")
        self.env["collection.hold"].create({"move_id": move.id, "reason": "dispute"})
        tasks = self._alert().filtered(lambda x: x.res_model == "collection.debtor")
        self.assertEqual(len(tasks), 1)

    def test_a_debtor_without_a_file_gets_one(self):
        debtor = self._create_debtor("Garage Petit")
        self._create_invoice(due="2022-11-22", partner=debtor)
        task = self._alert()
        file = self.env["collection.debtor"].browse(task.res_id)
        self.assertEqual(file.debtor_id, debtor)

    def test_a_bad_debtor_leaves_the_others_alone(self):
        bad = self._create_debtor("Bad Luck")
        debtors = [self._create_debtor(f"Good {number}") for number in range(4)]
        for debtor in [bad, *debtors]:
            self._create_invoice(due="2022-11-22", partner=debtor)
        model = type(self.alerts)
        prepare = model._prepare_task

        def fail(alerts, file, *args):
            if file.debtor_id.id == bad.id:
                raise ValueError("Odd data")
            return prepare(alerts, file, *args)

        logger = "odoo.addons.account_collection.models.collection_limitation_alert"
        with patch.object(model, "_prepare_task", fail), self.assertLogs(logger) as log:
            tasks = self._alert()
        files = self.env["collection.debtor"].browse(tasks.mapped("res_id"))
        self.assertEqual(set(files.debtor_id), set(debtors))
        self.assertEqual(len(log.output), 1)
        # Nothing was remembered of the one that failed: it comes the next day.
        self.assertEqual(len(self._alert("2026-11-23")), 1)

    def test_number_of_queries_is_constant(self):
        counts = []
        # The first run fills caches of the registry.
        for turn, size in enumerate((1, 2, 12)):
            for number in range(size):
                debtor = self._create_debtor(f"Many {turn} {number}")
                file = self._qualify(debtor, "trader")
                file.collector_id = self.manager
                self._create_invoice(due="2022-11-22", partner=debtor)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(len(self._alert()), size)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1], counts[2], counts)

    def test_the_scheduled_action_runs(self):
        self._create_invoice(due="2022-11-22")
        cron = self.env.ref("account_collection.ir_cron_limitation")
        self.assertTrue(cron.active)
        with self.enter_registry_test_mode(), mute_logger("odoo.addons.base"):
            cron.method_direct_trigger()
        self.assertTrue(self.alerts.search([]))
