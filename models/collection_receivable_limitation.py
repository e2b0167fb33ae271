# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..core.limitation import THRESHOLDS, find_threshold, last_within

OVER = "over"
FAR = "far"
LIMITATION_STATES = [
    (OVER, "Day passed"),
    ("m1", "Within 1 month"),
    ("m3", "Within 3 months"),
    ("m6", "Within 6 months"),
    ("m12", "Within 12 months"),
    (FAR, "Later"),
]


class CollectionReceivable(models.Model):
    """Until when a receivable can be sued for, at the worst."""

    _inherit = "collection.receivable"

    limitation_date = fields.Date(
        "Limitation",
        readonly=True,
        aggregator="min",
        help="Last day on which the claim can be sued for, at the worst: the earliest "
        "start, and only events that are certain. An indication, not an opinion.",
    )
    limitation_state = fields.Selection(
        LIMITATION_STATES,
        "Time left",
        compute="_compute_limitation_state",
        search="_search_limitation_state",
    )
    limitation_later_date = fields.Date(
        "Possible later date",
        compute="_compute_limitation_later_date",
        help="The day if what may be an acknowledgement is one.",
    )
    limitation_warning = fields.Char(compute="_compute_limitation_state")

    # === COMPUTE METHODS === #

    @api.depends_context("collection_date", "lang")
    def _compute_limitation_state(self):
        today = self._get_today()
        for row in self:
            date = row.limitation_date
            row.limitation_state = date and self._get_limitation_state(today, date)
            row.limitation_warning = False
            if row.limitation_state == OVER and row.hold_reason != "limitation":
                row.limitation_warning = self.env._(
                    "The day of limitation, taken at the worst, was %s: check before "
                    "you claim.",
                    format_date(self.env, date),
                )

    @api.model
    def _get_limitation_state(self, today, date) -> str:
        """Return how far a last day is: the thresholds are those of the alerts."""
        if date < today:
            return OVER
        threshold = find_threshold(today, date, THRESHOLDS)
        return f"m{threshold}" if threshold else FAR

    @api.model
    def _search_limitation_state(self, operator, value):
        """Find receivables by ranges of their date."""
        if operator != "in":
            return NotImplemented
        today = self._get_today()
        known = Domain("limitation_date", "!=", False)
        domains = {OVER: Domain("limitation_date", "<", today), False: ~known}
        floor = Domain("limitation_date", ">=", today)
        for months in sorted(THRESHOLDS):
            end = last_within(today, months)
            domains[f"m{months}"] = floor & Domain("limitation_date", "<=", end)
            floor = Domain("limitation_date", ">", end)
        domains[FAR] = floor
        return Domain.OR(domains[one] for one in value if one in domains)

    @api.depends_context("lang")
    def _compute_limitation_later_date(self):
        lines = self.move_line_id
        dates = self.env["collection.limitation.query"]._get_later_dates(lines)
        for row in self:
            later = row.limitation_date and dates.get(row.move_line_id.id)
            is_later = later and later > row.limitation_date
            row.limitation_later_date = is_later and later
