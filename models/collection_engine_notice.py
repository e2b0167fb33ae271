# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, models
from odoo.exceptions import UserError

from ..core import planning
from .collection_engine import QUIET
from .collection_engine_apply import DayWriter
from .collection_engine_plan import DayRun

NOTICE = "notice"


class CollectionEngine(models.AbstractModel):
    """A formal notice that a person orders before the scenario proposes it.

    It is the scenario's own step, planned by hand: counted like any other, never
    twice, and what comes after it follows by the ladder.
    """

    _inherit = "collection.engine"

    @api.model
    def _get_notice_run(self, file) -> tuple[DayRun, list[dict]]:
        """Return the day of the debtor's company and its open receivables.

        Each row gets ``obstacle``: why it cannot be claimed by a notice, None when it
        can, and ``is_early``: it lacks the written reminder a week before.
        """
        company = file.company_id
        engine = self.sudo().with_company(company)
        engine = engine.with_context(
            **QUIET,
            allowed_company_ids=[company.id],
            collection_date=self._get_day(company, None),
        )
        run = DayRun(
            engine.env, company.with_env(engine.env), engine._get_day(company, None)
        )
        run.plan(file.debtor_id.ids)
        rows = [
            line
            for line in run.lines.values()
            if line["days_overdue"] > 0 and float(line["residual"]) > 0
        ]
        noticed = self._find_noticed(rows)
        limit = run.today - datetime.timedelta(days=planning.NOTICE_AFTER_DAYS)
        for row in rows:
            first = row["first_written"]
            row["is_early"] = first is None or first > limit
            row["obstacle"] = None
            if row["hold_reason"]:
                reasons = self.env["collection.receivable"]._fields["hold_reason"]
                labels = dict(reasons._description_selection(self.env))
                row["obstacle"] = labels[row["hold_reason"]]
            elif row["id"] in noticed:
                row["obstacle"] = self.env._("Notice given or waiting")
        return run, rows

    @api.model
    def _find_noticed(self, rows) -> set[int]:
        """Return the receivables that already count a formal notice."""
        lines = self.env["collection.followup.line"].sudo()
        found = lines.search(
            [
                ("move_line_id", "in", [row["id"] for row in rows]),
                ("level_id.code", "=", NOTICE),
                ("counted", "=", True),
            ]
        )
        return set(found.move_line_id.ids)

    @api.model
    def _get_notice_step(self, run: DayRun, rows) -> planning.Step | None:
        """Return the formal notice of the debtor's scenario, None without one."""
        for row in rows:
            policy = run.policies.get(row["scenario_id"])
            for step_id in policy.steps.values() if policy else ():
                if run.steps[step_id].level == NOTICE:
                    return run.steps[step_id]
        return None

    @api.model
    def _order_notice(self, file, move_line_ids) -> models.Model:
        """Plan the formal notice of chosen receivables, to be confirmed.

        :raise UserError: the scenario has none, nothing was chosen, a receivable cannot
            be claimed any more, or there is no postal address
        """
        run, rows = self._get_notice_run(file)
        chosen = [row for row in rows if row["id"] in set(move_line_ids)]
        self._check_notice(file, chosen, len(set(move_line_ids)))
        step = self._get_notice_step(run, chosen)
        if not step:
            raise UserError(
                self.env._(
                    "The scenario of %s has no formal notice.",
                    file.debtor_id.display_name,
                )
            )
        recipients = run.env["collection.recipient"]
        addresses = recipients._get_addresses(run.company, file.debtor_id.ids)
        address = addresses[file.debtor_id.id].get((step.channel, step.recipient_role))
        if not address:
            raise UserError(
                self.env._(
                    "%s has no complete postal address: correct it first.",
                    file.debtor_id.display_name,
                )
            )
        plan = planning.DebtorPlan(
            file.debtor_id.id,
            has_case=bool(file.case_id),
            followups=[
                planning.Planned(
                    step.channel,
                    step,
                    "to_confirm",
                    [self._as_notice_row(run, row, step) for row in chosen],
                    address,
                    counts=False,
                )
            ],
            overtaken=[
                row["last_line_id"]
                for row in chosen
                if row["last_line_id"]
                and row["last_state"] in ("planned", "to_confirm")
            ],
        )
        locked = file.with_env(run.env).try_lock_for_update()
        if not locked:
            raise UserError(
                self.env._("The day's run is working on this debtor: try again.")
            )
        DayWriter(run, locked).apply([plan])
        return (
            self.env["collection.followup"]
            .with_env(run.env)
            .search(
                [
                    ("file_id", "=", file.id),
                    ("level_id.code", "=", NOTICE),
                    ("state", "=", "to_confirm"),
                ],
                order="id desc",
                limit=1,
            )
            .with_env(self.env)
        )

    @api.model
    def _check_notice(self, file, chosen, count: int) -> None:
        if not chosen:
            raise UserError(self.env._("Choose the invoices that the notice claims."))
        blocked = [row for row in chosen if row["obstacle"]]
        if blocked or len(chosen) != count:
            raise UserError(
                self.env._(
                    "Some of these items of %(debtor)s cannot be claimed any more "
                    "(%(documents)s): open the form again.",
                    debtor=file.debtor_id.display_name,
                    documents=", ".join(row["document"] or "" for row in blocked),
                )
            )

    @api.model
    def _as_notice_row(self, run, row, step) -> planning.Row:
        return planning.Row(
            id=row["id"],
            amount_due=run._due_company(row),
            step=step,
            last_line_id=row["last_line_id"],
            last_state=row["last_state"],
        )
