# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ..core import priority

#: key of the context: ids of the debtors whose receivables are wanted
DEBTORS = "collection_worklist_debtors"
#: what is to do next about a debtor
KINDS = [
    ("unknown", "Fate unknown"),
    ("failed", "Failed"),
    ("handoff", "Decide on the hand-over"),
    ("notice", "Formal notice to confirm"),
    ("answer", "Task"),
    ("call_again", "Call again"),
    ("call", "Call"),
    ("portal", "Look at the portal"),
    ("to_confirm", "To confirm"),
    ("other", "To do"),
]


class CollectionWorklistQuery(models.AbstractModel):
    """The one query of the worklist: debtors with work, what comes next, their rank.

    Sub-selects are grouped by their keys, so that PostgreSQL drops those which a query
    does not use: counting reads no receivable.
    """

    _name = "collection.worklist.query"
    _description = "Worklist query"

    @api.model
    def _get_now(self) -> datetime.datetime:
        """Return the UTC moment up to which work is due.

        The end of the policy's day when the context sets one, else now.
        """
        day = self.env.context.get("collection_date")
        if not day:
            return fields.Datetime.now()
        return datetime.datetime.combine(fields.Date.to_date(day), datetime.time.max)

    @property
    def _table_query(self) -> SQL:
        today = self.env["collection.receivable"]._get_today()
        kind = self._sql_kind("n")
        chosen = SQL(
            """CASE WHEN a.deadline <= %(today)s
                     AND (t.next IS NULL OR t.next[1] = 1 OR -t.next[3] <= %(points)s)
                    THEN 'answer' WHEN t.next IS NOT NULL THEN %(kind)s
                    WHEN a.deadline IS NOT NULL THEN 'answer' END""",
            today=today,
            points=priority.ACTION_POINTS["answer"],
            kind=kind,
        )
        points = {
            "amount": self._sql_amount_points(SQL("r.overdue")),
            "age": self._sql_age_points(SQL("r.oldest")),
            "action": self._sql_action_points(chosen),
        }
        return SQL(
            """
    SELECT f.id, f.id AS file_id, f.debtor_id, f.company_id, c.currency_id,
           f.collector_id, f.segment_id, f.case_id, f.postponed_until,
           COALESCE(r.overdue, 0) AS amount_overdue,
           COALESCE(r.oldest, 0) AS oldest_days,
           COALESCE(t.due_count, 0) AS due_count, a.deadline AS activity_date,
           n.id AS followup_id, %(kind)s AS kind,
           CASE WHEN %(kind)s = 'answer' THEN a.deadline::timestamp
                ELSE COALESCE(n.next_try_at, n.date::timestamp) END AS next_at,
           COALESCE((f.postponed_until IS NULL OR f.postponed_until <= %(today)s)
                    AND (a.deadline <= %(today)s OR COALESCE(n.next_try_at, n.date)
                         < %(today)s::date + 1), FALSE) AS is_today,
           %(amount)s AS points_amount, %(age)s AS points_age,
           %(action)s AS points_action, %(amount)s + %(age)s + %(action)s AS priority
      FROM collection_debtor f
      LEFT JOIN res_company c ON c.id = f.company_id
      LEFT JOIN (%(todo)s) t ON t.file_id = f.id
      LEFT JOIN collection_followup n ON n.id = t.next[5]
      LEFT JOIN collection_level v ON v.id = n.level_id
      LEFT JOIN (%(activities)s) a ON a.file_id = f.id
      LEFT JOIN (%(receivables)s) r
             ON r.company_id = f.company_id AND r.debtor_id = f.debtor_id
     WHERE f.active AND (f.case_id IS NOT NULL OR t.file_id IS NOT NULL
                         OR a.file_id IS NOT NULL)""",
            today=today,
            kind=chosen,
            todo=self._sql_todo(),
            activities=self._sql_activities(),
            receivables=self._sql_receivables(),
            **points,
        )

    @api.model
    def _sql_kind(self, alias: str) -> SQL:
        """Return what a follow-up asks for; ``v`` is its level."""
        return SQL(
            """CASE WHEN %(n)s.state = 'failed' AND %(n)s.failure_code = 'unknown_fate'
                    THEN 'unknown'
                    WHEN %(n)s.state = 'failed' THEN 'failed'
                    WHEN %(n)s.channel = 'handoff' THEN 'handoff'
                    WHEN %(n)s.state = 'to_confirm' AND v.code = 'notice' THEN 'notice'
                    WHEN %(n)s.channel = 'call' AND %(n)s.attempts > 0
                    THEN 'call_again'
                    WHEN %(n)s.channel = 'call' THEN 'call'
                    WHEN %(n)s.channel = 'portal' THEN 'portal'
                    WHEN %(n)s.state = 'to_confirm' THEN 'to_confirm'
                    ELSE 'other' END""",
            n=SQL.identifier(alias),
        )

    @api.model
    def _sql_todo(self) -> SQL:
        """Return file -> its next follow-up to work on, as an array.

        The array sorts by itself: what is due first by its points, then what comes
        by its moment; the last element is the follow-up.
        """
        return SQL(
            """
            SELECT w.file_id, count(*) FILTER (WHERE w.at <= %(now)s) AS due_count,
                   min(ARRAY[CASE WHEN w.at > %(now)s THEN 1 ELSE 0 END,
                             CASE WHEN w.at > %(now)s
                                  THEN extract(epoch FROM w.at)::bigint ELSE 0 END,
                             - (%(points)s), extract(epoch FROM w.at)::bigint, w.id])
                       AS next
              FROM (SELECT w.id, w.file_id, %(kind)s AS kind,
                           COALESCE(w.next_try_at, w.date::timestamp) AS at
                      FROM collection_followup w
                      JOIN collection_level v ON v.id = w.level_id
                     WHERE w.state IN ('planned', 'to_confirm', 'failed')) w
             GROUP BY w.file_id""",
            now=self._get_now(),
            kind=self._sql_kind("w"),
            points=self._sql_action_points(SQL("w.kind")),
        )

    @api.model
    def _sql_activities(self) -> SQL:
        return SQL(
            """SELECT y.res_id AS file_id, min(y.date_deadline) AS deadline
                 FROM mail_activity y
                WHERE y.res_model = 'collection.debtor' AND y.active
                GROUP BY y.res_id"""
        )

    @api.model
    def _sql_receivables(self) -> SQL:
        """Return what is overdue as ``collection.debtor.amount_overdue`` counts it.

        Who asks for some debtors alone names them in the context: PostgreSQL does not
        push a join's condition into a grouped sub-select.
        """
        debtors = self.env.context.get(DEBTORS)
        return SQL(
            """SELECT x.company_id, x.debtor_id, sum(x.amount_residual) AS overdue,
                      max(x.days_overdue) AS oldest
                 FROM %s x
                WHERE x.amount_residual > 0 AND x.days_overdue > 0
                  AND x.nature <> 'retention' AND %s
                GROUP BY x.company_id, x.debtor_id""",
            self.env["collection.receivable"]._table_sql,
            SQL("TRUE")
            if debtors is None
            else SQL("x.debtor_id IN %s", tuple(debtors)),
        )

    # === POINTS (core/priority.py) === #

    @api.model
    def _sql_amount_points(self, overdue: SQL) -> SQL:
        return SQL(
            """CASE WHEN COALESCE(%(overdue)s, 0) <= %(floor)s THEN 0
                    ELSE LEAST(%(most)s, floor(%(each)s
                               * log((%(overdue)s / %(floor)s)::float8) + 0.5)::int)
                    END""",
            overdue=overdue,
            floor=priority.AMOUNT_FLOOR,
            each=priority.AMOUNT_POINTS,
            most=priority.AMOUNT_MOST,
        )

    @api.model
    def _sql_age_points(self, days: SQL) -> SQL:
        return SQL(
            "LEAST(%s, GREATEST(COALESCE(%s, 0), 0) / %s)",
            priority.AGE_MOST,
            days,
            priority.DAYS_PER_POINT,
        )

    @api.model
    def _sql_action_points(self, kind: SQL) -> SQL:
        whens = SQL(" ").join(
            SQL("WHEN %s THEN %s", code, points)
            for code, points in priority.ACTION_POINTS.items()
        )
        return SQL("CASE %s %s ELSE 0 END", kind, whens)
