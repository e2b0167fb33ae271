# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.sms.tools.sms_api import SmsApiBase

from .sms import DAY, SendingCase


@tagged("post_install", "-at_install")
class TestSmsReports(SendingCase):
    """Delivery reports come later, by Odoo's own route."""

    def test_nothing_is_performed_without_the_operator(self):
        with self.assertRaises(UserError):
            self.followup._update_state("performed", performed_on=DAY)

    def test_looked_at_by_the_provider(self):
        """Taken but not yet handed on: neither performed nor sent again."""
        self._process(answer="processing")
        self.assertEqual(
            (self.followup.state, self.followup.sms_state), ("queued", "process")
        )
        self.assertFalse(self._process().sent)
        self._report(self.followup, "sent")
        self.assertEqual(
            (self.followup.state, self.followup.sms_state), ("performed", "pending")
        )

    def test_delivered(self):
        self._process()
        self._report(self.followup, "delivered")
        self.assertEqual(self.followup.sms_state, "sent")
        self.assertTrue(self.followup.sms_delivered_at)
        # A late "sent" does not take it back.
        self._report(self.followup, "sent")
        self.assertEqual(self.followup.sms_state, "sent")

    def test_undelivered_after_all(self):
        for report in ("invalid_destination", "not_delivered", "expired", "rejected"):
            with self.subTest(report):
                partner = self._create_debtor(report, phone="0612345679")
                invoice = self._create_invoice(1000, partner=partner)
                followup = self._plan(partner=partner)
                self._process()
                self.assertEqual(self._receivables(invoice).level_id.code, "friendly")
                self._report(followup, report)
                self.assertEqual(
                    (followup.state, followup.failure_code), ("failed", "bounced")
                )
                self.assertTrue(followup.reason)
                self.assertFalse(followup.line_ids.counted)
                self.assertFalse(self._receivables(invoice).level_id)
                again = self._plan("2026-09-04", partner)
                self.assertEqual(again.channel, "email")
                self.env["collection.undeliverable"].search([]).unlink()

    def test_the_operator_answers_an_unknown_fate(self):
        self.followup._set_unknown_fate()
        self._report(self.followup, "delivered")
        self.assertEqual(
            (self.followup.state, self.followup.sms_state), ("performed", "sent")
        )

    def test_an_unknown_fate_that_bounced(self):
        self.followup._set_unknown_fate()
        self._report(self.followup, "invalid_destination")
        self.assertEqual(self.followup.failure_code, "bounced")
        self.assertFalse(self.followup.line_ids.counted)

    def test_a_report_on_an_earlier_attempt_says_nothing_of_the_later(self):
        trackers = self.env["sms.tracker"].search([])
        self.followup._set_unknown_fate()
        self.followup.action_retry()
        self._process()
        trackers._action_update_from_provider_error("not_delivered")
        self.assertEqual(self.followup.state, "performed")

    def test_the_proof_outlives_odoo_s_record(self):
        self._process()
        self.env["sms.sms"]._gc_device()
        self.env.invalidate_all()
        self.assertFalse(self._message(self.followup))
        self.assertIsNone(self.followup._get_missing_sms_proof())
        self.assertTrue(self.followup.sms_body)
        self._report(self.followup, "delivered")
        self.assertTrue(self.followup.sms_delivered_at)

    def test_another_provider(self):
        """Anything that Odoo's company chooses; without an answer: fate unknown."""
        answers = {"state": "sent"}

        class Provider(SmsApiBase):
            def _send_sms_batch(self, messages, delivery_reports_url=False):
                return [
                    {"uuid": number["uuid"], **answers}
                    for message in messages
                    for number in message["numbers"]
                ]

        company = type(self.company)
        with patch.object(company, "_get_sms_api_class", lambda _self: Provider):
            self._process()
            self.assertEqual(self.followup.state, "performed")
            answers["state"] = "server_error"
            partner = self._create_debtor("Other", phone="0612345679")
            self._create_invoice(1000, partner=partner)
            other = self._plan(partner=partner)
            self._process()
            self.assertEqual(other.failure_code, "unknown_fate")
            answers["state"] = "wrong_number_format"
            third = self._create_debtor("Third", phone="0612345678")
            self._create_invoice(1000, partner=third)
            other = self._plan(partner=third)
            self._process()
            self.assertEqual(other.failure_code, "address")
