# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    collection_file_ids = fields.One2many(
        "collection.debtor",
        "debtor_id",
        "Debtor files",
        groups="account_collection.group_collection_readonly",
    )

    def action_collection_file(self):
        """Open the partner's debtor file in the current company."""
        self.ensure_one()
        files = self.env["collection.debtor"]
        files.check_access("read")
        file = files.sudo()._get_file(self.env.company, self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "collection.debtor",
            "res_id": file.id,
            "view_mode": "form",
        }
