# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ..core.workload import Workload
from ..models.collection_engine import CONFLICTS
from ..models.collection_engine_simulate import DAYS, LONGEST, PART

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "To start"),
    ("queued", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
#: what its user writes; the rest is what the simulation found
INPUTS = {"company_id", "date", "days", "debtor_ids", "collector_ids"}
#: debtors times days that are looked at while the user waits: some seconds
AT_ONCE = 30 * PART
#: how often a part is begun again after the server stopped in the middle
ATTEMPTS = 3


class CollectionSimulation(models.TransientModel):
    """The coming days of a company: who would get what, and whose day is too full.

    A small one runs while the user waits, a large one in the background: part after
    part of the debtors, each committed, so that a stop of the server costs one part.
    Kept for a day, seen by its author alone.
    """

    _name = "collection.simulation"
    _description = "Simulation of the coming days"
    _transient_max_hours = 24.0
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        "First day",
        required=True,
        default=lambda self: self.env["collection.engine"]._get_day(
            self.env.company, None
        ),
    )
    days = fields.Integer("Days ahead", required=True, default=DAYS)
    debtor_ids = fields.Many2many("res.partner", string="Debtors", help="Empty = all.")
    collector_ids = fields.Many2many(
        "res.users", string="Collectors", help="Whose portfolios; empty = all."
    )
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    debtor_count = fields.Integer("Debtors to look at", readonly=True)
    done_count = fields.Integer("Debtors looked at", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    message = fields.Text(readonly=True)
    summary = fields.Html(readonly=True, sanitize=False)
    entry_ids = fields.One2many("collection.simulation.entry", "simulation_id")
    line_ids = fields.One2many("collection.simulation.line", "simulation_id")
    # What a background run needs to go on.
    todo = fields.Json(readonly=True)
    partial = fields.Json(readonly=True)
    attempts = fields.Integer(readonly=True)

    _days_bounded = models.Constraint(
        f"CHECK (days BETWEEN 1 AND {LONGEST})",
        f"A simulation looks from 1 to {LONGEST} days ahead.",
    )

    @api.depends("date", "days")
    def _compute_display_name(self):
        for simulation in self:
            simulation.display_name = self.env._("Simulation of the coming days")

    @api.depends("debtor_count", "done_count")
    def _compute_progress(self):
        for simulation in self:
            total = simulation.debtor_count
            simulation.progress = 100 * simulation.done_count / total if total else 0

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_inputs(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_inputs(vals)
        return super().write(vals)

    def _check_inputs(self, vals) -> None:
        """Refuse that a client writes results, or changes what is being looked at."""
        if self.env.su:
            return
        if not INPUTS.issuperset(vals):
            raise AccessError(self.env._("Results of a simulation cannot be written."))
        if self.filtered(lambda one: one.state in ("queued", "running")):
            raise UserError(
                self.env._("This simulation is running: wait for it or cancel it.")
            )

    # === ACTION METHODS === #

    @api.model
    def action_open_last(self):
        """Open the user's last simulation in this company, else a new one."""
        last = self.search(
            [
                ("create_uid", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("state", "!=", "draft"),
            ],
            limit=1,
        )
        return last._get_form_action()

    def _get_form_action(self, **context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulation of the coming days"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "context": context,
        }

    def action_simulate(self):
        """Look at the days: at once, or in the background when there is much to do."""
        self.ensure_one()
        self._check_may_read()
        if self.state in ("queued", "running"):
            raise UserError(
                self.env._("This simulation is running: wait for it or cancel it.")
            )
        self._forget()
        today = self.env["collection.engine"]._get_day(self.company_id, None)
        self._write({"date": today})
        ids = self._find_debtors()
        if len(ids) * self.days > AT_ONCE:
            self._write({"state": "queued", "debtor_count": len(ids), "todo": ids})
            self.env.ref("account_collection.ir_cron_simulate").sudo()._trigger()
            return None
        load = Workload()
        while ids:
            part, ids = ids[:PART], ids[PART:]
            load.merge(self._simulate(part))
        self._finish(load)
        return self.action_open_calendar()

    def action_cancel(self):
        """Stop a simulation that waits or runs."""
        self.ensure_one()
        if self.state not in ("queued", "running"):
            raise UserError(self.env._("This simulation does not run any more."))
        self._write({"state": "cancelled"})
        self._forget()

    def action_open_calendar(self):
        """Open the calendar of the days, with graph, pivot and list beside it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_collection.collection_simulation_entry_action"
        )
        action["domain"] = [("simulation_id", "=", self.id)]
        action["context"] = {
            "initial_date": fields.Date.to_string(self.date),
            "collection_simulation_id": self.id,
        }
        return action

    def action_open_graph(self):
        """Open the minutes of each day beside what a collector can work."""
        action = self.action_open_calendar()
        action["views"].sort(key=lambda view: view[1] != "graph")
        return action

    # === THE WORK === #

    def _check_may_read(self):
        self.env["collection.engine"]._check_run_access(preview=True)
        self.env["collection.engine"]._check_days(self.days)
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "Choose %(company)s among your companies first.",
                    company=self.company_id.sudo().name,
                )
            )

    def _write(self, values: dict) -> None:
        """Write what its users may not."""
        self.sudo().write(values)

    def _forget(self) -> None:
        """Remove the results of an earlier run."""
        self.sudo().entry_ids.unlink()
        self._write(
            {
                "summary": False,
                "message": False,
                "done_count": 0,
                "debtor_count": 0,
                "todo": False,
                "partial": False,
                "attempts": 0,
            }
        )

    def _find_debtors(self) -> list[int]:
        """Return the ids of the debtors to look at, those that the user may see."""
        engine = self.env["collection.engine"]
        ids = engine._find_simulated(self.company_id, self.debtor_ids or None)
        if not self.collector_ids:
            return ids
        files = self.env["collection.debtor"].search_fetch(
            [
                ("company_id", "=", self.company_id.id),
                ("collector_id", "in", self.collector_ids.ids),
                ("debtor_id", "in", ids),
            ],
            ["debtor_id"],
        )
        return sorted(files.debtor_id.ids)

    def _simulate(self, ids) -> Workload:
        engine = self.env["collection.engine"]
        return engine._simulate_part(self.company_id, self.date, self.days, ids)

    def _finish(self, load: Workload) -> None:
        """Keep the result."""
        left_out = self.env["collection.simulation.entry"]._store(self, load)
        self._write(
            {
                "state": "done",
                "todo": False,
                "partial": False,
                "summary": self._get_summary(load, left_out),
            }
        )

    # === IN THE BACKGROUND === #

    @api.model
    def _cron_simulate(self):
        """Run what waits, the oldest first; go on with what a stop interrupted."""
        cron = self.env["ir.cron"]
        domain = [("state", "in", ("queued", "running"))]
        cron._commit_progress(remaining=self.search_count(domain))
        while simulation := self.search(domain, order="id", limit=1):
            if not simulation._run_background(cron._commit_progress):
                break

    def _run_background(self, commit) -> bool:
        """Run part after part; return whether there is time for another simulation.

        :param commit: ``_commit_progress`` of the scheduled actions
        """
        author = self.create_uid
        mine = self.with_user(author).with_context(
            lang=author.lang, tz=author.tz, allowed_company_ids=self.company_id.ids
        )
        while self.state in ("queued", "running"):
            try:
                if self.attempts >= ATTEMPTS:
                    mine._fail(self.env._("The server stopped it again and again."))
                else:
                    self._begin_part(commit)
                    mine._run_part()
                self.env.flush_all()
            except CONFLICTS:
                # Cancelled meanwhile by its user: look at it again.
                self.env.cr.rollback()
            except Exception as error:
                _logger.warning("Simulation %s failed", self.id, exc_info=True)
                self.env.cr.rollback()
                self.env.invalidate_all()
                mine._fail(str(error))
            self.env.invalidate_all()
            is_over = self.state not in ("queued", "running")
            if not commit(int(is_over)):
                return False
        return True

    def _begin_part(self, commit) -> None:
        """Note the attempt before the work: what kills the server is not for ever."""
        self.write({"state": "running", "attempts": self.attempts + 1})
        self.env.flush_all()
        commit(0)

    def _run_part(self) -> None:
        """Look at the next debtors; the last ones end it."""
        todo = self.sudo().todo or []
        part, rest = todo[:PART], todo[PART:]
        load = Workload.from_json(self.sudo().partial or {})
        if part:
            load.merge(self._simulate(part))
        self._write(
            {
                "todo": rest,
                "partial": load.as_json(),
                "done_count": self.debtor_count - len(rest),
                "attempts": 0,
            }
        )
        if not rest:
            self._finish(load)
            self._notify("success", self.env._("The simulation is ready."))

    def _fail(self, reason: str) -> None:
        self._write({"state": "failed", "message": reason, "partial": False})
        self._notify("warning", self.env._("The simulation failed: %s", reason))

    def _notify(self, kind: str, text: str) -> None:
        """Tell the author, wherever in the client it is."""
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": kind,
                "title": self.env._("Simulation of the coming days"),
                "message": text,
                "sticky": True,
            },
        )

    # === IN WORDS === #

    def _get_summary(self, load: Workload, left_out: int):
        """Return the result in words: what is made, whose days are too full."""
        first = load.held.get(fields.Date.to_string(self.date), {})
        lines = self.env["collection.preview.line"]
        codes = dict(lines._fields["code"]._description_selection(self.env))
        entries = load.entries.values()
        minutes = sum(entry.minutes for entry in entries)
        return self.env["ir.qweb"]._render(
            "account_collection.simulation_summary",
            {
                "sentence": self.env._(
                    "Follow-ups: %(followups)s. Work: %(hours)s hours.",
                    followups=sum(entry.followups for entry in entries),
                    hours=round(minutes / 60, 1),
                ),
                "held": [
                    self.env._(
                        "%(label)s: %(count)s", label=codes.get(code, code), count=count
                    )
                    for code, count in sorted(first.items(), key=lambda one: -one[1])
                ],
                "failed": sum(load.failed.values()),
                "overloads": self._get_overloads(),
                "left_out": left_out,
                "assumptions": self.env["collection.engine"]._get_assumptions(),
            },
        )

    def _get_overloads(self, shown: int = 10) -> list[str]:
        """Return the days that are too full, in words."""
        rows = self.env.execute_query(
            SQL(
                """SELECT date, collector_id, sum(minutes), max(capacity)
                     FROM collection_simulation_entry
                    WHERE simulation_id = %s AND is_over
                    GROUP BY date, collector_id ORDER BY date, collector_id""",
                self.id,
            )
        )
        users = self.env["res.users"].sudo()
        words = [
            self.env._(
                "%(date)s, %(person)s: %(minutes)s minutes of %(capacity)s",
                date=format_date(self.env, day),
                person=users.browse(user).name,
                minutes=minutes,
                capacity=capacity,
            )
            for day, user, minutes, capacity in rows[:shown]
        ]
        if len(rows) > shown:
            words.append(self.env._("and %s more", len(rows) - shown))
        return words
