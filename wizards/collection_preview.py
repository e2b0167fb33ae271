# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models

from ..models.collection_engine_plan import DayRun
from ..models.collection_engine_simulate import DAYS, LONGEST
from ..models.collection_step import CHANNELS

OUTCOMES = [
    ("queued", "Leaves by itself"),
    ("to_confirm", "To confirm"),
    ("planned", "Task"),
    ("withheld", "Nothing"),
]


class CollectionPreview(models.TransientModel):
    """What would happen on a day: who gets what and why, and why the others do not."""

    _name = "collection.preview"
    _description = "Preview of the collection"

    date = fields.Date(
        required=True, default=lambda self: self.env.company._get_collection_today()
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    debtor_ids = fields.Many2many("res.partner", string="Debtors", help="Empty = all.")
    line_ids = fields.One2many("collection.preview.line", "preview_id")
    summary = fields.Html(readonly=True, sanitize=False)
    is_done = fields.Boolean()
    days_ahead = fields.Integer(compute="_compute_days_ahead")

    @api.depends("date", "company_id")
    @api.depends_context("collection_date")
    def _compute_days_ahead(self):
        engine = self.env["collection.engine"]
        for preview in self:
            today = engine._get_day(preview.company_id or self.env.company, None)
            preview.days_ahead = (preview.date - today).days if preview.date else 0

    @api.depends("date")
    def _compute_display_name(self):
        for preview in self:
            preview.display_name = self.env._("Preview of the collection")

    def action_preview(self):
        """Plan the day without writing anything, and show it."""
        self.ensure_one()
        engine = self.env["collection.engine"]
        engine._check_run_access(preview=True)
        result = engine._run(
            self.date,
            self.company_id,
            self.debtor_ids or None,
            preview=True,
            keep_plans=True,
        )
        self.sudo().line_ids.unlink()
        lines = self.env["collection.preview.line"].sudo()
        lines.create(self._prepare_lines(result.plans))
        self.write({"summary": self._get_summary(result), "is_done": False})
        return True

    def action_run(self):
        """Do it: today's run for the chosen debtors."""
        self.ensure_one()
        engine = self.env["collection.engine"]
        engine._check_run_access(preview=False)
        result = engine._run(None, self.company_id, self.debtor_ids or None)
        self.sudo().line_ids.unlink()
        self.write({"summary": self._get_summary(result), "is_done": True})
        return True

    def action_simulate(self):
        """Open the simulation, which lives the days until then."""
        self.ensure_one()
        return self.env["collection.simulation"]._get_form_action(
            default_company_id=self.company_id.id,
            default_debtor_ids=self.debtor_ids.ids,
            default_days=min(max(self.days_ahead + 1, DAYS), LONGEST),
        )

    def action_open_followups(self):
        """Open the worklist."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_followup_action_todo"
        )

    def _prepare_lines(self, plans) -> list[dict]:
        rows = []
        items = self._read_items(plans)
        for _company, plan in plans:
            base = {"preview_id": self.id, "debtor_id": plan.debtor_id}
            for planned in plan.followups:
                address = planned.address
                ids = [row.id for row in planned.rows]
                rows.append(
                    {
                        **base,
                        "outcome": planned.state,
                        "channel": planned.channel,
                        "step_id": planned.step.id,
                        "level_id": planned.step.level_id,
                        "recipient_id": address.partner_id if address else False,
                        "address": address.value if address else False,
                        "amount": planned.amount,
                        "documents": self._get_documents(ids, items),
                    }
                )
            codes: dict[str, list[int]] = {}
            for key, code in plan.withheld.items():
                codes.setdefault(code, []).append(key)
            for code, ids in codes.items():
                rows.append(
                    {
                        **base,
                        "outcome": "withheld",
                        "code": code,
                        "amount": sum(items[key][1] for key in ids),
                        "documents": self._get_documents(ids, items),
                    }
                )
        return rows

    def _read_items(self, plans) -> dict[int, tuple[str, float]]:
        ids = [
            row.id
            for _company, plan in plans
            for planned in plan.followups
            for row in planned.rows
        ]
        ids += [key for _company, plan in plans for key in plan.withheld]
        lines = self.env["account.move.line"].sudo().browse(ids)
        return {line.id: (line.move_name, line.amount_residual) for line in lines}

    @staticmethod
    def _get_documents(ids, items, shown: int = 5) -> str:
        names = [items[key][0] or "" for key in ids[:shown]]
        more = f" (+{len(ids) - shown})" if len(ids) > shown else ""
        return ", ".join(names) + more

    def _get_summary(self, result):
        """Return the result in words, with what to look at first."""
        company = self.company_id.sudo()
        run = DayRun(company.env, company, result.date)
        figures = result.as_dict()
        channels = self._get_labels("channel")
        codes = self._get_labels("code")
        return self.env["ir.qweb"]._render(
            "account_collection.preview_summary",
            {
                "sentence": self.env._(
                    "Debtors with a step due: %(debtors)s. Their receivables with a "
                    "step due: %(due)s, of which %(held)s are left alone. "
                    "Follow-ups: %(followups)s.",
                    followups=figures["followups"],
                    debtors=figures["debtors"],
                    due=figures["due"],
                    held=sum(figures["held"].values()),
                ),
                "failure": figures["failed"]
                and self.env._(
                    "Debtors that failed: %s. Their files say why.", figures["failed"]
                ),
                "channels": [
                    self._get_count_label(channels.get(key, key), count)
                    for key, count in result.by_channel.items()
                ],
                "held": [
                    self._get_count_label(codes.get(key, key), count)
                    for key, count in result.held.most_common()
                ],
                "bank_day": run.bank_day,
                "is_bank_stale": run.is_bank_stale,
                "bank_alert": run.bank.get_warning(self.env),
                "is_live": company.collection_live,
                "is_working": run.day.is_working,
                "is_preview": result.preview,
            },
        )

    def _get_count_label(self, label: str, count: int) -> str:
        return self.env._("%(label)s: %(count)s", label=label, count=count)

    def _get_labels(self, name: str) -> dict[str, str]:
        field = self.env["collection.preview.line"]._fields[name]
        return dict(field._description_selection(self.env))


class CollectionPreviewLine(models.TransientModel):
    """One follow-up that would be made, or what keeps receivables from one."""

    _name = "collection.preview.line"
    _description = "Line of the preview"
    _order = "outcome, amount desc, id"

    preview_id = fields.Many2one(
        "collection.preview", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="preview_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    debtor_id = fields.Many2one("res.partner")
    outcome = fields.Selection(OUTCOMES)
    channel = fields.Selection(CHANNELS)
    step_id = fields.Many2one("collection.step")
    level_id = fields.Many2one("collection.level")
    recipient_id = fields.Many2one("res.partner")
    address = fields.Char()
    amount = fields.Monetary()
    documents = fields.Char()
    code = fields.Selection("_get_codes", "Why not")
    message = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _get_codes(self):
        """Return every reason that receivables may have, and the deferrals."""
        reasons = self.env["collection.receivable"]._fields["hold_reason"]
        deferrals = self.env["collection.debtor"]._fields["deferral_code"]
        return [
            *reasons._description_selection(self.env),
            *deferrals._description_selection(self.env),
        ]

    def action_show_message(self):
        """Show the text that would leave, from the ledger of this moment.

        Made inside a savepoint that is rolled back: nothing remains of it.
        """
        self.ensure_one()
        preview = self.preview_id
        engine = self.env["collection.engine"]
        engine._check_run_access(preview=True)
        savepoint = self.env.cr.savepoint()
        try:
            engine.sudo()._run(preview.date, preview.company_id, self.debtor_id)
            followup = (
                self.env["collection.followup"]
                .sudo()
                .search(
                    [
                        ("debtor_id", "=", self.debtor_id.id),
                        ("step_id", "=", self.step_id.id),
                        ("date", "=", preview.date),
                        ("company_id", "=", preview.company_id.id),
                    ],
                    order="id desc",
                    limit=1,
                )
            )
            html = followup._get_preview_html() if followup else ""
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        self.sudo().message = html
        return {
            "type": "ir.actions.act_window",
            "name": self.debtor_id.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
