# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io
import re
from unittest.mock import patch

import qrcode
from pypdf import PdfReader

from odoo.tests import tagged

from .common import CollectionCommon, day
from .test_letters import pdf_text

MEDIATOR = "Médiateur du bâtiment, 5 rue Haute, Paris"


@tagged("post_install", "-at_install")
class TestLettersKinds(CollectionCommon):
    """The letter of each shipped scenario, read in its PDF in both languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank_journal.bank_account_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
                "bank_id": cls.env["res.bank"]
                .create({"name": "Banque", "bic": "AGRIFRPP"})
                .id,
            }
        )
        cls.company.collection_mediator = MEDIATOR
        cls.english = cls._create_debtor("Smith and Sons", lang="en_US")

    def _follow(self, partners, segment):
        """Give debtors a shipped segment and with it its scenario."""
        for partner in partners:
            file = self.env["collection.debtor"]._get_file(self.company, partner)
            file.segment_id = self.env.ref(
                f"account_collection.collection_segment_{segment}"
            )

    def _perform_days(self, partners, *dates):
        for date in dates:
            self.engine.run(date=date, debtors=partners)
            for partner in partners:
                self._perform(self._followups(date, partner), day(date))

    def _make(self, partners, date):
        """Plan, confirm and make the letters of a day, in the order of the debtors."""
        self.engine.run(date=date, debtors=partners)
        letters = self.env["collection.followup"]
        for partner in partners:
            letters += self._followups(date, partner)
        if waiting := letters.filtered(lambda letter: letter.state == "to_confirm"):
            waiting.action_confirm()
        letters.with_context(collection_date=date).action_make_letters()
        self.assertEqual(set(letters.mapped("state")), {"queued"})
        self.assertTrue(all(letters.mapped("attachment_id")))
        return letters

    def _post(self, letters, date):
        for letter in letters:
            letter._update_state(
                "performed",
                performed_on=date,
                posted_on=date,
                tracking_number=f"2C{letter.id:011d}",
            )

    def _words(self, letter):
        """Return the text of a PDF as a reader's eye follows it, in one line."""
        return re.sub(r"\s+", " ", pdf_text(letter.attachment_id.raw))

    def _assert_text(self, text, present, absent=()):
        for words in present:
            self.assertIn(words, text)
        for words in absent:
            self.assertNotRegex(text, re.compile(words, re.IGNORECASE))

    # === CONSUMERS === #

    def test_consumer_s_letter_and_notice(self):
        """890.00 due Monday 15 June 2026: neither penalty nor 40 euros anywhere."""
        french = self._create_debtor("Mme Lefèvre", is_company=False)
        english = self._create_debtor("Mrs Smith", is_company=False, lang="en_US")
        consumers = french + english
        self._follow(consumers, "consumer")
        for consumer in consumers:
            self._create_invoice(
                890, "2026-06-15", consumer, delivery_date="2026-06-01"
            )
        # A Wednesday, two Thursdays; day 20 is a Sunday, day 35 a Monday.
        self._perform_days(consumers, "2026-06-10", "2026-06-18", "2026-06-25")
        letters = self._make(consumers, "2026-07-06")
        self.assertEqual(letters.mapped("channel"), ["letter", "letter"])
        # The indemnity in any form, case 9's penalties, the professionals' articles.
        never = [r"pénalit", r"penalt", r"\b40\b", r"41[.,]42", "L441-10", "D441-5"]
        firm = [self._words(letter) for letter in letters]
        self._assert_text(
            firm[0],
            [
                "Mme Lefèvre",
                "01/06/2026 15/06/2026 21 890,00 €",
                "Total dû 890,00 €",
                "Nous vous prions de régler la somme de 890,00 € "
                "avant le 16 juillet 2026",
                "mise en demeure le 20 juillet 2026",
                f"médiateur de la consommation : {MEDIATOR}",
                "Vos données sont traitées par Ateliers Vauban",
                "opposition : compta@ateliers-vauban.example",
            ],
            [*never, "taux légal", "Code de commerce", "RECOMMANDÉE"],
        )
        self._assert_text(
            firm[1],
            [
                "Mrs Smith",
                "Total due 890.00 €",
                "We ask you to pay the sum of 890.00 € before 16 July 2026",
                "send you a formal notice on 20 July 2026",
                f"consumer mediator free of charge: {MEDIATOR}",
                "Your data are processed by Ateliers Vauban",
                "objection: compta@ateliers-vauban.example",
            ],
            [*never, "legal rate", "Commercial Code", "REGISTERED"],
        )
        self._post(letters, day("2026-07-06"))

        notices = self._make(consumers, "2026-07-20")
        self.assertEqual(notices.mapped("channel"), ["registered", "registered"])
        self.assertEqual(notices.mapped("amount"), [890.0, 890.0])
        formal = [self._words(notice) for notice in notices]
        self._assert_text(
            formal[0],
            [
                "LETTRE RECOMMANDÉE AVEC DEMANDE D’AVIS DE RÉCEPTION",
                "nous vous mettons en demeure de nous payer, dans un délai de huit "
                "jours à compter de la réception de la présente, la somme de 890,00 €",
                "intérêt au taux légal (article 1231-6 du Code civil)",
                "notre lettre du 6 juillet 2026",
                "échéancier de règlement, sans frais",
                "d’ici au 4 août 2026",
                f"médiateur de la consommation : {MEDIATOR}",
                "Vos données sont traitées par Ateliers Vauban",
            ],
            [*never, "Code de commerce", "représentant légal", "article 700"],
        )
        self._assert_text(
            formal[1],
            [
                "REGISTERED LETTER WITH ACKNOWLEDGEMENT OF RECEIPT",
                "formal notice to pay us, within eight days of the receipt of this "
                "letter, the sum of 890.00 €",
                "interest at the legal rate (article 1231-6 of the French Civil Code)",
                "our letter of 6 July 2026",
                "payment schedule, free of charge",
                "Failing payment by 4 August 2026",
                f"consumer mediator free of charge: {MEDIATOR}",
                "Your data are processed by Ateliers Vauban",
            ],
            [*never, "Commercial Code", "legal representative", "article 700"],
        )
        # The messages before them said nothing of it either.
        mails = self.env["collection.followup"].search(
            [("debtor_id", "in", consumers.ids), ("channel", "=", "email")]
        )
        self.assertEqual(len(mails), 4)
        for body in mails.mail_id.mapped("body_html"):
            self._assert_text(
                body, [], ["pénalit", "penalt", r"\b40 eur", "taux légal"]
            )

    # === PUBLIC BODIES === #

    def test_public_body_is_never_given_notice(self):
        """Lived to sixty days: one letter, then nothing any more."""
        self._follow(self.debtor, "public")
        invoice = self._create_invoice(5400)
        self.assertEqual(
            self._live("2026-08-26", "2026-09-20"),
            [(-5, -5), (2, 2), (7, 5), (14, 12)],
        )
        letter = self._make(self.debtor, "2026-09-21")
        self.assertRecordValues(letter, [{"channel": "letter", "amount": 5400.0}])
        self._assert_text(
            self._words(letter),
            [
                "articles R2192-31 et suivants",
                "D2192-35",
                "Code de la commande publique",
                "1 × 40,00 € = 40,00 €",
                "10,40 % au second semestre 2026",
                "la somme de 5 400,00 €",
            ],
            # It is the last step: nothing more is announced.
            [
                "mise en demeure",
                "mandataire",
                "L441-10",
                "Code de commerce",
                "RECOMMANDÉE",
                "médiateur",
                "Vos données",
            ],
        )
        self._post(letter, day("2026-09-21"))
        self.assertEqual(self._live("2026-09-22", "2026-10-30"), [])
        self.assertEqual(
            self._followups().mapped("channel"),
            ["email", "portal", "email", "call", "letter"],
        )
        self.assertEqual(set(self._followups().mapped("state")), {"performed"})
        self.assertEqual(self._receivables(invoice, "2026-10-30").status, "done")

    def test_public_body_s_scenario_has_no_legal_step(self):
        scenario = self.env.ref("account_collection.collection_scenario_public")
        steps = scenario.with_context(active_test=False).step_ids
        self.assertEqual(
            set(steps.mapped("level_id.code")), {"courtesy", "friendly", "call", "firm"}
        )
        self.assertEqual(
            set(steps.mapped("channel")), {"email", "portal", "call", "letter"}
        )

    def test_public_body_s_letter_in_english(self):
        self._follow(self.english, "public")
        self._create_invoice(5400, partner=self.english)
        step = self.env.ref("account_collection.collection_step_public_p20")
        step.is_entry = True
        letter = self._make(self.english, "2026-09-21")
        self._assert_text(
            self._words(letter),
            [
                "beyond the regulatory payment period",
                "(article R2192-31): 32.31 € through 21 September 2026",
                "(article D2192-35): 1 × 40.00 € = 40.00 €",
                "the date on which the sum of 5,400.00 € will be paid",
            ],
            ["formal notice", "third party", "L441-10", "Commercial Code", "mediator"],
        )

    # === FRIENDLY LETTERS === #

    def test_strategic_customer_s_letter_is_friendly_and_confirmed(self):
        customers = self.debtor + self.english
        self._follow(customers, "strategic")
        for customer in customers:
            self._create_invoice(1000, partner=customer)
        self._perform_days(customers, "2026-09-03", "2026-09-10")
        self.engine.run(date="2026-09-21", debtors=customers)
        for customer in customers:
            self.assertRecordValues(
                self._followups("2026-09-21", customer),
                [{"channel": "letter", "state": "to_confirm"}],
            )
        letters = self._make(customers, "2026-09-21")
        never = [r"pénalit", r"penalt", r"\b40 eur", "L441-10", "RECOMMANDÉE"]
        self._assert_text(
            self._words(letters[0]),
            [
                "le montant suivant n’est pas encore parvenu sur notre compte",
                "31/08/2026 21 1 000,00 €",
                "Total dû 1 000,00 €",
                "FR76 3000 6000 0112 3456 7890 189",
                "une mise en demeure le 15 octobre 2026",
            ],
            never,
        )
        self._assert_text(
            self._words(letters[1]),
            [
                "the following sum has not reached our account yet",
                "Total due 1,000.00 €",
                "a formal notice on 15 October 2026",
            ],
            never,
        )

    def test_email_step_without_an_email_is_a_friendly_letter(self):
        debtors = self.debtor + self.english
        debtors.email = False
        for debtor in debtors:
            self._create_invoice(1000, partner=debtor)
        letters = self._make(debtors, "2026-09-01")
        self.assertRecordValues(
            letters,
            [{"channel": "letter", "mode": "automatic", "counts_in_budget": False}] * 2,
        )
        self.assertEqual(letters.level_id.code, "friendly")
        self.assertFalse(letters.mail_id)
        self._assert_text(
            self._words(letters[0]),
            [
                "3 quai Perrache 69002 LYON",
                "Lyon, 1er septembre 2026",
                "n’est pas encore parvenu sur notre compte",
                "nous vous appellerons le 7 septembre 2026",
            ],
            [r"pénalit", "mise en demeure"],
        )
        self._assert_text(
            self._words(letters[1]),
            [
                "has not reached our account yet",
                "we will call you on 7 September 2026",
            ],
            ["penalt", "formal notice"],
        )

    # === THE TABLE, THE DATES === #

    def test_days_late_stand_in_each_row(self):
        old = self._create_invoice(1234.56, "2026-08-24")
        self._perform_days(self.debtor, "2026-08-25", "2026-08-31")
        young = self._create_invoice(300, "2026-09-07")
        coming = self._create_invoice(77, "2026-09-13")
        self._create_credit_note(50, "2026-07-01")
        letter = self._make(self.debtor, "2026-09-08")
        self.assertEqual(letter.level_id.code, "firm")
        text = self._words(letter)
        # Invoiced 30 days before it is due, the due date, days late, amount, balance.
        self._assert_text(
            text,
            [
                f"{old.name} 25/07/2026 24/08/2026 15 1 234,56 € 1 234,56 €",
                f"{young.name} 08/08/2026 07/09/2026 1 300,00 € 300,00 €",
                f"{coming.name} 14/08/2026 13/09/2026 77,00 € 77,00 €",
                "01/07/2026 01/07/2026 -50,00 € -50,00 €",
                "Total dû 1 484,56 €",
            ],
        )

    def test_english_rows_name_the_month(self):
        """07/09 would be two different days on both sides of the ocean."""
        invoice = self._create_invoice(300, "2026-09-07", self.english)
        self.english.email = False
        letter = self._make(self.english, "2026-09-08")
        text = self._words(letter)
        self.assertRegex(text, rf"{invoice.name} .*\b1 300\.00 € 300\.00 €")
        self.assertNotRegex(text, r"\d\d/\d\d/\d{4}")
        self.assertIn("due on 7 September 2026", text)

    def test_first_day_of_a_month_in_sentences(self):
        debtors = self.debtor + self.english
        debtors.email = False
        for debtor in debtors:
            self._create_invoice(1000, "2026-03-01", debtor)
        french, english = map(self._words, self._make(debtors, "2026-03-02"))
        self.assertRegex(french, r"échue? le 1er mars 2026")
        self.assertIn("01/03/2026", french)
        self.assertNotRegex(french, r"\b1 mars")
        self.assertIn("due on 1 March 2026", english)

    def test_only_the_first_day_is_an_ordinal(self):
        self.debtor.email = False
        self._create_invoice(1000, "2026-08-21")
        letter = self._make(self.debtor, "2026-08-31")
        text = self._words(letter)
        self.assertIn("le 21 août 2026", text)
        self.assertIn("31 août 2026", text)
        self.assertNotIn("1er août", text)

    # === SEPA QR CODE === #

    def _make_and_read_codes(self, partner, date):
        """Return the letter of a day and what each QR code was made of."""
        with patch.object(qrcode, "make", wraps=qrcode.make) as make:
            letter = self._make(partner, date)
        return letter, [call.args[0] for call in make.call_args_list]

    def _read_picture(self, letter):
        """Return the dark and light squares of the picture in the PDF."""
        picture = PdfReader(io.BytesIO(letter.attachment_id.raw)).pages[0].images[0]
        image = picture.image.convert("L")
        self.assertEqual(image.width, image.height)
        return image

    def _assert_code_is_printed(self, letter, content):
        code = qrcode.QRCode(border=0)
        code.add_data(content)
        squares = code.get_matrix()
        image = self._read_picture(letter)
        side = image.width / len(squares)
        printed = [
            [
                image.getpixel((int((x + 0.5) * side), int((y + 0.5) * side))) < 128
                for x in range(len(squares))
            ]
            for y in range(len(squares))
        ]
        self.assertEqual(printed, squares)

    def test_qr_code_is_what_the_letter_claims(self):
        """EPC069-12: service, version, characters, kind, BIC, name, IBAN, amount..."""
        first = self._create_invoice(1234.56)
        second = self._create_invoice(200)
        self._pay(first, 234.5, "2026-09-01")
        self._receive(50, "2026-07-01", "Trop-perçu")
        self.debtor.email = False
        letter, codes = self._make_and_read_codes(self.debtor, "2026-09-01")
        self.assertEqual(len(codes), 1)
        self.assertEqual(
            codes[0].split("\n"),
            [
                "BCD",
                "002",
                "1",
                "SCT",
                "AGRIFRPP",
                "Ateliers Vauban",
                "FR7630006000011234567890189",
                "EUR1150.06",
                "",
                "",
                f"{first.name} {second.name}",
                "",
            ],
        )
        text = self._words(letter)
        self.assertIn("Total dû 1 150,06 €", text)
        self.assertRegex(text, rf"Référence\b.*{first.name} {second.name}")
        self._assert_code_is_printed(letter, codes[0])

    def test_qr_code_of_many_invoices_has_the_case_s_reference(self):
        for number in range(4):
            self._create_invoice(100 + number)
        self.debtor.email = False
        letter, codes = self._make_and_read_codes(self.debtor, "2026-09-01")
        lines = codes[0].split("\n")
        self.assertEqual(
            (lines[7], lines[10]), ("EUR406.0", f"REC{letter.case_id.id:06d}")
        )

    def test_qr_code_of_a_notice_is_its_closed_list(self):
        old = self._create_invoice(1000)
        self._perform_days(self.debtor, "2026-09-01", "2026-09-07", "2026-09-15")
        young = self._create_invoice(300, "2026-09-20")
        notice, codes = self._make_and_read_codes(self.debtor, "2026-09-30")
        self.assertEqual((notice.channel, notice.amount), ("registered", 1000.0))
        lines = codes[0].split("\n")
        self.assertEqual((lines[7], lines[10]), ("EUR1000.0", old.name))
        self.assertIn(young.name, self._words(notice))
        self._assert_code_is_printed(notice, codes[0])
