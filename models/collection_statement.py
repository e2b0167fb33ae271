# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL

from ..core.statement import OpenItem, Statement, make_statement
from ..reports.statement_xlsx import Sheet, write_workbook
from .collection_followup_letter import LETTERS_PER_CALL

#: columns of an open item; v = receivable query, n = its entry, j = the journal
COLUMNS = """
    v.debtor_id, v.id, v.document, COALESCE(n.ref, n.invoice_origin) AS reference,
    v.currency_id, v.nature, v.invoice_date, v.date_due, v.days_overdue,
    v.amount_total::text AS total, v.amount_residual_currency::text AS residual,
    v.amount_held::text AS held, v.amount_residual::text AS residual_company,
    v.hold_reason,
    CASE WHEN n.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
         WHEN n.move_type = 'out_refund' THEN 'credit_note'
         WHEN j.type IN ('bank', 'cash') THEN 'payment'
         ELSE 'entry' END AS kind"""


class CollectionStatement(models.AbstractModel):
    """Statements of account: read from the ledger, set as PDF, many at a time.

    The number of queries does not depend on the number of debtors. Whoever calls has
    checked the rights and calls with those of the superuser.
    """

    _name = "collection.statement"
    _description = "Statement of account"

    # === READING === #

    @api.model
    def _get_day(self, company) -> datetime.date:
        """Return the day of a statement: the policy's, else the company's today."""
        if self.env.context.get("collection_date"):
            return self.env["collection.receivable"]._get_today()
        return company._get_collection_today()

    @api.model
    def _read(self, company, debtor_ids, day=None) -> dict[int, Statement]:
        """Return debtor -> its statement; one without open items has an empty one.

        :param debtor_ids: ids of commercial partners
        """
        day = day or self._get_day(company)
        debtor_ids = tuple(dict.fromkeys(debtor_ids))
        receivables = self.env["collection.receivable"].with_context(
            collection_date=day
        )
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT %s FROM %s v
                     JOIN account_move n ON n.id = v.move_id
                     JOIN account_journal j ON j.id = n.journal_id
                    WHERE v.company_id = %s AND v.debtor_id IN %s
                      AND v.nature IS NOT NULL""",
                SQL(COLUMNS),
                receivables._table_sql,
                company.id,
                debtor_ids or (0,),
            )
        )
        items: dict[int, list[OpenItem]] = {key: [] for key in debtor_ids}
        for row in rows:
            items[row["debtor_id"]].append(self._as_item(row))
        first = company.currency_id.id
        return {
            key: make_statement(key, day, found, first) for key, found in items.items()
        }

    @staticmethod
    def _as_item(row: dict) -> OpenItem:
        return OpenItem(
            id=row["id"],
            document=row["document"] or "",
            kind=row["kind"],
            reference=row["reference"] or "",
            currency_id=row["currency_id"],
            nature=row["nature"],
            date=row["invoice_date"],
            date_due=row["date_due"],
            days_late=row["days_overdue"],
            total=Decimal(row["total"]),
            balance=Decimal(row["residual"]),
            held=Decimal(row["held"]),
            hold_reason=row["hold_reason"],
            balance_company=Decimal(row["residual_company"]),
        )

    # === RECIPIENTS === #

    @api.model
    def _get_recipients(self, company, debtor_ids, channel="letter") -> dict:
        """Return debtor -> the contact to whom a statement is addressed.

        The accounting contact with an address in the channel, by the chain of every
        message; the debtor when there is none.
        """
        addresses = self.env["collection.recipient"]._get_addresses(company, debtor_ids)
        partners = self.env["res.partner"]
        found = {}
        for key in debtor_ids:
            address = addresses.get(key, {}).get((channel, "accounting"))
            found[key] = partners.browse(address.partner_id if address else key)
        return found

    @api.model
    def _get_language(self, company, *partners) -> str:
        """Return the first installed language of some partners, else the company's."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        default = company.sudo().partner_id.lang or self.env.user.lang or "en_US"
        langs = (partner.lang for partner in partners)
        return next((lang for lang in langs if lang in installed), default)

    @api.model
    def _prepare_papers(self, pairs) -> dict:
        """Return company -> list of (statement, recipient, language).

        :param pairs: (company, debtor) in the order of the pages; statements of today
        """
        papers = {}
        for company in dict.fromkeys(company for company, _debtor in pairs):
            company = company.with_env(self.env)
            ids = [debtor.id for owner, debtor in pairs if owner == company]
            statements = self._read(company, ids)
            recipients = self._get_recipients(company, ids)
            debtors = self.env["res.partner"].browse(ids)
            papers[company] = [
                (
                    statements[debtor.id],
                    recipients[debtor.id],
                    self._get_language(company, recipients[debtor.id], debtor),
                )
                for debtor in debtors
            ]
        return papers

    # === PDF === #

    @api.model
    def _make_pdfs(self, company, papers) -> list[bytes]:
        """Return the PDF of each statement, in order, at most 50 in a call.

        :param papers: list of (statement, recipient, language)
        :raise LetterPdfError: the pages of a statement were not found
        :raise UserError: wkhtmltopdf failed
        """
        facts = self._get_facts(company)
        documents = []
        for start in range(0, len(papers), LETTERS_PER_CALL):
            pages, notes = [], []
            for statement, recipient, lang in papers[start : start + LETTERS_PER_CALL]:
                local = self.with_context(lang=lang)
                pages.append(local._render_page(company, statement, recipient, facts))
                notes.append(local._get_page_notes(company, statement))
            documents += self.env["collection.paper"]._convert(pages, notes)
        return documents

    @api.model
    def _get_facts(self, company) -> dict:
        """Return what all the statements of a company share, read once."""
        company = company.sudo()
        return {
            "bank": company._get_collection_bank_account(),
            "bank_day": self.env["collection.engine"]._get_last_bank_day(company),
            "logo": not company.uses_default_logo and company.logo.decode(),
        }

    @api.model
    def _get_reference(self, statement: Statement) -> str:
        """Return the reference of a statement: no other paper of its day has it."""
        return f"REL-{statement.debtor_id:06d}-{statement.date:%Y%m%d}"

    @api.model
    def _get_page_notes(self, company, statement) -> tuple[str, str, str]:
        paper = self.env["collection.paper"]
        page = self.env._("Page %(page)s/%(pages)s")
        reference = self._get_reference(statement)
        return reference, paper._get_identity(company), page

    @api.model
    def _render_page(self, company, statement, recipient, facts) -> Markup:
        """Return the HTML of a statement in the environment's language."""
        company = company.with_env(self.env)
        paper = self.env["collection.paper"]
        debtor = self.env["res.partner"].browse(statement.debtor_id)
        lines = self.env["collection.recipient"]._get_postal_lines(
            recipient.with_env(self.env), debtor, company
        )
        accounts = [
            self._show_account(company, statement, account, facts)
            for account in statement.accounts
        ]
        self._cut_into_sheets(accounts)
        return self.env["ir.qweb"]._render(
            "account_collection.statement",
            {
                "company": company,
                "logo": facts["logo"],
                "sender_lines": paper._get_sender_lines(company),
                "recipient_lines": lines,
                "is_dense": paper._is_dense_address(lines),
                "scale": paper._get_scale(),
                "reference": self._get_reference(statement),
                "words": self._get_words(),
                "sentences": self._get_sentences(company, statement, facts),
                "accounts": accounts,
            },
        )

    # === SPREADSHEET === #

    @api.model
    def _make_xlsx(self, company, papers) -> bytes:
        """Return a workbook with a sheet for each statement, in its language.

        :param papers: list of (statement, recipient, language)
        """
        facts = self._get_facts(company)
        return write_workbook(
            [
                self.with_context(lang=lang)._get_sheet(company, statement, facts)
                for statement, _recipient, lang in papers
            ]
        )

    @api.model
    def _get_sheet(self, company, statement: Statement, facts) -> Sheet:
        debtor = self.env["res.partner"].browse(statement.debtor_id)
        currencies = self.env["res.currency"]
        words = self._get_words()
        sentences = self._get_sentences(company, statement, facts)
        notes = {}
        accounts = []
        for account in statement.accounts:
            currency = currencies.browse(account.currency_id)
            accounts.append((account, currency.name, currency.decimal_places))
            for line in account.lines:
                notes[line.item.id] = self._get_item_note(
                    line.item,
                    lambda x, key=currency.id: self._get_formatter().number(x, key),
                )
        heads = [(words["customer"], debtor.display_name or "")]
        heads.append((company.name, sentences["place_date"]))
        if sentences["payments"]:
            heads.append(("", sentences["payments"]))
        is_english = (self.env.lang or "en").startswith("en")
        return Sheet(
            name=debtor.name or str(debtor.id),
            title=sentences["subject"],
            heads=heads,
            accounts=accounts,
            words=words,
            ages=self._get_bucket_words(),
            notes=notes,
            date_format="d mmm yyyy" if is_english else "dd/mm/yyyy",
        )

    @api.model
    def _get_file_name(self, statement: Statement, extension: str) -> str:
        """Return the name of the file, from our own data alone."""
        title = self._get_words()["title"]
        return f"{title} {self._get_reference(statement)}.{extension}"
