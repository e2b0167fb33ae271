# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import format_date

from ..reports.late_fee_xlsx import write_late_fees


class CollectionLateFees(models.AbstractModel):
    """Statements of late fees as papers: a PDF with window address, a workbook."""

    _inherit = "collection.late.fees"

    @api.model
    def _make_paper(self, company, debtor, reference, subject, sheets, intro) -> bytes:
        """Return a paper on late fees as a PDF, in the environment's language.

        :param sheets: see ``_get_sheet``
        :param intro: sentences above the tables
        :raise LetterPdfError: the pages were not found
        :raise UserError: wkhtmltopdf failed
        """
        papers = self.env["collection.paper"]
        statements = self.env["collection.statement"]
        company = company.sudo().with_env(self.env)
        recipient = statements._get_recipients(company, [debtor.id])[debtor.id]
        lines = self.env["collection.recipient"]._get_postal_lines(
            recipient.with_env(self.env), debtor.with_env(self.env), company
        )
        bank = company._get_collection_bank_account()
        page = self.env["ir.qweb"]._render(
            "account_collection.late_fee_paper",
            {
                "company": company,
                "logo": not company.uses_default_logo and company.logo.decode(),
                "sender_lines": papers._get_sender_lines(company),
                "recipient_lines": lines,
                "is_dense": papers._is_dense_address(lines),
                "scale": papers._get_scale(),
                "place_date": self._word_place(company),
                "reference": reference,
                "subject": subject,
                "intro": intro,
                "sheets": sheets,
                "payment": papers._render_payment(company, bank, reference),
            },
        )
        note = (
            reference,
            papers._get_identity(company),
            self.env._("Page %(page)s/%(pages)s"),
        )
        return papers._convert([page], [note])[0]

    @api.model
    def _word_place(self, company) -> str:
        day = format_date(
            self.env,
            self.env["collection.statement"]._get_day(company),
            date_format="long",
        )
        city = company.partner_id.city
        if not city:
            return day
        return self.env._("%(city)s, %(date)s", city=city, date=day)

    @api.model
    def _get_xlsx_words(self) -> dict[str, str]:
        """Return the words of the workbook in the environment's language."""
        is_english = (self.env.lang or "en").startswith("en")
        return {
            "document": self.env._("Invoice"),
            "due": self.env._("Due date"),
            "from": self.env._("From (included)"),
            "to": self.env._("To (included)"),
            "days": self.env._("Days"),
            "balance": self.env._("Unpaid balance"),
            "rate": self.env._("Rate a year"),
            "interest": self.env._("Interest or penalties"),
            "indemnity": self.env._("Indemnity"),
            "until": self.env._("Late fees through"),
            "principal_total": self.env._("Principal including taxes still due"),
            "interest_total": self.env._("Interest or penalties"),
            "indemnity_total": self.env._("Flat indemnity for recovery costs"),
            "settled_total": self.env._("Waived, invoiced or claimed before"),
            "waived_total": self.env._("Waived"),
            "total_total": self.env._("Total"),
            "method": self.env._(
                "Calendar days from the day after the due date to the day of payment "
                "included, on a year of 365 days; each line is rounded to the cent."
            ),
            "date_format": "d mmm yyyy" if is_english else "dd/mm/yyyy",
        }

    # === A DEBTOR'S STATEMENT === #

    @api.model
    def _get_debtor_sheets(self, file) -> list[dict]:
        """Return the statements of a debtor's late fees through today, by currency.

        :return: nothing for a debtor that was never late
        :raise UserError: a legal value is missing
        """
        claims = self.env["collection.claim"]
        until = claims._get_today()
        moves = claims._find_moves(file.company_id, file.debtor_id)
        found = self._read(moves.ids, until, debtors=file.debtor_id)
        totals = self._group_by_currency(found.values())
        for total in totals.values():
            total.assert_computed()
        return [
            self._get_sheet(total, until) for total in totals.values() if total.left
        ]

    @api.model
    def _make_debtor_pdf(self, file) -> bytes:
        """Return the statement of account with late fees of a debtor file."""
        local = self._for_debtor(file)
        return local._make_paper(
            file.company_id,
            file.debtor_id,
            f"PEN-{file.debtor_id.id:06d}-{self.env['collection.claim']._get_today():%Y%m%d}",
            local.env._("Statement of account with late fees"),
            local._get_debtor_sheets(file),
            [],
        )

    @api.model
    def _make_debtor_xlsx(self, file) -> bytes:
        local = self._for_debtor(file)
        sheets = local._get_debtor_sheets(file) or [local._get_empty_sheet(file)]
        title = f"{file.company_id.name} – {file.debtor_id.display_name}"
        return write_late_fees(title, sheets, local._get_xlsx_words())

    @api.model
    def _get_empty_sheet(self, file) -> dict:
        currency = file.company_id.currency_id
        day = self.env["collection.claim"]._get_today()
        return {
            "rows": [],
            "currency": currency.name,
            "digits": currency.decimal_places,
            "day": format_date(self.env, day, date_format="long"),
            "values": (0, 0, 0),
        }

    @api.model
    def _for_debtor(self, file):
        statements = self.env["collection.statement"]
        lang = statements._get_language(file.company_id, file.debtor_id)
        return self.with_context(lang=lang)
