# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import DUE, CollectionCommon, day

DAY = day("2026-09-01")


@tagged("post_install", "-at_install")
class TestPeers(MockEmail, CollectionCommon):
    """Defects that were seen in other follow-up add-ons cannot happen here."""

    def _claimed(self, date=DAY):
        return sum(self._followups(date).mapped("amount"))

    def test_invoice_paid_between_run_and_send_is_not_claimed(self):
        invoice = self._create_invoice(1000)
        self.engine.run(date=DAY)
        self._pay(invoice, date=DAY)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue(self._followups().mail_id.ids)
        self.assertFalse(self._mails)

    def test_excluded_and_blocked_are_respected(self):
        excluded = self._create_invoice(1000)
        excluded.no_followup = True
        blocked = self._create_invoice(1000)
        blocked.action_toggle_block_payment()
        self.assertEqual(self.engine.run(date=DAY)["held"], {"excluded": 2})

    def test_imported_balances_are_excluded_as_odoo_says(self):
        account = self.env["account.account"].search(
            [("code", "=", "411100"), ("company_ids", "in", self.company.id)]
        )
        entry = self.env["account.move"].create(
            {
                "journal_id": self.general_journal.id,
                "date": "2026-08-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.debtor.id,
                            "debit": 500,
                            "date_maturity": DUE,
                        }
                    ),
                    Command.create({"account_id": account.id, "credit": 500}),
                ],
            }
        )
        entry.action_post()
        result = self.engine.run(date=DAY, debtors=self.debtor)
        self.assertEqual(result["held"], {"excluded": 1})

    def test_equal_credit_note_leaves_nothing_to_claim(self):
        self._create_invoice(500)
        self._create_credit_note(500, "2026-08-20")
        self.assertEqual(self.engine.run(date=DAY)["followups"], 0)

    def test_smaller_credit_note_is_deducted(self):
        self._create_invoice(500)
        self._create_credit_note(120, "2026-07-01")
        self.engine.run(date=DAY)
        self.assertEqual(self._claimed(), 380)

    def test_failure_is_not_counted_as_reminded(self):
        invoice = self._create_invoice(1000)
        self.engine.run(date=DAY)
        self._followups()._update_state(
            "failed", failure_code="other", reason="Refused"
        )
        self.assertFalse(self._receivables(invoice).level_id)
        self.assertEqual(self.engine.run(date="2026-09-02")["due"], 0)

    def test_planned_is_not_counted_as_reminded(self):
        self.company.collection_live = False
        invoice = self._create_invoice(1000)
        self.engine.run(date=DAY)
        self.assertFalse(self._receivables(invoice).level_id)

    def test_never_two_levels_in_a_day(self):
        """An invoice 323 days late starts at the entry; the next day nothing."""
        self._create_invoice(1000, DUE - datetime.timedelta(days=323))
        self.assertEqual(self.engine.run(date=DAY)["by_level"], {"friendly": 1})
        self.assertEqual(self.engine.run(date=DAY)["followups"], 0)
        self.assertEqual(self.engine.run(date="2026-09-02")["followups"], 0)

    def test_never_reminded_invoice_does_not_inherit_a_level(self):
        self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-14")
        young = self._create_invoice(200, "2026-09-14")
        self.engine.run(date="2026-09-15")
        line = self._followups("2026-09-15").line_ids.filtered(
            lambda line: line.move_id == young
        )
        self.assertEqual(line.level_id.code, "friendly")

    def test_instalment_is_seen_before_the_last_due_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 60)
                ],
            }
        )
        invoice = self._create_invoice(
            1000,
            invoice_date=DUE,
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self.assertEqual(invoice.invoice_date_due, DUE + datetime.timedelta(days=60))
        self.engine.run(date=DAY)
        self.assertEqual(self._claimed(), 500)

    def test_second_currency_is_counted_once(self):
        """1,000 dollars at two for one are 500 euros: not 1,000, not 2,000."""
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "rate": 2.0, "name": "2026-01-01"}
        )
        invoice = self._create_invoice(1000, currency_id=dollar.id)
        self.assertRecordValues(
            self._receivables(invoice, DAY),
            [
                {
                    "amount_residual": 500.0,
                    "amount_residual_currency": 1000.0,
                    "amount_due": 1000.0,
                    "currency_id": dollar.id,
                }
            ],
        )
        self.engine.run(date=DAY)
        self.assertEqual(self._claimed(), 500)

    def test_changed_scenario_does_not_strand_an_invoice(self):
        self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-07")
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.scenario_id = self.env.ref(
            "account_collection.collection_scenario_strategic"
        )
        found = self._live("2026-09-08", "2026-09-21")
        self.assertEqual(found, [(10, 10), (21, 20)])

    def test_email_of_the_invoice_contact_is_used(self):
        self.debtor.email = False
        self.env["res.partner"].create(
            {
                "name": "Invoices",
                "parent_id": self.debtor.id,
                "type": "invoice",
                "email": "invoices@debtor.example",
            }
        )
        self._create_invoice(1000)
        self.engine.run(date=DAY)
        self.assertRecordValues(
            self._followups(),
            [{"channel": "email", "recipient_address": "invoices@debtor.example"}],
        )

    def test_reset_to_draft_after_a_reminder_is_no_dead_end(self):
        invoice = self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-01")
        invoice.button_draft()
        self.assertFalse(self._receivables(invoice))
        invoice.button_cancel()
        self.assertEqual(invoice.state, "cancel")
        self.assertEqual(self.engine.run(date="2026-09-07")["due"], 0)

    def test_one_company_does_not_stop_another(self):
        """Nothing of a later day or of another company is looked at."""
        self._create_invoice(1000)
        self.engine.run(date="2026-09-03")
        other = self._create_debtor("Other")
        self._create_invoice(500, partner=other)
        self.assertEqual(self.engine.run(date=DAY)["followups"], 1)
