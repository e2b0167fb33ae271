# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import format_date

from .collection_worklist_query import DEBTORS, KINDS


class CollectionWorklist(models.Model):
    """A debtor with work to do: one line of the collector's list.

    Read-only; its id is that of the debtor file. What a collector does goes through
    the file and its follow-ups.
    """

    _name = "collection.worklist"
    _description = "Worklist"
    _inherit = ["collection.worklist.query"]
    _auto = False
    _order = "priority desc, next_at, id"
    _rec_name = "debtor_id"

    file_id = fields.Many2one("collection.debtor", "Debtor file", readonly=True)
    debtor_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    segment_id = fields.Many2one("collection.segment", readonly=True)
    case_id = fields.Many2one("collection.case", readonly=True)
    followup_id = fields.Many2one(
        "collection.followup", "Next follow-up", readonly=True
    )
    postponed_until = fields.Date(readonly=True)
    activity_date = fields.Date("Task for", readonly=True)

    # What follows depends on the policy's day.
    amount_overdue = fields.Monetary(
        "Overdue", readonly=True, depends_context=("collection_date",)
    )
    oldest_days = fields.Integer(
        "Oldest",
        readonly=True,
        aggregator="max",
        depends_context=("collection_date",),
        help="Days late of the oldest invoice.",
    )
    due_count = fields.Integer(
        "Follow-ups to do", readonly=True, depends_context=("collection_date",)
    )
    kind = fields.Selection(
        KINDS, "Next action", readonly=True, depends_context=("collection_date",)
    )
    next_at = fields.Datetime(
        "When", readonly=True, depends_context=("collection_date",)
    )
    is_today = fields.Boolean(
        "Today's work", readonly=True, depends_context=("collection_date",)
    )
    priority = fields.Integer(
        readonly=True,
        aggregator="max",
        depends_context=("collection_date",),
        help="Points of the overdue amount, of its age and of what is to do.",
    )
    points_amount = fields.Integer(
        readonly=True, aggregator=None, depends_context=("collection_date",)
    )
    points_age = fields.Integer(
        readonly=True, aggregator=None, depends_context=("collection_date",)
    )
    points_action = fields.Integer(
        readonly=True, aggregator=None, depends_context=("collection_date",)
    )
    action_text = fields.Char("What and when", compute="_compute_texts")
    reason_text = fields.Char("Why", compute="_compute_texts")
    priority_text = fields.Char("Why this rank", compute="_compute_texts")
    limitation_date = fields.Date(
        "Earliest limitation", compute="_compute_limitation_date"
    )

    _depends = {
        "collection.debtor": [
            "active",
            "case_id",
            "collector_id",
            "company_id",
            "debtor_id",
            "postponed_until",
            "segment_id",
        ],
        "collection.followup": [
            "attempts",
            "channel",
            "date",
            "failure_code",
            "file_id",
            "level_id",
            "next_try_at",
            "state",
        ],
        "collection.level": ["code"],
        "mail.activity": ["active", "date_deadline", "res_id", "res_model"],
    }

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read anew: what is derived from the ledger has no cache that knows of it.

        All the columns at once: reading one later would ask the whole ledger again.
        """
        self.invalidate_model(flush=False)
        names = [name for name, field in self._fields.items() if field.column_type]
        return super().search_fetch(domain, names, offset, limit, order)

    @api.model
    def _of_debtors(self, debtors):
        """Return the model for a few debtors: their receivables alone are read."""
        return self.with_context(**{DEBTORS: tuple(debtors.ids) or (0,)})

    @api.depends_context("collection_date", "lang")
    def _compute_texts(self):
        activities = self._read_activities()
        for row in self:
            row.action_text = row._get_action_text()
            row.reason_text = row._get_reason_text(activities.get(row.id))
            row.priority_text = self.env._(
                "%(amount)s for the amount, %(age)s for the age, %(action)s for what "
                "is "
                "to do",
                amount=row.points_amount,
                age=row.points_age,
                action=row.points_action,
            )

    @api.depends_context("collection_date")
    def _compute_limitation_date(self):
        """Show the file's: it is computed for all of them at once."""
        for row in self:
            row.limitation_date = row.file_id.limitation_date

    def _read_activities(self) -> dict[int, str]:
        """Return file -> summary of its first open task."""
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "collection.debtor"), ("res_id", "in", self.ids)],
            order="date_deadline desc, id desc",
        )
        return {one.res_id: one.summary or one.display_name for one in activities}

    def _get_action_text(self) -> str:
        """Return what is to do and when."""
        self.ensure_one()
        if not self.kind:
            return ""
        label = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        followup = self.followup_id
        if self.kind == "call_again":
            label = self.env._("Call again (attempt %s)", followup.attempts + 1)
        if followup.next_try_at and self.kind == "call_again":
            local = fields.Datetime.context_timestamp(self, followup.next_try_at)
            moment = f"{format_date(self.env, local.date())} {local:%H:%M}"
            return f"{label} – {moment}"
        if self.kind in ("to_confirm", "other", "failed"):
            channel = followup._fields["channel"]._description_selection(self.env)
            label = f"{label} – {dict(channel).get(followup.channel, '')}"
        return label

    def _get_reason_text(self, task: str | None) -> str:
        """Return why the debtor stands in the list."""
        self.ensure_one()
        if self.kind == "answer":
            return task or ""
        if self.kind in ("failed", "unknown"):
            return self.followup_id.reason or ""
        return self.followup_id.warning or self.followup_id.level_id.name or ""

    def action_open_file(self):
        """Open the debtor's file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "collection.debtor",
            "res_id": self.file_id.id,
            "view_mode": "form",
        }
