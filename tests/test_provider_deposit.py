# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..core.postal_rhythm import TRIES
from .common import day
from .maileva_server import PDF
from .provider_common import ProviderCommon

PASS = "odoo.addons.account_collection.models.collection_postal_pass"


@tagged("post_install", "-at_install")
class TestProviderDeposit(ProviderCommon):
    """A letter is performed by the proof of its deposit, and by nothing less."""

    def test_registered_letter(self):
        letter, _sending = self._posted()
        self.assertEqual(letter.state, "performed")
        self.assertEqual(letter.posted_on, day("2026-10-01"))
        self.assertEqual(letter.performed_on, day("2026-10-01"))
        self.assertEqual(letter.tracking_number, "1E00232062142")
        self.assertEqual(letter.deposit_id.raw, PDF)
        self.assertEqual(letter.deposit_sha256, hashlib.sha256(PDF).hexdigest())
        self.assertEqual(letter.postage_cost, 5.74)
        self.assertEqual(letter.provider_state, "posted")
        self.assertTrue(letter.provider_next_at)

    def test_simple_letter(self):
        self.provider.letter_cost = 1.6
        letter, _sending = self._posted("letter")
        self.assertEqual(letter.state, "performed")
        self.assertEqual(letter.posted_on, day("2026-10-01"))
        self.assertEqual(letter.postage_cost, 1.6)
        self.assertFalse(letter.deposit_id)
        # Nobody says what becomes of a simple letter.
        self.assertFalse(letter.provider_next_at)

    def test_every_step_before_it_is_not_the_deposit(self):
        letter = self._letter("registered")
        self._hand_over()
        sending = self._sending(letter)
        for status, state in (
            ("PENDING", "submitted"),
            ("PRECHECKED", "submitted"),
            ("BLOCKED", "blocked"),
            ("ACCEPTED", "accepted"),
            ("PREPARING", "producing"),
            ("SOMETHING_NEW", "unknown"),
        ):
            sending["status"] = status
            self._later(letter)
            self._ask()
            self.assertEqual(letter.provider_state, state)
            self.assertEqual(letter.provider_status, status)
            self.assertEqual(letter.state, "queued")
            self.assertTrue(letter.provider_next_at)

    def test_produced_without_proof_yet(self):
        letter, sending = self._posted(proof=False)
        self.assertEqual((letter.state, letter.provider_state), ("queued", "posted"))
        self.assertIn("not there yet", letter.provider_error)
        self.assertTrue(letter.provider_next_at)
        self.server.process(sending)
        self._later(letter)
        self._ask()
        self.assertEqual(letter.state, "performed")
        self.assertFalse(letter.provider_error)

    def test_produced_without_number_yet(self):
        letter, _sending = self._posted(number="")
        self.assertEqual(letter.state, "queued")

    def test_a_proof_that_is_none(self):
        letter = self._letter("registered")
        self._hand_over()
        self.server.process(self._sending(letter))
        self.server.fail("download_deposit_proof", "html", times=1)
        self._later(letter)
        self._ask()
        self.assertEqual(letter.state, "queued")
        self.assertFalse(letter.deposit_id)
        self.assertIn("text/html", letter.provider_error)
        self._later(letter)
        self._ask()
        self.assertEqual(letter.state, "performed")

    def test_the_day_is_the_companys(self):
        self.company.resource_calendar_id.tz = "Europe/Paris"
        letter, _sending = self._posted(moment="2026-10-01T22:30:00.000Z")
        self.assertEqual(letter.posted_on, day("2026-10-02"))

    def test_a_sandbox_posts_nothing(self):
        self.provider.environment = "sandbox"
        self.provider.api_url = self.provider.auth_url = self.server.url
        letter, _sending = self._posted()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "provider"))
        self.assertIn("sandbox", letter.reason)
        self.assertFalse(letter.posted_on)

    # === REJECTED === #

    def test_rejected(self):
        letter = self._letter("registered")
        self._hand_over()
        sending = self._sending(letter)
        sending.update(status="REJECTED", status_detail="CORRUPTED_DOCUMENT")
        self._later(letter)
        self._ask()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "provider"))
        self.assertIn("CORRUPTED_DOCUMENT", letter.reason)
        self.assertFalse(letter.provider_next_at)
        self.assertTrue(letter.line_ids.counted)
        # Sent again it is another order, so that the old one is never taken for it.
        first = letter.provider_reference
        letter.action_retry()
        self._pass_again(letter)
        self.assertEqual(letter.provider_reference, f"{first}-2")
        self.assertEqual(self.server.submitted, [first, f"{first}-2"])

    def test_rejected_for_its_address(self):
        letter = self._letter("registered")
        self._hand_over()
        sending = self._sending(letter)
        sending["status"] = "PROCESSED_WITH_ERRORS"
        sending["recipients"][0].update(
            status="REJECTED", status_detail="Adresse inconnue"
        )
        self._later(letter)
        self._ask()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "address"))
        self.assertIn("Adresse inconnue", letter.reason)
        self.assertFalse(any(letter.line_ids.mapped("counted")))
        refused = self.env["collection.undeliverable"]._get_refused(
            {letter.recipient_address}
        )
        self.assertEqual(refused, {letter.recipient_address})

    def test_cancelled_at_the_provider(self):
        letter = self._letter()
        self._hand_over()
        self._sending(letter)["status"] = "CANCELED"
        self._later(letter)
        self._ask()
        self.assertEqual((letter.state, letter.failure_code), ("failed", "provider"))
        self.assertIn("cancelled", letter.reason)

    # === ASKING === #

    def test_letters_are_asked_about_less_and_less(self):
        with freeze_time("2026-09-30 08:00:00"):
            letter = self._letter("registered")
            self._hand_over()
            sending = self._sending(letter)
            self._ask()
            self.assertEqual(str(letter.provider_next_at), "2026-09-30 10:00:00")
            self.server.process(sending, moment="2026-09-30T09:00:00.000Z")
        with freeze_time("2026-09-30 10:00:00"):
            self._ask()
            self.assertEqual(letter.state, "performed")
            self.assertEqual(str(letter.provider_next_at), "2026-09-30 16:00:00")
        with freeze_time("2026-10-20 10:00:00"):
            self._ask()
            self.assertEqual(str(letter.provider_next_at), "2026-10-21 10:00:00")
        with freeze_time("2026-12-01 10:00:00"):
            self._ask()
            self.assertFalse(letter.provider_next_at)

    def test_trouble_backs_off(self):
        letter = self._letter()
        self._hand_over()
        waits = []
        for _attempt in range(3):
            self.server.fail("GET .*/sendings/", (429, [("Retry-After", "60")], {}))
            with freeze_time("2026-10-01 08:00:00"):
                letter.provider_next_at = "2026-10-01 07:00:00"
                self._ask()
                waits.append(letter.provider_next_at.strftime("%H:%M"))
        self.assertEqual(waits, ["08:10", "08:20", "08:40"])
        self.assertEqual(letter.provider_tries, 3)
        self._later(letter)
        self._ask()
        self.assertEqual(letter.provider_tries, 0)
        self.assertFalse(letter.provider_error)

    def test_one_letter_that_is_gone_does_not_stop_the_others(self):
        gone = self._letter()
        other = self._letter(partner=self._create_debtor("Atelier Neuf"))
        self._hand_over()
        del self.server.products["mail/v2"][gone.provider_ref]
        self.server.process(self._sending(other))
        self._later(gone | other)
        self._ask()
        self.assertEqual(gone.state, "queued")
        self.assertIn("does not know it", gone.provider_error)
        self.assertEqual(other.state, "performed")

    def test_a_letter_that_the_provider_forgot_is_for_a_person(self):
        letter = self._letter()
        self._hand_over()
        self.server.products["mail/v2"].clear()
        for _attempt in range(TRIES):
            self.assertEqual(letter.state, "queued")
            self._later(letter)
            self._ask()
        self.assertEqual(
            (letter.state, letter.failure_code), ("failed", "unknown_fate")
        )
        # Who sends it again lets the provider be asked first.
        letter.action_retry()
        self._pass_again(letter)
        self.assertEqual(len(self.server.submitted), 1)

    @mute_logger(PASS)
    def test_our_own_trouble_does_not_stop_the_others(self):
        broken = self._letter()
        other = self._letter(partner=self._create_debtor("Atelier Neuf"))
        self._hand_over()
        self.server.process(self._sending(broken))
        self.server.process(self._sending(other))
        # Somebody took the PDF away: the proof is not complete.
        broken.attachment_id = False
        self._later(broken | other)
        self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref(
                "account_collection.ir_cron_ask_provider"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(broken.state, "queued")
        self.assertIn("PDF", broken.provider_error)
        self.assertEqual(other.state, "performed")

    def test_cron_hands_over_and_asks(self):
        letter = self._letter()
        with self.enter_registry_test_mode():
            self.env.ref("account_collection.ir_cron_hand_over").method_direct_trigger()
        self.assertEqual(letter.provider_state, "submitted")
        self.server.process(self._sending(letter))
        self._later(letter)
        with self.enter_registry_test_mode():
            self.env.ref(
                "account_collection.ir_cron_ask_provider"
            ).method_direct_trigger()
        self.assertEqual(letter.state, "performed")

    def test_a_person_asks(self):
        letter = self._letter()
        self._hand_over()
        self.server.process(self._sending(letter))
        letter.action_ask_provider()
        self.assertEqual(letter.state, "performed")
        self.server.fail("GET .*/sendings/", (503, [("Retry-After", "99")], {}))
        with self.assertRaises(UserError):
            letter.action_ask_provider()

    def test_a_person_asks_about_an_unknown_fate(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset_after")
        self._hand_over()
        letter._set_provider_fate_unknown("Nobody knows.")
        letter.action_ask_provider()
        self.assertEqual((letter.state, letter.provider_state), ("queued", "submitted"))
