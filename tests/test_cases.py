# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from odoo.tests import tagged

from .common import CollectionCommon, day
from .test_letters import pdf_text


@tagged("post_install", "-at_install")
class TestCases(CollectionCommon):
    """Tricky reality with exact figures, on real dates of 2026."""

    def _daily(self, first, last):
        """Live every day with a bank that is imported every day."""
        return self._live(first, last)

    # === 1. PARTIAL CREDIT NOTE === #

    def _live_case_1(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        self._daily("2026-08-31", "2026-09-18")
        letter = self._followups("2026-09-14")
        self.assertRecordValues(
            letter, [{"channel": "letter", "state": "performed", "amount": 6000.0}]
        )
        return invoice

    def _assert_notice_of_case_1(self):
        self.engine.run(date="2026-09-28")
        self.assertFalse(self._followups("2026-09-28"))
        self.engine.run(date="2026-09-29")
        notice = self._followups("2026-09-29")
        self.assertRecordValues(
            notice,
            [{"channel": "registered", "state": "to_confirm", "amount": 4800.0}],
        )
        notice.action_confirm()
        self.assertEqual(notice.amount, 4800)
        self.assertIn("4\xa0800,00", notice.total_text)
        self.assertNotIn("6\xa0000,00", notice.total_text)
        return notice

    def _read_notice_of_30_september(self, notice):
        """Print a notice the day after it was planned; return its text."""
        dated = notice.with_context(collection_date="2026-09-30")
        dated.action_make_letters()
        text = re.sub(r"\s+", " ", pdf_text(notice.attachment_id.raw))
        self.assertIn("LETTRE RECOMMANDÉE AVEC DEMANDE D’AVIS DE RÉCEPTION", text)
        self.assertIn("Total dû 4 800,00 €", text)
        self.assertIn("règlements et avoirs 4 800,00 €", text)
        self.assertIn("notre lettre du 14 septembre 2026", text)
        self.assertIn("Lyon, 30 septembre 2026", text)
        return text

    def _assert_commercial(self, text):
        """A commercial credit note: 42.81 + 16.31, and 40 euros."""
        for words in (
            "MISE EN DEMEURE de payer la somme de 4 899,12 €",
            "6 000,00 12,40 % 42,81 40,00",
            "4 800,00 12,40 % 16,31",
            "59,12 €",
            "1 × 40,00 €",
            "Total arrêté au 30 septembre 2026 4 899,12 €",
        ):
            self.assertIn(words, text)
        for words in ("50,55", "4 890,55"):
            self.assertNotIn(words, text)

    def test_1_credit_note_reconciled(self):
        invoice = self._live_case_1()
        note = self._create_credit_note(1200, "2026-09-20")
        lines = (invoice + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(self._receivables(invoice, "2026-09-29").amount_due, 4800)
        notice = self._assert_notice_of_case_1()
        text = self._read_notice_of_30_september(notice)
        # Amount, paid, balance: the credit note is a payment of this invoice.
        self.assertRegex(
            text,
            rf"{invoice.name} .*30/08/2026 30 6 000,00 € 1 200,00 € 4 800,00 € Total",
        )
        self._assert_commercial(text)

    def test_1_corrective_credit_note(self):
        """What an error had invoiced was never owed."""
        invoice = self._live_case_1()
        note = self._create_credit_note(
            1200, "2026-09-20", collection_credit_nature="correction"
        )
        lines = (invoice + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        text = self._read_notice_of_30_september(self._assert_notice_of_case_1())
        for words in ("4 800,00 12,40 % 50,55 40,00", "la somme de 4 890,55 €"):
            self.assertIn(words, text)
        for words in ("59,12", "4 899,12"):
            self.assertNotIn(words, text)

    def test_1_credit_note_not_reconciled(self):
        invoice = self._live_case_1()
        note = self._create_credit_note(
            1200, "2026-09-20", ref=f"Avoir sur {invoice.name}"
        )
        notice = self._assert_notice_of_case_1()
        text = self._read_notice_of_30_september(notice)
        # The credit note has a row of its own, deducted from the same principal.
        self.assertRegex(text, rf"{invoice.name} .*30/08/2026 30 6 000,00 € 6 000,00 €")
        self.assertRegex(text, rf"{note.name} .*-1 200,00 € -1 200,00 €")
        self.assertIn("Total dû 4 800,00 €", text)
        self.assertNotIn("la somme de 6 000,00", text)
        self.assertIn("Un crédit de 1 200,00 € figure à votre compte", text)
        self._assert_commercial(text)

    # === 3. INSTALMENTS === #

    def test_3_instalments(self):
        invoice = self._create_instalments(
            9000, "2026-06-30", (33.3333, 0), (33.3333, 31), (33.3334, 62)
        )
        dues = self._receivables(invoice).sorted("date_due").mapped("date_due")
        self.assertEqual(
            list(map(str, dues)), ["2026-06-30", "2026-07-31", "2026-08-31"]
        )
        first, second, third = self._receivables(invoice).sorted("date_due")
        self.assertEqual(
            [one.amount_residual for one in first + second + third], [3000.0] * 3
        )
        self._daily("2026-06-20", "2026-07-09")
        payment = self._receive(3000, "2026-07-10", "T1")
        credit = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == first.move_line_id.account_id
        )
        (credit + first.move_line_id).reconcile()
        self._daily("2026-07-10", "2026-09-15")

        def steps(receivable):
            counted = self.env["collection.followup.line"].search(
                [("move_line_id", "=", receivable.id), ("counted", "=", True)],
                order="id",
            )
            return [(str(line.date), line.delay) for line in counted]

        self.assertEqual(steps(second)[-2:], [("2026-08-31", 30), ("2026-09-14", 45)])
        self.assertEqual(steps(third)[-1], ("2026-09-15", 15))
        letter = self._followups("2026-09-15")
        self.assertEqual(letter.channel, "letter")
        self.assertEqual(letter.line_ids.move_line_id, third.move_line_id)
        notice = self._followups("2026-08-31").filtered(
            lambda one: one.channel == "registered"
        )
        self.assertRecordValues(notice.line_ids, [{"claimed": True, "delay": 30}])
        self.assertEqual(notice.line_ids.move_line_id, second.move_line_id)

    # === 7. PAYMENT NOT MATCHED === #

    def _live_case_7(self):
        first = self._create_invoice(4000, "2026-09-10")
        second = self._create_invoice(2500, "2026-09-30")
        self._daily("2026-09-05", "2026-09-24")
        return first, second

    def test_7_payment_not_matched(self):
        first, second = self._live_case_7()
        line = self._create_bank_line(4000, "2026-09-24", first.name)
        result = self.engine.run(date="2026-09-25")
        self.assertFalse(self._followups("2026-09-25"))
        self.assertEqual(result["held"]["probable_payment"], 1)
        self.assertRecordValues(
            self._receivables(first + second, "2026-09-25"),
            [
                {
                    "hold_reason": "probable_payment",
                    "hold_until": day("2026-10-01"),
                    "amount_held": 4000.0,
                    "bucket": "d1_30",
                },
                {
                    "hold_reason": False,
                    "hold_until": False,
                    "amount_held": 0.0,
                    "bucket": "not_due",
                },
            ],
        )
        found = self.env["collection.probable.payment"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.assertRecordValues(
            found,
            [
                {
                    "statement_line_id": line.id,
                    "date": day("2026-09-24"),
                    "receipt_amount": 4000.0,
                    "reason": "document",
                }
            ],
        )

    def test_7b_another_amount(self):
        first, _second = self._live_case_7()
        self._create_bank_line(3900, "2026-09-24", first.name)
        self.engine.run(date="2026-09-25")
        self.assertFalse(self._followups("2026-09-25"))
        self.assertRecordValues(
            self._receivables(first, "2026-09-25"),
            [{"hold_reason": "probable_payment", "amount_due": 100.0}],
        )
        # Once matched, the remaining 100.00 goes on at its step, in no new tone.
        self._pay(first, 3900, "2026-09-24")
        self.env["account.bank.statement.line"].search([("amount", "=", 3900)]).unlink()
        self.engine.run(date="2026-09-28")
        letter = self._followups("2026-09-28")
        self.assertEqual((letter.level_id.code, letter.amount), ("firm", 100.0))

    def test_7c_bank_not_up_to_date(self):
        self._live_case_7()
        self._create_bank_line(1, "2026-09-18", "Frais")
        result = self.engine.run(date="2026-09-25")
        self.assertEqual(result["held"], {"bank_stale": 2})
        self.assertEqual(result["followups"], 0)

    def test_7d_nobody_matches(self):
        first, _second = self._live_case_7()
        self._create_bank_line(4000, "2026-09-24", first.name)
        manager = self._create_user(
            "chief", "account_collection.group_collection_manager"
        )
        self.company.collection_manager_id = manager
        self._daily("2026-09-25", "2026-09-30")
        # The bank goes on being imported.
        self._create_bank_line(1, "2026-09-30", "Autre")
        self.engine.run(date="2026-10-01")
        self.assertEqual(
            self._receivables(first, "2026-10-01").hold_reason, "probable_payment"
        )
        self.engine.run(date="2026-10-02")
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        self.assertRecordValues(
            file.activity_ids,
            [{"user_id": manager.id, "date_deadline": day("2026-10-02")}],
        )
        self.assertIn("4,000.00", file.activity_ids.summary)
        letter = self._followups("2026-10-02")
        self.assertEqual((letter.channel, letter.state), ("letter", "to_confirm"))
        self.assertIn("receipt", letter.warning)
        self.engine.run(date="2026-10-05")
        self.assertEqual(len(file.activity_ids), 1)
