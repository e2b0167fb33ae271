# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io
from decimal import Decimal

import openpyxl
from pypdf import PdfReader

from odoo.tests import tagged

from .statement_case import DAY, StatementCase
from .test_letters import pdf_text


@tagged("post_install", "-at_install")
class TestStatement(StatementCase):
    """What a statement of account shows is the ledger, to the cent."""

    def _pdf(self, partner=None, lang=None):
        partner = partner or self.debtor
        papers = self.statements._prepare_papers([(self.company, partner)])
        statement, recipient, language = papers[self.company][0]
        return self.statements._make_pdfs(
            self.company, [(statement, recipient, lang or language)]
        )[0]

    def _text(self, partner=None, lang=None):
        return pdf_text(self._pdf(partner, lang))

    def _account_of(self, partner=None, currency=None):
        partner = partner or self.debtor
        statement = self.statements._read(self.company, partner.ids)[partner.id]
        currency = currency or self.company.currency_id
        return next(x for x in statement.accounts if x.currency_id == currency.id)

    def _every_kind(self):
        """Return the invoices of an account that has everything."""
        first = self._create_invoice(1234.56, "2026-08-31", ref="CMD-77")
        self._pay(first, 234.56, "2026-09-01")
        old = self._create_invoice(500, "2026-05-01")
        later = self._create_invoice(2000, "2026-10-15")
        self._create_credit_note(120.40, "2026-09-05")
        self._receive(50, "2026-09-02", "Trop-perçu")
        self._open_item("413000", 700, "2026-10-31")
        self._open_item("411700", 300, "2027-09-01")
        self._open_item("416000", 80.10, "2026-01-10")
        return first, old, later

    # === FIGURES === #

    def test_totals_are_the_ledger_s_and_the_receivables(self):
        self._every_kind()
        account = self._account_of()
        self.assertEqual(account.due, Decimal("1580.10"))
        self.assertEqual(account.not_due, 2000)
        self.assertEqual(account.credits, Decimal("-170.40"))
        self.assertEqual(account.net, Decimal("3409.70"))
        self.assertEqual((account.bills_total, account.retentions_total), (700, 300))
        self.assertEqual(account.balance, Decimal("4409.70"))
        self.assertEqual(account.balance, self._ledger_balance())
        receivables = self.env["collection.receivable"].search(
            [("debtor_id", "=", self.debtor.id), ("company_id", "=", self.company.id)]
        )
        total = sum(receivables.mapped("amount_residual"))
        self.assertEqual(account.balance, Decimal(str(round(total, 2))))

    def test_pdf_shows_every_item_and_every_total(self):
        first, old, later = self._every_kind()
        text = self._text(lang="en_US")
        for words in (
            "Statement of your account at 15 September 2026",
            "Ateliers Vauban",
            "55208131766522",
            "Menuiserie Durand",
            "3 quai Perrache",
            "69002 LYON",
            "Invoices, credit notes and payments – EUR",
            "Bills of exchange not paid yet – EUR",
            "Retentions – EUR",
            "CMD-77",
            "1,234.56",
            "234.56",
            "-120.40",
            "Credit note",
            "Payment received",
            "1,580.10 €",
            "2,000.00 €",
            "-170.40 €",
            "3,409.70 €",
            "700.00 €",
            "300.00 €",
            "4,409.70 €",
            "1,409.70 €",
            "FR76 3000 6000 0112 3456 7890 189",
            "Page 1/",
        ):
            self.assertIn(words, text)
        for move in (first, old, later):
            self.assertIn(move.name, text)
        # Days late and running totals stand in the rows.
        line = next(row for row in text.splitlines() if old.name in row)
        self.assertEqual(line.split()[-4:], ["137", "500.00", "500.00", "580.10"])

    def test_ages_add_up(self):
        self._every_kind()
        ages = self._account_of().buckets
        self.assertEqual(
            [float(x) for x in ages.values()], [2000.0, 1000.0, 0.0, 0.0, 580.1]
        )
        text = self._flat(self._text(lang="en_US"))
        self.assertIn("EUR 2,000.00 1,000.00 0.00 0.00 580.10", text)

    def test_language_of_the_debtor(self):
        self._every_kind()
        text = self._flat(self._text())
        self.assertIn("15 septembre 2026", text)
        self.assertIn("4 409,70 €", text)
        self.assertIn("31/08/2026", text)

    def test_disputed_items_are_under_examination(self):
        whole = self._create_invoice(1000, "2026-08-31")
        part = self._create_invoice(400, "2026-08-31")
        holds = self.env["collection.hold"]
        holds.create({"move_id": whole.id, "reason": "dispute"})
        holds.create({"move_id": part.id, "reason": "dispute", "amount": 150})
        account = self._account_of()
        self.assertEqual(
            (account.due, account.examined, account.payable), (1400, 1150, 250)
        )
        text = self._flat(self._text(lang="en_US"))
        self.assertIn("Under examination", text)
        self.assertIn("of which 150.00 under examination", text)
        self.assertIn("of which under examination 1,150.00 €", text)
        self.assertIn("To be paid today 250.00 €", text)

    def test_probable_payment_is_being_checked(self):
        invoice = self._create_invoice(1000, "2026-08-31")
        self._create_bank_line(1000, "2026-09-14", invoice.name)
        text = self._flat(self._text(lang="en_US"))
        self.assertIn("Payment being checked", text)
        self.assertNotIn("To be paid today", text)
        self.assertIn("Payments received after 14 September 2026", text)

    def test_excluded_items_are_shown_as_any_other(self):
        """What a person holds back for another reason is still owed."""
        invoice = self._create_invoice(1000, "2026-08-31")
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "commercial"}
        )
        account = self._account_of()
        self.assertEqual((account.due, account.payable), (1000, 1000))
        self.assertNotIn("examination", self._text(lang="en_US"))

    def test_currencies_stand_apart(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "rate": 2.0, "name": "2026-01-01"}
        )
        self._create_invoice(1000, "2026-08-31")
        foreign = self._create_invoice(600, "2026-08-31", currency_id=dollar.id)
        self.assertEqual(self._account_of(currency=dollar).balance, 600)
        self.assertEqual(self._ledger_balance(currency=dollar), 600)
        statement = self.statements._read(self.company, self.debtor.ids)[self.debtor.id]
        first = statement.accounts[0]
        self.assertEqual(first.currency_id, self.company.currency_id.id)
        self.assertEqual(statement.balance_company, 1300)
        text = self._text(lang="en_US")
        self.assertIn("payments – USD", text)
        self.assertIn("$ 600.00", text)
        self.assertIn(foreign.name, text)
        self.assertNotIn("1,600", text)
        self.assertNotIn("1,300", text)

    def test_qr_code_is_of_what_is_due_in_euro(self):
        """Without anything due, or in another currency, there is none."""
        self._create_invoice(1000, "2026-10-31")
        self.assertFalse(self._images())
        self._create_invoice(250, "2026-08-31")
        self.assertEqual(len(self._images()), 1)

    def _images(self):
        reader = PdfReader(io.BytesIO(self._pdf()))
        return [image for page in reader.pages for image in page.images]

    def test_nothing_open_is_said(self):
        text = self._flat(self._text(lang="en_US"))
        self.assertIn("Nothing is open in your account.", text)

    def test_debtor_s_words_are_not_code(self):
        self.debtor.name = "<b>Durand</b> & fils"
        self._create_invoice(10, "2026-08-31", ref="<i>{{ 7*7 }}</i>")
        text = self._text(lang="en_US")
        self.assertIn("<b>Durand</b> & fils", text)
        self.assertIn("<i>{{ 7*7 }}</i>", self._flat(text).replace("> ", ">"))

    # === PAPER === #

    def test_many_items_make_numbered_pages(self):
        for number in range(90):
            self._create_invoice(10 + number, "2026-08-31")
        content = self._pdf(lang="en_US")
        pages = PdfReader(io.BytesIO(content)).pages
        self.assertGreaterEqual(len(pages), 3)
        text = pdf_text(content)
        for number in range(1, len(pages) + 1):
            self.assertIn(f"{number}/{len(pages)}", text)
        # The head of the table stands on each page that has rows.
        for number in range(len(pages)):
            page = pdf_text(content, "-f", str(number + 1), "-l", str(number + 1))
            self.assertEqual("FAC/2026/" in page, "Your order" in page, number)
        self.assertIn("4,905.00 €", text)
        self.assertEqual(text.count("FAC/2026/"), 90)

    def test_many_debtors_in_one_document(self):
        other = self._create_debtor("Atelier Blanc", lang="en_US")
        empty = self._create_debtor("Sans Dette")
        self._create_invoice(1000, "2026-08-31")
        self._create_invoice(77, "2026-08-31", other)
        pairs = [(self.company, one) for one in (self.debtor, other, empty)]
        papers = self.statements._prepare_papers(pairs)[self.company]
        documents = self.statements._make_pdfs(self.company, papers)
        texts = [pdf_text(document) for document in documents]
        self.assertIn("1 000,00 €", texts[0])
        self.assertNotIn("77,00", texts[0])
        self.assertIn("77.00 €", texts[1])
        self.assertIn("Atelier Blanc", texts[1])
        self.assertIn("Sans Dette", texts[2])

    def test_number_of_queries_does_not_grow(self):
        def count(partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            pairs = [(self.company, one) for one in partners]
            papers = self.statements._prepare_papers(pairs)[self.company]
            self.statements._make_pdfs(self.company, papers)
            return self.env.cr.sql_log_count - before

        partners = [self._create_debtor(f"Client {number}") for number in range(12)]
        for partner in partners:
            for amount in (10, 20, 30):
                self._create_invoice(amount, "2026-08-31", partner)
        count(partners[:1])
        few = count(partners[:2])
        self.assertLessEqual(count(partners), few)

    # === WORKBOOK === #

    def test_workbook_has_the_same_figures_as_formulas(self):
        self._every_kind()
        other = self._create_debtor("Menuiserie Durand", email="b@debtor.example")
        self._create_invoice(15, "2026-08-31", other)
        pairs = [(self.company, self.debtor), (self.company, other)]
        papers = self.statements._prepare_papers(pairs)[self.company]
        content = self.statements._make_xlsx(self.company, papers)
        values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(
            values.sheetnames, ["Menuiserie Durand", "Menuiserie Durand (2)"]
        )
        sheet = values.worksheets[0]
        amounts = {
            row[8].value for row in sheet.iter_rows() if row[8].value is not None
        } | {row[7].value for row in sheet.iter_rows() if row[7].value is not None}
        for amount in (1580.1, 2000, -170.4, 3409.7, 700, 300, 4409.7, 580.1):
            self.assertIn(amount, amounts)
        texts = [
            cell.value
            for row in formulas.worksheets[0].iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith("=")
        ]
        self.assertTrue(any("SUMIFS" in text for text in texts))
        self.assertGreater(len(texts), 20)
        formats = {
            cell.number_format
            for row in sheet.iter_rows()
            for cell in row
            if cell.value
        }
        self.assertIn("#,##0.00", formats)
        self.assertIn("dd/mm/yyyy", formats)

    def test_second_company_sees_its_own_items(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        self._create_invoice(1000, "2026-08-31")
        statement = self.statements._read(second, self.debtor.ids, DAY)[self.debtor.id]
        self.assertFalse(statement.accounts)
