# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.monthly import Candidate, decide, first_of_month, statement_day
from .collection_dispatch import OBSTACLES
from .collection_engine import CONFLICTS, QUIET
from .collection_engine_plan import DayRun
from .collection_followup_letter import LETTERS_PER_CALL
from .collection_followup_mail import AUTOMATIC_ATTEMPTS
from .sql_rows import insert_rows

_logger = logging.getLogger(__name__)

MAKE_CRON = "account_collection.ir_cron_statements"
#: debtors that are locked, decided and written together
BATCH = 500
#: what is worth a line when it keeps a debtor from its statement
RECORDED = {code for code, _label in OBSTACLES}


class Decision(NamedTuple):
    """What a debtor gets this month.

    :param channel: email or letter; None = nothing, ``reason`` says why
    """

    debtor_id: int
    channel: str | None
    reason: str | None
    recipient_id: int
    address: str
    balance: Decimal
    weight: Decimal


class MonthlyState(NamedTuple):
    """Where a company stands with the statements of a month.

    :param day: when they leave
    :param waits: why nothing leaves today by itself: off, early, calendar,
        bank_stale, done; None = they leave
    """

    month: datetime.date
    day: datetime.date
    waits: str | None
    bank_day: datetime.date | None


class CollectionStatement(models.AbstractModel):
    """Monthly statements: who gets one and why the others not, once a month.

    A record for each debtor is committed before anything is made; the unique index on
    (company, debtor, month) and the records' own state make it safe to stop anywhere.
    """

    _inherit = "collection.statement"

    # === WHETHER === #

    @api.model
    def _get_month_state(self, company, today=None) -> MonthlyState:
        """Return whether the statements of the month leave today."""
        company = company.sudo()
        today = today or self._get_day(company)
        run = DayRun(self.sudo().env, company, today)
        month = first_of_month(today)
        day = statement_day(month, company.collection_statement_day, run.calendar)
        waits = None
        if company.collection_statement_policy == "off":
            waits = "off"
        elif company.collection_statement_month == month:
            waits = "done"
        elif today < day:
            waits = "early"
        elif not run.day.is_working:
            waits = "calendar"
        elif run.is_bank_stale:
            waits = "bank_stale"
        return MonthlyState(month, day, waits, run.bank_day)

    @api.model
    def _is_bank_stale(self, company, today) -> bool:
        """Tell whether payments of the last days may not be known."""
        return DayRun(self.sudo().env, company.sudo(), today).is_bank_stale

    # === WHO === #

    @api.model
    def _decide(self, company, today, debtor_ids=None) -> list[Decision]:
        """Return what each debtor gets this month, in the order of their ids.

        The number of queries does not depend on the number of debtors.

        :param debtor_ids: None = every debtor with something open or with a file
        """
        company = company.sudo()
        rows = self._read_candidates(company, today, debtor_ids)
        ids = [row["debtor_id"] for row in rows]
        contacts = self._read_contacts(company, ids)
        blocked = self._read_blocks(company, today, ids)
        default = company.collection_statement_policy != "chosen"
        minimum = Decimal(str(company.collection_statement_minimum))
        decisions = []
        for row in rows:
            debtor = row["debtor_id"]
            emails, refused, post = contacts[debtor]
            blocks = set(blocked.get(debtor, ()))
            if row["is_insolvent"]:
                blocks.add("insolvency")
            if row["is_handed_over"]:
                blocks.add("handed_over")
            weight = max(Decimal(row["debts"]), Decimal(row["credits"]))
            wanted = row["wish"]
            channel, reason = decide(
                Candidate(
                    weight=weight,
                    is_wanted=wanted == "yes" or (default and wanted != "no"),
                    blocks=frozenset(blocks),
                    has_email=bool(emails),
                    has_refused_email=refused,
                    has_post=bool(post),
                ),
                minimum,
            )
            address = {"email": emails, "letter": post}.get(channel)
            decisions.append(
                Decision(
                    debtor,
                    channel,
                    reason,
                    address.partner_id if address else debtor,
                    address.value if address else "",
                    Decimal(row["debts"]) - Decimal(row["credits"]),
                    weight,
                )
            )
        return decisions

    @api.model
    def _read_candidates(self, company, today, debtor_ids) -> list[dict]:
        """Return a row for each debtor: what is open, what is wished, what blocks.

        Amounts are in company currency, credits as a positive number.
        """
        self.env["collection.debtor"].flush_model()
        self.env["collection.segment"].flush_model()
        receivables = self.env["collection.receivable"].with_context(
            collection_date=today
        )
        chosen = SQL("TRUE")
        if debtor_ids is not None:
            chosen = SQL("debtor_id IN %s", tuple(debtor_ids) or (0,))
        return self.env.execute_query_dict(
            SQL(
                """
                WITH o AS (
                    SELECT debtor_id,
                           sum(amount_residual) FILTER (WHERE amount_residual > 0)
                               AS debts,
                           -sum(amount_residual) FILTER (WHERE amount_residual < 0)
                               AS credits,
                           bool_or(hold_reason = 'insolvency') AS is_insolvent,
                           bool_or(hold_reason = 'handoff') AS is_handed_over
                      FROM %(receivables)s v
                     WHERE company_id = %(company)s AND debtor_id IS NOT NULL
                       AND nature IS NOT NULL AND %(chosen)s
                     GROUP BY debtor_id)
                SELECT d.debtor_id, COALESCE(o.debts, 0)::text AS debts,
                       COALESCE(o.credits, 0)::text AS credits,
                       COALESCE(o.is_insolvent, FALSE) AS is_insolvent,
                       COALESCE(o.is_handed_over, FALSE) AS is_handed_over,
                       COALESCE(f.monthly_statement, s.monthly_statement) AS wish
                  FROM (SELECT debtor_id FROM o
                        UNION
                        SELECT debtor_id FROM collection_debtor
                         WHERE company_id = %(company)s AND active AND %(chosen)s) d
                  LEFT JOIN o ON o.debtor_id = d.debtor_id
                  LEFT JOIN collection_debtor f
                         ON f.company_id = %(company)s AND f.debtor_id = d.debtor_id
                  LEFT JOIN collection_segment s ON s.id = f.segment_id
                 ORDER BY d.debtor_id""",
                receivables=receivables._table_sql,
                company=company.id,
                chosen=chosen,
            )
        )

    @api.model
    def _read_blocks(self, company, today, debtor_ids) -> dict[int, set[str]]:
        """Return debtor -> holds of a person that forbid a statement of ours.

        A claim that somebody else collects, or that the law freezes, is not asked for
        by us, whether the hold is on the debtor or on one of its invoices.
        """
        self.env["collection.hold"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT debtor_id, reason FROM collection_hold
                    WHERE company_id = %(company)s AND debtor_id IN %(ids)s AND active
                      AND reason IN ('handed_over', 'legal')
                      AND (date_start IS NULL OR date_start <= %(today)s)
                      AND (date_end IS NULL OR date_end >= %(today)s)""",
                company=company.id,
                ids=tuple(debtor_ids) or (0,),
                today=today,
            )
        )
        found: dict[int, set[str]] = {}
        for debtor, reason in rows:
            found.setdefault(debtor, set()).add(reason)
        return found

    @api.model
    def _read_contacts(self, company, debtor_ids) -> dict[int, tuple]:
        """Return debtor -> e-mail address, whether only refused ones exist, post."""
        recipients = self.env["collection.recipient"]
        addresses = recipients._get_addresses(company, debtor_ids)
        chains = recipients._read_chains(company, debtor_ids)
        partners = self.env["res.partner"]
        found = {}
        for debtor in debtor_ids:
            known = addresses.get(debtor, {})
            email = known.get(("email", "accounting"))
            contacts = partners.browse(one for _role, one in chains.get(debtor, []))
            has_any = any(recipients._get_email(partner) for partner in contacts)
            post = known.get(("letter", "accounting"))
            found[debtor] = (email, has_any and not email, post)
        return found

    # === ONCE === #

    @api.model
    def _plan_month(self, company, state: MonthlyState, today, confirmed, commit=None):
        """Write a record for each debtor that gets a statement or should.

        :param confirmed: whether they leave without a manager's confirmation
        :param commit: called after each batch, False = time is over
        :return: whether every debtor was looked at
        """
        decisions = self._decide(company, today)
        done = self._read_done(company, state.month)
        todo = [
            one
            for one in decisions
            if (one.channel or one.reason in RECORDED) and one.debtor_id not in done
        ]
        for start in range(0, len(todo), BATCH):
            self._write_month(
                company, state, today, todo[start : start + BATCH], confirmed
            )
            if commit and not commit():
                return start + BATCH >= len(todo)
        company.sudo().collection_statement_month = state.month
        return True

    @api.model
    def _read_done(self, company, month) -> set[int]:
        dispatches = self.env["collection.dispatch"].sudo()
        found = dispatches.search_fetch(
            [("company_id", "=", company.id), ("month", "=", month)], ["debtor_id"]
        )
        return set(found.debtor_id.ids)

    @api.model
    def _write_month(self, company, state, today, decisions, confirmed) -> None:
        """Insert the records of some debtors, in one statement."""
        files = self.env["collection.debtor"].sudo().with_context(active_test=False)
        ids = [one.debtor_id for one in decisions]
        files._ensure_files(company, ids)
        found = files.search(
            [("company_id", "=", company.id), ("debtor_id", "in", ids)]
        )
        by_debtor = found.grouped("debtor_id")
        partners = self.env["res.partner"].sudo()
        rows = []
        for one in decisions:
            debtor = partners.browse(one.debtor_id)
            recipient = partners.browse(one.recipient_id)
            is_left_out = not one.channel
            rows.append(
                {
                    "company_id": company.id,
                    "file_id": by_debtor[debtor].id,
                    "debtor_id": debtor.id,
                    "kind": "statement",
                    "origin": "monthly",
                    "month": state.month,
                    "channel": one.channel or "email",
                    "state": self._get_first_state(is_left_out, confirmed),
                    "skip_code": one.reason if is_left_out else False,
                    "date": today,
                    "amount": float(one.balance),
                    "recipient_id": recipient.id,
                    "recipient_address": one.address,
                    "lang": self._get_language(company, recipient, debtor),
                    "attempts": 0,
                }
            )
        insert_rows(self.env["collection.dispatch"].sudo(), rows)

    @staticmethod
    def _get_first_state(is_left_out: bool, confirmed: bool) -> str:
        if is_left_out:
            return "skipped"
        return "queued" if confirmed else "to_confirm"

    # === THE SCHEDULED ACTION === #

    @api.model
    def _cron_monthly(self):
        """Plan the month where its day has come, then make and queue what waits."""
        cron = self.env["ir.cron"]
        companies = self.env["res.company"].sudo()
        companies = companies.search([("collection_statement_policy", "!=", "off")])
        dispatches = self.env["collection.dispatch"].sudo()
        for company in companies:
            local = self.with_company(company).with_context(
                allowed_company_ids=company.ids, **QUIET
            )
            state = local._get_month_state(company)
            if state.waits:
                continue
            today = local._get_day(company)
            is_complete = local._plan_month(
                company,
                state,
                today,
                company.collection_live,
                commit=lambda: cron._commit_progress(1, remaining=1),
            )
            if not is_complete:
                return
        dispatches._retry_connections()
        dispatches.with_context(**QUIET)._make_waiting(cron)


class CollectionDispatch(models.Model):
    """Monthly statements from their record to the mail queue or the list of letters."""

    _inherit = "collection.dispatch"

    @api.model
    def _get_unmade_domain(self):
        """Return the monthly statements that wait for their PDF."""
        return [
            ("origin", "=", "monthly"),
            ("state", "=", "queued"),
            "|",
            "&",
            ("channel", "=", "email"),
            ("mail_id", "=", False),
            "&",
            ("channel", "=", "letter"),
            ("document_ids", "=", False),
        ]

    @api.model
    def _make_waiting(self, cron) -> None:
        """Make the PDFs of the statements that wait, a call at a time."""
        domain = self._get_unmade_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        while batch := self.search(
            domain, limit=LETTERS_PER_CALL, order="company_id, id"
        ):
            locked = batch.try_lock_for_update()
            if not locked:
                break
            locked._make_safely()
            left = cron._commit_progress(len(locked))
            if not left or len(locked) < len(batch):
                break

    def _make_safely(self) -> None:
        """Make a batch; whoever breaks it is found by halves and marked failed."""
        try:
            with self.env.cr.savepoint():
                self._make_monthly()
        except CONFLICTS:
            raise
        except Exception as error:
            self.env.invalidate_all()
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._make_safely()
                self[half:]._make_safely()
                return
            _logger.exception("The monthly statement %s cannot be made", self.id)
            self._set_failed("other", str(error))

    def _make_monthly(self) -> None:
        """Make statements and hand them to the mail queue; the rest is to be posted."""
        made = self.browse(self._make_statements())
        empty = (self - made).filtered(lambda one: one.state == "queued")
        empty._update_state("cancelled", reason=self.env._("Nothing is open any more."))
        made.filtered(lambda one: one.channel == "email")._queue_mails()

    @api.model
    def _retry_connections(self) -> None:
        """Take up again mails whose server was not reached, an hour later."""
        now = fields.Datetime.now()
        week = now.date() - datetime.timedelta(days=7)
        failed = self.search(
            [
                ("state", "=", "failed"),
                ("failure_code", "=", "connection"),
                ("attempts", "<", AUTOMATIC_ATTEMPTS),
                ("date", ">=", week),
                ("write_date", "<", now - datetime.timedelta(hours=1)),
            ]
        )
        for dispatch in failed:
            dispatch.attempts += 1
        failed._retry()

    def _reconsider(self) -> None:
        """Decide anew on monthly statements that failed or were left out.

        :raise UserError: a debtor still cannot get one
        """
        statements = self.env["collection.statement"].sudo()
        for company, group in self.grouped("company_id").items():
            today = statements._get_day(company)
            local = statements.with_company(company)
            found = local._decide(company, today, group.debtor_id.ids)
            decisions = {one.debtor_id: one for one in found}
            for dispatch in group:
                dispatch._apply_decision(decisions.get(dispatch.debtor_id.id), company)
        self.env.ref(MAKE_CRON).sudo()._trigger()

    def _apply_decision(self, decision: Decision | None, company) -> None:
        self.ensure_one()
        if not decision or not decision.channel:
            code = decision.reason if decision else "nothing_open"
            self._update_state("skipped", skip_code=code if code in RECORDED else False)
            return
        recipient = self.env["res.partner"].browse(decision.recipient_id)
        self._update_state(
            "queued" if company.collection_live else "to_confirm",
            channel=decision.channel,
            recipient_id=recipient.id,
            recipient_address=decision.address,
            lang=self.env["collection.statement"]._get_language(
                company, recipient, self.debtor_id
            ),
            skip_code=False,
            failure_code=False,
            reason=False,
            mail_id=False,
            claimed_at=False,
        )
