# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.tools import SQL

from .account_account import CHASED_NATURES
from .collection_receivable import BUCKETS
from .collection_receivable_query import RANKS


class CollectionHeldReport(models.Model):
    """Money held: receivables that are not chased, or not wholly, and who decided it.

    What is held, how much and until when are the receivable query's; the hold adds
    its author and its review day. Holds without an author come from the ledger or
    from the machine (a payment that is being matched).
    """

    _name = "collection.held.report"
    _description = "Held money"
    _auto = False
    _order = "date_review, amount_held_company desc, id"
    _rec_name = "document"
    _depends = {
        "collection.receivable": [
            "amount_held",
            "amount_residual",
            "hold_reason",
            "hold_until",
        ],
        "collection.hold": [
            "active",
            "date_end",
            "date_review",
            "date_start",
            "debtor_id",
            "move_id",
            "move_line_id",
            "reason",
            "user_id",
        ],
    }

    receivable_id = fields.Many2one("collection.receivable", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    document = fields.Char(readonly=True)
    debtor_id = fields.Many2one("res.partner", readonly=True)
    file_id = fields.Many2one("collection.debtor", "Debtor file", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    hold_id = fields.Many2one("collection.hold", readonly=True)
    user_id = fields.Many2one("res.users", "Author", readonly=True)
    decision = fields.Selection(
        selection="_selection_decision",
        readonly=True,
        help="What the author gave as the reason of the hold.",
        depends_context=("collection_date",),
    )

    days_overdue = fields.Integer(
        "Days late",
        readonly=True,
        aggregator="max",
        depends_context=("collection_date",),
    )
    bucket = fields.Selection(
        BUCKETS, readonly=True, depends_context=("collection_date",)
    )
    reason = fields.Selection(
        selection="_selection_reason",
        readonly=True,
        depends_context=("collection_date",),
    )
    hold_until = fields.Date(
        "Until", readonly=True, depends_context=("collection_date",)
    )
    date_review = fields.Date(
        "Review on", readonly=True, depends_context=("collection_date",)
    )
    review = fields.Selection(
        [
            ("late", "Review is due"),
            ("none", "Neither end nor review"),
            ("planned", "Review or end to come"),
        ],
        readonly=True,
        depends_context=("collection_date",),
    )
    amount_held = fields.Monetary(
        "Held", readonly=True, depends_context=("collection_date",)
    )
    amount_held_company = fields.Monetary(
        "Held (company currency)",
        "company_currency_id",
        readonly=True,
        depends_context=("collection_date",),
    )
    amount_overdue_company = fields.Monetary(
        "Of which overdue (company currency)",
        "company_currency_id",
        readonly=True,
        depends_context=("collection_date",),
    )

    @api.model
    def _selection_reason(self):
        field = self.env["collection.receivable"]._fields["hold_reason"]
        return field._description_selection(self.env)

    @api.model
    def _selection_decision(self):
        field = self.env["collection.hold"]._fields["reason"]
        return field._description_selection(self.env)

    @property
    def _table_query(self) -> SQL:
        receivables = self.env["collection.receivable"]
        today = receivables._get_today()
        sources = receivables._hold_sources()
        ranks = {**RANKS, **{source.code: source.rank for source in sources}}
        codes = SQL(" ").join(
            SQL("WHEN %s THEN %s", rank, code) for code, rank in ranks.items()
        )
        held = SQL(
            """CASE WHEN v.hold_reason IS NULL THEN v.amount_held
                    ELSE v.amount_residual_currency END"""
        )
        # A foreign amount is worth what the ledger says, in proportion.
        company = SQL(
            """round((v.amount_residual * %s / v.amount_residual_currency)::numeric,
                     COALESCE(c.decimal_places, 2))""",
            held,
        )
        reason = SQL("COALESCE(v.hold_reason, CASE (h.part)[1] %s END)", codes)
        # The author of a hold that is not the reason shown has nothing to do with it.
        is_author = SQL(
            """((%(reason)s = 'dispute' AND k.reason = 'dispute')
                 OR (%(reason)s = 'excluded' AND k.reason <> 'dispute'))""",
            reason=reason,
        )
        return SQL(
            """
            SELECT v.id, v.id AS receivable_id, v.move_id, v.document, v.debtor_id,
                   v.file_id, v.collector_id, v.company_id, v.company_currency_id,
                   v.currency_id, v.date_due, v.days_overdue, v.bucket,
                   %(reason)s AS reason, v.hold_until,
                   %(held)s AS amount_held, %(company)s AS amount_held_company,
                   CASE WHEN v.days_overdue > 0 THEN %(company)s ELSE 0 END
                       AS amount_overdue_company,
                   CASE WHEN %(is_author)s THEN k.hold_id END AS hold_id,
                   CASE WHEN %(is_author)s THEN k.user_id END AS user_id,
                   CASE WHEN %(is_author)s THEN k.reason END AS decision,
                   CASE WHEN %(is_author)s THEN k.date_review END AS date_review,
                   CASE WHEN %(is_author)s AND k.date_review <= %(today)s THEN 'late'
                        WHEN v.hold_until IS NULL
                             AND NOT (COALESCE(%(is_author)s, FALSE)
                                      AND k.date_review IS NOT NULL)
                             AND %(reason)s IN ('excluded', 'dispute') THEN 'none'
                        ELSE 'planned' END AS review
              FROM %(receivables)s v
              JOIN res_currency c ON c.id = v.company_currency_id
              LEFT JOIN (%(holds)s) h ON h.move_line_id = v.id
              LEFT JOIN (%(authors)s) k ON k.move_line_id = v.id
             WHERE v.amount_residual > 0 AND v.nature IN %(natures)s
               AND (v.hold_reason IS NOT NULL OR v.amount_held > 0)""",
            reason=reason,
            held=held,
            company=company,
            is_author=is_author,
            today=today,
            receivables=receivables._table_sql,
            holds=receivables._sql_holds(sources),
            authors=self.env["collection.hold"]._sql_authors(today),
            natures=CHASED_NATURES,
        )

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read anew: what is derived from the ledger has no cache that knows of it."""
        self.invalidate_model(flush=False)
        return super().search_fetch(domain, field_names, offset, limit, order)

    def action_open_move(self):
        """Open the invoice or journal entry."""
        self.ensure_one()
        return self.receivable_id.action_open_move()

    def action_open_hold(self):
        """Open the hold, to end it or to move its review."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "collection.hold",
            "res_id": self.hold_id.id,
            "view_mode": "form",
        }
