# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_bank_change_days = fields.Integer(
        related="company_id.collection_bank_change_days", readonly=False
    )
