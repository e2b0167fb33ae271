# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import hashlib

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import day
from .post_common import NOTICE_DAY, PostCommon


@tagged("post_install", "-at_install")
class TestMailingPost(PostCommon):
    """A batch is posted by one act; done when each letter has its proof."""

    def _open_post(self, batch):
        action = batch.action_open_post()
        wizards = self.env[action["res_model"]].with_user(self.collector)
        return Form(wizards.with_context(**action["context"]))

    def _number(self, letters):
        for letter in letters.sudo():
            letter.tracking_number = f"2C{letter.id:011d}"

    def test_simple_letters_are_posted_at_once(self):
        letters = self._make_letters(self._create_debtors("One", "Two"))
        batch = self._print(letters)
        self.assertIsNone(batch.action_mark_posted("2026-09-16"))
        for letter in letters:
            self.assertRecordValues(
                letter,
                [
                    {
                        "state": "performed",
                        "posted_on": day("2026-09-16"),
                        "performed_on": day("2026-09-16"),
                        "performed_by_id": self.collector.id,
                    }
                ],
            )
            self.assertEqual(
                letter.post_event_ids.mapped("code"), ["posted"], letter.display_name
            )
        self.assertRecordValues(
            batch,
            [
                {
                    "state": "posted",
                    "posted_on": day("2026-09-16"),
                    "waiting_count": 0,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "Nothing here waits"):
            batch.action_mark_posted("2026-09-17")

    def test_registered_ones_need_their_number_first(self):
        notices = self._make_notices(self._create_debtors("One", "Two"))
        simple = self._make_letters(self._create_debtors("Three"), NOTICE_DAY)
        batch = self._print(notices + simple)
        self._number(notices[0])
        form = self._open_post(batch)
        self.assertEqual((form.ready_count, form.unnumbered_text), (2, "2. Two"))
        form.date = "2026-10-01"
        answer = form.save().action_post()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn("Two: its number is missing", answer["params"]["message"])
        self.assertEqual(
            (notices + simple).mapped("state"), ["performed", "queued", "performed"]
        )
        self.assertEqual((batch.state, batch.unnumbered_count), ("printed", 1))
        self._number(notices[1])
        self.assertIsNone(batch.action_mark_posted("2026-10-02"))
        self.assertEqual((batch.state, batch.posted_on), ("posted", day("2026-10-02")))
        self.assertEqual(notices[0].posted_on, day("2026-10-01"))

    def test_all_without_numbers_is_an_error_that_names_them(self):
        batch = self._print(self._make_notices(self._create_debtors("One", "Two")))
        with self.assertRaisesRegex(UserError, "One: its number.*\nTwo: its number"):
            batch.action_mark_posted(NOTICE_DAY)

    def test_what_was_paid_since_is_pulled_out_of_the_pile(self):
        one, two = letters = self._make_letters(self._create_debtors("One", "Two"))
        batch = self._print(letters)
        self._pay(one.line_ids.move_id)
        form = self._open_post(batch)
        self.assertEqual((form.ready_count, form.is_dropping), (1, True))
        self.assertIn("1. One: Paid", form.paid_text)
        form.date = "2026-09-16"
        form.save().action_post()
        self.assertEqual(letters.mapped("state"), ["cancelled", "performed"])
        self.assertRecordValues(
            batch, [{"state": "posted", "letter_count": 1, "dropped_count": 1}]
        )
        self.assertEqual(one.mailing_id, batch, "shown with its reason")
        act = self.env["collection.act"].search([("kind", "=", "cancel")])
        self.assertEqual((act.file_id, act.user_id), (one.file_id, self.collector))

    def test_it_may_leave_all_the_same(self):
        letter = self._make_letters()
        batch = self._print(letter)
        self._pay(letter.line_ids.move_id)
        form = self._open_post(batch)
        form.is_dropping = False
        self.assertEqual(form.ready_count, 1)
        form.date = "2026-09-16"
        form.save().action_post()
        self.assertEqual(letter.state, "performed")

    def test_nothing_left_of_a_batch(self):
        letter = self._make_letters()
        batch = self._print(letter)
        self._pay(letter.line_ids.move_id)
        self._open_post(batch).save().action_post()
        self.assertEqual((batch.state, batch.letter_count), ("cancelled", 0))

    def test_a_posting_is_taken_back_for_a_moment(self):
        notices = self._make_notices(self._create_debtors("One", "Two"))
        batch = self._print(notices)
        self._number(notices)
        batch.action_mark_posted(NOTICE_DAY)
        self.env["collection.act"].with_user(self.collector).undo_last()
        self.assertEqual(notices.mapped("state"), ["queued", "queued"])
        self.assertEqual(batch.state, "printed")
        self.assertTrue(all(notices.mapped("tracking_number")))

    def test_a_number_that_was_never_used_is_free(self):
        one, two = notices = self._make_notices(self._create_debtors("One", "Two"))
        self._print(notices)
        self._number(one)
        number = one.tracking_number
        one.action_cancel()
        self.assertFalse(one.tracking_number)
        found = self._record(two, "posted", NOTICE_DAY, tracking_number=number)
        self.assertEqual(found.errors, {})

    def test_receipt_is_kept_with_its_hash(self):
        batch = self._print(self._make_letters())
        stamped = b"%PDF-1.4 stamped"
        form = self._open_post(batch)
        form.receipt_file = base64.b64encode(stamped)
        form.date = "2026-09-16"
        wizard = form.save()
        wizard.receipt_name = "bordereau.pdf"
        wizard.action_post()
        self.env.flush_all()
        self.assertEqual(base64.b64decode(batch.receipt_file), stamped)
        self.assertEqual(batch.receipt_sha256, hashlib.sha256(stamped).hexdigest())

    def test_the_form_of_a_single_letter_makes_the_same_events(self):
        letter = self._make_notices()
        wizard = self.env["collection.followup.perform"].with_user(self.collector)
        wizard.create(
            {
                "followup_ids": letter.ids,
                "posted_on": "2026-10-01",
                "tracking_numbers": "RR 12345678 5 FR",
            }
        ).action_record()
        event = letter.post_event_ids
        self.assertEqual(
            (event.code, event.date, event.source, event.user_id),
            ("posted", day("2026-10-01"), "manual", self.collector),
        )
        self.assertEqual(letter.tracking_number, "RR123456785FR")

    # === WHAT THE POST DID, BY HAND === #

    def test_two_clicks_record_a_presentation(self):
        letter = self._make_notices()
        self._post(letter)
        action = (
            letter.with_user(self.collector)
            .with_context(default_code="presented", collection_date="2026-10-02")
            .action_record_post()
        )
        wizards = self.env[action["res_model"]].with_user(self.collector)
        form = Form(wizards.with_context(**action["context"]))
        self.assertEqual((form.code, str(form.date)), ("presented", "2026-10-02"))
        form.save().action_record()
        self.assertEqual(letter.presented_on, day("2026-10-02"))
        self.assertEqual(letter.deadline_on, day("2026-10-10"))

    def test_acknowledgement_with_its_scan(self):
        letter = self._make_notices()
        self._post(letter)
        wizard = self.env["collection.postal.record"].with_user(self.collector)
        values = {"followup_ids": letter.ids, "code": "proof", "date": "2026-10-05"}
        with self.assertRaisesRegex(UserError, "document"):
            wizard.create(values).action_record()
        scan = base64.b64encode(b"%PDF-1.4 signed")
        wizard.create(
            {**values, "document": scan, "document_name": "ar.pdf"}
        ).action_record()
        proof = letter.proof_ids
        self.assertEqual((proof.code, proof.attachment_id.name), ("proof", "ar.pdf"))
        self.assertEqual(proof.sha256, hashlib.sha256(b"%PDF-1.4 signed").hexdigest())
        url = proof.with_user(self.collector).action_open_document()["url"]
        self.assertEqual(url, f"/web/content/{proof.attachment_id.id}")

    def test_letters_not_heard_of_for_fifteen_days(self):
        """The filter of the list, on the machine's own day."""
        partners = self._create_debtors("Silent", "Heard", "Late")
        silent, heard, late = self._make_notices(partners)
        for letter in (silent, heard):
            self._post(letter)
        self._record(heard, "delivered", "2026-10-02")
        self._post(late, self.company._get_collection_today())
        view = self.env.ref("account_collection.collection_followup_view_search")
        arch = self.letters.get_view(view.id, "search")["arch"]
        domain = arch.split('name="no_acknowledgement"')[1].split('domain="')[1]
        domain = domain.split('"')[0].replace("&lt;", "<")
        found = self.letters.search(safe_eval(domain))
        self.assertEqual(found, silent)
