# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's minutes of work, see ``res_company_simulation.py``."""

    _inherit = "res.config.settings"

    collection_minutes_day = fields.Integer(
        related="company_id.collection_minutes_day", readonly=False
    )
    collection_minutes_call = fields.Integer(
        related="company_id.collection_minutes_call", readonly=False
    )
    collection_minutes_letter = fields.Integer(
        related="company_id.collection_minutes_letter", readonly=False
    )
    collection_minutes_registered = fields.Integer(
        related="company_id.collection_minutes_registered", readonly=False
    )
    collection_minutes_portal = fields.Integer(
        related="company_id.collection_minutes_portal", readonly=False
    )
    collection_minutes_handoff = fields.Integer(
        related="company_id.collection_minutes_handoff", readonly=False
    )
    collection_minutes_confirm = fields.Integer(
        related="company_id.collection_minutes_confirm", readonly=False
    )
