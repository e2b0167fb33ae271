# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_account import NATURES
from .collection_receivable_query import DEFERRALS, HOLD_REASONS
from .collection_step import CHANNELS

BUCKETS = [
    ("not_due", "Not due"),
    ("d1_30", "1-30 days"),
    ("d31_60", "31-60 days"),
    ("d61_90", "61-90 days"),
    ("d91", "91 days and more"),
]
STATUSES = [
    ("credit", "Credit"),
    ("untracked", "Not followed up"),
    ("held", "Held"),
    ("failed", "Failed"),
    ("in_progress", "In progress"),
    ("due", "Step due"),
    ("not_due", "Not due"),
    ("waiting", "Between two steps"),
    ("done", "All steps done"),
]


class CollectionReceivable(models.Model):
    """An open posted instalment of a customer, and why it is or is not chased.

    Read-only over one SQL query: the only definition of receivable, overdue, held
    and due in this add-on.
    """

    _name = "collection.receivable"
    _description = "Receivable"
    _inherit = ["collection.receivable.query"]
    _auto = False
    _order = "date_due, id"
    _rec_name = "document"

    move_line_id = fields.Many2one("account.move.line", "Journal item", readonly=True)
    move_id = fields.Many2one("account.move", "Journal entry", readonly=True)
    document = fields.Char(readonly=True)
    reference = fields.Char("Customer's reference", readonly=True)
    debtor_id = fields.Many2one("res.partner", readonly=True)
    file_id = fields.Many2one("collection.debtor", "Debtor file", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    nature = fields.Selection(NATURES, readonly=True)
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    has_no_due_date = fields.Boolean(readonly=True)
    no_followup = fields.Boolean("Excluded in the ledger", readonly=True)
    amount_residual = fields.Monetary(
        "Balance (company currency)", "company_currency_id", readonly=True
    )
    amount_residual_currency = fields.Monetary("Balance", readonly=True)
    amount_total = fields.Monetary("Amount", readonly=True)
    segment_id = fields.Many2one("collection.segment", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    scenario_id = fields.Many2one("collection.scenario", readonly=True)
    level_id = fields.Many2one("collection.level", "Level reached", readonly=True)
    step_id = fields.Many2one("collection.step", "Last step", readonly=True)
    last_line_id = fields.Many2one("collection.followup.line", readonly=True)
    case_id = fields.Many2one("collection.case", readonly=True)

    # What follows depends on the policy's day, which the context may set; the
    # field cache must know, or a second day reads the first one's values.
    days_overdue = fields.Integer(
        "Days late", readonly=True, depends_context=("collection_date",)
    )
    bucket = fields.Selection(
        BUCKETS, readonly=True, depends_context=("collection_date",)
    )
    amount_held = fields.Monetary(
        "Held amount", readonly=True, depends_context=("collection_date",)
    )
    amount_due = fields.Monetary(
        "To claim", readonly=True, depends_context=("collection_date",)
    )
    hold_reason = fields.Selection(
        HOLD_REASONS, "Why not", readonly=True, depends_context=("collection_date",)
    )
    deferral_code = fields.Selection(
        DEFERRALS,
        "Put off today",
        readonly=True,
        depends_context=("collection_date",),
        help="Why the day's run did nothing although a step is due.",
    )
    hold_until = fields.Date(
        "Until", readonly=True, depends_context=("collection_date",)
    )
    due_step_id = fields.Many2one(
        "collection.step",
        "Step due",
        readonly=True,
        depends_context=("collection_date",),
    )
    status = fields.Selection(
        STATUSES, readonly=True, depends_context=("collection_date",)
    )
    channel = fields.Selection(CHANNELS, "Last channel", readonly=True)

    _depends = {
        "account.account": ["collection_nature"],
        "account.move": ["collection_claim_kind", "delivery_date", "payment_state"],
        "account.move.line": [
            "account_id",
            "amount_currency",
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "invoice_date",
            "move_id",
            "move_name",
            "no_followup",
            "parent_state",
            "partner_id",
            "reconciled",
            "ref",
        ],
        "collection.case": ["state"],
        "collection.debtor": [
            "case_id",
            "chosen_scenario_id",
            "collector_id",
            "company_id",
            "debtor_id",
            "deferral_code",
            "deferral_on",
            "own_class",
            "segment_id",
        ],
        "collection.followup.line": [
            "channel",
            "claimed",
            "counted",
            "date",
            "delay",
            "is_internal",
            "latest",
            "level_id",
            "move_line_id",
            "performed_on",
            "state",
            "step_id",
        ],
        "collection.hold": [
            "active",
            "amount",
            "date_end",
            "date_start",
            "debtor_id",
            "move_id",
            "move_line_id",
            "reason",
        ],
        "collection.limitation.event": [
            "date",
            "date_end",
            "debtor_id",
            "is_void",
            "kind",
            "move_ids",
        ],
        "collection.probable.payment": [
            "amount",
            "credit_line_id",
            "date_until",
            "move_line_id",
            "statement_line_id",
        ],
        "collection.scenario": ["catch_up_days"],
        "collection.step": ["active", "delay_days", "is_entry", "scenario_id"],
        "res.company": [
            "collection_minimum_amount",
            "collection_probable_days",
            "collection_scenario_id",
            "partner_id",
        ],
        "res.partner": ["commercial_partner_id", "country_id", "is_company"],
    }

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read anew: what is derived from the ledger has no cache that knows of it."""
        self.invalidate_model(flush=False)
        return super().search_fetch(domain, field_names, offset, limit, order)

    # === ACTION METHODS === #

    def action_hold(self):
        """Open the form that puts the invoice on hold."""
        self.ensure_one()
        return self.env["collection.hold"]._get_new_action(
            default_move_id=self.move_id.id, default_debtor_id=self.debtor_id.id
        )

    def action_release(self):
        """Follow up items that the ledger excludes (Odoo's default on imports)."""
        self.env["collection.followup"]._assert_collector()
        lines = self.move_line_id.sudo().filtered("no_followup")
        if not lines:
            raise UserError(
                self.env._("None of these items is excluded in the ledger.")
            )
        lines.no_followup = False
        self.invalidate_model()

    def action_exclude(self):
        """Exclude items from follow-up in the ledger itself, until released."""
        self.env["collection.followup"]._assert_collector()
        self.move_line_id.sudo().no_followup = True
        self.invalidate_model()

    def action_open_move(self):
        """Open the invoice or journal entry."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_open_file(self):
        """Open the debtor's file."""
        self.ensure_one()
        return self.debtor_id.with_company(self.company_id).action_collection_file()

    def action_open_probable(self):
        """Show the receipts that probably pay these items."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Probable payments"),
            "res_model": "collection.probable.payment",
            "view_mode": "list",
            "domain": [("move_line_id", "in", self.move_line_id.ids)],
        }
