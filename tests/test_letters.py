# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
import io
import re
import subprocess
import tempfile
from pathlib import Path
from unittest.mock import patch

from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..reports.letter_pdf import LetterPdfError
from .common import CollectionCommon, day

DAY = day("2026-09-15")


def pdf_text(content: bytes, *options: str) -> str:
    """Return the text of a PDF as poppler reads it, with plain spaces."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letter.pdf"
        path.write_bytes(content)
        done = subprocess.run(
            ["pdftotext", "-layout", *options, str(path), "-"],
            capture_output=True,
            check=True,
            text=True,
        )
    return re.sub(r"[\xa0\u202f]", " ", done.stdout)


@tagged("post_install", "-at_install")
class TestLetters(CollectionCommon):
    """The PDF that leaves is complete on its own, and its figures are the ledger's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
                "bank_id": cls.env["res.bank"]
                .create({"name": "Banque", "bic": "AGRIFRPP"})
                .id,
            }
        )
        cls.bank_journal.bank_account_id = cls.bank
        cls.company.collection_legal_line = "SAS au capital de 50 000 € – RCS Lyon"
        cls.rapp.contact_budget = 99

    def _letter(self, partner=None, date=DAY, level="firm"):
        """Plan a letter of a level and make its PDF."""
        partner = partner or self.debtor
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == level)
        step.is_entry = True
        self.engine.run(date=date, debtors=partner)
        letter = self._followups(date, partner)
        if letter.state == "to_confirm":
            letter.action_confirm()
        letter.with_context(collection_date=date).action_make_letters()
        return letter

    def _text(self, letter, *options):
        return pdf_text(letter.attachment_id.raw, *options)

    # === CONTENT === #

    def test_letter_is_complete_and_agrees_with_the_ledger(self):
        first = self._create_invoice(1234.56, ref="CMD-77", delivery_date="2026-07-30")
        self._create_invoice(200, "2026-08-31")
        self._pay(first, 234.56, "2026-09-01")
        self._receive(50, "2026-07-01", "Trop-perçu")
        letter = self._letter()
        self.assertEqual((letter.state, letter.channel), ("queued", "letter"))
        text = self._text(letter)
        for words in (
            "Ateliers Vauban",
            "12 rue des Forges",
            "55208131766522",
            "SAS au capital de 50 000 €",
            "Menuiserie Durand",
            "3 quai Perrache",
            "69002 LYON",
            first.name,
            "CMD-77",
            "30/07/2026",
            "01/08/2026",
            "31/08/2026",
            "1 234,56 €",
            "234,56 €",
            "1 000,00 €",
            "200,00 €",
            "-50,00 €",
            "FR76 3000 6000 0112 3456 7890 189",
            "AGRIFRPP",
            "25 septembre 2026",
            "30 septembre 2026",
            letter._get_letter_reference(),
        ):
            self.assertIn(words, text)
        total = sum(self._receivables(first, DAY).mapped("amount_residual"))
        self.assertEqual(total, 1000)
        self.assertEqual(letter.amount, 1150)
        self.assertIn("1 150,00 €", text)

    def test_penalties_are_recalled_with_their_amount(self):
        self._create_invoice(1000)
        self.debtor.lang = "en_US"
        text = re.sub(r"\s+", " ", self._text(self._letter()))
        self.assertIn("L441-10", text)
        self.assertIn("1 × 40.00 € = 40.00 €", text)
        # 15 days at 12.40 %.
        self.assertIn("through 15 September 2026: 5.10 €", text)
        self.assertIn("We ask you to pay the sum of 1,000.00 €", text)

    def test_consumer_letter_has_neither_penalty_nor_indemnity(self):
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.segment_id = self.env.ref("account_collection.collection_segment_consumer")
        self.company.collection_mediator = "Médiateur du bâtiment, Paris"
        steps = file.segment_id.scenario_id.step_ids
        self._create_invoice(890)
        for lang, words in (("fr_FR", "pénalité"), ("en_US", "penalt")):
            self.debtor.lang = lang
            for level in ("firm", "notice"):
                step = steps.filtered(lambda one, code=level: one.level_id.code == code)
                followup = self.env["collection.followup"].new(
                    {
                        "company_id": self.company.id,
                        "debtor_id": self.debtor.id,
                        "file_id": file.id,
                        "step_id": step.id,
                        "level_id": step.level_id.id,
                    }
                )
                body = (
                    followup.step_id._get_template().with_context(lang=lang).body_html
                )
                self.assertNotIn(words, body.lower())
                self.assertNotIn("40 eur", body.lower())
                self.assertIn("mediator_paragraph", body)

    def test_notice_claims_a_closed_list(self):
        """What is overdue and not at this step, or disputed, stands apart."""
        old = self._create_invoice(1000, "2026-08-31")
        self._live("2026-09-01", "2026-09-29")
        young = self._create_invoice(300, "2026-09-20")
        disputed = self._create_invoice(77, "2026-08-31")
        self.env["collection.hold"].create(
            {"move_id": disputed.id, "reason": "dispute"}
        )
        self.debtor.lang = "en_US"
        self.engine.run(date="2026-09-30")
        notice = self._followups("2026-09-30")
        notice.action_confirm()
        notice.action_make_letters()
        self.assertEqual(notice.amount, 1000)
        text = self._text(notice)
        claimed, apart = re.split("For information", text, maxsplit=1)
        self.assertIn(old.name, claimed)
        self.assertNotIn(young.name, claimed)
        self.assertNotIn(disputed.name, claimed)
        self.assertIn("1,000.00", claimed)
        self.assertNotIn("1,300.00", text)
        self.assertIn(young.name, apart)
        self.assertIn(disputed.name, apart)
        self.assertIn("Under examination", apart)
        self.assertIn("REGISTERED LETTER", text)
        self.assertEqual(
            {line.move_id: line.claimed for line in notice.line_ids},
            {old: True, young: False},
        )

    def test_partial_dispute_is_shown(self):
        invoice = self._create_invoice(1000)
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "dispute", "amount": 300}
        )
        self.debtor.lang = "en_US"
        text = self._text(self._letter())
        self.assertIn("300.00", text)
        self.assertIn("700.00", text)
        self.assertNotIn("Total due   1,000.00", text)

    def test_one_table_for_each_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.25}
        )
        self._create_invoice(1000)
        self._create_invoice(600, currency_id=dollar.id)
        letter = self._letter()
        text = self._text(letter)
        self.assertIn("1 000,00 €", text)
        self.assertIn("$ 600,00", text)
        self.assertEqual(len(re.findall(r"^\s+(?:Total|Total dû).*00", text, re.M)), 2)
        # A QR code carries one amount in euros: none here.
        self.assertFalse(
            PdfReader(io.BytesIO(letter.attachment_id.raw)).pages[0].images
        )

    def test_languages(self):
        self._create_invoice(1000)
        english = self._create_debtor("Smith", lang="en_US")
        self._create_invoice(1000, partner=english)
        self.assertIn("September 2026", self._text(self._letter(english)))
        self.assertIn("septembre 2026", self._text(self._letter()))

    # === ON PAPER === #

    def _boxes(self, letter):
        """Return [(page, x, y, word)] in millimetres from the top left."""
        html = self._text(letter, "-bbox")
        found = []
        for number, page in enumerate(html.split("<page ")[1:]):
            for x, y, word in re.findall(
                r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)</word>', page
            ):
                found.append((number, float(x) / 72 * 25.4, float(y) / 72 * 25.4, word))
        return found

    def test_recipient_stands_in_the_window_of_a_dl_envelope(self):
        """Right window: 100 to 190 mm from the left, 45 to 80 mm from the top."""
        self._create_invoice(1000)
        letter = self._letter()
        boxes = self._boxes(letter)
        inside = [
            word
            for page, x, y, word in boxes
            if page == 0 and 100 <= x <= 190 and 45 <= y <= 80
        ]
        self.assertEqual(
            inside, ["Menuiserie", "Durand", "3", "quai", "Perrache", "69002", "LYON"]
        )

    def test_long_address_stays_whole_in_the_window(self):
        self.debtor.write(
            {
                "name": "Groupement interprofessionnel des menuisiers et charpentiers",
                "street": "Zone industrielle de la Grande Borne, bâtiment 12 bis",
                "street2": "Entrée par le chemin des Vieilles Vignes",
                "city": "Saint-Symphorien-des-Bruyères-sur-Sarthe",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self._create_invoice(1000)
        lines = [
            self.debtor.name,
            self.debtor.street,
            self.debtor.street2,
            f"69002 {self.debtor.city.upper()}",
            "BELGIQUE",
        ]
        boxes = self._boxes(self._letter())
        inside = [
            word
            for page, x, y, word in boxes
            if page == 0 and 100 <= x <= 190 and 45 <= y <= 76
        ]
        # A line may break at a hyphen: nothing else is lost or added.
        self.assertEqual("".join(inside), "".join(lines).replace(" ", ""))

    def test_several_pages_number_themselves_and_repeat_the_head(self):
        for number in range(60):
            self._create_invoice(100 + number)
        letter = self._letter()
        reader = PdfReader(io.BytesIO(letter.attachment_id.raw))
        pages = len(reader.pages)
        self.assertGreaterEqual(pages, 2)
        for number in range(1, pages + 1):
            page = self._text(letter, "-f", str(number), "-l", str(number))
            self.assertIn(f"Page {number}/{pages}", page)
            self.assertIn("55208131766522", page)
            self.assertIn(letter._get_letter_reference(), page)
        bottom = max(y for page, _x, y, word in self._boxes(letter) if "FAC" in word)
        self.assertLess(bottom, 280)
        text = self._text(letter)
        numbers = set(re.findall(r"FAC/2026/\d+", text))
        self.assertEqual(len(numbers), 60)

    def test_many_letters_in_one_call_are_cut_apart(self):
        debtors = self.env["res.partner"]
        for number in range(5):
            debtor = self._create_debtor(f"Customer {number}")
            for _invoice in range(1 if number % 2 else 45):
                self._create_invoice(100 + number, partner=debtor)
            debtors += debtor
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == "firm")
        step.is_entry = True
        self.engine.run(date=DAY, debtors=debtors)
        letters = self.env["collection.followup"].search(
            [("debtor_id", "in", debtors.ids)]
        )
        report = type(self.env["ir.actions.report"])
        with patch.object(
            report,
            "_run_wkhtmltopdf",
            autospec=True,
            side_effect=report._run_wkhtmltopdf,
        ) as calls:
            letters.action_make_letters()
        self.assertEqual(calls.call_count, 1)
        self.assertTrue(all(letters.mapped("attachment_id")))
        for letter in letters:
            text = self._text(letter)
            self.assertIn(letter.debtor_id.name, text)
            for other in debtors - letter.debtor_id:
                self.assertNotIn(other.name, text)

    def test_no_network_is_needed(self):
        """Styles and pictures are in the document: nothing is fetched."""
        self._create_invoice(1000)
        letter = self._letter()
        seen = []
        report = type(self.env["ir.actions.report"])
        original = report._run_wkhtmltopdf

        def keep(model, bodies, **options):
            seen.extend(bodies)
            return original(model, bodies, **options)

        with patch.object(report, "_run_wkhtmltopdf", keep):
            letter.sudo().attachment_id = False
            letter.sudo()._make_letters()
        links = re.findall(r'(?:src|href)="([^"]{0,30})', str(seen[0]))
        self.assertTrue(links)
        self.assertTrue(all(link.startswith("data:image/png") for link in links))

    # === PROOF === #

    def test_pdf_is_stored_once_with_its_hash(self):
        self._create_invoice(1000)
        letter = self._letter()
        content = letter.attachment_id.raw
        self.assertEqual(letter.sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(letter._get_preview_document(), content)
        attachment = letter.attachment_id
        letter.action_make_letters()
        self.assertEqual(letter.attachment_id, attachment)

    def test_letter_is_performed_when_posted(self):
        self._create_invoice(1000)
        letter = self._letter()
        self.assertFalse(self._receivables(letter.line_ids.move_id).level_id)
        wizard = self.env["collection.followup.perform"].create(
            {"followup_ids": [Command.set(letter.ids)], "posted_on": DAY}
        )
        wizard.action_record()
        self.assertRecordValues(
            letter, [{"state": "performed", "posted_on": DAY, "performed_on": DAY}]
        )
        receivable = self._receivables(letter.line_ids.move_id)
        self.assertEqual(receivable.level_id.code, "firm")

    def test_registered_letters_need_a_number_each(self):
        self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-29")
        self.engine.run(date="2026-09-30")
        notice = self._followups("2026-09-30")
        notice.action_confirm()
        notice.action_make_letters()
        wizard = self.env["collection.followup.perform"].create(
            {"followup_ids": [Command.set(notice.ids)], "posted_on": "2026-09-30"}
        )
        with self.assertRaises(UserError):
            wizard.action_record()
        wizard.tracking_numbers = "2C 123\n2C 124"
        with self.assertRaises(UserError):
            wizard.action_record()
        wizard.tracking_numbers = "2C 000 000 000 42"
        wizard.action_record()
        self.assertEqual(notice.tracking_number, "2C00000000042")
        self.assertEqual(
            self._receivables(notice.line_ids.move_id, "2026-09-30").level_id.code,
            "notice",
        )

    def test_paid_before_the_letter_is_made(self):
        invoice = self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-14")
        self.engine.run(date=DAY)
        letter = self._followups(DAY)
        self._pay(invoice, date=DAY)
        letter.action_make_letters()
        self.assertEqual(letter.state, "cancelled")
        self.assertFalse(letter.attachment_id)

    @mute_logger("odoo.addons.account_collection.models.collection_followup_letter")
    def test_letter_that_cannot_be_made_fails_alone(self):
        good = self._create_debtor("Good")
        bad = self._create_debtor("Bad")
        for partner in (good, bad):
            self._create_invoice(1000, partner=partner)
        step = self.rapp.step_ids.filtered(lambda step: step.level_id.code == "firm")
        step.is_entry = True
        self.engine.run(date=DAY, debtors=good + bad)
        report = type(self.env["ir.actions.report"])
        original = report._run_wkhtmltopdf

        def fail(model, bodies, **options):
            if "Bad" in str(bodies[0]):
                raise LetterPdfError("wkhtmltopdf crashed")
            return original(model, bodies, **options)

        letters = self._followups(DAY, good) + self._followups(DAY, bad)
        with patch.object(report, "_run_wkhtmltopdf", fail):
            letters.action_make_letters()
        self.assertTrue(letters[0].attachment_id)
        self.assertRecordValues(
            letters[1], [{"state": "failed", "failure_code": "rendering"}]
        )
        self.assertIn("crashed", letters[1].reason)
        letters[1].action_retry()
        letters[1].action_make_letters()
        self.assertTrue(letters[1].attachment_id)

    def test_scheduled_action_makes_what_is_queued(self):
        self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-14")
        self.engine.run(date=DAY)
        letter = self._followups(DAY)
        cron = self.env.ref("account_collection.ir_cron_letters")
        with self.enter_registry_test_mode():
            cron.sudo().method_direct_trigger()
        self.assertTrue(letter.attachment_id)
