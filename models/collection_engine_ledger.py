# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL


class CollectionEngine(models.AbstractModel):
    """What a run looks at in the ledger before it plans, and after."""

    _inherit = "collection.engine"

    @api.model
    def _prepare_day(self, company, today, debtors, shard):
        """Look at the ledger before planning: receipts, what is no longer due."""
        if not self.env["collection.receivable"]._has_guards():
            return
        probable = self.env["collection.probable.payment"]
        probable._refresh(company, today, debtors, shard)
        probable._report_expired(company, today)
        self._cancel_obsolete(company, debtors, shard)
        self.env["collection.followup"]._retry_connections(company, today)

    @api.model
    def _cancel_obsolete(self, company, debtors, shard):
        """Cancel tasks and unconfirmed messages about what is paid or held since."""
        receivables = self.env["collection.receivable"]
        self.env["collection.followup"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.id
                  FROM collection_followup w
                  LEFT JOIN collection_followup_line e
                         ON e.followup_id = w.id AND e.counted
                  LEFT JOIN %s v ON v.id = e.move_line_id AND v.hold_reason IS NULL
                        AND v.amount_due > 0
                 WHERE w.company_id = %s AND w.state IN ('planned', 'to_confirm')
                 GROUP BY w.id
                HAVING count(v.id) = 0""",
                receivables._table_sql,
                company.id,
            )
        )
        followups = self.env["collection.followup"].browse(row[0] for row in rows)
        followups = followups.filtered(
            lambda followup: (debtors is None or followup.debtor_id in debtors)
            and (not shard or followup.debtor_id.id % shard[1] == shard[0])
        )
        followups._cancel(self.env._("Paid or held since it was planned."))

    @api.model
    def _close_cases(self, company, today, debtors, shard) -> int:
        """Close the cases of debtors that have nothing overdue; return how many."""
        receivables = self.env["collection.receivable"]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT k.id FROM collection_case k
                 WHERE k.company_id = %s AND k.state = 'open' AND %s
                   AND NOT EXISTS (
                       SELECT 1 FROM %s v
                        WHERE v.company_id = k.company_id
                          AND v.debtor_id = k.debtor_id AND v.days_overdue > 0
                          AND v.amount_residual > 0
                          AND v.nature IN ('trade', 'doubtful'))""",
                company.id,
                SQL("TRUE") if debtors is None else SQL(
                    "k.debtor_id IN %s", tuple(debtors.ids) or (0,)
                ),
                receivables._table_sql,
            )
        )
        cases = self.env["collection.case"].browse(row[0] for row in rows)
        if shard:
            cases = cases.filtered(
                lambda case: case.debtor_id.id % shard[1] == shard[0]
            )
        cases._close(today)
        return len(cases)

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
