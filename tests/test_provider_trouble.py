# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .maileva_server import LOGIN
from .provider_common import ProviderCommon
from .test_provider_handover import DOWN

BUSY = (429, [("Retry-After", "3600")], {"code": "TOO_MANY", "message": "slow down"})


@tagged("post_install", "-at_install")
class TestProviderTrouble(ProviderCommon):
    """A provider that is down or says no: letters wait or fail, each for itself."""

    # === THE PROVIDER IS IN TROUBLE === #

    def test_a_busy_provider_makes_the_letter_wait(self):
        letter = self._letter()
        self.server.fail("POST .*/sendings$", BUSY)
        self._hand_over()
        self.assertFalse(letter.claimed_at)
        self.assertFalse(letter.provider_state)
        self.assertEqual(letter.state, "queued")
        self.assertEqual(str(letter.provider_next_at), "2026-10-05 09:00:00")
        self.assertIn("too much to do", self.provider.last_error)
        self._pass_again(letter)
        self.assertEqual(self.server.submitted, [letter._get_letter_reference()])
        self.assertFalse(self.provider.last_error)

    def test_a_broken_letter_does_not_stop_the_others(self):
        letters = self._letter()
        for number in range(4):
            letters |= self._letter(partner=self._create_debtor(f"Client {number}"))
        self.server.fail("POST .*/documents$", DOWN)
        self._hand_over()
        self.assertEqual(len(self.server.submitted), 4)
        self.assertEqual(len(letters.filtered("provider_error")), 1)

    def test_a_provider_that_is_down_is_left_alone(self):
        letters = self._letter()
        for number in range(4):
            letters |= self._letter(partner=self._create_debtor(f"Client {number}"))
        self.server.fail("POST .*/sendings$", DOWN, times=999)
        self._hand_over()
        self.assertEqual(self.server.count("POST .*/sendings$"), 3)
        self.assertEqual(len(letters.filtered("claimed_at")), 3)

    def test_nothing_is_taken_before_the_login_works(self):
        letter = self._letter()
        self.provider.password = "wrong"
        self._hand_over()
        self._hand_over()
        self.assertFalse(letter.claimed_at)
        self.assertIn("Authentication failed", self.provider.last_error)
        self.assertNotIn("wrong", self.provider.last_error)
        # Who runs the collection gets one task, which ends by itself.
        self.assertEqual(len(self.provider.activity_ids), 1)
        self.provider.password = LOGIN[3]
        self._hand_over()
        self.assertEqual(self.server.submitted, [letter._get_letter_reference()])
        self.assertFalse(self.provider.activity_ids)

    def test_an_incomplete_address_of_ours_stops_the_pass(self):
        letter = self._letter()
        self.company.zip = False
        self._hand_over()
        self.assertFalse(letter.claimed_at)
        self.assertEqual(letter.state, "queued")
        self.assertIn("Ateliers Vauban", self.provider.last_error)

    # === THE PROVIDER SAYS NO === #

    def test_a_refused_order(self):
        letter = self._letter()
        error = {"errors": [{"code": "NAME_TOO_LONG", "message": "256"}]}
        self.server.fail("POST .*/sendings$", (400, [], error))
        self._hand_over()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "provider"))
        self.assertIn("NAME_TOO_LONG", letter.reason)
        self.assertTrue(letter.line_ids.counted)
        letter.action_ask_provider()
        self.assertEqual(letter.state, "failed")
        letter.action_retry()
        self._pass_again(letter)
        self.assertEqual(len(self.server.submitted), 1)

    def test_a_refused_address_is_never_used_again(self):
        letter = self._letter()
        error = {"errors": [{"code": "ADDRESS_LINE_4_TOO_LONG", "message": "38"}]}
        self.server.fail("POST .*/recipients$", (400, [], error))
        self._hand_over()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "address"))
        self.assertFalse(letter.line_ids.counted)
        self.assertEqual(self.server.sendings, [])
        bad = self.env["collection.undeliverable"].search(
            [("followup_id", "=", letter.id)]
        )
        self.assertEqual(bad.value, letter.recipient_address)

    def test_an_address_that_does_not_fit(self):
        self.debtor.street = "x" * 39
        letter = self._letter()
        self._hand_over()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "provider"))
        self.assertIn("too long", letter.reason)
        self.assertFalse(letter.claimed_at)
        self.assertEqual(self.server.count("POST .*/sendings$"), 0)

    @mute_logger("odoo.addons.account_collection.models.collection_followup_order")
    def test_a_pdf_that_is_gone(self):
        letter = self._letter()
        letter.attachment_id.raw = b"something else"
        self._hand_over()
        self.assertEqual(letter.state, "failed")
        self.assertEqual(self.server.sendings, [])

    def test_a_draft_that_somebody_deleted_is_ordered_anew(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset")
        self._hand_over()
        self.server.products["mail/v2"].clear()
        self._pass_again(letter)
        self.assertEqual(self.server.submitted, [letter.provider_reference])

    def test_unready_letters_stay(self):
        letter = self._letter()
        letter.attachment_id = False
        self._hand_over()
        self.assertEqual(self.server.calls, [])
        with self.assertRaises(UserError):
            letter.action_ask_provider()
