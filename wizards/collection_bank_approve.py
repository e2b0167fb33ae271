# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionBankApprove(models.TransientModel):
    """A manager looks at the new bank details beside the old ones, and approves."""

    _name = "collection.bank.approve"
    _description = "Approve our new bank details"

    detail_id = fields.Many2one(
        "collection.bank.detail", required=True, readonly=True, ondelete="cascade"
    )
    previous_id = fields.Many2one(related="detail_id.previous_id")
    number = fields.Char(related="detail_id.number")
    bic = fields.Char(related="detail_id.bic")
    holder = fields.Char(related="detail_id.holder")
    bank_name = fields.Char(related="detail_id.bank_name")
    old_number = fields.Char("Before", related="previous_id.number")
    old_bic = fields.Char("BIC before", related="previous_id.bic")
    old_holder = fields.Char("Account holder before", related="previous_id.holder")
    changed_by_ids = fields.Many2many(related="detail_id.changed_by_ids")
    is_own_change = fields.Boolean(compute="_compute_is_own_change")
    note = fields.Text("How it was checked")

    @api.depends("detail_id")
    def _compute_is_own_change(self):
        for wizard in self:
            wizard.is_own_change = wizard.detail_id._is_own_change()

    def action_approve(self):
        """Approve: see ``_approve``."""
        self.ensure_one()
        self.detail_id._approve(self.note)
        return {"type": "ir.actions.act_window_close"}
