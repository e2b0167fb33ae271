# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..core.legal import ONE_DAY
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
    limitation_warning = fields.Char(
        "Limitation to check", compute="_compute_limitation_state"
    )

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
        """Find receivables by ranges of their date.

        States that follow one another are one range: each comparison computes the date.
        """
        if operator != "in":
            return NotImplemented
        today = self._get_today()
        ends = [last_within(today, months) for months in sorted(THRESHOLDS)]
        ends = [None, today - ONE_DAY, *ends, None]
        domain = Domain.FALSE
        if False in value:
            domain |= Domain("limitation_date", "=", False)
        first = None
        codes = [code for code, _label in LIMITATION_STATES]
        for rank, code in enumerate([*codes, None]):
            if code in value:
                first = rank if first is None else first
            elif first is not None:
                domain |= self._get_limitation_range(ends[first], ends[rank])
                first = None
        return domain

    @api.model
    def _get_limitation_range(self, after, last) -> Domain:
        """Return the domain of a known date after one day and until another."""
        domain = Domain("limitation_date", "!=", False)
        if after:
            domain = Domain("limitation_date", ">", after)
        return domain & Domain("limitation_date", "<=", last) if last else domain

    @api.depends_context("lang")
    def _compute_limitation_later_date(self):
        lines = self.move_line_id
        dates = self.env["collection.limitation.query"]._get_later_dates(lines)
        for row in self:
            later = row.limitation_date and dates.get(row.move_line_id.id)
            is_later = later and later > row.limitation_date
            row.limitation_later_date = is_later and later
