# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from odoo.tests import tagged

from .common import CollectionCommon, day
from .test_letters import pdf_text

ENGLISH = (
    "we never change our bank details by a simple e-mail: in case of doubt, call us"
)


@tagged("post_install", "-at_install")
class TestSafetyLine(CollectionCommon):
    """Every written follow-up warns against false bank details."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor.lang = "en_US"
        cls.rapp.contact_budget = 99

    def _run(self, level, date="2026-09-15", partner=None):
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == level)
        step.is_entry = True
        self.engine.run(date=day(date), debtors=partner or self.debtor)
        followup = self._followups(day(date), partner)
        if followup.state == "to_confirm":
            followup.action_confirm()
        return followup

    def _words(self, followup):
        if followup.channel == "email":
            text = followup.mail_id.body_html
        else:
            followup.action_make_letters()
            text = pdf_text(followup.attachment_id.raw)
        return re.sub(r"[\s\xa0]+", " ", text)

    def test_friendly_mail(self):
        self._create_invoice(1000)
        followup = self._run("friendly", "2026-09-01")
        self.assertEqual(followup.channel, "email")
        words = self._words(followup)
        self.assertEqual(words.count(ENGLISH), 1)
        self.assertIn("call us on 04 72 00 00 00.", words)

    def test_courtesy_says_it_once(self):
        self._create_invoice(1000, "2026-09-20")
        self.engine.run(date=day("2026-09-15"), debtors=self.debtor)
        followup = self._followups(day("2026-09-15"))
        self.assertEqual(followup.level_id.code, "courtesy")
        self.assertEqual(self._words(followup).count(ENGLISH), 1)

    def test_letter(self):
        self._create_invoice(1000)
        followup = self._run("firm")
        self.assertEqual(followup.channel, "letter")
        self.assertEqual(self._words(followup).count(ENGLISH), 1)

    def test_formal_notice(self):
        invoice = self._create_invoice(1000)
        self._live("2026-09-01", "2026-10-05")
        notice = self.env["collection.followup"].search(
            [("level_id.code", "=", "notice"), ("line_ids.move_id", "=", invoice.id)]
        )
        # It was performed with a PDF of the test: look at what it would be.
        notice.sudo().attachment_id = False
        text = re.sub(r"[\s\xa0]+", " ", pdf_text(notice._get_preview_document()))
        self.assertEqual(text.count(ENGLISH), 1)

    def test_letter_to_a_consumer(self):
        person = self._create_debtor("Mme Lefort", is_company=False, lang="en_US")
        self.env["collection.debtor"]._get_file(
            self.company, person
        ).segment_id = self.env.ref("account_collection.collection_segment_consumer")
        self._create_invoice(200, partner=person)
        self.engine.run(date=day("2026-09-03"), debtors=person)
        followup = self._followups(day("2026-09-03"), person)
        self.assertEqual(self._words(followup).count(ENGLISH), 1)

    def test_without_a_known_number(self):
        self.company.phone = False
        self._create_invoice(1000)
        words = self._words(self._run("friendly", "2026-09-01"))
        self.assertIn("call us on the number that you know.", words)

    def test_in_the_recipient_s_language(self):
        self.debtor.lang = "fr_FR"
        self._create_invoice(1000)
        words = self._words(self._run("friendly", "2026-09-01"))
        self.assertIn("04 72 00 00 00", words)

    def test_without_our_bank_details(self):
        """Who gets a mail without bank details is the easiest to deceive."""
        self.assertFalse(self.company._get_collection_bank_account())
        self._create_invoice(1000)
        words = self._words(self._run("friendly", "2026-09-01"))
        self.assertNotIn("IBAN", words)
        self.assertEqual(words.count(ENGLISH), 1)
