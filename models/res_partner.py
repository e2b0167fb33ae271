# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

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
