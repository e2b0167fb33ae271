# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""The button "Report a difficulty", where people who do not collect work."""

from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_collection_report(self):
        """Open the form that tells the collectors about the customer."""
        self.ensure_one()
        return self.env["collection.sales.note.report"]._get_action(self)


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_collection_report(self):
        """Open the form that tells the collectors about the invoice's customer."""
        self.ensure_one()
        reports = self.env["collection.sales.note.report"]
        is_open = self.state == "posted" and self.move_type == "out_invoice"
        return reports._get_action(
            self.partner_id, self.company_id, self if is_open else self.browse()
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_collection_report(self):
        """Open the form that tells the collectors about the order's customer."""
        self.ensure_one()
        reports = self.env["collection.sales.note.report"]
        return reports._get_action(self.partner_invoice_id, self.company_id)
