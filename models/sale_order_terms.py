# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

from ..core.payment_terms import NO_CEILING


class SaleOrder(models.Model):
    """Warn of payment terms above the legal ceiling before they are agreed."""

    _inherit = "sale.order"

    collection_term_warning = fields.Char(compute="_compute_collection_term_warning")

    @api.depends(
        "company_id", "partner_id", "partner_invoice_id", "payment_term_id", "state"
    )
    @api.depends_context("lang")
    def _compute_collection_term_warning(self):
        files = self.env["collection.debtor"].sudo()
        self.collection_term_warning = ""
        open_orders = self.filtered(
            lambda order: order.state in ("draft", "sent") and order.payment_term_id
        )
        for company, orders in open_orders.grouped("company_id").items():
            partners = (orders.partner_invoice_id | orders.partner_id).sudo()
            debtors = partners.commercial_partner_id
            rules = files._get_term_rules(company.sudo(), debtors)
            words = {}
            for order in orders:
                partner = (order.partner_invoice_id or order.partner_id).sudo()
                rule = rules.get(partner.commercial_partner_id.id, NO_CEILING)
                key = (order.payment_term_id.id, rule)
                if key not in words:
                    term = order.payment_term_id.sudo()
                    words[key] = term._collection_word_excess(company, rule)
                order.collection_term_warning = words[key]
