# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import requests

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.iap.tools.iap_tools import IAPServerError, InsufficientCreditError

from .sms import DAY, MOBILE, Operator, SendingCase

SENDER = "odoo.addons.account_collection.models.sms_sms"


@tagged("post_install", "-at_install")
class TestSmsRefused(SendingCase):
    """What the provider answers becomes the fate of the follow-up."""

    def test_a_number_without_a_phone(self):
        """The step goes to the next channel, the number is never used again."""
        self._process(answer="wrong_number_format")
        self.assertEqual(
            (self.followup.state, self.followup.failure_code), ("failed", "address")
        )
        self.assertFalse(self.followup.line_ids.counted)
        block = self.env["collection.undeliverable"].search([])
        self.assertRecordValues(
            block, [{"kind": "phone", "value": MOBILE, "partner_id": self.debtor.id}]
        )
        self.assertTrue(block.is_in_use)
        self.assertIn(MOBILE, self._tasks(self.followup.file_id)[0])
        again = self._plan("2026-09-04")
        self.assertEqual((again.channel, again.line_ids.delay), ("email", 3))
        self.assertEqual(self.followup.state, "cancelled")
        self.debtor.phone = "06 12 34 56 79"
        block.invalidate_recordset()
        self.assertFalse(block.is_in_use)

    def test_a_country_that_gets_no_messages(self):
        self._process(answer="country_not_supported")
        self.assertEqual(self.followup.failure_code, "address")
        self.assertEqual(self._plan("2026-09-04").channel, "email")

    def test_a_freed_number_is_used_again(self):
        self._process(answer="wrong_number_format")
        self.env["collection.undeliverable"].search([]).action_free()
        self.assertEqual(self._plan("2026-09-04").channel, "sms")

    def test_a_retry_of_a_refused_number_is_refused(self):
        self._process(answer="wrong_number_format")
        with self.assertRaises(UserError):
            self.followup.action_retry()

    def test_credit_used_up(self):
        """One task for the manager, a new attempt by the next run, three in all."""
        manager = self._create_user(
            "sms_manager", "account_collection.group_collection_manager"
        )
        self.company.collection_manager_id = manager
        for number in range(30):
            partner = self._create_debtor(
                f"Debtor {number}", phone=f"06 12 00 00 {number:02d}"
            )
            self._create_invoice(1000, partner=partner)
        self.engine.run(date=DAY)
        operator = self._process(answer="insufficient_credit")
        self.assertEqual(len(operator.calls), 1)
        followups = self.env["collection.followup"].search([("channel", "=", "sms")])
        self.assertEqual(len(followups), 31)
        self.assertEqual(set(followups.mapped("state")), {"failed"})
        self.assertEqual(set(followups.mapped("failure_code")), {"account"})
        self.assertEqual(set(followups.mapped("attempts")), {1})
        self.assertTrue(all(followups.line_ids.mapped("counted")))
        tasks = self.env["mail.activity"].search([("user_id", "=", manager.id)])
        self.assertEqual(len(tasks), 1)
        self.assertIn("Insufficient Credit", tasks.note)
        self.engine.run(date="2026-09-04")
        self.assertEqual(set(followups.mapped("state")), {"queued"})
        operator = self._process("2026-09-04 10:30")
        self.assertEqual(len(operator.sent), 31)
        self.assertEqual(set(followups.mapped("state")), {"performed"})
        self.assertEqual(len(self._followups()), 1)

    def test_automatic_attempts_end(self):
        for attempt, date in enumerate(("2026-09-03", "2026-09-04", "2026-09-07"), 1):
            self.engine.run(date=date, debtors=self.debtor)
            self.assertEqual(self.followup.state, "queued")
            self._process(f"{date} 10:30", "unregistered")
            self.assertEqual(self.followup.failure_code, "account")
            self.assertEqual(self.followup.attempts, attempt)
        self.engine.run(date="2026-09-08", debtors=self.debtor)
        self.assertEqual(self.followup.state, "failed")
        # A person who registered the account sends it again.
        self.followup.action_retry()
        self._process("2026-09-08 10:30")
        self.assertEqual(self.followup.state, "performed")

    @mute_logger(SENDER)
    def test_the_service_is_not_reached(self):
        for error in (
            AccessError("Unavailable"),
            self._raised(requests.exceptions.ConnectTimeout()),
            self._raised(
                requests.HTTPError(response=type("R", (), {"status_code": 502}))
            ),
            self._raised(IAPServerError("An error occurred")),
            InsufficientCreditError("Credit"),
        ):
            with self.subTest(error):
                followup = self._again()
                self._process(answer=error)
                self.assertIn(followup.failure_code, ("connection", "account"))
                self.assertTrue(followup.line_ids.counted)
                self.assertFalse(followup.claimed_at)

    @mute_logger(SENDER)
    def test_no_answer_is_an_unknown_fate(self):
        """The service may have it: a person looks, nothing is sent by itself."""
        for error in (
            self._raised(requests.exceptions.ReadTimeout()),
            self._raised(requests.exceptions.ConnectionError("Connection aborted.")),
            self._raised(
                requests.HTTPError(response=type("R", (), {"status_code": 504}))
            ),
            KeyError("uuid"),
        ):
            with self.subTest(error):
                followup = self._again()
                self._process(answer=error)
                self.assertEqual(
                    (followup.state, followup.failure_code), ("failed", "unknown_fate")
                )
                self.assertFalse(self._process().sent)
                self.engine.run(date="2026-09-04")
                self.assertEqual(followup.state, "failed")

    def _again(self):
        """Return a fresh follow-up of a debtor of its own, the only one waiting."""
        self.env["collection.followup"].search([("state", "=", "queued")])._cancel("-")
        partner = self._create_debtor("Other", phone="0612345679", lang="en_US")
        self._create_invoice(1000, partner=partner)
        return self._plan(partner=partner)

    @staticmethod
    def _raised(cause):
        """Return an error as Odoo's client raises it, with its cause."""
        error = AccessError("The request failed")
        error.__cause__ = cause
        return error

    @mute_logger(SENDER)
    def test_after_no_answer_the_rest_waits(self):
        partners = []
        for number in range(25):
            partner = self._create_debtor(
                f"Debtor {number}", phone=f"06 12 00 00 {number:02d}"
            )
            self._create_invoice(1000, partner=partner)
            partners.append(partner)
        self.engine.run(date=DAY)
        self._process(answer=self._raised(requests.exceptions.ReadTimeout()))
        followups = self.env["collection.followup"].search([("channel", "=", "sms")])
        states = followups.mapped("state")
        self.assertEqual((states.count("failed"), states.count("queued")), (20, 6))
        operator = self._process("2026-09-03 11:30")
        self.assertEqual(len(operator.sent), 6)

    def test_unknown_fate_is_answered_by_a_person(self):
        self.followup._set_unknown_fate()
        self.assertEqual(self._message(self.followup).state, "error")
        self.followup.action_mark_sent()
        self.assertEqual(self.followup.state, "performed")

    def test_unknown_fate_is_sent_again_by_a_person(self):
        first = self.followup.sms_uuid
        link = self.followup._get_link()
        self.followup._set_unknown_fate()
        self.followup.action_retry()
        self.assertNotEqual(self.followup.sms_uuid, first)
        # Whoever got the first one opens the same page.
        self.assertEqual(self.followup._get_link(), link)
        self.assertEqual(len(self._process().sent), 1)
        self.assertEqual(self.followup.state, "performed")

    def test_found_taken_is_an_unknown_fate(self):
        """Left by a process that stopped between taking and the answer."""
        self.followup.write({"claimed_at": "2026-09-03 08:00:00"})
        self.assertFalse(self._process().sent)
        self.assertEqual(self.followup.failure_code, "unknown_fate")

    def test_a_result_that_is_missing_is_an_unknown_fate(self):
        operator = Operator()
        operator.take = lambda number, content: {"uuid": "0" * 32, "state": "success"}
        self._process(answer=operator)
        self.assertEqual(self.followup.state, "queued")
        self._process()
        self.assertEqual(self.followup.failure_code, "unknown_fate")

    def test_content_that_is_refused_is_for_a_person(self):
        self._process(answer="incompatible_content")
        self.assertEqual(
            (self.followup.state, self.followup.failure_code), ("failed", "other")
        )
        self.engine.run(date="2026-09-04", debtors=self.debtor)
        self.assertEqual(self.followup.state, "failed")
