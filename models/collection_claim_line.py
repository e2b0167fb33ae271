# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.late_fees import ZERO

WAIVERS = [
    ("gesture", "Decision of a person"),
    ("offer", "Offer kept: the principal was paid in time"),
    ("floor", "Below the smallest amount for an invoice"),
    ("ceiling", "Above the ceiling of indemnities of a debtor"),
]


class CollectionClaimLine(models.Model):
    """What is claimed for a receivable; its numbers survive the receivable."""

    _name = "collection.claim.line"
    _description = "Invoice of a claim of late fees"
    _order = "date_due, id"
    _rec_name = "document"

    claim_id = fields.Many2one(
        "collection.claim", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    collector_id = fields.Many2one(related="claim_id.collector_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id", store=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move",
        "Journal entry",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="Kept when the invoice is posted anew with other journal items.",
    )
    document = fields.Char(required=True, readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    balance = fields.Monetary("Open principal", readonly=True)
    rate_words = fields.Char("Rate", readonly=True)
    interest = fields.Monetary(readonly=True)
    indemnity = fields.Monetary("Flat indemnity", readonly=True)
    waived_interest = fields.Monetary(compute="_compute_waived", store=True)
    waived_indemnity = fields.Monetary(compute="_compute_waived", store=True)
    waiver_ids = fields.One2many("collection.claim.waiver", "line_id")
    warning = fields.Char(readonly=True)

    @api.depends("waiver_ids.interest", "waiver_ids.indemnity")
    def _compute_waived(self):
        for line in self:
            line.waived_interest = sum(line.waiver_ids.mapped("interest"))
            line.waived_indemnity = sum(line.waiver_ids.mapped("indemnity"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_claimed(self):
        for line in self:
            if line.claim_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%(claim)s was made: its invoices are kept, take the claim "
                        "back instead.",
                        claim=line.claim_id.display_name,
                    )
                )

    @api.model
    def _prepare(self, line, known) -> dict | None:
        """Return the values of a claim line; None when nothing is left to claim.

        :param line: LineFees of the receivable
        :param known: (interest, indemnity) of the claims that exist, None for none
        """
        interest, indemnity = known or (ZERO, ZERO)
        interest = max(line.interest - interest, ZERO)
        indemnity = max(line.indemnity - indemnity, ZERO)
        if not interest and not indemnity:
            return None
        return {
            "move_line_id": line.row["id"],
            "move_id": line.row["move_id"],
            "document": line.row["document"] or "/",
            "date_due": line.row["date_due"],
            "balance": float(line.row["residual"]),
            "rate_words": line.words,
            "interest": float(interest),
            "indemnity": float(indemnity),
            "warning": line.warning,
        }


class CollectionClaimWaiver(models.Model):
    """Late fees that are not claimed: who decided, why, how much; never erased."""

    _name = "collection.claim.waiver"
    _description = "Waiver of late fees"
    _order = "id desc"

    claim_id = fields.Many2one(
        "collection.claim", required=True, ondelete="cascade", index=True
    )
    line_id = fields.Many2one(
        "collection.claim.line",
        "Invoice",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    collector_id = fields.Many2one(related="claim_id.collector_id", store=True)
    debtor_id = fields.Many2one(related="claim_id.debtor_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id", store=True)
    document = fields.Char(related="line_id.document")
    kind = fields.Selection(WAIVERS, required=True)
    interest = fields.Monetary()
    indemnity = fields.Monetary("Flat indemnity")
    reason = fields.Char(required=True)
    user_id = fields.Many2one("res.users", "Decided by", required=True)
    date = fields.Date(required=True)

    _positive = models.Constraint(
        "CHECK (interest >= 0 AND indemnity >= 0 AND interest + indemnity > 0)",
        "A waiver is of a positive amount.",
    )
