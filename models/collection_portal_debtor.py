# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError

from .collection_portal_state import MEANINGS


class CollectionDebtor(models.Model):
    """The portals of a debtor, and what was last seen there."""

    _inherit = "collection.debtor"

    portal_ids = fields.One2many("collection.portal", "file_id", "Portals")
    portal_id = fields.Many2one(
        "collection.portal",
        "Main portal",
        compute="_compute_portal_id",
        store=True,
        ondelete="set null",
        help="The first one of the list.",
    )
    portal_status_ids = fields.Many2many(
        "collection.portal.status",
        string="Last statuses of what is open",
        compute="_compute_portal_status_ids",
    )

    @api.depends("portal_ids.sequence", "portal_ids.active")
    def _compute_portal_id(self):
        for file in self:
            portals = file.portal_ids.filtered("active")
            file.portal_id = portals.sorted(lambda one: (one.sequence, one._origin.id))[
                :1
            ]

    def _compute_portal_status_ids(self):
        lines = self.receivable_ids.ids
        latest = self.env["collection.portal.status"]._get_latest(lines)
        statuses = self.env["collection.portal.status"].browse(set(latest.values()))
        groups = statuses._filtered_access("read").grouped("file_id")
        for file in self:
            file.portal_status_ids = groups.get(file._origin, False)

    def _get_portal_kind(self) -> str:
        """Return the kind of portal that the debtor uses; public bodies use Chorus."""
        self.ensure_one()
        is_public = self.segment_id.code == "public"
        return self.portal_id.kind or ("chorus" if is_public else "supplier")

    def action_portal_look(self):
        """Enter what the portal shows for everything that is open."""
        self.ensure_one()
        lines = self.receivable_ids.filtered(lambda line: line.amount_residual > 0)
        return self.env["collection.portal.look"]._open_receivables(lines)


class CollectionReceivable(models.Model):
    """The last status seen on a portal, of each receivable."""

    _inherit = "collection.receivable"

    portal_status_id = fields.Many2one(
        "collection.portal.status", "Seen on the portal", compute="_compute_portal"
    )
    portal_state_id = fields.Many2one(
        "collection.portal.state",
        "Portal status",
        compute="_compute_portal",
        search="_search_portal_state_id",
    )
    portal_meaning = fields.Selection(
        MEANINGS,
        "On the portal",
        compute="_compute_portal",
        search="_search_portal_meaning",
    )
    portal_announced = fields.Date("Announced payment", compute="_compute_portal")

    @api.depends("move_line_id")
    def _compute_portal(self):
        """One query for the whole set."""
        statuses = self.env["collection.portal.status"]
        latest = statuses._get_latest(self.ids)
        found = statuses.browse(latest.values())._filtered_access("read")
        by_id = {status.id: status for status in found}
        for receivable in self:
            status = by_id.get(latest.get(receivable.id), statuses)
            receivable.portal_status_id = status
            receivable.portal_state_id = status.state_id
            receivable.portal_meaning = status.meaning
            receivable.portal_announced = status.date_announced

    @api.model
    def _search_portal_state_id(self, operator, value):
        states = self.env["collection.portal.state"]
        if operator in ("any", "any!"):
            operator, value = "in", states.search(value).ids
        elif operator == "ilike":
            operator, value = "in", states.search([("name", "ilike", value)]).ids
        return self._search_portal("state_id", operator, value)

    @api.model
    def _search_portal_meaning(self, operator, value):
        return self._search_portal("meaning", operator, value)

    @api.model
    def _search_portal(self, column: str, operator: str, value):
        """Return the domain of receivables by their last status; False = none seen."""
        if operator != "in":
            return NotImplemented
        statuses = self.env["collection.portal.status"]
        wanted = [one for one in value if one]
        domain = fields.Domain.FALSE
        if wanted:
            domain |= fields.Domain(
                "id", "in", statuses._find_receivables(column, wanted)
            )
        if len(wanted) < len(list(value)):
            domain |= fields.Domain(
                "id", "not in", statuses._find_receivables(column, ())
            )
        return domain

    def action_portal_look(self):
        """Enter what the portals show for the chosen items."""
        lines = self.filtered(lambda line: line.amount_residual > 0)
        if not lines:
            raise UserError(self.env._("Choose items that the customer owes."))
        return self.env["collection.portal.look"]._open_receivables(lines)


class AccountMove(models.Model):
    _inherit = "account.move"

    collection_portal_status_id = fields.Many2one(
        "collection.portal.status",
        "Seen on the portal",
        compute="_compute_collection_portal_status_id",
        groups="account_collection.group_collection_readonly",
    )
    collection_available_on = fields.Date(
        "Made available on",
        copy=False,
        tracking=True,
        help="Day on which the invoice was made available to a public body, as its "
        "portal shows it: the payment period runs from then on (articles R2192-12 and "
        "R2192-15 of the French Public Procurement Code).",
    )

    def _compute_collection_portal_status_id(self):
        statuses = self.env["collection.portal.status"]
        latest = statuses._get_latest_of_moves(self.ids)
        found = statuses.browse(latest.values())._filtered_access("read")
        by_id = {status.id: status for status in found}
        for move in self:
            move.collection_portal_status_id = by_id.get(latest.get(move._origin.id))

    def _get_collection_references(self) -> dict[str, str | bool]:
        """Return what a portal asks for, as the invoice itself says it.

        The customer's order is Odoo's reference; the three other ones are fields of
        ``l10n_fr_facturx_chorus_pro``, when that module is installed.
        """
        self.ensure_one()
        return {
            "order_number": self.ref,
            "service_code": getattr(self, "buyer_reference", False),
            "engagement_number": getattr(self, "purchase_order_reference", False),
            "contract_number": getattr(self, "contract_reference", False),
        }
