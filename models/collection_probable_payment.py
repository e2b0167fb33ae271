# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL

from ..core import matching
from .collection_receivable_query import RANKS, HoldSource

REASONS = [
    (matching.BY_DOCUMENT, "Names the document"),
    (matching.BY_AMOUNT, "Same amount"),
    (matching.BY_TOTAL, "Equals everything overdue"),
    (matching.BY_COVER, "Covers everything overdue"),
]


class CollectionProbablePayment(models.Model):
    """A receipt that is not matched yet and probably pays a receivable.

    Found again at each run and whenever money or an invoice is booked; gone from the
    holds at once when the receipt is matched. It holds the receivable for a few
    working days; then written steps wait for a person, who was given a task.
    """

    _name = "collection.probable.payment"
    _description = "Probable payment"
    _inherit = ["collection.probable.payment.search"]
    _order = "date desc, id desc"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    debtor_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    move_line_id = fields.Many2one(
        "account.move.line", "Receivable", required=True, ondelete="cascade", index=True
    )
    credit_line_id = fields.Many2one(
        "account.move.line",
        "Unallocated credit",
        ondelete="cascade",
        index="btree_not_null",
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank line",
        ondelete="cascade",
        index="btree_not_null",
    )
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary("Explained amount", required=True)
    receipt_amount = fields.Monetary("Received", required=True)
    date = fields.Date("Received on", required=True)
    date_until = fields.Date("Held through", required=True)
    reason = fields.Selection(REASONS, required=True)
    label = fields.Char()
    is_reported = fields.Boolean(help="The task after the end of the hold was given.")

    _receipt_uniq = models.UniqueIndex(
        "(move_line_id, COALESCE(credit_line_id, 0), COALESCE(statement_line_id, 0))"
    )

    @api.depends("label", "date", "receipt_amount", "currency_id")
    def _compute_display_name(self):
        for found in self:
            amount = found.currency_id.format(found.receipt_amount)
            day = fields.Date.to_string(found.date)
            found.display_name = f"{amount} · {day} · {found.label or ''}"

    # === HOLD REGISTRY === #

    @api.model
    def _sql_open(self) -> SQL:
        """Return the condition under which a row's receipt is still unmatched."""
        return SQL(
            """(y.credit_line_id IS NULL
                OR (k.parent_state = 'posted' AND k.reconciled IS NOT TRUE))
           AND (y.statement_line_id IS NULL OR b.is_reconciled IS NOT TRUE)"""
        )

    @api.model
    def _get_hold_sources(self, today) -> list[HoldSource]:
        """Return the source: receivables that are explained, and the used credits.

        A partial payment holds the receivable all the same: its balance is not known
        before somebody matches.
        """
        rows = SQL(
            """FROM collection_probable_payment y
               JOIN res_company o ON o.id = y.company_id
          LEFT JOIN account_move_line k ON k.id = y.credit_line_id
          LEFT JOIN account_bank_statement_line b ON b.id = y.statement_line_id
              WHERE y.date_until >= %(today)s AND y.date <= %(today)s
                AND y.date > %(today)s::date - o.collection_probable_days
                AND %(open)s""",
            today=today,
            open=self._sql_open(),
        )
        sql = SQL(
            """
            SELECT move_line_id, sum(amount) AS amount, max(until) AS until
              FROM (SELECT y.move_line_id, y.amount, y.date_until AS until %(rows)s
                    UNION ALL
                    SELECT y.credit_line_id, y.amount, y.date_until %(rows)s
                       AND y.credit_line_id IS NOT NULL) found
             GROUP BY move_line_id""",
            rows=rows,
        )
        rank = RANKS["probable_payment"]
        return [HoldSource("probable_payment", rank, sql, is_partial=False)]

    # === AFTER THE HOLD === #

    def _report_expired(self, company, today) -> None:
        """Give a task, once, for each receipt that stays unmatched after its hold."""
        expired = self.filtered(
            lambda receipt: receipt.date_until < today and not receipt.is_reported
        )
        if not expired:
            return
        files = self.env["collection.debtor"]
        files._ensure_files(company, expired.debtor_id.ids)
        files = files.search(
            [
                ("company_id", "=", company.id),
                ("debtor_id", "in", expired.debtor_id.ids),
            ]
        ).grouped("debtor_id")
        quick = self.with_context(mail_activity_quick_update=True)
        for receipt in expired.grouped(
            lambda y: (y.credit_line_id, y.statement_line_id)
        ):
            group = expired.filtered(
                lambda y, receipt=receipt: (
                    (y.credit_line_id, y.statement_line_id) == receipt
                )
            )
            file = files.get(group.debtor_id[:1])
            if file:
                file.with_env(quick.env).activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=today,
                    user_id=company._get_collection_manager().id,
                    summary=self.env._(
                        "Match the receipt: %(receipt)s", receipt=group[0].display_name
                    ),
                )
        expired.is_reported = True

    def action_open_receipt(self):
        """Open the entry of what came in, to match it.

        Of a bank line too: Community has no screen for the line itself, while its
        entry can be put on the customer's account and then be matched.
        """
        self.ensure_one()
        move = self.statement_line_id.move_id or self.credit_line_id.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": move._name,
            "res_id": move.id,
            "view_mode": "form",
        }
