# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        """Letters run no script: do not wait a second for one."""
        words = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.context.get("collection_letter") and "--javascript-delay" in words:
            words[words.index("--javascript-delay") + 1] = "0"
        return words
