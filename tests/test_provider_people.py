# Part of account_collection. Licence LGPL-3, see the LICENSE file.


from odoo.exceptions import UserError
from odoo.tests import tagged

from .provider_common import DAY, ProviderCommon

SECRETS = ("client_id", "client_secret", "username", "password")


@tagged("post_install", "-at_install")
class TestProviderPeople(ProviderCommon):
    """What persons may do with letters that a provider posts, and who sees what."""

    # === NOT TWICE BY ACCIDENT === #

    def test_a_letter_of_the_provider_is_not_printed(self):
        letter = self._letter()
        with self.assertRaises(UserError):
            letter.action_print_batch()
        self._hand_over()
        for action in (letter.action_print_batch, letter.action_print):
            with self.assertRaises(UserError) as caught:
                action()
            self.assertIn("Maileva", str(caught.exception))
        with self.assertRaises(UserError):
            # Nothing else waits: not even a batch of everything takes it.
            letter.browse().action_print_batch()
        self.assertFalse(letter.printed_at or letter.mailing_id)

    def test_the_others_are_printed_and_it_is_said(self):
        theirs = self._letter()
        ours = self._letter(partner=self._create_debtor("Atelier Neuf"))
        ours.action_post_by_hand()
        action = (theirs | ours).action_print_batch()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("1 letters", action["params"]["message"])
        printing = action["params"]["next"]
        self.assertEqual(printing["tag"], "account_collection.print_mailing")
        self.assertEqual(ours.mailing_id.followup_ids, ours)
        self.assertTrue(ours.printed_at)
        self._hand_over()
        self.assertEqual(self.server.submitted, [theirs._get_letter_reference()])

    def test_a_letter_of_the_provider_is_not_recorded_by_hand(self):
        letter = self._letter()
        with self.assertRaises(UserError):
            letter.action_perform()
        self._hand_over()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            letter._update_state("performed", performed_on=DAY, posted_on=DAY)
        self.assertEqual(letter.state, "queued")

    def test_a_confirmation_can_be_taken_back_before_it_leaves(self):
        """As e-mails, letters wait a little after a person has confirmed them."""
        self.company.collection_live = False
        step = self.rapp.step_ids.filtered(lambda one: one.level_id.code == "firm")
        step.is_entry = True
        self._create_invoice()
        self.engine.run(date=DAY, debtors=self.debtor)
        letter = self._followups(DAY)
        self.assertEqual(letter.state, "to_confirm")
        letter.action_confirm()
        letter.action_make_letters()
        self._hand_over()
        self.assertEqual(self.server.sendings, [])
        self.env["collection.act"].undo_last()
        self.assertEqual(letter.state, "to_confirm")
        letter.action_confirm()
        letter.action_make_letters()
        self._pass_again(letter)
        self.assertEqual(len(self.server.submitted), 1)
        with self.assertRaises(UserError):
            self.env["collection.act"].undo_last()

    # === TAKEN BACK === #

    def test_taken_back_before_it_left(self):
        letter = self._letter()
        letter.action_post_by_hand()
        self.assertFalse(letter.provider_id)
        self._hand_over()
        self.assertEqual(self.server.sendings, [])
        letter.action_print_batch()
        act = self.env["collection.act"].search([("file_id", "=", letter.file_id.id)])
        self.assertEqual(act[0].kind, "by_hand")

    def test_taken_back_as_a_draft(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset")
        self._hand_over()
        self.assertEqual(len(self.server.sendings), 1)
        letter.action_post_by_hand()
        self.assertEqual(self.server.sendings, [])
        self.assertFalse(letter.provider_id or letter.claimed_at)
        self.assertEqual(letter.state, "queued")

    def test_handed_over_for_good(self):
        letter = self._letter()
        self._hand_over()
        for action in (letter.action_post_by_hand, letter.action_cancel):
            with self.assertRaises(UserError) as caught:
                action()
            self.assertIn("PENDING", str(caught.exception))
        self.assertEqual(letter.state, "queued")
        self.assertEqual(len(self.server.submitted), 1)

    def test_cancelling_deletes_the_draft(self):
        letter = self._letter()
        self.server.fail("POST .*/submit$", "reset")
        self._hand_over()
        letter.action_cancel()
        self.assertEqual(letter.state, "cancelled")
        self.assertEqual(self.server.sendings, [])

    def test_given_back_to_the_provider(self):
        letter = self._letter()
        letter.action_post_by_hand()
        self.assertTrue(letter.has_provider)
        letter.action_give_to_provider()
        self._hand_over()
        self.assertEqual(len(self.server.submitted), 1)
        other = self._letter(partner=self._create_debtor("Atelier Neuf"))
        other.action_post_by_hand()
        other.action_print_batch()
        with self.assertRaises(UserError):
            other.action_give_to_provider()

    def test_rejected_then_posted_by_hand(self):
        letter = self._letter()
        self._hand_over()
        self._sending(letter)["status"] = "REJECTED"
        self._later(letter)
        self._ask()
        letter.action_post_by_hand()
        self.assertEqual(letter.state, "queued")
        self.assertFalse(letter.provider_id)
        letter.action_print_batch()
        self._hand_over()
        self.assertEqual(len(self.server.submitted), 1)

    def test_a_person_found_that_it_left(self):
        letter = self._letter("registered")
        self.server.fail("POST .*/sendings$", "reset_after")
        self._hand_over()
        letter._set_provider_fate_unknown("Nobody knows.")
        action = letter.action_mark_sent()
        wizard = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create(
                {"posted_on": "2026-10-02", "tracking_numbers": "2C 123 456 7890 1"}
            )
        )
        self.assertEqual(wizard.followup_ids, letter)
        wizard.action_record()
        self.assertEqual(letter.state, "performed")
        self.assertEqual(letter.tracking_number, "2C12345678901")

    def test_a_provider_that_is_switched_off(self):
        unheard = self._letter()
        taken = self._letter(partner=self._create_debtor("Atelier Neuf"))
        unheard.provider_next_at = "2099-01-01"
        self._hand_over()
        self.provider.active = False
        self.assertFalse(unheard.provider_id)
        self.assertEqual(unheard.state, "queued")
        self.assertEqual((taken.state, taken.failure_code), ("failed", "unknown_fate"))
        later = self._letter(partner=self._create_debtor("Atelier Vieux"))
        self.assertFalse(later.provider_id)
