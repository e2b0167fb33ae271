# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .second_company import DAY, SecondCompanyCase


@tagged("post_install", "-at_install")
class TestSecondCompanyDay(SecondCompanyCase):
    """The working day of each role in a second company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.every = cls._create_user(
            "every2", "account_collection.group_collection_all", company=cls.second
        )
        cls.engine.run(date=DAY, companies=cls.company + cls.second)
        files = cls.env["collection.debtor"]
        cls.first_file = files._get_file(cls.company, cls.debtor)
        cls.second_file = files._get_file(cls.second, cls.debtor)
        cls.env.flush_all()

    def _on_day(self, user, model):
        return self._as(user, model).with_context(collection_date=DAY)

    def test_worklist_and_panel_show_the_own_company(self):
        for user in (self.reader, self.collector, self.every, self.manager):
            with self.subTest(user.login):
                rows = self._on_day(user, "collection.worklist").search([])
                self.assertEqual(rows.file_id, self.second_file)
                panel = self._on_day(user, "collection.panel")
                shown = panel.get_panel(self.second_file.id)
                self.assertEqual(shown["head"]["amounts"]["overdue"], 2000)
                self.assertEqual(
                    [item["document"] for item in shown["items"]], [self.other.name]
                )
                self.assertEqual(shown["rights"]["collector"], user != self.reader)
                self.assertEqual(shown["rights"]["manager"], user == self.manager)
                with self.assertRaises(AccessError):
                    panel.get_panel(self.first_file.id)

    def test_who_may_act_on_a_debtor(self):
        for user in (self.collector, self.every, self.manager):
            with self.subTest(user.login):
                file = self._on_day(user, "collection.debtor").browse(
                    self.second_file.id
                )
                file.act_postpone("2026-09-04")
                self.assertEqual(str(self.second_file.postponed_until), "2026-09-04")
                self._on_day(user, "collection.act").undo_last()
                self.assertFalse(self.second_file.postponed_until)
                with self.assertRaises(AccessError):
                    file.browse(self.first_file.id).act_postpone("2026-09-04")
        for user in (self.reader, self.seller):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._on_day(user, "collection.debtor").browse(
                    self.second_file.id
                ).act_postpone("2026-09-04")

    def test_salespeople_see_neither_list_nor_panel_nor_log(self):
        for model in (
            "collection.worklist",
            "collection.act",
            "collection.call",
            "collection.dispatch",
            "collection.mailing",
            "collection.portal",
            "collection.postal.event",
            "collection.bank.detail",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self._as(self.seller, model).search([])
        with self.assertRaises(AccessError):
            self._on_day(self.seller, "collection.panel").get_panel(self.second_file.id)

    def test_batch_of_the_morning_is_of_the_own_company(self):
        self.second.collection_live = self.company.collection_live = False
        for company in (self.company, self.second):
            invoice = self.own if company == self.company else self.other
            copy = invoice.copy({"invoice_date_due": "2026-09-01"})
            copy.invoice_date = "2026-08-02"
            copy.invoice_date_due = "2026-09-01"
            copy.action_post()
        self.engine.run(date="2026-09-02", companies=self.company + self.second)
        for user in (self.reader, self.collector, self.every, self.manager):
            with self.subTest(user.login):
                followups = self._as(user, "collection.followup")
                waiting = followups.search([("state", "=", "to_confirm")])
                self.assertEqual(waiting.company_id, self.second)
                summary = waiting.get_confirm_summary(waiting.ids)
                self.assertEqual(
                    [bank["company"] for bank in summary["banks"]], [self.second.name]
                )
                self.assertEqual(summary["totals"][0]["amount"], 4000)
