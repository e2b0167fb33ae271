# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.collection_portal_record import Seen
from ..models.collection_portal_state import PORTAL_KINDS


class CollectionPortalLook(models.TransientModel):
    """A look at customers' portals: one line for each receivable to look up.

    For a task of a debtor it shows the account with its identifiers; for a round it
    lists every invoice to look up on a portal.
    """

    _name = "collection.portal.look"
    _description = "Look at customers' portals"

    line_ids = fields.One2many("collection.portal.look.line", "look_id", "Receivables")
    file_id = fields.Many2one("collection.debtor", "Debtor file")
    debtor_id = fields.Many2one(related="file_id.debtor_id")
    is_round = fields.Boolean()
    has_one = fields.Boolean(compute="_compute_shape")
    has_chorus = fields.Boolean(compute="_compute_shape")
    has_accounts = fields.Boolean(compute="_compute_shape")
    site_id = fields.Many2one(
        "collection.portal.site", "Portal", compute="_compute_shape"
    )
    portal_id = fields.Many2one("collection.portal", "Account")
    url = fields.Char(related="portal_id.url")
    login_user_id = fields.Many2one(related="portal_id.user_id")
    login = fields.Char(related="portal_id.login")
    identifier_ids = fields.One2many(related="portal_id.identifier_ids")
    instructions = fields.Text(related="portal_id.instructions")
    siret = fields.Char("Siret", related="file_id.debtor_id.company_registry")

    # The same for all lines.
    kind = fields.Selection(PORTAL_KINDS, compute="_compute_shape")
    all_state_id = fields.Many2one("collection.portal.state", "Status seen")
    all_can_announce = fields.Boolean(related="all_state_id.can_announce")
    all_makes_available = fields.Boolean(related="all_state_id.makes_available")
    all_date = fields.Date("Announced payment")
    all_available = fields.Date("Made available on")
    all_reason = fields.Char("Reason")

    @api.depends("line_ids.kind", "line_ids.site_id", "file_id.portal_ids")
    def _compute_shape(self):
        for look in self:
            sites = look.line_ids.site_id
            look.site_id = len(sites) == 1 and sites
            kinds = set(look.line_ids.mapped("kind"))
            look.has_one = len(look.line_ids) == 1
            look.has_chorus = "chorus" in kinds
            look.has_accounts = len(look.file_id.portal_ids) > 1
            look.kind = kinds.pop() if len(kinds) == 1 else False

    @api.depends("file_id", "is_round")
    def _compute_display_name(self):
        for look in self:
            look.display_name = look.debtor_id.display_name or self.env._(
                "Round of the portals"
            )

    @api.onchange("portal_id")
    def _onchange_portal_id(self):
        self.line_ids.portal_id = self.portal_id

    @api.onchange("all_state_id")
    def _onchange_all_state_id(self):
        """Give every line the status; what a line had of its own is replaced."""
        if not self.all_state_id:
            return
        for line in self.line_ids:
            line.state_id = self.all_state_id
            line._propose()
        dates = set(self.line_ids.mapped("date_announced"))
        self.all_date = dates.pop() if len(dates) == 1 else False

    @api.onchange("all_date", "all_available", "all_reason")
    def _onchange_all_words(self):
        for line in self.line_ids.filtered("state_id"):
            if self.all_date and line.can_announce:
                line.date_announced = self.all_date
            if self.all_available and line.kind == "chorus":
                line.date_available = self.all_available
            if self.all_reason:
                line.reason = self.all_reason

    # === OPENING === #

    @api.model
    def _open(self, followups, is_round: bool = False):
        """Open the form for tasks of the channel.

        :raise UserError: nothing of the tasks is open any more
        """
        lines = followups.line_ids.filtered("counted").move_line_id
        found = self.env["collection.receivable"].search(
            [("id", "in", lines.ids), ("amount_residual", ">", 0)]
        )
        if not found:
            raise UserError(
                self.env._(
                    "Nothing is left to look up: what was open is paid. Cancel what "
                    "is still to do."
                )
            )
        return self._open_receivables(found, is_round)

    @api.model
    def _open_receivables(self, receivables, is_round: bool = False):
        """Open the form for receivables."""
        self.env["collection.followup"]._assert_collector()
        look = self.create({"is_round": is_round})
        look._add_lines(receivables)
        files = look.line_ids.file_id
        if len(files) == 1 and not is_round:
            look.file_id = files
            look.portal_id = look.line_ids.portal_id[:1]
        name = self.env._("Seen on the portal")
        if is_round:
            name = self.env._("Round of the portals")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": look.id,
            "view_mode": "form",
            "target": "current" if is_round else "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _add_lines(self, receivables) -> None:
        """Add a line for each receivable, with what is known of it."""
        self.ensure_one()
        files = self.env["collection.debtor"]
        for company, group in receivables.grouped("company_id").items():
            files.sudo()._ensure_files(company, group.debtor_id.ids)
        receivables.invalidate_recordset(["file_id"])
        dates = receivables.file_id._get_payment_dates()
        values = [
            {
                "look_id": self.id,
                "move_line_id": one.id,
                "file_id": one.file_id.id,
                "portal_id": self._get_portal(one).id,
                "date_proposed": dates[one.file_id.id],
                "last_status_id": one.portal_status_id.id,
                **self._prepare_figures(one),
            }
            for one in receivables.sorted(
                lambda one: (
                    one.file_id.portal_id.site_id.sequence,
                    one.file_id.portal_id.site_id.name or "",
                    one.debtor_id.name or "",
                    one.date_due,
                    one.id,
                )
            )
        ]
        self.env["collection.portal.look.line"].create(values)

    @staticmethod
    def _get_portal(receivable):
        """Return the account where the invoice was last seen, else the main one."""
        portal = receivable.portal_status_id.portal_id
        return portal if portal.active else receivable.file_id.portal_id

    def _prepare_figures(self, receivable) -> dict:
        """Return what the line shows; identifiers of the invoice, else the account."""
        portal = self._get_portal(receivable)
        references = receivable.move_id._get_collection_references()
        return {
            "document": receivable.document,
            "date_due": receivable.date_due,
            "currency_id": receivable.currency_id.id,
            "amount": receivable.amount_residual_currency,
            **{
                key: value or portal._get_identifier(key)
                for key, value in references.items()
            },
        }

    # === RECORDING === #

    def action_record(self):
        """Record what was entered; lines without a status stay to be looked up.

        :raise UserError: nothing was entered, or something cannot be right
        """
        self.ensure_one()
        self.env["collection.followup"]._assert_collector()
        entered = self.line_ids.filtered("state_id")
        if not entered:
            raise UserError(self.env._("Enter the status that the portal shows."))
        readable = self.env["collection.receivable"].search(
            [("id", "in", entered.move_line_id.ids)]
        )
        entered = entered.filtered(lambda line: line.move_line_id.id in readable.ids)
        self.env["collection.portal.status"]._record(
            [line._get_seen() for line in entered]
        )
        left = len(self.line_ids) - len(entered)
        return self._get_answer(len(entered), left)

    def _get_answer(self, count: int, left: int):
        """Say what was recorded, and close or go on with the round."""
        following = {"type": "ir.actions.act_window_close"}
        if self.is_round:
            following = self.env["ir.actions.act_window"]._for_xml_id(
                "account_collection.collection_portal_task_action"
            )
            following["target"] = "main"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Recorded: %(count)s. Still to look up: %(left)s.",
                    count=count,
                    left=left,
                ),
                "next": following,
            },
        }


class CollectionPortalLookLine(models.TransientModel):
    """A receivable to look up."""

    _name = "collection.portal.look.line"
    _description = "Receivable to look up on a portal"
    _order = "id"

    look_id = fields.Many2one(
        "collection.portal.look", required=True, ondelete="cascade", index=True
    )
    move_line_id = fields.Many2one("account.move.line", required=True)
    file_id = fields.Many2one("collection.debtor")
    debtor_id = fields.Many2one(related="file_id.debtor_id")
    portal_id = fields.Many2one("collection.portal")
    site_id = fields.Many2one(related="portal_id.site_id", string="On")
    url = fields.Char(related="portal_id.url")
    kind = fields.Selection(PORTAL_KINDS, compute="_compute_kind")
    document = fields.Char("Invoice")
    date_due = fields.Date("Due date")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary("Balance")
    order_number = fields.Char("Customer's order")
    engagement_number = fields.Char("Engagement")
    service_code = fields.Char()
    contract_number = fields.Char("Contract")
    last_status_id = fields.Many2one("collection.portal.status", "Seen before")
    state_id = fields.Many2one("collection.portal.state", "Status seen")
    meaning = fields.Selection(related="state_id.meaning")
    can_announce = fields.Boolean(related="state_id.can_announce")
    date_proposed = fields.Date()
    date_announced = fields.Date("Announced payment")
    is_left_alone = fields.Boolean(
        "Leave alone until then",
        default=True,
        help="Hold the invoice until three days after the announced payment; then "
        "collection goes on by itself.",
    )
    date_available = fields.Date("Made available on")
    reason = fields.Char()

    @api.depends("portal_id", "file_id")
    def _compute_kind(self):
        for line in self:
            line.kind = line.portal_id.kind or (
                line.file_id and line.file_id._get_portal_kind()
            )

    @api.onchange("state_id")
    def _onchange_state_id(self):
        self._propose()

    def _propose(self) -> None:
        """Propose the customer's next payment run for an announced payment."""
        for line in self:
            if not line.can_announce:
                line.date_announced = False
            elif line.meaning == "announced" and not line.date_announced:
                line.date_announced = line.date_proposed

    def _get_seen(self) -> Seen:
        self.ensure_one()
        return Seen(
            line=self.move_line_id,
            state=self.state_id,
            portal=self.portal_id,
            announced=self.date_announced or None,
            leaves_alone=self.is_left_alone,
            reason=self.reason or "",
            available=self.date_available or None,
        )
