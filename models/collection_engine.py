# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .collection_engine_apply import DayWriter
from .collection_engine_plan import DayRun
from .collection_engine_result import RunResult

_logger = logging.getLogger(__name__)

#: debtors that are locked, planned and written together
BATCH = 500
#: how often a step is done again after somebody else changed its rows
ATTEMPTS = 3
#: what PostgreSQL says when another transaction wrote the same rows
CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)
#: a scheduled action that ran out of time leaves out, when Odoo calls it again, who it
#: planned for the same day within the last hour
NOT_PLANNED = """NOT EXISTS (
    SELECT 1 FROM collection_debtor q
     WHERE q.company_id = v.company_id AND q.debtor_id = v.debtor_id
       AND q.planned_on = %s
       AND q.planned_at > (now() AT TIME ZONE 'UTC') - interval '1 hour')"""
#: context of everything that the engine writes: no chatter message for each record
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_activity_quick_update": True,
}


class CollectionEngine(models.AbstractModel):
    """The daily run: from the receivables to the follow-ups of a day.

    ``run`` plans (pure: rows in, plan out) and applies. It never commits: the
    scheduled action passes a callable that does. The button, the scheduled action,
    the preview, the replay and the benchmark all call it.
    """

    _name = "collection.engine"
    _description = "Collection engine"

    @api.model
    def run(self, date=None, companies=None, debtors=None, preview=False, shard=None):
        """Plan the follow-ups of a day, and make them unless it is a preview.

        :param date: the policy's day (date or ISO text); default: each company's today.
            Balances are always the ledger's of this moment.
        :param companies: res.company records or ids; default: the user's allowed ones
        :param debtors: res.partner records or ids; default: every debtor
        :param preview: plan only, write nothing
        :param shard: (k, n): only debtors whose id leaves k when divided by n
        :return: a dict for JSON: date, companies, receivables, due, held (count per
            code), debtors, cases_opened, cases_closed, followups, lines, by_channel,
            by_level, failed (number of debtors)
        :raise AccessError: the user may not collect (preview: may not read)
        """
        self._check_run_access(preview)
        result = self._run(date, companies, debtors, preview=preview, shard=shard)
        return result.as_dict()

    @api.model
    def _check_run_access(self, preview: bool):
        if self.env.su:
            return
        if preview:
            self.env["collection.receivable"].check_access("read")
        elif not self.env.user.has_group("account_collection.group_collection_user"):
            raise AccessError(
                self.env._("Only collectors may run the collection: ask your manager.")
            )

    @api.model
    def _run(
        self,
        date=None,
        companies=None,
        debtors=None,
        preview=False,
        shard=None,
        commit=None,
        keep_plans=False,
    ) -> RunResult:
        """Run company after company; see ``run``.

        :param commit: callable(done, remaining) that commits and returns whether to
            go on; None: everything stays in the caller's transaction
        :param keep_plans: keep the plans in the result, for a preview screen
        """
        companies = self._browse("res.company", companies) or self.env.companies
        if not self.env.su:
            companies &= self.env.companies
            if not preview:
                # Without guards steps are marked as performed: for the superuser.
                self = self.with_context(collection_guards=True)
        debtors = debtors if debtors is None else self._browse("res.partner", debtors)
        result = RunResult(preview=preview, keep_plans=keep_plans)
        for company in companies.sorted("id"):
            engine = self.sudo().with_company(company)
            engine = engine.with_context(
                **QUIET,
                allowed_company_ids=[company.id],
                collection_date=self._get_day(company, date),
            )
            result.is_complete = engine._run_company(
                company.with_env(engine.env),
                debtors if debtors is None else debtors.commercial_partner_id,
                shard,
                result,
                commit,
            )
            if not result.is_complete:
                break
        return result

    @api.model
    def _get_day(self, company, date):
        """Return the policy's day of a company: asked for, simulated, or its today."""
        asked = date or self.env.context.get("collection_date")
        return fields.Date.to_date(asked) or company._get_collection_today()

    @api.model
    def _browse(self, model: str, value):
        """Return records of a model, given records, ids or nothing."""
        if value is None:
            return self.env[model]
        if isinstance(value, models.BaseModel):
            return value
        ids = [value] if isinstance(value, int) else list(value)
        return self.env[model].browse(
            [one.id if isinstance(one, models.BaseModel) else one for one in ids]
        )

    @api.model
    def _run_company(self, company, debtors, shard, result, commit) -> bool:
        """Run one company; return False when the time is over."""
        today = self.env["collection.receivable"]._get_today()
        result.begin(company, today)
        self.env.flush_all()
        if not result.preview:
            self._retrying(commit, self._prepare_day, company, today, debtors, shard)
            if commit:
                commit(0, None)
        todo = self._find_debtors(company, debtors, shard, result, resume=bool(commit))
        while todo:
            batch, todo = todo[:BATCH], todo[BATCH:]
            part = self._retrying(
                commit, self._run_batch, company, today, batch, result
            )
            result.merge(part)
            if commit and not commit(len(batch), len(todo)) and todo:
                return False
        if result.preview:
            found = self._find_cured(company, debtors, shard)
            result.cases_closed += len(found)
            return True
        result.cases_closed += self._retrying(
            commit, self._close_cases, company, today, debtors, shard
        )
        if commit:
            commit(0, None)
        return True

    @api.model
    def _retrying(self, commit, step, *arguments):
        """Do a step again after another process changed its rows, at most three times.

        Only a new transaction sees what the other one wrote, hence only for who may
        commit: everything before the step was committed.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = step(*arguments)
                self.env.flush_all()
                return answer
            except (*CONFLICTS, errors.UniqueViolation):
                if not commit or attempt == ATTEMPTS:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.info("Another process changed the same rows: trying again")

    @api.model
    def _find_debtors(self, company, debtors, shard, result, resume) -> list[int]:
        """Return the debtors that have a step due, held or not.

        :param resume: leave out who was just planned, see ``NOT_PLANNED``
        """
        today = self.env["collection.receivable"]._get_today()
        receivables = self.env["collection.receivable"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.debtor_id, count(*), count(v.due_step_id)
                  FROM %s v
                 WHERE v.company_id = %s AND v.amount_residual > 0
                   AND v.debtor_id IS NOT NULL AND %s AND %s
                 GROUP BY v.debtor_id
                 ORDER BY v.debtor_id""",
                receivables._table_sql,
                company.id,
                self._sql_debtors(debtors, shard),
                SQL(NOT_PLANNED, today) if resume else SQL("TRUE"),
            )
        )
        result.receivables += sum(count for _debtor, count, _due in rows)
        return [debtor for debtor, _count, due in rows if due]

    @api.model
    def _sql_debtors(self, debtors, shard) -> SQL:
        condition = SQL("TRUE")
        if debtors is not None:
            condition = SQL("v.debtor_id IN %s", tuple(debtors.ids) or (0,))
        if shard:
            condition = SQL(
                "%s AND v.debtor_id %% %s = %s", condition, shard[1], shard[0]
            )
        return condition

    # === BATCHES === #

    @api.model
    def _run_batch(self, company, today, debtor_ids, result) -> RunResult:
        """Plan and apply a batch; return what it did."""
        part = result.new_part()
        if part.preview:
            run = DayRun(self.env, company, today)
            plans = run.plan(debtor_ids)
            DayWriter(run, self.env["collection.debtor"]).set_amounts(plans)
            part.add(plans)
        else:
            self._apply_batch(company, today, debtor_ids, part)
        return part

    @api.model
    def _apply_batch(self, company, today, debtor_ids, result):
        """Lock, plan and write debtors; bisect what fails until it is alone."""
        files = self._lock_files(company, today, debtor_ids)
        if not files:
            return
        run = DayRun(self.env, company, today)
        try:
            with self.env.cr.savepoint():
                plans = run.plan(files.debtor_id.ids)
                counts = DayWriter(run, files).apply(plans)
                self._report_unreachable(files, plans, today)
            result.add(plans, counts)
        except CONFLICTS:
            raise
        except Exception as error:
            self.env.invalidate_all()
            if len(files) > 1:
                half = len(files) // 2
                for part in (files[:half], files[half:]):
                    self._apply_batch(company, today, part.debtor_id.ids, result)
                return
            _logger.warning("Debtor file %s cannot be planned", files.id, exc_info=True)
            self._record_failure(files, today, error)
            result.failed += 1

    @api.model
    def _lock_files(self, company, today, debtor_ids):
        """Lock the files of debtors and mark them as planned.

        Files that another run holds are left to it. The mark bumps their version: a
        run that read them before fails instead of planning the same debtor again.
        """
        files = self.env["collection.debtor"]
        files._ensure_files(company, debtor_ids)
        files.flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH free AS (
                       SELECT id FROM collection_debtor
                        WHERE company_id = %s AND debtor_id IN %s
                        ORDER BY id FOR UPDATE SKIP LOCKED)
                   UPDATE collection_debtor f
                      SET version = version + 1, planned_on = %s,
                          planned_at = now() AT TIME ZONE 'UTC'
                     FROM free WHERE free.id = f.id RETURNING f.id""",
                company.id,
                tuple(debtor_ids),
                today,
            )
        )
        locked = files.browse(sorted(row[0] for row in rows))
        marks = ["version", "planned_on", "planned_at"]
        locked.invalidate_recordset(marks, flush=False)
        return locked

    @api.model
    def _record_failure(self, file, today, error):
        """Tell who follows the debtor that its day could not be planned, and why."""
        user = file.collector_id or file.company_id._get_collection_manager()
        summary = self.env._("This debtor could not be followed up")
        if file.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        file.activity_schedule(
            "mail.mail_activity_data_warning",
            date_deadline=today,
            user_id=user.id,
            summary=summary,
            note=str(error),
        )

    @api.model
    def _report_unreachable(self, files, plans, today):
        """Tell who follows a debtor that it has no usable address, once."""
        wanted = {
            plan.debtor_id for plan in plans if "no_address" in plan.withheld.values()
        }
        if not wanted:
            return
        unreachable = files.filtered(lambda file: file.debtor_id.id in wanted)
        summary = self.env._("Find an address: nothing can be sent")
        activities = self.env["mail.activity"]
        told = activities.search(
            [
                ("res_model", "=", files._name),
                ("res_id", "in", unreachable.ids),
                ("summary", "=", summary),
            ]
        ).mapped("res_id")
        kind = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id(files._name)
        # Without the e-mail that Odoo writes for each activity: there may be many.
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model,
                    "res_id": file.id,
                    "date_deadline": today,
                    "summary": summary,
                    "user_id": (
                        file.collector_id or file.company_id._get_collection_manager()
                    ).id,
                }
                for file in unreachable
                if file.id not in told
            ]
        )
