# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.fields import Domain

from .collection_receivable import STATUSES

#: of several instalments the one that needs attention first speaks for the invoice
LEADING = [
    "failed",
    "held",
    "due",
    "in_progress",
    "waiting",
    "not_due",
    "done",
    "untracked",
    "credit",
]
#: who works with invoices sees where they stand; salespeople see the warning alone
READERS = "account.group_account_invoice,account.group_account_readonly"


class AccountMove(models.Model):
    """Where the collection of an invoice stands, for those who work with invoices."""

    _inherit = "account.move"

    collection_status = fields.Selection(
        STATUSES,
        "Collection",
        compute="_compute_collection",
        search="_search_collection_status",
        groups=READERS,
    )
    collection_status_text = fields.Char(
        "Where it stands", compute="_compute_collection", groups=READERS
    )
    collection_level_id = fields.Many2one(
        "collection.level",
        "Dunning level",
        compute="_compute_collection",
        search="_search_collection_level_id",
        groups=READERS,
    )
    collection_next_step = fields.Char(
        "Next collection step", compute="_compute_collection", groups=READERS
    )
    collection_next_on = fields.Date(
        "Next step on", compute="_compute_collection", groups=READERS
    )
    collection_reason = fields.Char(
        "Why not followed up", compute="_compute_collection", groups=READERS
    )
    collection_limitation_date = fields.Date(
        "Limitation",
        compute="_compute_collection",
        groups=READERS,
        help="Last day on which the claim can be sued for, at the worst: the earliest "
        "start, and only events that are certain. An indication, not an opinion.",
    )

    @api.depends_context("collection_date", "lang")
    def _compute_collection(self):
        """Read the receivables of all the invoices at once."""
        rows = self._read_collection_rows()
        for move in self:
            instalments = rows.get(move.id, rows[0])
            row = instalments[:1]
            move.collection_status = row.status
            move.collection_status_text = row.status_text
            move.collection_level_id = instalments.level_id.sorted("sequence")[-1:]
            following = instalments.filtered("next_on").sorted("next_on")[:1]
            move.collection_next_step = following.next_step_id.level_id.name
            move.collection_next_on = following.next_on
            move.collection_reason = row.hold_reason and row.status_text
            limits = instalments.filtered("limitation_date")
            move.collection_limitation_date = min(
                limits.mapped("limitation_date"), default=False
            )

    def _read_collection_rows(self) -> dict:
        """Return invoice -> receivables, the leading one first; 0 -> none."""
        receivables = self.env["collection.receivable"].sudo()
        found = receivables
        if self.ids:
            found = receivables.search([("move_id", "in", self.ids)])
        rows = {
            move.id: group.sorted(
                lambda row: (LEADING.index(row.status), row.date_due, row.id)
            )
            for move, group in found.grouped("move_id").items()
        }
        return {0: receivables, **rows}

    @api.model
    def _search_collection_status(self, operator, value):
        return self._search_collection(operator, "status", value)

    @api.model
    def _search_collection_level_id(self, operator, value):
        if operator == "any":
            levels = self.env["collection.level"].sudo().search(value)
            operator, value = "in", levels.ids
        return self._search_collection(operator, "level_id", value)

    @api.model
    def _search_collection(self, operator, name, value):
        """Find invoices by a field of their receivables, which are journal items."""
        if operator != "in" or False in value:
            return NotImplemented
        receivables = self.env["collection.receivable"].sudo()
        found = receivables._search(Domain(name, "in", list(value)))
        return Domain("line_ids", "in", found)

    # === ALERT === #

    @api.depends("line_ids.amount_residual")
    def _compute_alerts(self):
        return super()._compute_alerts()

    def _get_alerts(self):
        """Say on an overdue invoice where its collection stands; without amounts."""
        alerts = super()._get_alerts()
        if self.state != "posted" or self.move_type != "out_invoice":
            return alerts
        row = self._read_collection_rows().get(self.id)
        row = row and row[:1]
        if row and row.days_overdue > 0 and row.status not in ("untracked", "credit"):
            alerts["collection"] = {
                "level": "warning" if row.status == "failed" else "info",
                "message": self.env._("Collection: %s", row.status_text),
            }
        return alerts
