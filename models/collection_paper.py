# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import io

import qrcode
from markupsafe import Markup

from odoo import api, models

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..reports.letter_pdf import finish, split

#: a browser's millimetre is 96/125 of one with a wkhtmltopdf without patches
UNPATCHED_SCALE = 125 / 96
#: lines and characters that the window of a DL envelope holds at the usual size
#: (NF Z 10-011: six lines of 38 characters)
WINDOW_LINES = 6
WINDOW_WIDTH = 38


class CollectionPaper(models.AbstractModel):
    """What all our papers share: who writes, on which sheet, how to pay.

    Texts are in the language of the environment.
    """

    _name = "collection.paper"
    _description = "Papers of collection"

    # === WHO WRITES === #

    @api.model
    def _get_sender_lines(self, company) -> list[str]:
        """Return the lines below the company's name: address, phone, e-mail."""
        company = company.sudo()
        partner = company.partner_id
        place = " ".join(filter(None, [partner.zip, partner.city]))
        contact = " – ".join(filter(None, [company.phone, company.email]))
        return [
            line for line in (partner.street, partner.street2, place, contact) if line
        ]

    @api.model
    def _get_identity(self, company) -> str:
        """Return the legal identity that stands on every page."""
        company = company.sudo()
        words = [
            company.name,
            company.collection_legal_line,
            self._get_registry_text(company),
            self.env._("VAT %s", company.vat) if company.vat else None,
        ]
        return " – ".join(filter(None, words))

    @api.model
    def _get_registry_text(self, company) -> str | None:
        """Return the company's number under its country's name (C. com., R123-237)."""
        number = company.company_registry
        if not number:
            return None
        label = company.partner_id.company_registry_label
        if company.account_fiscal_country_id.code == "FR":
            digits = "".join(filter(str.isdigit, number))
            label = {9: "SIREN", 14: "SIRET"}.get(len(digits), label)
        return f"{label} {number}"

    # === HOW TO PAY === #

    @api.model
    def _render_payment(self, company, bank, reference: str, qr_code=None) -> Markup:
        """Return the paragraph that says how to pay.

        :param bank: res.partner.bank; empty = our bank details are not known
        :param reference: what the debtor quotes
        """
        return self.env["ir.qweb"]._render(
            "account_collection.message_payment",
            {
                "iban": bank.acc_number,
                "bic": bank.bank_bic or "",
                "holder": bank.acc_holder_name or company.sudo().name,
                "reference": reference,
                "qr_code": qr_code,
                "safety": self._get_safety_text(company),
            },
        )

    @api.model
    def _get_safety_text(self, company) -> str:
        """Warn against false bank details, with the number that the debtor knows.

        The commonest fraud on debtors is a mail that pretends to come from us with
        another account.
        """
        phone = company.sudo().phone
        if not phone:
            return self.env._(
                "For your safety, we never change our bank details by a simple e-mail: "
                "in case of doubt, call us on the number that you know."
            )
        # The spaces of a number are not places to break a line.
        return self.env._(
            "For your safety, we never change our bank details by a simple e-mail: in "
            "case of doubt, call us on %(phone)s.",
            phone=phone.replace(" ", "\N{NO-BREAK SPACE}"),
        )

    @api.model
    def _get_qr_code(self, bank, amount, reference: str, currency, debtor):
        """Return the SEPA QR code of an amount as a data URI, None if there is none.

        EPC069-12: euro only; the same content as on Odoo's invoices. Letters alone
        show it: mail programs block pictures.
        """
        if not bank or amount <= 0:
            return None
        arguments = (float(amount), reference, "", currency, debtor)
        params = None
        if method := self._find_qr_method(bank, *arguments):
            amount, free, structured = arguments[:3]
            params = bank._get_qr_code_generation_params(
                method, amount, currency, debtor, free, structured
            )
        if not params or "value" not in params:
            return None
        image = qrcode.make(params["value"], border=0, box_size=4)
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()

    def _find_qr_method(self, bank, *arguments) -> str | None:
        """Return Odoo's method for the QR code, None if there is none.

        Whether an account has SEPA codes is looked up once for many papers: asking
        Odoo costs queries for each.
        """
        known = self.env.cr.cache.setdefault("collection_sepa_codes", set())
        key = (bank.id, bank.sanitized_acc_number, arguments[3].id)
        if key in known:
            return "sct_qr"
        values = bank._build_qr_code_vals(*arguments, None, True)
        if values and values["qr_method"] == "sct_qr":
            known.add(key)
        return values and values["qr_method"]

    # === WHO SIGNS, AND RIGHTS === #

    @api.model
    def _render_signature(self, user, company) -> Markup:
        """Return who signs: a named person with a direct line, else the company."""
        company = company.sudo()
        person = user.sudo().partner_id
        words = [person.name, person.function, person.phone]
        lines = [" – ".join(filter(None, words)), company.name]
        if not person.phone:
            lines.append(company.phone)
        text = Markup("<br/>").join(filter(None, lines))
        return Markup('<p style="page-break-inside:avoid">%s</p>') % text

    @api.model
    def _render_privacy(self, debtor, company) -> Markup:
        """Tell natural persons about their data (GDPR, articles 13 and 14)."""
        if debtor.is_company:
            return Markup()
        company = company.sudo()
        partner = company.partner_id
        place = " ".join(filter(None, [partner.zip, partner.city]))
        contact = company.email or company.phone
        if not contact:
            contact = ", ".join(filter(None, [partner.street, place]))
        text = self.env._(
            "Your data are processed by %(company)s to follow up its claim; you have "
            "rights of access, rectification and objection: %(contact)s.",
            company=company.name,
            contact=contact or company.name,
        )
        return Markup("<p><small>%s</small></p>") % text

    # === THE SHEET === #

    @api.model
    def _is_dense_address(self, lines: list[str]) -> bool:
        """Tell whether an address needs smaller letters to fit the window."""
        return sum(-(-len(line) // WINDOW_WIDTH) for line in lines) > WINDOW_LINES

    @api.model
    def _get_scale(self) -> float:
        """Return the zoom that makes a millimetre a millimetre on paper."""
        return 1.0 if _wkhtml().is_patched_qt else UNPATCHED_SCALE

    @api.model
    def _convert(
        self, pages: list[Markup], notes: list[tuple], has_barcode: bool = False
    ) -> list[bytes]:
        """Return the PDF of each paper, from one call of wkhtmltopdf.

        :param pages: HTML of each paper
        :param notes: what stands on every page of each: reference, identity, "page"
        :param has_barcode: the first page bears the reference for a scanner
        :raise LetterPdfError: the pages of a paper were not found
        :raise UserError: wkhtmltopdf failed
        """
        html = self.env["ir.qweb"]._render(
            "account_collection.letter_document", {"body": Markup("").join(pages)}
        )
        report = self.env["ir.actions.report"].sudo()
        whole = report.with_context(collection_letter=True)._run_wkhtmltopdf(
            [html], report_ref="account_collection.collection_letter_report"
        )
        parts = split(whole, [reference for reference, _identity, _page in notes])
        return [
            finish(part, *words, has_barcode)
            for part, words in zip(parts, notes, strict=True)
        ]
