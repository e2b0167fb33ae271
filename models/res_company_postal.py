# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.postal_address import AddressError, fit
from ..postal.contract import Address


class ResCompany(models.Model):
    """Who posts a company's letters, and from where they come."""

    _inherit = "res.company"

    collection_letter_provider_id = fields.Many2one(
        "collection.postal.provider",
        "Letters are posted by",
        ondelete="restrict",
        help="Empty = they are printed and posted by hand.",
    )
    collection_registered_provider_id = fields.Many2one(
        "collection.postal.provider",
        "Registered letters are posted by",
        ondelete="restrict",
        help="Empty = they are printed and posted by hand.",
    )

    @api.constrains(
        "collection_letter_provider_id", "collection_registered_provider_id"
    )
    def _check_collection_providers(self):
        for company in self.sudo():
            for channel in ("letter", "registered"):
                provider = company[f"collection_{channel}_provider_id"]
                if provider and provider.company_id != company:
                    raise ValidationError(
                        self.env._(
                            "%(provider)s is a provider of %(other)s, not of "
                            "%(company)s.",
                            provider=provider.name,
                            other=provider.company_id.name,
                            company=company.name,
                        )
                    )
                if provider and not provider[f"serves_{channel}"]:
                    raise ValidationError(
                        self.env._(
                            "%(provider)s does not post letters of this kind: tick "
                            "them on the provider first.",
                            provider=provider.name,
                        )
                    )

    def _get_collection_provider(self, channel: str):
        """Return who posts a company's letters of a channel, nobody = a person."""
        self.ensure_one()
        provider = self.sudo()[f"collection_{channel}_provider_id"]
        return provider.filtered("active")

    def _get_postal_sender(self) -> Address:
        """Return the company's address as it stands on envelopes and receipts.

        :raise UserError: what must be corrected in the company's address
        """
        self.ensure_one()
        partner = self.sudo().partner_id
        country = partner.country_id.code or "FR"
        try:
            lines = fit(
                [partner.name or ""],
                [partner.street or "", partner.street2 or ""],
                " ".join(filter(None, [partner.zip, (partner.city or "").upper()])),
                country,
            )
        except AddressError as error:
            raise UserError(
                self.env._(
                    "The address of the company %(company)s does not fit: %(why)s",
                    company=self.name,
                    why=self._describe_address_error(error),
                )
            ) from None
        return Address(lines, country)

    @api.model
    def _describe_address_error(self, error: AddressError) -> str:
        """Return what is wrong with an address as a sentence."""
        value = error.value
        return {
            "name": self.env._("the name is missing."),
            "street": self.env._("the street is missing."),
            "city": self.env._("the city is missing."),
            "postcode": self.env._(
                "“%(value)s” is no postcode of five digits and a city.", value=value
            ),
            "long": self.env._(
                "“%(value)s” is too long for six lines of 38 characters: shorten it.",
                value=value,
            ),
        }[error.key]
