# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models

from .collection_followup_letter import LETTER_CHANNELS


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
        return self.env["collection.paper"]._get_sender_lines(self.company_id)

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

    def _get_page_notes(self) -> tuple[str, str, str]:
        """Return what stands on every page: reference, legal identity, "page n/m"."""
        local = self.with_context(lang=self.lang or self.env.user.lang)
        identity = local.env["collection.paper"]._get_identity(local.company_id)
        page = local.env._("Page %(page)s/%(pages)s")
        return self._get_letter_reference(), identity, page

    def _get_qr_code(self, figures, bank) -> str | None:
        """Return the SEPA QR code of the total, None if there is none.

        Letters alone show it: mail programs block pictures.
        """
        totals = figures.totals()
        currency = self.company_id.currency_id
        if self.channel not in LETTER_CHANNELS or set(totals) != {currency.id}:
            return None
        return self.env["collection.paper"]._get_qr_code(
            bank,
            totals[currency.id],
            self._get_payment_reference(figures),
            currency,
            self.debtor_id,
        )
