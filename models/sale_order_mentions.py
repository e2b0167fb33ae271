# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models


class SaleOrder(models.Model):
    """The mentions on payment of a quotation or an order, as on the invoice to come."""

    _inherit = "sale.order"

    def _collection_get_class(self) -> str:
        """Return the legal class of who will get the invoice."""
        self.ensure_one()
        files = self.env["collection.debtor"].sudo()
        partner = (self.partner_invoice_id or self.partner_id).sudo()
        debtor = partner.commercial_partner_id
        return files._get_classes(self.company_id.sudo(), debtor).get(debtor.id, "")

    def _collection_get_mentions(self) -> str:
        """Return the text to print, in the customer's language."""
        self.ensure_one()
        company = self.company_id.sudo()
        if not company._has_collection_mentions():
            return ""
        company = company.with_context(lang=self.partner_id.lang or self.env.lang)
        env = company.env
        term = self.payment_term_id.sudo().with_env(env)
        due = env._("Payment is due on the date that the invoice shows.")
        if term:
            due = env._("Payment: %s.", term.name)
        discount = ""
        if term.early_discount:
            discount = env._(
                "Discount of %(percentage)s %% if paid within %(days)s days.",
                percentage=company._format_collection_value(term.discount_percentage),
                days=term.discount_days,
            )
        return company._word_collection_mentions(
            self._collection_get_class(),
            due,
            discount,
            company._get_collection_today(),
            self._collection_get_rate_policy(),
        )

    def _collection_get_rate_policy(self):
        """Return the late-payment rate of who will get the invoice."""
        self.ensure_one()
        partner = (self.partner_invoice_id or self.partner_id).sudo()
        debtor = partner.commercial_partner_id
        files = self.env["collection.debtor"].sudo()
        return files._get_rate_policies(self.company_id.sudo(), debtor)[debtor.id]
