# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

SHARDS_PARAMETER = "account_collection.shards"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_scenario_id = fields.Many2one(
        related="company_id.collection_scenario_id", readonly=False
    )
    collection_live = fields.Boolean(
        related="company_id.collection_live", readonly=False
    )
    collection_manager_id = fields.Many2one(
        related="company_id.collection_manager_id", readonly=False
    )
    collection_minimum_amount = fields.Monetary(
        related="company_id.collection_minimum_amount",
        readonly=False,
        currency_field="currency_id",
    )
    collection_minimum_total = fields.Monetary(
        related="company_id.collection_minimum_total",
        readonly=False,
        currency_field="currency_id",
    )
    collection_bank_stale_days = fields.Integer(
        related="company_id.collection_bank_stale_days", readonly=False
    )
    collection_probable_days = fields.Integer(
        related="company_id.collection_probable_days", readonly=False
    )
    collection_probable_hold_days = fields.Integer(
        related="company_id.collection_probable_hold_days", readonly=False
    )
    collection_duplex = fields.Boolean(
        related="company_id.collection_duplex", readonly=False
    )
    collection_legal_line = fields.Char(
        related="company_id.collection_legal_line", readonly=False
    )
    collection_mediator = fields.Char(
        related="company_id.collection_mediator", readonly=False
    )
    collection_undo_seconds = fields.Integer(
        related="company_id.collection_undo_seconds", readonly=False
    )
    collection_hours_business = fields.Char(
        related="company_id.collection_hours_business", readonly=False
    )
    collection_hours_consumer = fields.Char(
        related="company_id.collection_hours_consumer", readonly=False
    )
    collection_letter_provider_id = fields.Many2one(
        related="company_id.collection_letter_provider_id", readonly=False
    )
    collection_registered_provider_id = fields.Many2one(
        related="company_id.collection_registered_provider_id", readonly=False
    )
    collection_sms_name = fields.Char(
        related="company_id.collection_sms_name", readonly=False
    )
    collection_link_days = fields.Integer(
        related="company_id.collection_link_days", readonly=False
    )
    collection_sales_mail = fields.Boolean(
        related="company_id.collection_sales_mail", readonly=False
    )
    collection_held_mail = fields.Boolean(
        related="company_id.collection_held_mail", readonly=False
    )
    collection_weekly_day = fields.Selection(
        related="company_id.collection_weekly_day", readonly=False, required=True
    )
    collection_shards = fields.Integer(
        "Scheduled actions beside each other",
        default=1,
        config_parameter=SHARDS_PARAMETER,
        help="Each works on its share of the debtors; one is enough for most ledgers.",
    )

    def set_values(self):
        result = super().set_values()
        self.env["collection.engine"].sudo()._sync_crons()
        return result

    @api.onchange("collection_shards")
    def _onchange_collection_shards(self):
        self.collection_shards = min(max(self.collection_shards or 1, 1), 16)
