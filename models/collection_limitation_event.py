# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import Command, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..core.limitation import (
    CONSUMER,
    GOODS_SERVICES,
    MEDIATION,
    NONE,
    POSSIBLE,
    RESTART,
    SUSPEND,
    Event,
    effect_of,
    period_key,
)

EVENT_KINDS = [
    ("acknowledgement", "Debt acknowledged by the debtor"),
    ("possible_acknowledgement", "Possible acknowledgement"),
    ("claim_served", "Court claim served"),
    ("conservatory", "Conservatory measure"),
    ("enforcement", "Act of enforcement"),
    ("title", "Enforceable title"),
    ("declaration", "Claim declared in insolvency proceedings"),
    (MEDIATION, "Mediation or conciliation"),
    ("reminder", "Reminder"),
    ("formal_notice", "Formal notice"),
]
#: the invoices of one event may be under different rules
MIXED = "mixed"
EVENT_EFFECTS = [
    (RESTART, "The period starts anew"),
    (SUSPEND, "The period is suspended"),
    (POSSIBLE, "Possible, not counted at the worst"),
    (NONE, "Nothing"),
    (MIXED, "Depends on the invoice"),
]


class CollectionLimitationEvent(models.Model):
    """What happened to claims and may move their day of limitation, with its proof.

    What an event does is the law's to say (core/limitation.py), never the user's. A
    wrong one is declared void with a reason: what was relied upon stays readable.
    """

    _name = "collection.limitation.event"
    _description = "Limitation event"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
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
    move_ids = fields.Many2many(
        "account.move",
        "collection_limitation_event_move_rel",
        "event_id",
        "move_id",
        "Invoices",
        check_company=True,
        tracking=True,
        help="The event counts for these alone.",
    )
    kind = fields.Selection(EVENT_KINDS, "What happened", required=True, tracking=True)
    date = fields.Date(
        required=True, tracking=True, help="Of a mediation: its first day."
    )
    date_end = fields.Date(
        "Last day",
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Of a mediation. One that goes on moves nothing yet.",
    )
    effect = fields.Selection(
        EVENT_EFFECTS,
        compute="_compute_effect",
        help="What the event does to the period, by law.",
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Proof")
    proof_note = fields.Text(
        "What proves it", tracking=True, help="Reference, sender, where it is kept."
    )
    user_id = fields.Many2one(
        "res.users",
        "Recorded by",
        default=lambda self: self.env.user,
        required=True,
        readonly=True,
    )
    is_void = fields.Boolean("Void", readonly=True, copy=False, tracking=True)
    void_reason = fields.Char("Why it is void", copy=False, tracking=True)

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date)",
        "The last day of the mediation lies before its first.",
    )

    # === COMPUTE METHODS === #

    @api.depends("move_ids")
    def _compute_debtor_id(self):
        for event in self:
            partner = event.move_ids[:1].partner_id or event.debtor_id
            event.debtor_id = partner.commercial_partner_id

    @api.depends("kind")
    def _compute_date_end(self):
        for event in self:
            if event.kind != MEDIATION:
                event.date_end = False

    @api.depends(
        "company_id", "debtor_id", "is_void", "kind", "move_ids.collection_claim_kind"
    )
    def _compute_effect(self):
        """Ask the law for each invoice, by the debtor's class and the kind of claim."""
        files = self.env["collection.debtor"].sudo()
        classes = {
            company: files._get_classes(company, events.debtor_id)
            for company, events in self.grouped("company_id").items()
        }
        for event in self:
            if event.is_void or not event.kind:
                event.effect = event.kind and NONE
                continue
            debtor_class = classes[event.company_id].get(event.debtor_id.id, CONSUMER)
            kinds = event.sudo().move_ids.mapped("collection_claim_kind")
            effects = {
                effect_of(event.kind, period_key(debtor_class, kind or GOODS_SERVICES))
                for kind in kinds or [GOODS_SERVICES]
            }
            event.effect = effects.pop() if len(effects) == 1 else MIXED

    @api.depends("kind", "date", "debtor_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            day = format_date(self.env, event.date) if event.date else ""
            event.display_name = f"{kinds.get(event.kind, '')} {day}".strip()

    # === CONSTRAINTS === #

    @api.constrains("date", "date_end")
    def _check_dates(self):
        """What is to come is not certain: it cannot move the worst case."""
        today = self.env["collection.receivable"]._get_today()
        for event in self:
            last = max(event.date, event.date_end or event.date)
            if last > today:
                raise ValidationError(
                    self.env._(
                        "%(event)s: %(day)s is in the future. Record what happened "
                        "once it has.",
                        event=event.display_name,
                        day=format_date(self.env, last),
                    )
                )

    @api.constrains("move_ids", "debtor_id")
    def _check_moves(self):
        ids = self.env["account.account"]._get_collection_accounts()
        accounts = set(sum(ids.values(), ()))
        for event in self:
            if not event.move_ids:
                raise ValidationError(
                    self.env._(
                        "%s: choose the invoices that the event concerns.",
                        event.display_name,
                    )
                )
            lines = event.sudo().move_ids.line_ids.filtered(
                lambda line, event=event: (
                    line.account_id.id in accounts
                    and line.parent_state == "posted"
                    and line.partner_id.commercial_partner_id == event.debtor_id
                )
            )
            foreign = event.move_ids - lines.move_id
            if foreign:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s is no posted claim on %(debtor)s: choose the "
                        "debtor's own invoices.",
                        invoice=foreign[0].display_name,
                        debtor=event.debtor_id.display_name,
                    )
                )

    @api.constrains("is_void", "void_reason")
    def _check_void(self):
        for event in self.filtered("is_void"):
            if not (event.void_reason or "").strip():
                raise ValidationError(
                    self.env._("%s: say why the event is void.", event.display_name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        if not self._has_any():
            self.env.registry.clear_cache()
        events._own_proofs()
        events._touch_receivables()
        return events

    def write(self, vals):
        if not self.env.su and any(self.mapped("is_void")):
            raise UserError(
                self.env._("A void event does not change any more: record a new one.")
            )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_proofs()
        self._touch_receivables()
        return result

    def unlink(self):
        result = super().unlink()
        self._touch_receivables()
        return result

    def _own_proofs(self):
        """Give the files that the user has just sent to the event: who reads it may
        read them."""
        for event in self:
            sent = event.attachment_ids.sudo().filtered(
                lambda file: not file.res_id and file.create_uid == self.env.user
            )
            sent.write({"res_model": self._name, "res_id": event.id})

    def _touch_receivables(self):
        """Events change what the receivables say."""
        self.env["collection.receivable"].invalidate_model()

    # === ACTION METHODS === #

    def action_void(self):
        """Declare events void; their reason is on them already."""
        self.filtered(lambda event: not event.is_void).write({"is_void": True})

    def action_ask_void(self):
        """Open the form that asks for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Declare the event void"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "view_id": self.env.ref(
                "account_collection.collection_limitation_event_view_form_void"
            ).id,
            "target": "new",
        }

    @api.model
    def _get_new_action(self, debtor, company, moves) -> dict:
        """Return the action that opens the form of a new event."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record an event"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_debtor_id": debtor.id,
                "default_company_id": company.id,
                "default_move_ids": [Command.set(moves.ids)],
            },
        }

    # === READING === #

    @api.model
    @tools.ormcache()
    def _has_any(self) -> bool:
        """Tell whether an event was ever recorded: without one nothing is joined."""
        self.flush_model()
        query = SQL("SELECT EXISTS (SELECT FROM collection_limitation_event)")
        return self.env.execute_query(query)[0][0]

    def _as_event(self) -> Event:
        """Return the event for the pure rules."""
        self.ensure_one()
        end = self.date_end if self.kind == MEDIATION else None
        return Event(self.kind, self.date, end or None)
