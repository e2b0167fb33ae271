# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class CollectionFollowupReason(models.TransientModel):
    """Asks why a step is skipped or repeated: colleagues will read it later."""

    _name = "collection.followup.reason"
    _description = "Skip or repeat a step"

    followup_ids = fields.Many2many("collection.followup", required=True)
    kind = fields.Selection([("skip", "Skip"), ("repeat", "Repeat")], required=True)
    reason = fields.Char("Why", required=True)

    def action_apply(self):
        """Skip or repeat."""
        self.ensure_one()
        if self.kind == "skip":
            self.followup_ids.action_skip(self.reason)
        else:
            self.followup_ids.action_repeat(self.reason)
        return {"type": "ir.actions.act_window_close"}
