# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .account_account import CHASED_NATURES

#: why a receivable is not chased; the first in this order is shown
HOLD_REASONS = [
    ("insolvency", "Insolvency"),
    ("handoff", "Handed over"),
    ("excluded", "Excluded"),
    ("dispute", "Dispute"),
    ("plan", "Payment plan"),
    ("promise", "Promise to pay"),
    ("reply", "Reply to handle"),
    ("einvoice", "E-invoice status"),
    ("probable_payment", "Probable payment"),
    ("payment_method", "Direct debit or bill"),
    ("factored", "Factored"),
    ("limitation", "Limitation"),
    ("minimum", "Below the minimum"),
]
#: what puts off a debtor's day, its receivables being free; in the order that counts
DEFERRALS = [
    ("prerequisite", "Needs an earlier step"),
    ("unmatched_receipt", "A receipt is being matched"),
    ("bank_stale", "Bank not up to date"),
    ("calendar", "Not a working day"),
    ("frequency", "Contacted enough"),
    ("minimum_total", "Total too small"),
    ("no_address", "No usable address"),
]
#: code -> rank, tens, so that another add-on can put its own in between
RANKS = {code: 10 * rank for rank, (code, _label) in enumerate(HOLD_REASONS, 1)}
EPOCH = datetime.date(2000, 1, 1)
#: stands for a hold without end, before every date in the order of ends
OPEN_END = -1_000_000


class HoldSource(NamedTuple):
    """What keeps receivables from being chased.

    :param rank: the lowest rank is the reason shown
    :param sql: SELECT of move_line_id, amount, until: the receivable's journal item,
        the amount held in its currency (NULL = the whole receivable) and the last
        day of the hold (NULL = open); at most one row per source and receivable
    :param is_partial: an amount below the residual leaves the rest to be chased
    :param reduces_due: what is held is not claimed (a dispute; not an exclusion)
    """

    code: str
    rank: int
    sql: SQL
    is_partial: bool = True
    reduces_due: bool = True


class CollectionReceivableQuery(models.AbstractModel):
    """The one query over the ledger: receivables, their step due, their holds.

    Everything beside the journal item is joined on a provably unique side (primary
    key, full unique index, GROUP BY), so that PostgreSQL drops the joins which a
    query does not use: a count reads the journal items alone.
    """

    _name = "collection.receivable.query"
    _description = "Receivable query"

    @api.model
    def _get_today(self) -> datetime.date:
        """Return the policy's day: ``collection_date`` of the context, else today."""
        day = self.env.context.get("collection_date")
        return fields.Date.to_date(day) if day else fields.Date.context_today(self)

    # === HOLD REGISTRY === #

    @api.model
    def _hold_sources(self) -> list[HoldSource]:
        """Return the sources of holds; other models and add-ons append theirs."""
        today = self._get_today()
        sources = self.env["collection.hold"]._get_hold_sources(today)
        if self._has_guards():
            sources += self.env["collection.probable.payment"]._get_hold_sources(today)
        return sources

    @api.model
    def _hold_conditions(self) -> list[tuple[str, int, SQL]]:
        """Return holds that the journal item itself shows: code, rank, condition.

        The condition may use ``l`` (account_move_line), ``m`` (account_move), ``c``
        (res_company) and what the limitation needs (collection_limitation_query.py).
        """
        if not self._has_guards():
            return []
        excluded = SQL("l.no_followup IS TRUE OR m.payment_state = 'blocked'")
        paid = SQL("m.payment_state = 'in_payment'")
        small = SQL("l.amount_residual < c.collection_minimum_amount")
        barred = self.env["collection.limitation.query"]._sql_barred_consumer(
            self._get_today()
        )
        conditions = [
            ("excluded", RANKS["excluded"], excluded),
            ("probable_payment", RANKS["probable_payment"], paid),
            ("minimum", RANKS["minimum"], small),
        ]
        if barred:
            conditions.append(("limitation", RANKS["limitation"], barred))
        return conditions

    @api.model
    def _has_guards(self) -> bool:
        """Tell whether holds, deferrals and minimums apply (off: plain arithmetic)."""
        return self.env.context.get("collection_guards", True)

    @api.model
    def _sql_holds(self, sources: list[HoldSource]) -> SQL:
        """Return one row per held receivable.

        ``whole`` and ``part`` are arrays (rank, minus the days from the epoch to the
        end): the least one is the first reason with its latest end, an open one first.
        """
        union = SQL(" UNION ALL ").join(
            SQL(
                "SELECT s.move_line_id, s.amount, s.until, %s AS rank,"
                " %s AS is_partial, %s AS reduces_due FROM (%s) s",
                source.rank,
                source.is_partial,
                source.reduces_due,
                source.sql,
            )
            for source in sources
        )
        code = SQL("ARRAY[rank, COALESCE(%s::date - until, %s)]", EPOCH, OPEN_END)
        return SQL(
            """
            SELECT move_line_id,
                   min(%(code)s) FILTER (WHERE amount IS NULL OR NOT is_partial)
                       AS whole,
                   min(%(code)s) AS part,
                   sum(amount) FILTER (WHERE reduces_due) AS amount,
                   bool_or(amount IS NULL AND reduces_due) AS is_all
              FROM (%(union)s) h
             GROUP BY move_line_id""",
            code=code,
            union=union,
        )

    # === THE QUERY === #

    @property
    def _table_query(self) -> SQL:
        accounts = self.env["account.account"]._get_collection_accounts()
        limitation = self.env["collection.limitation.query"]
        conditions = self._hold_conditions()
        parts = self._get_expressions(accounts, conditions)
        return SQL(
            """
    SELECT l.id, l.id AS move_line_id, l.move_id, l.move_name AS document,
           l.ref AS reference, p.commercial_partner_id AS debtor_id, f.id AS file_id,
           l.company_id, l.company_currency_id, l.currency_id, %(nature)s AS nature,
           COALESCE(l.invoice_date, l.date) AS invoice_date, %(due)s AS date_due,
           l.date_maturity IS NULL AS has_no_due_date, l.no_followup,
           l.amount_residual, l.amount_residual_currency,
           l.amount_currency AS amount_total,
           f.segment_id, f.collector_id, %(scenario)s AS scenario_id,
           r.level[2] AS level_id, last.step_id, last.id AS last_line_id,
           last.channel, f.case_id, %(days)s AS days_overdue, %(bucket)s AS bucket,
           %(held)s AS amount_held,
           l.amount_residual_currency - %(held)s AS amount_due,
           %(reason)s AS hold_reason, %(until)s AS hold_until,
           pol.steps[%(step)s] AS due_step_id, %(status)s AS status,
           %(deferral)s AS deferral_code,
           last.state AS last_state, last.delay AS last_delay, last.date AS last_date,
           r.first_written, r.notice_on, %(limitation)s AS limitation_date
      FROM account_move_line l
      LEFT JOIN account_move m ON m.id = l.move_id
      LEFT JOIN res_partner p ON p.id = l.partner_id
      LEFT JOIN res_company c ON c.id = l.company_id
      LEFT JOIN collection_debtor f
             ON f.company_id = l.company_id AND f.debtor_id = p.commercial_partner_id
      LEFT JOIN (%(policy)s) pol ON pol.scenario_id = %(scenario)s
      LEFT JOIN collection_followup_line last ON last.latest_move_line_id = l.id
      LEFT JOIN (%(reached)s) r ON r.move_line_id = l.id
      LEFT JOIN (%(holds)s) h ON h.move_line_id = l.id
      LEFT JOIN res_partner cp ON cp.id = p.commercial_partner_id
      LEFT JOIN res_partner home ON home.id = c.partner_id
      LEFT JOIN (%(events)s) lim ON lim.move_line_id = l.id
     WHERE l.account_id IN %(accounts)s
       AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND l.amount_residual_currency <> 0""",
            accounts=tuple(sum(accounts.values(), ())) or (0,),
            policy=self._sql_policy(),
            reached=self._sql_reached(),
            holds=self._sql_holds(self._hold_sources()),
            limitation=limitation._sql_limitation(),
            events=limitation._sql_events(),
            **parts,
        )

    @api.model
    def _get_expressions(self, accounts: dict, conditions: list) -> dict[str, SQL]:
        """Return the query's expressions, each defined once."""
        today = self._get_today()
        due = SQL("COALESCE(l.date_maturity, l.date)")
        days = SQL("(%s::date - %s)", today, due)
        whens = SQL(" ").join(
            SQL("WHEN l.account_id IN %s THEN %s", ids, nature)
            for nature, ids in accounts.items()
            if ids
        )
        nature = SQL("CASE %s END", whens) if whens else SQL("NULL::varchar")
        chased = SQL("%s IN %s", nature, CHASED_NATURES)
        hold = SQL(
            """LEAST(h.whole,
                     CASE WHEN h.amount >= l.amount_residual_currency THEN h.part END
                     %s)""",
            SQL("").join(
                SQL(", CASE WHEN %s THEN ARRAY[%s, %s] END", condition, rank, OPEN_END)
                for _code, rank, condition in conditions
            ),
        )
        hold = SQL("CASE WHEN l.amount_residual > 0 THEN %s END", hold)
        ranks = dict(RANKS)
        ranks.update({code: rank for code, rank, _condition in conditions})
        ranks.update({source.code: source.rank for source in self._hold_sources()})
        codes = SQL(" ").join(
            SQL("WHEN %s THEN %s", rank, code) for code, rank in ranks.items()
        )
        reason = SQL("CASE (%s)[1] %s END", hold, codes)
        step = self._sql_step(today, due, days, chased)
        return {
            "nature": nature,
            "due": due,
            "days": days,
            "scenario": self._sql_scenario(),
            "bucket": SQL(
                """CASE WHEN %(days)s <= 0 THEN 'not_due'
                        WHEN %(days)s <= 30 THEN 'd1_30'
                        WHEN %(days)s <= 60 THEN 'd31_60'
                        WHEN %(days)s <= 90 THEN 'd61_90' ELSE 'd91' END""",
                days=days,
            ),
            "held": SQL(
                """CASE WHEN l.amount_residual < 0
                        THEN -LEAST(COALESCE(h.amount, 0), -l.amount_residual_currency)
                        WHEN h.is_all THEN l.amount_residual_currency
                        ELSE LEAST(COALESCE(h.amount, 0), l.amount_residual_currency)
                   END"""
            ),
            "reason": reason,
            "until": SQL("%s::date - NULLIF((%s)[2], %s)", EPOCH, hold, OPEN_END),
            "step": step,
            "deferral": SQL(
                """CASE WHEN f.deferral_on = %(today)s AND %(step)s IS NOT NULL
                             AND %(reason)s IS NULL
                        THEN f.deferral_code END""",
                today=today,
                step=step,
                reason=reason,
            ),
            "status": SQL(
                """CASE WHEN l.amount_residual < 0 THEN 'credit'
                        WHEN NOT COALESCE(%(chased)s, FALSE)
                             OR pol.scenario_id IS NULL
                             OR p.commercial_partner_id IS NULL THEN 'untracked'
                        WHEN %(reason)s IS NOT NULL THEN 'held'
                        WHEN last.state = 'failed' THEN 'failed'
                        WHEN %(step)s IS NOT NULL THEN 'due'
                        WHEN last.state IN ('planned', 'to_confirm', 'queued')
                        THEN 'in_progress'
                        WHEN %(days)s <= 0 THEN 'not_due'
                        WHEN last.delay >= pol.delays[array_length(pol.delays, 1)]
                        THEN 'done'
                        ELSE 'waiting' END""",
                chased=chased,
                reason=reason,
                step=step,
                days=days,
            ),
        }

    @api.model
    def _sql_scenario(self) -> SQL:
        """Return the scenario: the file's or its segment's, else the company's.

        The companies' are literals: a join condition over two optional tables would
        keep both in every query.
        """
        defaults = self.env["res.company"]._get_collection_scenarios()
        whens = SQL(" ").join(
            SQL("WHEN %s THEN %s", company, scenario)
            for company, scenario in defaults.items()
        )
        if not defaults:
            return SQL("f.chosen_scenario_id")
        return SQL("COALESCE(f.chosen_scenario_id, CASE l.company_id %s END)", whens)

    @api.model
    def _sql_step(self, today, due: SQL, days: SQL, chased: SQL) -> SQL:
        """Return the index of the step due in the policy's arrays (core/ladder.py)."""
        reached = SQL("width_bucket(%s, pol.delays)", days)
        entry = SQL("width_bucket(pol.entry_delay, pol.delays)")
        following = SQL(
            """GREATEST(width_bucket(last.delay, pol.delays) + 1,
                        CASE WHEN %s > 0 THEN pol.first_after ELSE 1 END)""",
            days,
        )
        start = SQL(
            """CASE WHEN %(reached)s = 0 THEN NULL
                    WHEN %(days)s <= 0
                    THEN CASE WHEN COALESCE(l.invoice_date, l.date)
                                   <= %(due)s + pol.delays[%(reached)s]
                              THEN %(reached)s END
                    WHEN %(reached)s >= pol.first_after
                    THEN LEAST(%(reached)s, %(entry)s) END""",
            reached=reached,
            days=days,
            due=due,
            entry=entry,
        )
        later = SQL(
            """CASE WHEN pol.delays[%(next)s] <= %(days)s
                     AND last.date < %(today)s::date
                     AND (last.delay < 0 OR %(today)s::date >= last.date
                          + LEAST(pol.delays[%(next)s] - last.delay, pol.catch_up))
                    THEN %(next)s END""",
            next=following,
            days=days,
            today=today,
        )
        return SQL(
            """CASE WHEN l.amount_residual > 0 AND %s
                     AND p.commercial_partner_id IS NOT NULL
                    THEN CASE WHEN last.id IS NULL THEN %s ELSE %s END END""",
            chased,
            start,
            later,
        )

    @api.model
    def _sql_policy(self) -> SQL:
        """Return one row per scenario: its delays and steps as arrays."""
        return SQL(
            """
            SELECT st.scenario_id, min(sc.catch_up_days) AS catch_up,
                   array_agg(st.delay_days ORDER BY st.delay_days) AS delays,
                   array_agg(st.id ORDER BY st.delay_days) AS steps,
                   1 + count(*) FILTER (WHERE st.delay_days <= 0)::int AS first_after,
                   COALESCE(min(st.delay_days) FILTER (WHERE st.is_entry),
                            min(st.delay_days) FILTER (WHERE st.delay_days > 0))
                       AS entry_delay
              FROM collection_step st
              JOIN collection_scenario sc ON sc.id = st.scenario_id
             WHERE st.active
             GROUP BY st.scenario_id"""
        )

    @api.model
    def _sql_reached(self) -> SQL:
        """Return per receivable what was *performed*; what failed is not reached."""
        return SQL(
            """
            SELECT move_line_id, max(ARRAY[delay, level_id]) AS level,
                   min(performed_on) FILTER (
                       WHERE delay > 0
                         AND channel IN ('email', 'sms', 'letter', 'registered'))
                       AS first_written,
                   max(performed_on) FILTER (WHERE claimed) AS notice_on
              FROM collection_followup_line
             WHERE state = 'performed' AND counted AND is_internal IS NOT TRUE
             GROUP BY move_line_id"""
        )
