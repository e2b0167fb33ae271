# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import format_date

from ..core.ladder import Position
from .collection_engine_plan import Policy, read_step_rows
from .collection_followup import STATES


class CollectionReceivable(models.Model):
    """What comes next for a receivable, and where it stands in words."""

    _inherit = "collection.receivable"

    last_delay = fields.Integer("Days of the last step", readonly=True)
    last_date = fields.Date("Day of the last step", readonly=True)
    last_state = fields.Selection(STATES, "State of the last step", readonly=True)
    next_step_id = fields.Many2one(
        "collection.step", "Next step", compute="_compute_next"
    )
    next_on = fields.Date(
        "Next step on",
        compute="_compute_next",
        help="The day on which it comes if nothing happens until then.",
    )
    status_text = fields.Char("Where it stands", compute="_compute_status_text")

    @api.depends_context("collection_date")
    def _compute_next(self):
        """Apply the ladder (core/ladder.py); a held receivable has no next step."""
        today = self._get_today()
        policies = Policy.from_rows(read_step_rows(self.env))
        calendars = {}
        for row in self:
            row.next_step_id, row.next_on = False, False
            policy = policies.get(row.scenario_id.id)
            if not policy or row.status in ("credit", "untracked", "held"):
                continue
            found = policy.ladder.upcoming(
                row.date_due, row.invoice_date, row._get_position(), today
            )
            if not found:
                continue
            delay, day = found
            company = row.company_id
            if company not in calendars:
                calendar = self.env["collection.calendar"]
                calendars[company] = calendar._get_calendar(company)
            row.next_step_id = policy.steps[delay]
            row.next_on = calendars[company].next_working(day)

    def _get_position(self) -> Position | None:
        self.ensure_one()
        if not self.last_line_id:
            return None
        return Position(self.last_delay, self.last_date)

    @api.depends_context("collection_date", "lang")
    def _compute_status_text(self):
        for row in self:
            row.status_text = getattr(row, f"_describe_{row.status}")()

    def _get_label(self, name: str) -> str:
        """Return the label of a selection's value in the user's language."""
        value = self[name]
        return dict(self._fields[name]._description_selection(self.env)).get(value, "")

    def _format_day(self, day) -> str:
        return format_date(self.env, day)

    def _describe_credit(self) -> str:
        return self.env._("Credit to allocate")

    def _describe_untracked(self) -> str:
        if self.nature not in ("trade", "doubtful"):
            return self._get_label("nature")
        return self.env._("Not followed up")

    def _describe_held(self) -> str:
        reason = self._get_label("hold_reason")
        if not self.hold_until:
            return reason
        return self.env._(
            "%(reason)s until %(date)s",
            reason=reason,
            date=self._format_day(self.hold_until),
        )

    def _describe_failed(self) -> str:
        return self.env._("%s: failed", self.step_id.level_id.name)

    def _describe_due(self) -> str:
        if self.deferral_code:
            return self.env._(
                "%(step)s due – %(reason)s",
                step=self.due_step_id.level_id.name,
                reason=self._get_label("deferral_code"),
            )
        return self.env._("%s due", self.due_step_id.level_id.name)

    def _describe_in_progress(self) -> str:
        return self.env._(
            "%(step)s: %(state)s",
            step=self.step_id.level_id.name,
            state=self._get_label("last_state"),
        )

    def _describe_not_due(self) -> str:
        return self._describe_next() or self.env._("Not due")

    def _describe_waiting(self) -> str:
        return self._describe_next() or self.env._("Between two steps")

    def _describe_done(self) -> str:
        return self.env._("All steps done")

    def _describe_next(self) -> str:
        if not self.next_step_id:
            return ""
        return self.env._(
            "%(step)s on %(date)s",
            step=self.next_step_id.level_id.name,
            date=self._format_day(self.next_on),
        )
