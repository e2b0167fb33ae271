# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.workload import Key, Workload, minutes_of
from .account_account import CHASED_NATURES
from .collection_engine import QUIET
from .collection_engine_result import RunResult
from .sql_shadow import refresh_statistics, shadowed

#: days that are looked at without being asked
DAYS = 30
#: the longest look ahead: what is assumed holds less and less
LONGEST = 60
#: debtors whose days are lived together: some seconds of work
PART = 250
#: states of what was planned and not done yet
OPEN_STATES = ("planned", "to_confirm", "queued", "failed")


class Simulation:
    """Days of a company that are lived without anything leaving the house.

    The value of the context key ``collection_simulation``: only code can make one, a
    client's context cannot. While it is there guards decide as they do on any day, and
    what they let through counts as performed on its day.

    :param env: environment of the engine: superuser, the company alone allowed
    :param debtor_ids: debtors that are looked at
    """

    def __init__(self, env, company, first: datetime.date, days: int, debtor_ids):
        self.first = first
        self.dates = [first + datetime.timedelta(days=number) for number in range(days)]
        self.load = Workload()
        self.lines = self.known_lines = 0
        self.minutes = company._get_collection_minutes()
        files = env["collection.debtor"].with_context(active_test=False)
        found = files.search_fetch(
            [("company_id", "=", company.id), ("debtor_id", "in", list(debtor_ids))],
            ["debtor_id", "collector_id"],
        )
        self.collectors = {file.debtor_id.id: file.collector_id.id for file in found}
        self.absences = env["collection.delegation"].search_fetch(
            [("date_from", "<=", self.dates[-1]), ("date_to", ">=", first)],
            ["user_id", "substitute_id", "date_from", "date_to"],
            order="date_from, id",
        )

    def who(self, debtor_id: int, day: datetime.date) -> int:
        """Return who works a debtor on a day, 0 for nobody.

        During an absence it is the substitute.
        """
        user = self.collectors.get(debtor_id) or 0
        for absence in self.absences:
            if absence.user_id.id == user and (
                absence.date_from <= day <= absence.date_to
            ):
                return absence.substitute_id.id
        return user

    def count(self, day: datetime.date, result: RunResult) -> None:
        """Count what a day's run made and what it left alone."""
        self.load.hold(fields.Date.to_string(day), result.held)
        self.lines += result.lines
        if result.failed:
            self.load.failed[fields.Date.to_string(day)] += result.failed
        for _company, plan in result.plans:
            for planned in plan.followups:
                self._count(
                    day,
                    plan.debtor_id,
                    (planned.channel, planned.step.level_id),
                    planned.state,
                    len(planned.rows),
                    planned.amount,
                )

    def count_open(self, day: datetime.date, rows) -> None:
        """Count what was planned before and is done on a day."""
        for debtor, channel, level, state, receivables, amount in rows:
            what = (channel, level)
            self._count(day, debtor, what, state, receivables, amount, is_open=True)

    def has_outgrown_statistics(self) -> bool:
        """Tell whether the planner's idea of the lines is out of date, and note it."""
        is_outgrown = self.lines > 1.5 * self.known_lines
        if is_outgrown:
            self.known_lines = self.lines
        return is_outgrown

    def _count(self, day, debtor, what, state, receivables, amount, is_open=False):
        channel, level = what
        who = self.who(debtor, day)
        key = Key(fields.Date.to_string(day), who, channel, level, is_open)
        self.load.add(
            key,
            debtor,
            receivables,
            Decimal(str(amount)),
            minutes_of(self.minutes, channel, state),
            state == "to_confirm",
        )


class CollectionEngine(models.AbstractModel):
    """The coming days: planned and recorded in private copies, then forgotten."""

    _inherit = "collection.engine"

    @api.model
    def simulate(self, days=DAYS, companies=None, debtors=None, date=None) -> dict:
        """Return who would get what on each of the coming days; nothing remains of it.

        Guards apply as on any day. Assumed: see ``_get_assumptions``. A collector sees
        its own portfolio, like everywhere.

        :param days: 1 to 60
        :param companies: res.company records or ids; default: the user's allowed ones
        :param debtors: res.partner records or ids; default: every debtor
        :param date: first day (date or ISO text); default: each company's today
        :return: a dict for JSON: days, assumptions, companies. A company: company_id,
            currency, date, followups, minutes, days. A day: date, is_working, held
            (count of receivables per code), failed (number of debtors), entries. An
            entry: collector_id, channel, level, is_open (planned before the first
            day), followups, receivables, amount (claimed, company currency), minutes,
            to_confirm
        :raise AccessError: the user may not read receivables
        :raise UserError: the number of days
        """
        self._check_run_access(preview=True)
        self._check_days(days)
        companies = self._browse("res.company", companies) or self.env.companies
        if not self.env.su:
            companies &= self.env.companies
        if debtors is not None:
            debtors = self._browse("res.partner", debtors)
        answers = []
        for company in companies.sorted("id"):
            first = self._get_day(company, date)
            todo = self._find_simulated(company, debtors)
            load = Workload()
            while todo:
                part, todo = todo[:PART], todo[PART:]
                load.merge(self._simulate_part(company, first, days, part))
            answers.append(self._describe_load(company, first, days, load))
        return {
            "days": days,
            "assumptions": self._get_assumptions(),
            "companies": answers,
        }

    @api.model
    def _check_days(self, days) -> None:
        if not isinstance(days, int) or not 1 <= days <= LONGEST:
            raise UserError(
                self.env._(
                    "Days: choose from 1 to %(longest)s, not %(days)s.",
                    longest=LONGEST,
                    days=days,
                )
            )

    @api.model
    def _get_assumptions(self) -> list[str]:
        """Return in words what a simulation takes for granted."""
        return [
            self.env._("Balances stay those of now: nobody pays, nothing is invoiced."),
            self.env._("The bank is up to date every day."),
            self.env._("What a person must do is done on its day."),
            self.env._("Holds end on their last day, probable payments as ruled."),
            self.env._("During an absence the work is the substitute's."),
        ]

    @api.model
    def _is_simulation(self) -> bool:
        """Tell whether days are simulated: nothing leaves, nobody is told."""
        return isinstance(self.env.context.get("collection_simulation"), Simulation)

    @api.model
    def _get_first_simulated(self) -> datetime.date | None:
        """Return the first of the days that are simulated, None in real life."""
        if not self._is_simulation():
            return None
        return self.env.context["collection_simulation"].first

    # === PARTS === #

    @api.model
    def _find_simulated(self, company, debtors) -> list[int]:
        """Return the ids of the debtors that the user sees and that owe something."""
        receivables = self.env["collection.receivable"].with_context(
            allowed_company_ids=company.ids
        )
        domain = [
            ("company_id", "=", company.id),
            ("amount_residual", ">", 0),
            ("nature", "in", CHASED_NATURES),
            ("debtor_id", "!=", False),
        ]
        if debtors is not None:
            domain.append(("debtor_id", "in", debtors.commercial_partner_id.ids))
        query = receivables._search(domain)
        debtor = SQL.identifier(query.table, "debtor_id")
        rows = self.env.execute_query(query.select(SQL("DISTINCT %s", debtor)))
        return sorted(row[0] for row in rows)

    @api.model
    def _simulate_part(self, company, first, days: int, debtor_ids) -> Workload:
        """Live the days of some debtors in private copies; return their work."""
        engine = self.sudo().with_company(company)
        engine = engine.with_context(**QUIET, allowed_company_ids=[company.id])
        company = company.with_env(engine.env)
        simulation = Simulation(engine.env, company, first, days, debtor_ids)
        engine = engine.with_context(
            collection_guards=True, collection_simulation=simulation
        )
        calendar = engine.env["collection.calendar"]._get_calendar(company)
        debtors = engine.env["res.partner"].browse(debtor_ids)
        with shadowed(engine.env, engine._get_copies(company, debtors)):
            for day in simulation.dates:
                is_working = calendar.is_working(day)
                # Nothing is planned or done on a day off; the first day says why, as
                # its preview does.
                if is_working or day == first:
                    engine._simulate_day(company, day, debtors, simulation, is_working)
        return simulation.load

    @api.model
    def _get_copies(self, company, debtors) -> dict[str, list[SQL]]:
        """Return the tables that a day writes, with what of them debtors need."""
        own = SQL(
            "t.company_id = %s AND t.debtor_id IN %s", company.id, tuple(debtors.ids)
        )
        placed = SQL(
            """t.move_line_id IN (
                SELECT l.id FROM account_move_line l
                  JOIN res_partner p ON p.id = l.partner_id
                 WHERE p.commercial_partner_id IN %s AND l.company_id = %s
                   AND l.reconciled IS NOT TRUE)""",
            tuple(debtors.ids),
            company.id,
        )
        theirs = SQL("t.id IN (SELECT followup_id FROM collection_followup_line)")
        return {
            "collection_debtor": [own],
            "collection_case": [own],
            "collection_probable_payment": [own],
            "collection_followup_line": [placed],
            "collection_followup": [own, theirs],
        }

    @api.model
    def _simulate_day(self, company, day, debtors, simulation, is_working) -> None:
        """Run a day; what is open then is done on it, unless it is a day off."""
        engine = self.with_context(collection_date=day)
        company = company.with_env(engine.env)
        result = RunResult(preview=False, keep_plans=True)
        engine._run_company(company, debtors, None, result, None)
        simulation.count(day, result)
        if simulation.has_outgrown_statistics():
            refresh_statistics(self.env, "collection_debtor")
            refresh_statistics(self.env, "collection_followup_line")
        if is_working:
            simulation.count_open(day, engine._finish_open(company, day))

    @api.model
    def _finish_open(self, company, day) -> list[tuple]:
        """Perform what was planned up to a day; return what it was."""
        followups = self.env["collection.followup"]
        followups.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE collection_followup w
                   SET state = 'performed', performed_on = %(day)s
                  FROM (SELECT o.id, o.state, count(*) AS receivables
                          FROM collection_followup o
                          JOIN collection_followup_line e
                            ON e.followup_id = o.id AND e.counted
                         WHERE o.company_id = %(company)s AND o.state IN %(states)s
                           AND o.date <= %(day)s
                         GROUP BY o.id) old
                 WHERE old.id = w.id
             RETURNING w.id, w.debtor_id, w.channel, w.level_id, old.state,
                       old.receivables, COALESCE(w.amount, 0)""",
                day=day,
                company=company.id,
                states=OPEN_STATES,
            )
        )
        if rows:
            done = followups.browse(row[0] for row in rows)
            done.invalidate_recordset(["state", "performed_on"], flush=False)
            lines = self.env["collection.followup.line"]
            lines._follow(done, "performed", day, None)
        return [row[1:] for row in rows]

    # === WHAT A SIMULATED DAY LEAVES OUT === #

    @api.model
    def _prepare_day(self, company, today, debtors, shard):
        """Look at the ledger without telling anybody or taking up what failed."""
        if not self._is_simulation():
            return super()._prepare_day(company, today, debtors, shard)
        probable = self.env["collection.probable.payment"]
        probable._refresh(company, today, debtors, shard)
        if today == self._get_first_simulated():
            self._drop_obsolete(company)
        return None

    @api.model
    def _drop_obsolete(self, company) -> None:
        """Cancel what is open about receivables that are paid or held by now."""
        receivables = self.env["collection.receivable"]
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE collection_followup w SET state = 'cancelled'
                 WHERE w.company_id = %s AND w.state IN %s AND w.printed_at IS NULL
                   AND NOT EXISTS (
                       SELECT 1 FROM collection_followup_line e
                         JOIN %s a ON a.id = e.move_line_id
                        WHERE e.followup_id = w.id AND e.counted
                          AND a.hold_reason IS NULL AND a.amount_due > 0)
             RETURNING w.id""",
                company.id,
                OPEN_STATES,
                receivables._table_sql,
            )
        )
        if rows:
            gone = self.env["collection.followup"].browse(row[0] for row in rows)
            gone.invalidate_recordset(["state"], flush=False)
            lines = self.env["collection.followup.line"]
            lines._follow(gone, "cancelled", None, False)

    @api.model
    def _close_cases(self, company, today, debtors, shard) -> int:
        """Leave cases alone: nobody pays in a simulation."""
        if self._is_simulation():
            return 0
        return super()._close_cases(company, today, debtors, shard)

    @api.model
    def _record_failure(self, file, today, error):
        if self._is_simulation():
            return None
        return super()._record_failure(file, today, error)

    @api.model
    def _report_unreachable(self, files, plans, today):
        if self._is_simulation():
            return None
        return super()._report_unreachable(files, plans, today)

    # === THE ANSWER === #

    @api.model
    def _describe_load(self, company, first, days: int, load: Workload) -> dict:
        """Return a company's days as the documented dict."""
        calendar = self.env["collection.calendar"]._get_calendar(company)
        levels = self.env["collection.level"].sudo().with_context(active_test=False)
        codes = {level.id: level.code for level in levels.search([])}
        by_day: dict[str, list[dict]] = {}
        for key in sorted(load.entries):
            entry = load.entries[key]
            by_day.setdefault(key.day, []).append(
                {
                    "collector_id": key.user,
                    "channel": key.channel,
                    "level": codes[key.level],
                    "is_open": key.is_open,
                    "followups": entry.followups,
                    "receivables": entry.receivables,
                    "amount": float(entry.amount),
                    "minutes": entry.minutes,
                    "to_confirm": entry.to_confirm,
                }
            )
        answer = []
        for number in range(days):
            day = first + datetime.timedelta(days=number)
            text = fields.Date.to_string(day)
            answer.append(
                {
                    "date": text,
                    "is_working": calendar.is_working(day),
                    "held": dict(load.held.get(text, {})),
                    "failed": load.failed[text],
                    "entries": by_day.get(text, []),
                }
            )
        return {
            "company_id": company.id,
            "currency": company.currency_id.name,
            "date": fields.Date.to_string(first),
            "followups": sum(entry.followups for entry in load.entries.values()),
            "minutes": sum(entry.minutes for entry in load.entries.values()),
            "days": answer,
        }
