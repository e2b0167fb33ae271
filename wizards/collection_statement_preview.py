# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.collection_dispatch import OBSTACLES, STATES

OUTCOMES = [
    ("email", "Gets it by e-mail"),
    ("letter", "Gets it by post"),
    ("nothing", "Nothing"),
    ("made", "Made this month"),
]
REASONS = [
    ("nothing_open", "Nothing is open"),
    ("not_wanted", "Not wanted"),
    ("minimum", "Too little is open"),
    *OBSTACLES,
]


class CollectionStatementPreview(models.TransientModel):
    """Who gets a statement this month and how, and why the others do not."""

    _name = "collection.statement.preview"
    _description = "Monthly statements"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    month = fields.Date(readonly=True)
    date = fields.Date("They leave on", readonly=True)
    summary = fields.Html(readonly=True, sanitize=False)
    line_ids = fields.One2many("collection.statement.preview.line", "preview_id")
    ready_count = fields.Integer(readonly=True)
    to_confirm_count = fields.Integer(readonly=True)
    letter_count = fields.Integer(readonly=True)

    @api.depends("month")
    def _compute_display_name(self):
        for preview in self:
            formatter = self.env["collection.followup"]._get_formatter()
            month = formatter.month(preview.month) if preview.month else ""
            preview.display_name = self.env._("Monthly statements: %s", month)

    @api.model
    def action_open(self):
        """Open the month of the current company; called by the menu."""
        self.env["collection.dispatch"].check_access("read")
        preview = self.create({"company_id": self.env.company.id})
        preview._fill()
        return preview._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def _fill(self) -> None:
        """Read the month anew: the decisions of now, and what was made already."""
        self.ensure_one()
        company = self.company_id
        model = self.env["collection.statement"].sudo()
        today = model._get_day(company)
        state = model._get_month_state(company, today)
        dispatches = self._find_dispatches(state.month)
        by_debtor = dispatches.grouped("debtor_id")
        rows = []
        for one in model._decide(company, today):
            made = by_debtor.get(self.env["res.partner"].browse(one.debtor_id))
            rows.append(self._prepare_line(one, made))
        lines = self.env["collection.statement.preview.line"].sudo()
        self.sudo().line_ids.unlink()
        lines.create(rows)
        waiting = dispatches.filtered(
            lambda x: x.channel == "letter" and x.state == "queued" and x.document_ids
        )
        ready = [row for row in rows if row["outcome"] in ("email", "letter")]
        confirm = dispatches.filtered(lambda one: one.state == "to_confirm")
        self.write(
            {
                "month": state.month,
                "date": state.day,
                "ready_count": len(ready),
                "to_confirm_count": len(confirm),
                "letter_count": len(waiting),
                "summary": self._get_summary(state, rows),
            }
        )

    def _find_dispatches(self, month):
        return self.env["collection.dispatch"].search(
            [("company_id", "=", self.company_id.id), ("month", "=", month)]
        )

    def _prepare_line(self, decision, made) -> dict:
        values = {
            "preview_id": self.id,
            "debtor_id": decision.debtor_id,
            "amount": float(decision.balance),
            "address": decision.address,
            "outcome": decision.channel or "nothing",
            "reason": decision.reason,
        }
        if made:
            values.update(
                outcome="made",
                state=made.state,
                dispatch_id=made.id,
                address=made.recipient_address,
                reason=made.skip_code,
            )
        return values

    def _get_summary(self, state, rows) -> Markup:
        """Return in sentences what will happen and when."""
        formatter = self.env["collection.followup"]._get_formatter()
        waits = {
            "off": self.env._(
                "The schedule is off in the settings: nothing leaves by itself."
            ),
            "early": self.env._("They have not left yet."),
            "calendar": self.env._("Today is not a working day: they wait."),
            "bank_stale": self.env._(
                "The bank is not up to date: they wait, because payments may not be "
                "known."
            ),
            "done": self.env._("The statements of this month were made."),
            None: self.env._("They leave today."),
        }
        counts = {}
        for row in rows:
            counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
        sentence = self.env._(
            "Statements of %(month)s: %(email)s by e-mail, %(letter)s by post, "
            "%(made)s made already, %(nothing)s without one.",
            month=formatter.month(state.month),
            **{key: counts.get(key, 0) for key, _label in OUTCOMES},
        )
        lines = [sentence, waits[state.waits]]
        if not self.company_id.collection_live:
            lines.append(
                self.env._("Not live yet: a manager confirms them before they leave.")
            )
        return Markup("").join(Markup("<p>%s</p>") % line for line in lines)

    # === ACTION METHODS === #

    def action_refresh(self):
        """Look again."""
        self._fill()
        return True

    def action_send(self):
        """Let this month's statements leave now: a manager decides."""
        self.ensure_one()
        dispatches = self.env["collection.dispatch"]
        dispatches._assert_manager()
        company = self.company_id
        model = self.env["collection.statement"].sudo().with_company(company)
        today = model._get_day(company)
        model._plan_month(company, model._get_month_state(company, today), today, True)
        waiting = self._find_dispatches(fields.Date.start_of(today, "month"))
        waiting = waiting.filtered(lambda one: one.state == "to_confirm")
        if waiting:
            waiting.action_confirm()
        self.env.ref("account_collection.ir_cron_statements").sudo()._trigger()
        self._fill()
        return True

    def action_print_letters(self):
        """Open this month's letters as one PDF, and look at them anew."""
        self.ensure_one()
        found = self._find_dispatches(self.month)
        letters = found.filtered(
            lambda one: one.channel == "letter" and one.state == "queued"
        )
        if not letters:
            raise UserError(self.env._("No letter waits to be posted."))
        return letters.sorted(lambda one: one.debtor_id.name or "").action_print()

    def action_open_dispatches(self):
        """Open the documents of the month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_dispatch_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("month", "=", fields.Date.to_string(self.month)),
        ]
        action["context"] = {"search_default_group_state": 1}
        return action


class CollectionStatementPreviewLine(models.TransientModel):
    """A debtor in the preview of the month."""

    _name = "collection.statement.preview.line"
    _description = "Monthly statement of a debtor"
    _order = "outcome, reason, id"

    preview_id = fields.Many2one(
        "collection.statement.preview", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="preview_id.company_id.currency_id")
    debtor_id = fields.Many2one("res.partner", readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    reason = fields.Selection(REASONS, "Why not", readonly=True)
    state = fields.Selection(STATES, "Its fate", readonly=True)
    address = fields.Char(readonly=True)
    amount = fields.Monetary("Open balance", readonly=True)
    dispatch_id = fields.Many2one("collection.dispatch", readonly=True)

    def action_show(self):
        """Show the statement as it is now."""
        self.ensure_one()
        company = self.preview_id.company_id
        return self.debtor_id.with_company(company).action_collection_statement()
