# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models, tools

NATURES = [
    ("trade", "Trade receivable"),
    ("retention", "Retention"),
    ("bill", "Bill of exchange"),
    ("doubtful", "Doubtful"),
]
#: only these are followed up
CHASED_NATURES = ("trade", "doubtful")
#: French chart (PCG): prefix of the code -> nature. 416 is not of receivable type
#: there, yet its balance is still a claim on a customer.
FRENCH_PREFIXES = {"4117": "retention", "413": "bill", "416": "doubtful"}
#: countries and territories whose companies use the French chart
FRENCH_COUNTRIES = ("FR", "MC", "GP", "MQ", "GF", "RE", "YT", "BL", "MF", "PM")


class AccountAccount(models.Model):
    _inherit = "account.account"

    collection_nature = fields.Selection(
        NATURES,
        compute="_compute_collection_nature",
        store=True,
        readonly=False,
        string="Nature for collection",
        help="What an open item of this account is for credit control. Only trade "
        "and doubtful receivables are followed up; empty = no receivable.",
    )

    @api.depends("account_type", "code")
    def _compute_collection_nature(self):
        for account in self:
            account.collection_nature = account._get_default_collection_nature()
        self.env.registry.clear_cache()

    def _get_default_collection_nature(self) -> str | bool:
        """Return the nature by type, and by code in the French chart."""
        self.ensure_one()
        for company in self.sudo().company_ids:
            country = company.account_fiscal_country_id or company.country_id
            code = self.with_company(company).code or ""
            if country.code in FRENCH_COUNTRIES:
                for prefix, nature in FRENCH_PREFIXES.items():
                    if code.startswith(prefix):
                        return nature
        return "trade" if self.account_type == "asset_receivable" else False

    def write(self, vals):
        result = super().write(vals)
        if "collection_nature" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        self.env.registry.clear_cache()
        return accounts

    @api.model
    @tools.ormcache()
    def _get_collection_accounts(self) -> dict[str, tuple[int, ...]]:
        """Return nature -> ids of accounts, of every company.

        Literals in the receivable query: a join would cost twice its time.
        """
        accounts = self.sudo().with_context(active_test=False)
        found = accounts.search([("collection_nature", "!=", False)])
        return {
            nature: group._ids
            for nature, group in found.grouped("collection_nature").items()
        }
