# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .sales_common import SalesCommon


@tagged("post_install", "-at_install")
class TestReportDifficulty(SalesCommon):
    """Sales tell and are told, and see nothing of what stands behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.today = cls.company._get_collection_today()
        cls.due = cls.today - datetime.timedelta(days=40)

    def _open(self, record, user=None):
        """Open the form of the button as the user does."""
        action = record.with_user(user or self.anne).action_collection_report()
        reports = self.env[action["res_model"]].with_user(user or self.anne)
        return Form(reports.with_context(**action["context"]))

    def _find_notes(self):
        return self.notes.search([("company_id", "=", self.company.id)])

    # === THE BUTTON === #

    def test_from_a_customer(self):
        form = self._open(self.debtor)
        form.comment = "Their bank has cut the credit line"
        form.save().action_report()
        self.assertRecordValues(
            self._find_notes(),
            [
                {
                    "source": "button",
                    "kind": "difficulty",
                    "difficulty": "cash",
                    "user_id": self.anne.id,
                    "file_id": self.file.id,
                    "move_id": False,
                    "comment": "Their bank has cut the credit line",
                }
            ],
        )
        self.assertEqual(self._find_notes().activity_id.user_id, self.claire)

    def test_from_an_invoice_with_a_day(self):
        move = self._sell(self.anne, due=self.due)
        form = self._open(move)
        form.difficulty = "contact"
        form.comment = "The new owner pays at the end of the month"
        form.date = self.today + datetime.timedelta(days=9)
        form.save().action_report()
        note = self._find_notes()
        self.assertEqual((note.move_id, note.difficulty), (move, "contact"))
        self.assertEqual(note.activity_id.date_deadline, note.date)

    def test_from_an_order(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.debtor.id, "user_id": self.anne.id}
        )
        form = self._open(order)
        form.comment = "They ask for 90 days"
        form.save().action_report()
        self.assertEqual(self._find_notes().debtor_id, self.debtor)

    def test_empty_report_is_refused_and_the_form_stays(self):
        form = self._open(self.debtor)
        report = form.save()
        with self.assertRaisesRegex(ValidationError, "few words"):
            report.action_report()
        self.assertTrue(report.exists())
        self.assertFalse(self._find_notes())

    def test_invoice_of_somebody_else(self):
        stranger = self._create_debtor("Stranger")
        theirs = self._sell(self.anne, partner=stranger)
        hidden = self._sell(self.boris)
        for move, error in ((theirs, UserError), (hidden, AccessError)):
            report = self._open(self.debtor).save()
            report.sudo().write({"move_id": move.id, "comment": "Hm"})
            with self.subTest(error), self.assertRaises(error):
                report.action_report()

    def test_who_may_report(self):
        invoicing = self._create_colleague(
            "billing", "Billing", "account.group_account_invoice"
        )
        form = self._open(self.debtor, invoicing)
        form.comment = "The letter came back"
        form.save().action_report()
        self.assertEqual(self._find_notes().user_id, invoicing)
        nobody = self._create_colleague("nobody", "Nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self._open(self.debtor, nobody)

    def test_own_reports_are_counted_and_recalled_without_amounts(self):
        self._sell(self.anne, 1234.56, due=self.due)
        for user, words in ((self.anne, "Mine"), (self.boris, "Other")):
            form = self._open(self.debtor, user)
            form.comment = words
            form.save().action_report()
        self.assertEqual(self.debtor.with_user(self.anne).collection_note_count, 1)
        contact = self.env["res.partner"].create(
            {"name": "Paul", "parent_id": self.debtor.id}
        )
        self.assertEqual(contact.with_user(self.boris).collection_note_count, 1)
        seen = self._open(self.debtor).earlier_reports
        self.assertIn("Mine", seen)
        self.assertIn("New", seen)
        self.assertNotIn("Other", seen)
        self.assertNotIn("234", seen)
        self._find_notes().action_handle()
        self.assertIn("Handled", self._open(self.debtor).earlier_reports)

    def test_another_company_s_reports_stay_there(self):
        form = self._open(self.debtor)
        form.comment = "Mine"
        form.save().action_report()
        other = self.env["res.company"].create({"name": "Vauban Services"})
        self.anne.company_ids = [Command.link(other.id)]
        seen = self.debtor.with_user(self.anne).with_context(
            allowed_company_ids=other.ids
        )
        self.assertEqual(seen.collection_note_count, 0)
        report = self._open(self.debtor).save()
        with self.assertRaises(AccessError):
            report.with_context(allowed_company_ids=other.ids).action_report()

    # === NO OTHER RIGHT === #

    def test_salespeople_read_nothing_of_the_collection(self):
        """By RPC neither: no model of ours but the form of the report."""
        self._sell(self.anne, due=self.due)
        self.engine.run(debtors=self.debtor)
        names = [
            name
            for name in self.env.registry
            if name.startswith("collection.")
            and not self.env[name]._abstract
            and name != "collection.sales.note.report"
        ]
        self.assertIn("collection.sales.note", names)
        for name in names:
            with self.subTest(name):
                self.assertFalse(self.env[name].with_user(self.anne).has_access("read"))

    def test_a_report_of_somebody_else_is_not_read(self):
        form = self._open(self.debtor)
        form.comment = "Mine"
        report = form.save()
        with self.assertRaises(AccessError):
            report.with_user(self.boris).read(["comment"])

    # === THE WARNING === #

    def _get_warning(self, user=None, partner=None):
        partner = (partner or self.debtor).with_user(user or self.anne)
        partner.invalidate_recordset(["collection_warning"])
        return partner.collection_warning

    def test_words_without_amounts(self):
        self._sell(self.boris, 1234.56, due=self.due)
        self.engine.run(date=self.due + datetime.timedelta(days=1))
        made = self._followups()
        self._perform(made, made[:1].date)
        words = self._get_warning()
        self.assertEqual(
            words,
            "Overdue invoices, the oldest 40 days late. Level reached: Friendly. "
            "Followed up by Claire Martin.",
        )
        contact = self.env["res.partner"].create(
            {"name": "Paul", "parent_id": self.debtor.id}
        )
        self.assertEqual(self._get_warning(partner=contact), words)

    def test_what_is_held_is_named(self):
        move = self._sell(self.anne, due=self.due)
        self.env["collection.hold"].create({"move_id": move.id, "reason": "dispute"})
        self.assertIn("Not chased for now: Dispute.", self._get_warning())

    def test_no_trouble_no_word(self):
        self._sell(self.anne, due=self.today)
        self._pay(self._sell(self.anne, due=self.due), date=self.today)
        self._sell(self.anne, 3.0, due=self.due)
        self.assertFalse(self._get_warning())
        self._sell(self.anne, 100, due=self.due)
        self.assertTrue(self._get_warning())
        # Too old to be the probable payment of anything: it counts by its amount.
        self._create_credit_note(150, self.today - datetime.timedelta(days=60))
        self.assertFalse(self._get_warning())

    def test_who_may_read_it(self):
        self._sell(self.anne, due=self.due)
        nobody = self._create_colleague("nobody", "Nobody", "base.group_user")
        for name in ("collection_warning", "collection_note_count"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.debtor.with_user(nobody).read([name])

    def test_each_company_has_its_own(self):
        self._sell(self.anne, due=self.due)
        other = self.env["res.company"].create({"name": "Vauban Services"})
        self.assertFalse(self.debtor._get_collection_warnings(other))
        self.assertTrue(self.debtor._get_collection_warnings())

    def test_by_sets(self):
        partners = self.env["res.partner"].browse()
        for number in range(12):
            partners += self._create_debtor(f"Customer {number}")
            self._sell(self.anne, partner=partners[-1], due=self.due)
        files = self.env["collection.debtor"]
        files._get_file(self.company, partners[0]).collector_id = self.claire

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            found = some._get_collection_warnings()
            self.assertEqual(set(found), set(some.ids))
            return self.env.cr.sql_log_count - start

        count(partners)
        self.assertEqual(count(partners), count(partners[:1]))

    def test_french_words(self):
        self._sell(self.boris, due=self.due)
        warnings = self.debtor.with_context(lang="fr_FR")._get_collection_warnings()
        self.assertEqual(warnings[self.debtor.id].days_late, 40)
        self.assertIsNone(warnings[self.debtor.id].level_code)
