# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .collection_receivable_query import RANKS, HoldSource

#: days after which a hold without an end is looked at again
REVIEW_DAYS = 30


class CollectionHold(models.Model):
    """A hold that a person puts on an invoice or on a debtor.

    Reason "dispute" holds the disputed amount; every other reason excludes. A hold
    ends on its last day or when a person ends it; without a last day its author is
    reminded on the review day.
    """

    _name = "collection.hold"
    _description = "Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "active desc, date_review, id desc"

    debtor_id = fields.Many2one(
        "res.partner",
        required=True,
        compute="_compute_debtor_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        compute="_compute_move_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Empty = the hold is on everything that the debtor owes.",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Instalment",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="Empty = the whole invoice.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    reason = fields.Selection(
        [
            ("dispute", "Dispute"),
            ("agreement", "Agreement with the debtor"),
            ("check", "To be checked by us"),
            ("commercial", "Commercial decision"),
            ("handed_over", "Handed over"),
            ("legal", "Legal reason"),
            ("other", "Other"),
        ],
        required=True,
        tracking=True,
    )
    amount = fields.Monetary(
        "Disputed amount",
        tracking=True,
        help="Empty = everything. The rest goes on being collected.",
    )
    note = fields.Text("Explanation")
    user_id = fields.Many2one(
        "res.users", "Author", default=lambda self: self.env.user, required=True
    )
    date_start = fields.Date("From", help="Empty = at once.")
    date_end = fields.Date("Last day", help="Collection resumes by itself after it.")
    date_review = fields.Date(
        "Review on",
        compute="_compute_date_review",
        store=True,
        readonly=False,
        help="The author is reminded on that day.",
    )
    active = fields.Boolean(default=True, tracking=True)

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The disputed amount cannot be negative."
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "The last day of the hold lies before its first.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_line_id")
    def _compute_move_id(self):
        for hold in self.filtered("move_line_id"):
            hold.move_id = hold.move_line_id.move_id

    @api.depends("move_id", "move_line_id")
    def _compute_debtor_id(self):
        for hold in self:
            partner = hold.move_line_id.partner_id or hold.move_id.partner_id
            hold.debtor_id = (partner or hold.debtor_id).commercial_partner_id

    @api.depends("move_id")
    def _compute_company_id(self):
        for hold in self:
            hold.company_id = (
                hold.move_id.company_id or hold.company_id or self.env.company
            )

    @api.depends("move_id", "company_id")
    def _compute_currency_id(self):
        for hold in self:
            hold.currency_id = hold.move_id.currency_id or hold.company_id.currency_id

    @api.depends("date_end", "date_start")
    def _compute_date_review(self):
        for hold in self:
            if not hold.date_review and not hold.date_end:
                start = hold.date_start or self._get_today()
                hold.date_review = start + datetime.timedelta(days=REVIEW_DAYS)

    @api.model
    def _get_today(self):
        return self.env["collection.receivable"]._get_today()

    @api.depends("reason", "debtor_id", "move_id")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for hold in self:
            target = hold.move_id.name or hold.debtor_id.display_name or ""
            hold.display_name = f"{reasons.get(hold.reason, '')} {target}".strip()

    @api.constrains("amount", "reason", "move_id")
    def _check_amount(self):
        for hold in self.filtered("amount"):
            if hold.reason != "dispute" or not hold.move_id:
                raise ValidationError(
                    self.env._(
                        "Hold %(hold)s: an amount is possible for the dispute of an "
                        "invoice only; choose the invoice or remove the amount.",
                        hold=hold.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._schedule_review()
        holds._touch_receivables()
        return holds

    def write(self, vals):
        result = super().write(vals)
        if "date_review" in vals or "active" in vals or "user_id" in vals:
            self.activity_unlink(["mail.mail_activity_data_todo"])
            self.filtered("active")._schedule_review()
        self._touch_receivables()
        return result

    def unlink(self):
        result = super().unlink()
        self._touch_receivables()
        return result

    def _schedule_review(self):
        """Remind the author on the review day (Odoo's own activity)."""
        for hold in self.filtered("date_review"):
            hold.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=hold.date_review,
                user_id=hold.user_id.id,
                summary=self.env._("Review the hold"),
            )

    def _touch_receivables(self):
        """Holds change what the receivables say."""
        self.env["collection.receivable"].invalidate_model()

    # === ACTION METHODS === #

    def action_end(self):
        """End the hold: collection resumes with the next run."""
        self.write({"active": False})

    def action_resume(self):
        """Put an ended hold back."""
        self.write({"active": True})

    @api.model
    def _get_new_action(self, **context):
        """Return the action that opens the form of a new hold."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on hold"),
            "res_model": "collection.hold",
            "view_mode": "form",
            "view_id": self.env.ref(
                "account_collection.collection_hold_view_form_new"
            ).id,
            "target": "new",
            "context": context,
        }

    # === HOLD REGISTRY === #

    @api.model
    def _get_hold_sources(self, today) -> list[HoldSource]:
        """Return the two sources: disputes hold an amount, other reasons exclude.

        Without guards only disputes remain.
        """
        dispute = HoldSource("dispute", RANKS["dispute"], self._sql_hold(today, True))
        if not self.env["collection.receivable"]._has_guards():
            return [dispute]
        excluded = HoldSource(
            "excluded",
            RANKS["excluded"],
            self._sql_hold(today, False),
            reduces_due=False,
        )
        return [excluded, dispute]

    @api.model
    def _sql_hold(self, today, is_dispute: bool) -> SQL:
        """Return the receivables that holds of a kind concern, one row for each.

        A disputed amount fills the invoice's open instalments in due order. Of an
        entry that several debtors share (opening balances) only the hold's own items
        are concerned.
        """
        ids = self.env["account.account"]._get_collection_accounts()
        accounts = tuple(sum(ids.values(), ())) or (0,)
        current = SQL(
            """k.active AND (k.reason = 'dispute') = %(dispute)s
               AND (k.date_start IS NULL OR k.date_start <= %(today)s)
               AND (k.date_end IS NULL OR k.date_end >= %(today)s)
               AND i.account_id IN %(accounts)s AND i.reconciled IS NOT TRUE
               AND i.amount_residual > 0""",
            dispute=is_dispute,
            today=today,
            accounts=accounts,
        )
        return SQL(
            """
            SELECT move_line_id,
                   CASE WHEN bool_or(amount IS NULL) THEN NULL ELSE sum(amount) END
                       AS amount,
                   CASE WHEN bool_or(until IS NULL) THEN NULL ELSE max(until) END
                       AS until
              FROM (
                SELECT i.id AS move_line_id, k.date_end AS until,
                       CASE WHEN k.amount > 0
                            THEN LEAST(i.amount_residual_currency,
                                 GREATEST(0, k.amount + i.amount_residual_currency
                                          - sum(i.amount_residual_currency) OVER (
                                            PARTITION BY k.id
                                            ORDER BY COALESCE(i.date_maturity, i.date),
                                                     i.id)))
                       END AS amount
                  FROM collection_hold k
                  JOIN account_move_line i ON i.move_id = k.move_id
                  JOIN res_partner q
                    ON q.id = i.partner_id AND q.commercial_partner_id = k.debtor_id
                 WHERE (k.move_line_id IS NULL OR k.move_line_id = i.id) AND %(current)s
                UNION ALL
                SELECT i.id, k.date_end, NULL::numeric
                  FROM collection_hold k
                  JOIN res_partner q ON q.commercial_partner_id = k.debtor_id
                  JOIN account_move_line i
                    ON i.partner_id = q.id AND i.company_id = k.company_id
                 WHERE k.move_id IS NULL AND %(current)s
              ) found
             WHERE amount IS NULL OR amount > 0
             GROUP BY move_line_id""",
            current=current,
        )
