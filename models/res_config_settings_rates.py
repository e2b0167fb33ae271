# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

from .collection_parameter_fetch import KEY_PARAMETER, PREFIX
from .rate_client import BDF_URL, ECB_URL

ADMIN = "base.group_system"


class ResConfigSettings(models.TransientModel):
    """Public sources of rates: one setting for the database, as the values are."""

    _inherit = "res.config.settings"

    collection_rates_bdf = fields.Boolean(
        "Banque de France: legal interest rate",
        config_parameter=PREFIX + "bdf",
        groups=ADMIN,
    )
    #: kept in the system parameters alone, not with the settings that were shown
    collection_rates_bdf_key = fields.Char(
        "Webstat API key",
        compute="_compute_collection_rates_bdf_key",
        inverse="_inverse_collection_rates_bdf_key",
        groups=ADMIN,
        exportable=False,
    )
    collection_rates_bdf_url = fields.Char(
        "Address of Webstat",
        config_parameter=PREFIX + "bdf_url",
        default=BDF_URL,
        groups=ADMIN,
    )
    collection_rates_bdf_last = fields.Char(
        "Webstat's last answer",
        compute="_compute_collection_rates_last",
        groups=ADMIN,
    )
    collection_rates_ecb = fields.Boolean(
        "ECB: main refinancing rate", config_parameter=PREFIX + "ecb", groups=ADMIN
    )
    collection_rates_ecb_url = fields.Char(
        "Address of the ECB data portal",
        config_parameter=PREFIX + "ecb_url",
        default=ECB_URL,
        groups=ADMIN,
    )
    collection_rates_ecb_last = fields.Char(
        "ECB's last answer", compute="_compute_collection_rates_last", groups=ADMIN
    )

    def _compute_collection_rates_bdf_key(self):
        self.collection_rates_bdf_key = (
            self.env["ir.config_parameter"].get_param(KEY_PARAMETER) or False
        )

    def _inverse_collection_rates_bdf_key(self):
        for settings in self:
            key = (settings.collection_rates_bdf_key or "").strip()
            self.env["ir.config_parameter"].set_param(KEY_PARAMETER, key or False)

    def _compute_collection_rates_last(self):
        parameters = self.env["collection.parameter"]
        for settings in self:
            for source in ("bdf", "ecb"):
                words = parameters._word_last_fetch(source)
                settings[f"collection_rates_{source}_last"] = words
