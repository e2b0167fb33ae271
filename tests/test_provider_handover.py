# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo.tests import tagged

from ..core.postal_rhythm import TRIES
from .provider_common import DAY, ProviderCommon

DOWN = (503, [], {"code": "DOWN", "message": "maintenance"})
BUSY = (429, [("Retry-After", "3600")], {"code": "TOO_MANY", "message": "slow down"})


@tagged("post_install", "-at_install")
class TestProviderHandover(ProviderCommon):
    """A letter reaches its provider once, whatever happens on the way."""

    def test_a_letter_is_handed_over(self):
        letter = self._letter()
        self.assertEqual(letter.provider_id, self.provider)
        self.assertFalse(letter.claimed_at)
        self._hand_over()
        sending = self._sending(letter)
        self.assertEqual(self.server.submitted, [letter._get_letter_reference()])
        self.assertEqual(sending["documents"][0]["content"], letter.attachment_id.raw)
        recipient = sending["recipients"][0]
        self.assertEqual(
            [recipient[f"address_line_{number}"] for number in range(1, 7)],
            ["Menuiserie Durand", "", "", "3 quai Perrache", "", "69002 LYON"],
        )
        self.assertEqual(sending["sender_address_line_1"], "Ateliers Vauban")
        self.assertEqual((letter.state, letter.provider_state), ("queued", "submitted"))
        self.assertTrue(letter.claimed_at)
        self.assertFalse(letter.posted_on)
        self._hand_over()
        self._pass_again(letter)
        self.assertEqual(len(self.server.sendings), 1)

    def test_what_was_paid_is_not_handed_over(self):
        letter = self._letter()
        self._pay(letter.line_ids.move_id, date="2026-09-15")
        self._hand_over()
        self.assertEqual(letter.state, "cancelled")
        self.assertEqual(self.server.sendings, [])

    def test_changed_figures_make_another_letter_first(self):
        letter = self._letter()
        before = letter.sha256
        self._pay(letter.line_ids.move_id, 400, "2026-09-15")
        self._hand_over()
        self.assertNotEqual(letter.sha256, before)
        content = self._sending(letter)["documents"][0]["content"]
        self.assertEqual(hashlib.sha256(content).hexdigest(), letter.sha256)
        self.assertEqual(letter.amount, 600)

    def test_options_of_the_provider(self):
        self.provider.write(
            {
                "is_colour": True,
                "is_duplex": False,
                "has_address_sheet": False,
                "letter_postage": "fast",
                "scans_returns": True,
                "archiving_years": "10",
                "notification_email": "poste@ateliers-vauban.example",
            }
        )
        letter = self._letter()
        self._hand_over()
        expected = {
            "color_printing": True,
            "duplex_printing": False,
            "optional_address_sheet": False,
            "postage_type": "FAST",
            "treat_undelivered_mail": True,
            "archiving_duration": 10,
            "notification_email": "poste@ateliers-vauban.example",
        }
        sending = self._sending(letter)
        self.assertEqual({key: sending[key] for key in expected}, expected)

    # === THE ANSWER WAS LOST === #

    def test_line_dropped_after_the_draft_was_made(self):
        letter = self._letter()
        self.server.fail("POST .*/sendings$", "reset_after")
        self._hand_over()
        self.assertEqual(letter.provider_state, "claimed")
        self.assertIn("dropped", letter.provider_error)
        self.assertEqual(self.server.submitted, [])
        # Not before its time.
        self._hand_over()
        self.assertEqual(letter.provider_state, "claimed")
        self._pass_again(letter)
        self.assertEqual(letter.provider_state, "submitted")
        self.assertEqual(len(self.server.sendings), 1)
        self.assertEqual(self.server.submitted, [letter.provider_reference])

    def test_line_dropped_before_the_draft_was_made(self):
        letter = self._letter()
        self.server.fail("POST .*/sendings$", "reset")
        self._hand_over()
        self.assertEqual(letter.provider_state, "claimed")
        self._pass_again(letter)
        self.assertEqual(self.server.submitted, [letter.provider_reference])
        self.assertEqual(len(self.server.sendings), 1)

    def test_line_dropped_while_submitting(self):
        for fault in ("reset_after", "reset", DOWN):
            with self.subTest(fault=fault):
                self.server.reset()
                letter = self._letter(partner=self._create_debtor("Atelier Neuf"))
                self.server.fail("POST .*/submit$", fault)
                self._hand_over()
                self.assertEqual(letter.provider_state, "draft")
                self._pass_again(letter)
                self.assertNotIn(letter.provider_state, (False, "draft", "claimed"))
                self.assertEqual(self.server.submitted, [letter.provider_reference])
                self.assertEqual(len(self.server.sendings), 1)

    def test_line_dropped_while_filling(self):
        letter = self._letter()
        self.server.fail("POST .*/documents$", "reset_after")
        self._hand_over()
        self._pass_again(letter)
        self.assertEqual(len(self._sending(letter)["documents"]), 1)
        self.assertEqual(self.server.submitted, [letter.provider_reference])

    def test_paid_while_its_draft_waited(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset")
        self._hand_over()
        self._pay(letter.line_ids.move_id, date="2026-09-15")
        self._pass_again(letter)
        self.assertEqual(letter.state, "cancelled")
        self.assertEqual(self.server.sendings, [])

    def test_paid_after_it_was_submitted(self):
        """It leaves: it is not cancelled, because it will be in the letter box."""
        letter = self._letter()
        self._hand_over()
        self._pay(letter.line_ids.move_id, date="2026-09-15")
        self.engine.run(date=DAY, debtors=self.debtor)
        self._pass_again(letter)
        self.assertEqual(letter.state, "queued")

    def test_changed_while_its_draft_waited(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset")
        self._hand_over()
        self._pay(letter.line_ids.move_id, 400, "2026-09-15")
        self._pass_again(letter)
        self.assertEqual(letter.amount, 600)
        documents = self._sending(letter)["documents"]
        self.assertEqual(len(documents), 1)
        self.assertEqual(documents[0]["content"], letter.attachment_id.raw)
        self.assertEqual(self.server.submitted, [letter.provider_reference])

    def test_its_fate_cannot_be_asked_for(self):
        """After some attempts a person is asked; nothing was sent twice meanwhile."""
        letter = self._letter()
        self.server.fail("POST .*/sendings$", "reset_after")
        self.server.fail("GET .*/sendings$", "garbled", times=999)
        for _attempt in range(TRIES):
            self.assertEqual(letter.state, "queued")
            self._pass_again(letter)
        self.assertEqual(
            (letter.state, letter.failure_code), ("failed", "unknown_fate")
        )
        self.assertIn(letter.provider_reference, letter.reason)
        self.assertEqual(len(self.server.sendings), 1)
        # "Send again" asks first.
        self.server.faults.clear()
        letter.action_retry()
        self._pass_again(letter)
        self.assertEqual(letter.provider_state, "submitted")
        self.assertEqual(len(self.server.sendings), 1)

    def test_the_same_reference_twice(self):
        letter = self._letter()
        self.server.fail("POST .*/sendings$", "reset_after")
        self._hand_over()
        first = self.server.sendings[0]
        for number in range(2):
            twin = {**first, "id": f"twin{number}", "status": "ACCEPTED"}
            self.server.products["mail/v2"][twin["id"]] = twin
        self._pass_again(letter)
        self.assertEqual(
            (letter.state, letter.failure_code), ("failed", "unknown_fate")
        )
        self.assertIn("twin0", letter.reason)
        self.assertIn("twin1", letter.reason)
        self.assertEqual(self.server.submitted, [])

    def test_one_sent_and_one_draft_of_the_same_reference(self):
        letter = self._letter()
        self.server.fail("POST .*/sendings$", "reset_after")
        self._hand_over()
        first = self.server.sendings[0]
        self.server.products["mail/v2"]["twin"] = {
            **first,
            "id": "twin",
            "status": "ACCEPTED",
        }
        self._pass_again(letter)
        self.assertEqual(letter.provider_ref, "twin")
        self.assertEqual(letter.provider_state, "accepted")
        self.assertEqual(self.server.submitted, [])
