# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL

from .collection_followup_mail import AUTOMATIC_ATTEMPTS, RETRIED


class CollectionEngine(models.AbstractModel):
    """What a run looks at in the ledger before it plans, and after."""

    _inherit = "collection.engine"

    @api.model
    def _prepare_day(self, company, today, debtors, shard):
        """Look at the ledger before planning: receipts, what is no longer due."""
        if not self.env["collection.receivable"]._has_guards():
            return
        self.env["collection.bank.detail"]._begin_day(company, today)
        probable = self.env["collection.probable.payment"]
        receipts = probable._refresh(company, today, debtors, shard)
        receipts._report_expired(company, today)
        self._review_open(company, debtors, shard)

    @api.model
    def _review_open(self, company, debtors, shard):
        """Look again at what was planned before and did not leave.

        Tasks, unconfirmed messages and letters not yet printed about what is paid or
        held since are cancelled; mails and text messages whose server was not reached
        are taken up again.
        """
        receivables = self.env["collection.receivable"]
        followups = self.env["collection.followup"]
        followups.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.id, v.is_unreached
                  FROM (SELECT w.id, w.debtor_id, w.failure_code IN %(retried)s
                               AND w.state = 'failed' AS is_unreached,
                               count(a.id) AS alive
                          FROM collection_followup w
                          LEFT JOIN collection_followup_line e
                                 ON e.followup_id = w.id AND e.counted
                          LEFT JOIN %(receivables)s a ON a.id = e.move_line_id
                                AND a.hold_reason IS NULL AND a.amount_due > 0
                         WHERE w.company_id = %(company)s
                           AND (w.state IN ('planned', 'to_confirm')
                                OR (w.state = 'queued' AND w.printed_at IS NULL
                                    AND w.claimed_at IS NULL
                                    AND w.channel IN ('letter', 'registered'))
                                OR (w.state = 'failed'
                                    AND w.channel IN ('email', 'sms')
                                    AND w.failure_code IN %(retried)s
                                    AND w.attempts < %(attempts)s))
                           AND EXISTS (SELECT 1 FROM collection_followup_line x
                                        WHERE x.followup_id = w.id)
                         GROUP BY w.id) v
                 WHERE (v.alive = 0 OR v.is_unreached) AND %(scope)s""",
                receivables=receivables._table_sql,
                company=company.id,
                attempts=AUTOMATIC_ATTEMPTS,
                retried=RETRIED,
                scope=self._sql_debtors(debtors, shard),
            )
        )
        unreached = followups.browse(row[0] for row in rows if row[1])
        obsolete = followups.browse(row[0] for row in rows if not row[1])
        obsolete._cancel(self.env._("Paid or held since it was planned."))
        unreached._retry()

    @api.model
    def _close_cases(self, company, today, debtors, shard) -> int:
        """Close the cases of debtors that have nothing overdue; return how many."""
        cases = self._find_cured(company, debtors, shard)
        cases._cancel_own_calls()
        cases._close(today)
        return len(cases)

    @api.model
    def _find_cured(self, company, debtors, shard):
        """Return the open cases of debtors that have nothing overdue."""
        receivables = self.env["collection.receivable"]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.id FROM collection_case v
                 WHERE v.company_id = %s AND v.state = 'open' AND %s
                   AND NOT EXISTS (
                       SELECT 1 FROM %s a
                        WHERE a.company_id = v.company_id
                          AND a.debtor_id = v.debtor_id AND a.days_overdue > 0
                          AND a.amount_residual > 0
                          AND a.nature IN ('trade', 'doubtful'))""",
                company.id,
                self._sql_debtors(debtors, shard),
                receivables._table_sql,
            )
        )
        return self.env["collection.case"].browse(row[0] for row in rows)

    @api.model
    def _get_last_bank_day(self, company):
        """Return the day up to which the bank is known, None without any bank line.

        With several bank journals: the stalest of those used in the last 90 days.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT max(m.date)
                  FROM account_bank_statement_line b
                  JOIN account_move m ON m.id = b.move_id
                  JOIN account_journal j ON j.id = b.journal_id
                 WHERE m.company_id = %s AND j.type = 'bank'
                 GROUP BY b.journal_id""",
                company.id,
            )
        )
        days = sorted(row[0] for row in rows)
        if not days:
            return None
        recent = [day for day in days if (days[-1] - day).days <= 90]
        return recent[0]
