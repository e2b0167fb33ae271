# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import base64
import io

import qrcode

from odoo import models

from .collection_followup_letter import LETTER_CHANNELS, WINDOW_WIDTH


class CollectionFollowup(models.Model):
    """What stands on a letter beside its text: addresses, identity, QR code."""

    _inherit = "collection.followup"

    def _get_letter_reference(self) -> str:
        """Return the reference that the debtor quotes; no other letter has it."""
        self.ensure_one()
        return f"{self.case_id._get_reference() or 'REL'}-{self.id:06d}"

    def _get_letter_name(self) -> str:
        """Return the name of the PDF, from our own data alone."""
        return f"{self.date}_{self.channel}_{self._get_letter_reference()}.pdf"

    def _get_sender_lines(self) -> list[str]:
        company = self.company_id.sudo()
        partner = company.partner_id
        place = " ".join(filter(None, [partner.zip, partner.city]))
        contact = " – ".join(filter(None, [company.phone, company.email]))
        return [
            line for line in (partner.street, partner.street2, place, contact) if line
        ]

    def _get_recipient_lines(self) -> list[str]:
        """Return the lines of the window: name, street, postcode and city, country.

        A contact without an address of its own uses its company's; the country is
        written for letters abroad only (NF Z 10-011).
        """
        self.ensure_one()
        return self.env["collection.recipient"]._get_postal_lines(
            self.recipient_id,
            self.debtor_id,
            self.company_id,
            is_notice=self.level_id.code == "notice",
        )

    @staticmethod
    def _count_window_lines(lines: list[str]) -> int:
        """Return how many lines an address takes in the window, long ones wrapped."""
        return sum(-(-len(line) // WINDOW_WIDTH) for line in lines)

    def _get_page_notes(self) -> tuple[str, str, str]:
        """Return what stands on every page: reference, legal identity, "page n/m"."""
        local = self.with_context(lang=self.lang or self.env.user.lang)
        company = local.company_id.sudo()
        identity = " – ".join(
            filter(
                None,
                [
                    company.name,
                    company.collection_legal_line,
                    local._get_registry_text(company),
                    local.env._("VAT %s", company.vat) if company.vat else None,
                ],
            )
        )
        page = local.env._("Page %(page)s/%(pages)s")
        return self._get_letter_reference(), identity, page

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

    def _get_qr_code(self, figures, bank) -> str | None:
        """Return the SEPA QR code of the total as a data URI, None if there is none.

        EPC069-12: euro only; the same content as on Odoo's invoices. Letters alone
        show it: mail programs block pictures.
        """
        totals = figures.totals()
        currency = self.company_id.currency_id
        if self.channel not in LETTER_CHANNELS or set(totals) != {currency.id}:
            return None
        if totals[currency.id] <= 0:
            return None
        values = bank._build_qr_code_vals(
            float(totals[currency.id]),
            self._get_payment_reference(figures),
            "",
            currency,
            self.debtor_id,
            None,
            True,
        )
        params = values and bank._get_qr_code_generation_params(**values)
        if not params or "value" not in params:
            return None
        image = qrcode.make(params["value"], border=0, box_size=4)
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
