# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    """How a company charges late payment."""

    _inherit = "res.company"

    collection_rate_policy_id = fields.Many2one(
        "collection.rate.policy",
        "Late-payment rate",
        check_company=True,
        help="Of the terms of sale; a segment, a customer or an invoice may have "
        "another one. Empty = the rate of the law, ECB plus 10 points.",
    )
    collection_fee_floor = fields.Monetary(
        "Smallest interest",
        help="Interest of an invoice below this amount waits while the invoice is "
        "open, and is a logged waiver once it is settled.",
    )
    collection_indemnity_ceiling = fields.Monetary(
        "Ceiling of indemnities",
        help="Of a debtor over twelve months; what is above is a logged waiver. 0 = "
        "none.",
    )
    collection_waiver_limit = fields.Monetary(
        "Waivers by collectors up to",
        help="Late fees that a collector may waive at once; managers have no limit.",
    )
    collection_offer_days = fields.Integer(
        "Waiver offered in letters",
        help="Days in which a debtor who pays the whole principal is let off the late "
        "fees of a letter; 0 = letters offer nothing.",
    )
    collection_fee_booking = fields.Selection(
        [
            ("collection", "When they are received"),
            ("claim", "When they are claimed"),
        ],
        "Late fees are booked",
        default="collection",
        required=True,
        help="Late fees are taxed when they are received (CGI, article 237 sexies).",
    )
    collection_fee_document = fields.Selection(
        [
            ("entry", "Miscellaneous entry"),
            ("invoice", "Customer invoice without VAT"),
        ],
        "Booked as",
        default="entry",
        required=True,
    )
    collection_fee_journal_id = fields.Many2one(
        "account.journal", "Journal of late fees", check_company=True
    )
    collection_interest_account_id = fields.Many2one(
        "account.account", "Account of interest", check_company=True
    )
    collection_indemnity_account_id = fields.Many2one(
        "account.account", "Account of indemnities", check_company=True
    )

    _collection_fees_positive = models.Constraint(
        """CHECK (COALESCE(collection_fee_floor, 0) >= 0
              AND COALESCE(collection_indemnity_ceiling, 0) >= 0
              AND COALESCE(collection_waiver_limit, 0) >= 0
              AND COALESCE(collection_offer_days, 0) >= 0)""",
        "The settings of late fees cannot be negative.",
    )

    def _get_collection_rate_policy(self):
        """Return the rate policy of the company, without a choice that of the law."""
        self.ensure_one()
        return (
            self.collection_rate_policy_id
            or self.env.ref(
                "account_collection.collection_rate_policy_ecb",
                raise_if_not_found=False,
            )
            or self.env["collection.rate.policy"]
        )

    def _get_collection_interest_account(self):
        return self._get_collection_income(self.collection_interest_account_id, "7631")

    def _get_collection_indemnity_account(self):
        return self._get_collection_income(self.collection_indemnity_account_id, "7581")

    def _get_collection_income(self, chosen, prefix: str):
        """Return an income account: the chosen one, else that of the French chart.

        :raise UserError: none is chosen and the chart has none
        """
        self.ensure_one()
        accounts = self.env["account.account"].with_company(self)
        found = chosen or accounts.search(
            [
                ("company_ids", "parent_of", self.id),
                ("code", "=like", f"{prefix}%"),
                ("active", "=", True),
            ],
            limit=1,
        )
        if not found:
            raise UserError(
                self.env._(
                    "Choose the accounts of late fees in the settings of %(company)s: "
                    "its chart has no account %(code)s.",
                    company=self.name,
                    code=prefix,
                )
            )
        return found

    def _get_collection_fee_journal(self):
        """Return the journal of the chosen kind of entry.

        :raise UserError: there is none
        """
        self.ensure_one()
        kind = "sale" if self.collection_fee_document == "invoice" else "general"
        chosen = self.collection_fee_journal_id
        if chosen and chosen.type == kind:
            return chosen
        found = self.env["account.journal"].search(
            [("company_id", "=", self.id), ("type", "=", kind)], limit=1
        )
        if not found:
            raise UserError(
                self.env._(
                    "Choose the journal of late fees in the settings of %(company)s.",
                    company=self.name,
                )
            )
        return found


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    collection_rate_policy_id = fields.Many2one(
        related="company_id.collection_rate_policy_id", readonly=False
    )
    collection_fee_floor = fields.Monetary(
        related="company_id.collection_fee_floor",
        readonly=False,
        currency_field="currency_id",
    )
    collection_indemnity_ceiling = fields.Monetary(
        related="company_id.collection_indemnity_ceiling",
        readonly=False,
        currency_field="currency_id",
    )
    collection_waiver_limit = fields.Monetary(
        related="company_id.collection_waiver_limit",
        readonly=False,
        currency_field="currency_id",
    )
    collection_offer_days = fields.Integer(
        related="company_id.collection_offer_days", readonly=False
    )
    collection_fee_booking = fields.Selection(
        related="company_id.collection_fee_booking", readonly=False, required=True
    )
    collection_fee_document = fields.Selection(
        related="company_id.collection_fee_document", readonly=False, required=True
    )
    collection_fee_journal_id = fields.Many2one(
        related="company_id.collection_fee_journal_id", readonly=False
    )
    collection_interest_account_id = fields.Many2one(
        related="company_id.collection_interest_account_id", readonly=False
    )
    collection_indemnity_account_id = fields.Many2one(
        related="company_id.collection_indemnity_account_id", readonly=False
    )
