# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CollectionCommon, day


@tagged("post_install", "-at_install")
class TestShownReasons(CollectionCommon):
    """Why nothing left stands where people look; what left cannot be rewritten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "reasons_collector", "account_collection.group_collection_user"
        )

    def _file(self):
        return self.env["collection.debtor"]._get_file(self.company, self.debtor)

    def test_deferral_is_shown_on_file_case_and_receivable(self):
        move = self._create_invoice(due="2026-08-31")
        self.engine.run(date="2026-09-05", debtors=self.debtor)
        self.assertRecordValues(
            self._file(),
            [{"deferral_code": "calendar", "deferral_on": day("2026-09-05")}],
        )
        receivable = self._receivables(move, "2026-09-05")
        self.assertEqual(receivable.deferral_code, "calendar")
        self.assertEqual(receivable.status, "due")
        self.assertFalse(self._receivables(move, "2026-09-06").deferral_code)
        self.engine.run(date="2026-09-07", debtors=self.debtor)
        self.assertFalse(self._file().deferral_code)
        self.assertEqual(len(self._followups("2026-09-07")), 1)

    def test_debtor_without_an_address_becomes_one_task(self):
        self.debtor.write({"email": False, "street": False, "city": False})
        self._create_invoice()
        for date in ("2026-09-01", "2026-09-02"):
            self.engine.run(date=date, debtors=self.debtor)
        self.assertEqual(self._file().deferral_code, "no_address")
        self.assertEqual(
            self._file().activity_ids.mapped("summary"),
            ["Find an address: nothing can be sent"],
        )

    def test_notice_whose_list_the_credits_cover_is_not_proposed(self):
        self._create_invoice(1000, "2026-08-31")
        self._create_invoice(5000, "2026-09-14")
        self._live("2026-09-01", "2026-09-29")
        self._create_credit_note(3000, "2026-09-29")
        result = self.engine.run(date="2026-09-30", debtors=self.debtor)
        self.assertEqual(result["held"], {"minimum_total": 1})
        self.assertNotIn("notice", result["by_level"])

    def test_part_of_a_foreign_receivable_is_claimed_to_the_cent(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        dollar.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.1}
        )
        move = self._create_invoice(1000, currency_id=dollar.id)
        self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "dispute", "amount": 333.33}
        )
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        followup = self._followups("2026-09-01")
        self.env.cr.execute(
            "SELECT amount::text FROM collection_followup WHERE id = %s", followup.ids
        )
        self.assertEqual(self.env.cr.fetchone()[0], "606.06")

    def test_receipt_opens_as_an_entry_that_can_be_matched(self):
        """Community has no screen for a bank line; its entry can be edited."""
        move = self._create_invoice(1000)
        line = self._create_bank_line(1000, "2026-08-28", f"VIR {move.name}")
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        receipt = self.env["collection.probable.payment"].search(
            [("statement_line_id", "=", line.id)]
        )
        action = receipt.action_open_receipt()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("account.move", line.move_id.id)
        )

    def test_preview_counts_the_cases_that_would_close(self):
        move = self._create_invoice()
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        self._pay(move, date="2026-09-02")
        preview = self.engine.run(date="2026-09-02", debtors=self.debtor, preview=True)
        done = self.engine.run(date="2026-09-02", debtors=self.debtor)
        self.assertEqual((preview["cases_closed"], done["cases_closed"]), (1, 1))

    def test_a_collector_cannot_rewrite_what_was_claimed_or_proved(self):
        self._create_invoice()
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        followup = self._followups("2026-09-01").with_user(self.collector)
        for values in (
            {"amount": 1.0},
            {"performed_on": "2026-08-01"},
            {"tracking_number": "2C1"},
            {"sha256": "0"},
            {"state": "performed"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                followup.with_context(collection_state_writer=True).write(values)
        followup.note = "Asked for a copy"
        self.assertEqual(followup.note, "Asked for a copy")

    def test_a_collector_cannot_simulate_on_the_real_database(self):
        self._create_invoice()
        engine = self.engine.with_user(self.collector)
        engine.with_context(collection_guards=False).run(
            date="2026-09-01", debtors=self.debtor.ids
        )
        followup = self._followups("2026-09-01")
        self.assertEqual((followup.state, followup.is_simulated), ("queued", False))
