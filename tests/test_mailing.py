# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io
from unittest.mock import patch

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..models import collection_mailing
from .post_common import NOTICE_DAY, PostCommon
from .test_documents import make_pdf, read_pages


@tagged("post_install", "-at_install")
class TestMailing(PostCommon):
    """A batch of letters: made by one click, in the order of the hands."""

    def _set_pdf(self, letter, *pages):
        letter.sudo().attachment_id.raw = make_pdf(*pages)
        letter.sudo().page_count = 0

    def test_order_for_the_window_envelope(self):
        """Registered apart, then by sheets, postcode and name; abroad after home."""
        places = {
            "Zola": "01000",
            "Éluard": "69002",
            "Aragon": "69002",
            "Brel": "1000",
            "Thick": "01000",
        }
        partners = self._create_debtors(*places)
        for partner, postcode in zip(partners, places.values(), strict=True):
            partner.zip = postcode
        partners[3].country_id = self.env.ref("base.be")
        letters = self._make_letters(partners)
        registered = self._make_notices(self._create_debtors("Recommandé"))
        for letter in letters + registered:
            self._set_pdf(letter, letter.debtor_id.name)
        self._set_pdf(letters[4], "Thick", "Thick 2")
        batch = self._print(letters + registered)
        printed = batch._get_printed()
        self.assertEqual(
            printed.mapped("debtor_id.name"),
            ["Recommandé", "Zola", "Aragon", "Éluard", "Brel", "Thick"],
        )
        self.assertEqual(printed.mapped("mailing_sequence"), [1, 2, 3, 4, 5, 6])
        pages = read_pages(batch._get_letters_document())
        self.assertEqual(
            pages,
            ["Recommandé", "Zola", "Aragon", "Éluard", "Brel", "Thick", "Thick 2"],
        )
        self.assertRecordValues(
            batch,
            [
                {
                    "letter_count": 6,
                    "registered_count": 1,
                    "sheet_count": 7,
                    "envelopes_text": "5 of 1 sheet, 1 of 2 sheets",
                    "unnumbered_count": 1,
                }
            ],
        )

    def test_both_sides_start_on_a_new_sheet(self):
        self.company.collection_duplex = True
        one, two, three = letters = self._make_letters(self._create_debtors(*"ABC"))
        self._set_pdf(one, "A 1")
        self._set_pdf(two, "B 1", "B 2", "B 3")
        self._set_pdf(three, "C 1", "C 2")
        batch = self._print(letters)
        self.assertEqual(
            read_pages(batch._get_letters_document()),
            ["A 1", "", "C 1", "C 2", "B 1", "B 2", "B 3", ""],
        )
        self.assertEqual(batch.sheet_count, 4)
        self.company.collection_duplex = False
        self.assertEqual(batch.sheet_count, 4, "printed as it was printed")

    def test_one_click_makes_the_batch(self):
        letters = self._make_letters(self._create_debtors("One", "Two"))
        action = letters.with_user(self.collector).action_print_batch()
        batch = letters.mailing_id
        self.assertEqual(action["tag"], "account_collection.print_mailing")
        self.assertEqual(
            action["params"]["urls"], [f"/collection/mailing/{batch.id}/letters"]
        )
        self.assertEqual(action["params"]["next"]["res_id"], batch.id)
        self.assertRecordValues(
            batch, [{"state": "printed", "user_id": self.collector.id}]
        )
        self.assertTrue(all(letters.mapped("printed_at")))
        self.assertEqual(batch.display_name, f"PLI{batch.id:06d}")

    def test_without_a_choice_everything_that_waits(self):
        letters = self._make_letters(self._create_debtors("One", "Two"))
        waiting = self.mailings.with_user(self.collector).get_waiting()
        self.assertEqual(waiting, {"count": 2, "is_collector": True})
        self.letters.with_user(self.collector).action_print_waiting()
        self.assertEqual(len(letters.mailing_id), 1)
        self.assertEqual(self.mailings.get_waiting()["count"], 0)
        with self.assertRaisesRegex(UserError, "No letter waits"):
            self.letters.with_user(self.collector).action_print_waiting()

    def test_printed_again_marks_nothing_twice(self):
        letters = self._make_letters(self._create_debtors("One", "Two"))
        batch = self._print(letters)
        before = letters[0].printed_at, batch.printed_at
        self.env.cr.execute("SELECT clock_timestamp()")
        for action in (batch.action_print(), letters.action_print_batch()):
            self.assertEqual(
                action["params"]["urls"], [f"/collection/mailing/{batch.id}/letters"]
            )
        self.assertEqual((letters[0].printed_at, batch.printed_at), before)
        self.assertEqual(letters.mailing_id, batch)
        self.assertEqual(letters.mapped("attempts"), [0, 0])

    def test_a_letter_is_in_one_open_batch(self):
        one, two = self._make_letters(self._create_debtors("One", "Two"))
        batch = self._print(one)
        with self.assertRaisesRegex(UserError, rf"One \({batch.display_name}\)"):
            (one + two).with_user(self.collector).action_print_batch()
        self.assertFalse(two.mailing_id)

    def test_paid_since_drops_out_and_is_named(self):
        one, two = letters = self._make_letters(self._create_debtors("One", "Two"))
        self._pay(one.line_ids.move_id)
        action = letters.with_user(self.collector).action_print_batch()
        self.assertEqual((one.state, one.mailing_id), ("cancelled", self.mailings))
        self.assertIn("One: Paid", action["params"]["warning"])
        self.assertTrue(two.mailing_id)

    def test_nothing_left_is_told_and_stays_cancelled(self):
        letter = self._make_letters()
        self._pay(letter.line_ids.move_id)
        action = letter.with_user(self.collector).action_print_batch()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Menuiserie Durand: Paid", action["params"]["message"])
        self.assertEqual(letter.state, "cancelled")
        with self.assertRaisesRegex(UserError, "waits to be printed"):
            letter.with_user(self.collector).action_print_batch()

    def test_taken_out_it_waits_again(self):
        one, two = letters = self._make_letters(
            self._create_debtors("One", "Two"), channel="registered"
        )
        batch = self._print(letters)
        one.sudo().tracking_number = "2C00000000001"
        one.with_user(self.collector).action_leave_mailing()
        self.assertRecordValues(
            one,
            [
                {
                    "mailing_id": False,
                    "printed_at": False,
                    "tracking_number": False,
                    "state": "queued",
                }
            ],
        )
        self.assertEqual(batch.letter_count, 1)
        self._post(two, "2026-09-15")
        self.assertEqual(batch.state, "posted")
        with self.assertRaisesRegex(UserError, "Two"):
            two.with_user(self.collector).action_leave_mailing()

    def test_companies_have_batches_of_their_own(self):
        letter = self._make_letters()
        other = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        two = self._make_letters(self._create_debtors("Two"))
        self.env.cr.execute(
            "UPDATE collection_followup SET company_id = %s WHERE id = %s",
            [other.id, two.id],
        )
        two.invalidate_recordset()
        batches = self.mailings._create_for((letter + two).sudo())
        self.assertEqual(batches.company_id, self.company + other)

    def test_many_letters_make_several_batches(self):
        letters = self._make_letters(self._create_debtors("A", "B", "C"))
        with patch.object(collection_mailing, "LETTERS_AT_MOST", 2):
            batches = self.mailings._create_for(letters.sudo())
        self.assertEqual([len(one.followup_ids) for one in batches], [2, 1])
        self.assertEqual(batches[1].followup_ids.mailing_sequence, 1)

    def test_found_by_its_number(self):
        batch = self._print(self._make_letters())
        found = self.mailings.search([("display_name", "ilike", batch.display_name)])
        self.assertEqual(found, batch)

    def test_slip_lists_the_registered_letters(self):
        partners = self._create_debtors("One", "Two", "Trois")
        partners[1].country_id = self.env.ref("base.be")
        notices = self._make_notices(partners)
        batch = self._print(
            notices + self._make_letters(self._create_debtors("Simple"))
        )
        notices[0].sudo().tracking_number = "2C00000000001"
        text = " ".join(
            page.extract_text()
            for page in PdfReader(io.BytesIO(batch._get_slip())).pages
        )
        for words in (
            "2C00000000001",
            "One",
            "Trois",
            "69002 Lyon BE",
            notices[1]._get_letter_reference(),
            "Ateliers Vauban",
            batch.display_name,
            "Registered letters: 3",
        ):
            self.assertIn(words, text)
        self.assertNotIn("Simple", text)
        simple = self._print(self._make_letters(self._create_debtors("Alone")))
        with self.assertRaisesRegex(UserError, "no registered"):
            simple._get_slip()

    # === RIGHTS === #

    def test_who_reads_prints_nothing(self):
        letter = self._make_letters()
        batch = self._print(letter)
        reader = self._create_user(
            "post_reader", "account_collection.group_collection_readonly"
        )
        self.assertEqual(batch.with_user(reader).letter_count, 1)
        for method in ("action_print", "action_mark_posted", "action_open_post"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(batch.with_user(reader), method)()
        with self.assertRaises(AccessError):
            batch.with_user(reader).scan("2C00000000001")
        for method in ("action_print_batch", "action_leave_mailing"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(letter.with_user(reader), method)()
        self.assertFalse(self.mailings.with_user(reader).get_waiting()["is_collector"])

    def test_a_batch_changes_through_its_buttons(self):
        batch = self._print(self._make_letters())
        batch.note = "Bureau de la place Bellecour"
        for values in ({"printed_at": False}, {"state": "posted"}, {"user_id": 1}):
            with self.subTest(values), self.assertRaises(AccessError):
                batch.write(values)
        with self.assertRaises(AccessError):
            batch.unlink()
        with self.assertRaises(AccessError):
            self.mailings.with_user(self.collector).create({})

    def test_another_company_sees_no_batch(self):
        batch = self._print(self._make_letters())
        other = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        stranger = self._create_user(
            "post_stranger", "account_collection.group_collection_manager", other
        )
        self.assertFalse(self.mailings.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            batch.with_user(stranger).action_mark_posted()

    def test_a_colleague_s_batch_stays_closed(self):
        """Own batches, and those that hold nothing of another portfolio."""
        own = self._create_user("post_own", "account_collection.group_collection_user")
        letter = self._make_letters()
        batch = self._print(letter)
        visible = self.mailings.with_user(own)
        self.assertEqual(visible.search([]), batch)
        letter.file_id.collector_id = self.collector
        self.assertFalse(visible.search([]))
        batch.sudo().user_id = own
        self.assertEqual(visible.search([]), batch)


@tagged("post_install", "-at_install")
class TestMailingDocuments(PostCommon, HttpCase):
    """The addresses that show a batch's documents."""

    def _open(self, url, user):
        self.authenticate(user.login, user.login)
        return self.url_open(url, allow_redirects=False)

    def test_letters_and_slip(self):
        notice = self._make_notices()
        notice.sudo().attachment_id.raw = make_pdf("Page 1", "Page 2")
        action = notice.with_user(self.collector).action_print_batch()
        answer = self._open(action["params"]["urls"][0], self.collector)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(read_pages(answer.content), ["Page 1", "Page 2"])
        slip = notice.mailing_id.action_open_slip()["url"]
        answer = self._open(slip, self.collector)
        self.assertIn(notice._get_letter_reference(), read_pages(answer.content)[0])

    def test_strangers_find_nothing(self):
        notice = self._make_notices(date=NOTICE_DAY)
        batch = self._print(notice)
        accountant = self._create_user(
            "post_invoicing", "account.group_account_invoice"
        )
        for url in (
            f"/collection/mailing/{batch.id}/letters",
            f"/collection/mailing/{batch.id}/slip",
        ):
            self.assertEqual(self._open(url, accountant).status_code, 404)
        url = f"/collection/mailing/{batch.id + 99}/letters"
        self.assertEqual(self._open(url, self.collector).status_code, 404)
