# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError


class CollectionClaimWaive(models.TransientModel):
    """Waives late fees at once, or offers to if the principal is paid in time."""

    _name = "collection.claim.waive"
    _description = "Waive late fees"

    claim_id = fields.Many2one("collection.claim", required=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    interest = fields.Monetary(related="claim_id.interest")
    indemnity = fields.Monetary(related="claim_id.indemnity")
    mode = fields.Selection(
        [
            ("now", "Waive now"),
            ("offer", "Waive if the principal is paid at the latest on"),
        ],
        required=True,
        default="now",
    )
    waives_interest = fields.Boolean("Interest", default=True)
    waives_indemnity = fields.Boolean("Flat indemnity", default=True)
    offer_until = fields.Date("Paid by")
    reason = fields.Char(required=True)
    amount = fields.Monetary("Waived", compute="_compute_amount")

    @api.depends("claim_id", "waives_interest", "waives_indemnity", "mode")
    def _compute_amount(self):
        for wizard in self:
            everything = wizard.mode == "offer"
            wizard.amount = sum(
                (one if everything or wizard.waives_interest else 0.0)
                + (two if everything or wizard.waives_indemnity else 0.0)
                for _line, one, two in wizard.claim_id._get_left()
            )

    def action_waive(self):
        """Do it, with the right of the user.

        :raise UserError: the day of the offer is missing
        """
        self.ensure_one()
        if self.mode == "now":
            self.claim_id._waive_by_hand(
                self.reason, self.waives_interest, self.waives_indemnity
            )
            return
        if not self.offer_until:
            raise UserError(self.env._("Enter the day by which the debtor pays."))
        self.claim_id._offer(self.offer_until, self.reason)
