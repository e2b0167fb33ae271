# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionDebtor(models.Model):
    """Electronic registered letters need the consent of who is no professional."""

    _inherit = "collection.debtor"

    has_electronic_consent = fields.Boolean(
        "Accepts electronic registered letters",
        tracking=True,
        help="A private individual must have agreed before (CPCE, article L100); a "
        "professional need not.",
    )
    electronic_consent_on = fields.Date(
        "Agreed on",
        compute="_compute_electronic_consent_on",
        store=True,
        readonly=False,
        tracking=True,
    )
    shows_electronic_consent = fields.Boolean(
        compute="_compute_shows_electronic_consent"
    )

    @api.depends("has_electronic_consent")
    def _compute_electronic_consent_on(self):
        """The day on which it was ticked, until somebody writes another."""
        for file in self:
            if not file.has_electronic_consent:
                file.electronic_consent_on = False
            elif not file.electronic_consent_on:
                file.electronic_consent_on = self.env[
                    "collection.receivable"
                ]._get_today()

    @api.depends("company_id", "has_electronic_consent")
    def _compute_shows_electronic_consent(self):
        for file in self:
            provider = file.company_id._get_collection_provider("registered")
            file.shows_electronic_consent = (
                provider.is_electronic or file.has_electronic_consent
            )

    def _accepts_electronic_letters(self) -> bool:
        """Tell whether registered letters may reach the debtor electronically."""
        self.ensure_one()
        return self.has_electronic_consent or not self._is_consumer()
