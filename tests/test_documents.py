# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import io
from unittest.mock import patch

from pypdf import PdfReader
from reportlab.pdfgen import canvas

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..controllers import documents
from .common import CollectionCommon, day

DAY = day("2026-09-01")
#: what no follow-up can be: words, other digits, too large for an id, nothing
RUBBISH = ("", ",", "abc", "1;drop", "-1", "1.5", "²", "9" * 12, "9" * 30, "[1]", "%00")


def make_pdf(*texts: str) -> bytes:
    """Return a PDF with a page for each text."""
    buffer = io.BytesIO()
    drawing = canvas.Canvas(buffer)
    for text in texts:
        drawing.drawString(100, 700, text)
        drawing.showPage()
    drawing.save()
    return buffer.getvalue()


def read_pages(content: bytes) -> list[str]:
    """Return the text of each page of a PDF."""
    pages = PdfReader(io.BytesIO(content)).pages
    return [page.extract_text().strip() for page in pages]


@tagged("post_install", "-at_install")
class TestDocuments(CollectionCommon, HttpCase):
    """The two addresses that show documents, asked by a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "documents_collector", "account_collection.group_collection_user"
        )
        cls.second_company = cls.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        called = cls._create_debtor("Called")
        calls = cls.rapp.copy({"name": "Calls first"})
        calls.step_ids.filtered(lambda step: step.delay_days == 1).channel = "call"
        files = cls.env["collection.debtor"]
        files._get_file(cls.company, called).scenario_id = calls
        posts = [cls._create_debtor(f"Post {name}", email=False) for name in "ABC"]
        for partner in (cls.debtor, called, *posts):
            cls._create_invoice(1000, partner=partner)
        cls.engine.run(date=DAY)
        cls.mail = cls._followups(DAY)
        cls.call = cls._followups(DAY, called)
        cls.first, cls.second, cls.unmade = (
            cls._followups(DAY, partner) for partner in posts
        )
        cls._store(cls.first, "First 1")
        cls._store(cls.second, "Second 1", "Second 2")

    def setUp(self):
        super().setUp()
        self.visitor = None

    @classmethod
    def _store(cls, letter, *texts):
        letter.sudo().attachment_id = cls.env["ir.attachment"].create(
            {
                "name": "letter.pdf",
                "raw": make_pdf(*texts),
                "res_model": letter._name,
                "res_id": letter.id,
            }
        )

    def _get(self, url, user=None):
        user = user or self.collector
        if user != self.visitor:
            self.authenticate(user.login, user.login)
            self.visitor = user
        return self.url_open(url, allow_redirects=False)

    def _get_document(self, followup, user=None):
        return self._get(f"/collection/followup/{followup.id}/document", user)

    def _get_letters(self, letters, user=None):
        ids = ",".join(map(str, letters.ids))
        return self._get(f"/collection/letters?ids={ids}", user)

    # === ONE DOCUMENT === #

    def test_e_mail_is_shown_as_it_leaves(self):
        action = self.mail.with_user(self.collector).action_open_document()
        answer = self._get(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/html", answer.headers["Content-Type"])
        page = answer.content.decode()
        self.assertIn("durand@debtor.example", page)
        self.assertIn(self.mail.mail_id.body_html, page)

    def test_letter_is_shown_as_it_was_made(self):
        action = self.first.with_user(self.collector).action_open_document()
        answer = self._get(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.content, self.first.attachment_id.raw)
        disposition = answer.headers["Content-Disposition"]
        self.assertTrue(disposition.startswith("inline"))
        self.assertIn("2026-09-01_letter_REC", disposition)

    def test_letter_that_is_not_made_yet_is_shown_and_not_kept(self):
        reader = self._create_user(
            "documents_reader", "account_collection.group_collection_readonly"
        )
        answer = self._get_document(self.unmade, reader)
        self.assertEqual(answer.status_code, 200)
        words = "".join(read_pages(answer.content)).split()
        self.assertIn(self.unmade.line_ids.document, words)
        self.assertIn("Post C", " ".join(words))
        self.unmade.invalidate_recordset()
        self.assertFalse(self.unmade.attachment_id)
        self.assertEqual(self.unmade.state, "queued")

    def test_call_shows_its_script(self):
        answer = self._get_document(self.call)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(self.call.line_ids.document, answer.content.decode())

    def test_cancelled_letter_is_still_shown(self):
        self.unmade.action_cancel()
        self.assertEqual(self._get_document(self.unmade).status_code, 200)

    def test_unknown_document(self):
        for number in (self.env["collection.followup"].search([]).ids[0] + 999, 10**12):
            answer = self._get(f"/collection/followup/{number}/document")
            self.assertEqual(answer.status_code, 404)
        answer = self._get("/collection/followup/rubbish/document")
        self.assertEqual(answer.status_code, 404)

    # === SEVERAL LETTERS === #

    def test_letters_are_joined_in_the_order_asked_for(self):
        pages = {self.first: ["First 1"], self.second: ["Second 1", "Second 2"]}
        for letters in (self.first + self.second, self.second + self.first):
            action = letters.with_user(self.collector).action_print()
            answer = self._get(action["url"])
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Content-Type"], "application/pdf")
            expected = [page for letter in letters for page in pages[letter]]
            self.assertEqual(read_pages(answer.content), expected)

    def test_what_has_no_pdf_is_left_out(self):
        answer = self._get_letters(self.mail + self.unmade + self.first)
        self.assertEqual(read_pages(answer.content), ["First 1"])

    def test_nothing_to_print_is_no_empty_file(self):
        answer = self._get_letters(self.mail + self.unmade)
        self.assertEqual(answer.status_code, 404)

    def test_letter_that_was_deleted_meanwhile_is_left_out(self):
        ids = f"{self.second.id + 999},{self.first.id}"
        answer = self._get(f"/collection/letters?ids={ids}")
        self.assertEqual(read_pages(answer.content), ["First 1"])

    def test_no_letter_is_dropped_without_a_word(self):
        """One that is missing in the print-out would be recorded as posted."""
        letters = (self.first + self.second).with_user(self.collector)
        printed = []
        limit = patch.object(documents, "LETTERS_AT_MOST", 1)
        with limit, contextlib.suppress(UserError):
            answer = self._get(letters.action_print()["url"])
            if answer.status_code == 200:
                printed = read_pages(answer.content)
        self.assertIn(printed, ([], ["First 1", "Second 1", "Second 2"]))

    def test_rubbish_is_answered_clearly(self):
        for ids in RUBBISH:
            with self.subTest(ids):
                answer = self._get(f"/collection/letters?ids={ids}")
                self.assertIn(answer.status_code, (400, 404))
        with self.subTest("no ids at all"):
            answer = self._get("/collection/letters")
            self.assertIn(answer.status_code, (400, 404))

    # === RIGHTS === #

    def _assert_refused(self, user):
        for followup in (self.mail, self.first, self.unmade, self.call):
            answer = self._get_document(followup, user)
            self.assertIn(answer.status_code, (403, 404))
        answer = self._get_letters(self.first, user)
        self.assertIn(answer.status_code, (403, 404))

    def test_who_only_invoices_is_refused(self):
        self._assert_refused(
            self._create_user("documents_accountant", "account.group_account_invoice")
        )

    def test_customer_of_the_portal_is_refused(self):
        """Also what is addressed to that very customer: it is our working paper."""
        self._assert_refused(
            self._create_user(
                "documents_portal", "base.group_portal", partner_id=self.debtor.id
            )
        )

    def test_public_is_sent_to_the_login(self):
        self.authenticate(None, None)
        for url in (
            f"/collection/followup/{self.first.id}/document",
            f"/collection/letters?ids={self.first.id}",
        ):
            answer = self.url_open(url, allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_collector_of_another_company_is_refused(self):
        stranger = self._create_user(
            "documents_stranger",
            "account_collection.group_collection_manager",
            company=self.second_company,
        )
        self._assert_refused(stranger)

    def test_one_foreign_letter_refuses_them_all(self):
        """Half a print-out would be taken for the whole."""
        self.second.company_id = self.second_company
        answer = self._get_letters(self.first + self.second)
        self.assertIn(answer.status_code, (403, 404))
