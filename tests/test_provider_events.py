# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo.tests import tagged

from .common import day
from .maileva_server import PDF
from .provider_common import ProviderCommon
from .test_maileva_answers import RETURNS


@tagged("post_install", "-at_install")
class TestProviderEvents(ProviderCommon):
    """What the post tells the provider stands on the letter, once."""

    def _events(self, letter):
        return [
            (event.code, str(event.date), event.source)
            for event in letter.post_event_ids.sorted("id")
        ]

    def _ask_again(self, letter):
        self.assertTrue(letter.provider_next_at)
        self._later(letter)
        self._ask()

    def test_the_deposit_is_an_event_with_its_proof(self):
        letter, _sending = self._posted()
        self.assertEqual(self._events(letter), [("posted", "2026-10-01", "provider")])
        self.assertEqual(letter.post_event_ids.attachment_id, letter.deposit_id)
        digest = hashlib.sha256(PDF).hexdigest()
        self.assertEqual(letter.post_event_ids.sha256, digest)

    def test_a_delivered_letter_and_its_receipt(self):
        letter, sending = self._posted()
        # What La Poste says of the taking over is known by the deposit.
        self.server.deliver(sending, "LP02", "2026-09-30T20:00:00.000Z")
        self.server.deliver(sending, "LP01", "2026-10-02T05:00:00.000Z")
        self.server.deliver(sending, "LP03", "2026-10-02T08:00:00.000Z")
        self.server.deliver(sending, "LP15", "2026-10-03T08:00:00.000Z")
        self._ask_again(letter)
        expected = [
            ("posted", "2026-10-01", "provider"),
            ("in_transit", "2026-10-02", "provider"),
            ("delivered", "2026-10-03", "provider"),
        ]
        self.assertEqual(self._events(letter), expected)
        self.assertEqual(letter.presented_on, day("2026-10-03"))
        self.assertEqual(letter.delivered_on, day("2026-10-03"))
        self.assertFalse(letter.provider_error)
        # The receipt comes later; what is known is not recorded again.
        recipient = sending["recipients"][0]
        path = f"/sendings/{sending['id']}/recipients/{recipient['id']}"
        recipient["acknowledgement_of_receipt_url"] = (
            f"{path}/download_acknowledgement_of_receipt"
        )
        self._ask_again(letter)
        self.assertEqual(
            self._events(letter), [*expected, ("proof", "2026-10-03", "provider")]
        )
        self.assertEqual(letter.receipt_id.raw, PDF)
        proof = letter.post_event_ids.filtered(lambda event: event.code == "proof")
        self.assertEqual(proof.attachment_id, letter.receipt_id)
        self.assertFalse(letter.provider_next_at)

    def test_first_presentation_starts_the_time_that_a_notice_gives(self):
        letter, sending = self._posted()
        self.server.deliver(
            sending,
            "LP09",
            "2026-10-02T09:00:00.000Z",
            main_delivery_statuses=[
                {
                    "category": "FIRST_PRESENTATION",
                    "code": "LP09",
                    "date": "2026-10-02T09:00:00.000Z",
                }
            ],
        )
        self._ask_again(letter)
        self.assertEqual(letter.presented_on, day("2026-10-02"))
        self.assertEqual(letter.deadline_on, day("2026-10-10"))
        self.assertFalse(letter.is_deadline_estimated)

    def test_each_return_code(self):
        for number, (code, event) in enumerate(sorted(RETURNS.items())):
            with self.subTest(code=code):
                partner = self._create_debtor(f"Client {number} {code}")
                letter = self._letter("registered", partner)
                self._hand_over()
                sending = self._sending(letter)
                self.server.process(sending)
                self.server.deliver(sending, code)
                self._later(letter)
                self._ask()
                self.assertEqual(letter.return_code, event)
                self.assertEqual(letter.returned_on, day("2026-10-03"))
                is_unknown = event == "unknown_address"
                self.assertEqual(letter.state, "failed" if is_unknown else "performed")
                self.assertEqual(all(letter.line_ids.mapped("counted")), not is_unknown)
                blocked = self.env["collection.undeliverable"]._get_refused(
                    {letter.recipient_address}
                )
                self.assertEqual(bool(blocked), is_unknown)
                # The next letter goes to an address that nobody returned.
                self.env["collection.undeliverable"].search([]).active = False

    def test_a_scanned_return(self):
        self.provider.scans_returns = True
        letter, sending = self._posted()
        recipient = sending["recipients"][0]
        path = f"/sendings/{sending['id']}/recipients/{recipient['id']}"
        self.server.deliver(
            sending,
            "LP19",
            undelivered_mail_reason="N03",
            undelivered_mail_date="2026-10-04T08:00:00.000Z",
            undelivered_mail_url=f"{path}/download_undelivered_mail",
        )
        self._ask_again(letter)
        self.assertEqual(letter.return_code, "unclaimed")
        self.assertEqual(letter.state, "performed")
        back = letter.post_event_ids.filtered("attachment_id") - (
            letter.post_event_ids.filtered(lambda one: one.code == "posted")
        )
        self.assertEqual(
            (back.code, back.attachment_id), ("unclaimed", letter.receipt_id)
        )
        self.assertFalse(letter.provider_next_at)

    def test_a_simple_letter_that_comes_back(self):
        self.provider.scans_returns = True
        letter, sending = self._posted("letter")
        self.assertTrue(letter.provider_next_at)
        sending["recipients"][0]["statuses_v2"] = [
            {"status": "N10", "label": "NPAI", "date": "2026-10-04T08:00:00.000Z"}
        ]
        self._ask_again(letter)
        self.assertEqual(letter.return_code, "unknown_address")
        self.assertEqual(letter.state, "failed")

    def test_what_cannot_be_true_is_said(self):
        letter, sending = self._posted()
        self.server.deliver(sending, "LP15", "2026-10-03T08:00:00.000Z")
        self.server.deliver(sending, "LP22", "2026-10-04T08:00:00.000Z")
        self._ask_again(letter)
        self.assertIn("contradicts", letter.provider_error)
        self.assertEqual(letter.state, "performed")
        self.assertEqual(letter.delivered_on, day("2026-10-03"))

    def test_a_number_that_another_letter_has(self):
        first, _sending = self._posted()
        second = self._letter("registered", self._create_debtor("Atelier Neuf"))
        self._hand_over()
        self.server.process(self._sending(second), number=first.tracking_number)
        self._later(second)
        self._ask()
        self.assertEqual(second.state, "queued")
        self.assertIn(first.tracking_number, second.provider_error)
        self.assertTrue(second.provider_next_at)
