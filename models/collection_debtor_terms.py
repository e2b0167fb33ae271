# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

from ..core.payment_terms import NO_CEILING, STANDARD, SUMMARY, TRANSPORT


class CollectionDebtor(models.Model):
    """Which legal ceiling the payment terms of a debtor are compared with."""

    _inherit = "collection.debtor"

    collection_term_rule = fields.Selection(
        [
            (STANDARD, "Standard: 60 days, or 45 days end of month"),
            (TRANSPORT, "Transport and vehicle rental: 30 days"),
            (SUMMARY, "Summary invoices: 45 days"),
            (NO_CEILING, "No ceiling"),
        ],
        "Ceiling of payment terms",
        tracking=True,
        help="C. com., articles L441-10 and L441-11. The days in force are legal "
        "parameters. Empty = standard; consumers are exempt.",
    )

    @api.model
    def _get_term_rules(self, company, partners) -> dict[int, str]:
        """Return commercial partner -> rule of its ceiling, none for consumers."""
        files = self.search(
            [("company_id", "=", company.id), ("debtor_id", "in", partners.ids)]
        )
        rules = {file.debtor_id.id: file.collection_term_rule for file in files}
        return {
            partner_id: NO_CEILING
            if debtor_class == "consumer"
            else rules.get(partner_id) or STANDARD
            for partner_id, debtor_class in self._get_classes(company, partners).items()
        }
