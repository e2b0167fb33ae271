# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .collection_portal_state import PORTAL_KINDS

#: usual keys of what a portal asks for
IDENTIFIERS = [
    ("supplier_number", "Our supplier number"),
    ("service_code", "Service code"),
    ("engagement_number", "Engagement number"),
    ("contract_number", "Contract number"),
    ("order_number", "Purchase order number"),
    ("receipt_number", "Goods receipt number"),
    ("siret", "Siret"),
    ("other", "Other"),
]


class CollectionPortalSite(models.Model):
    """A portal on which customers show their suppliers' invoices, worked by hand.

    Shared by the debtors that use it, so that one round visits them all.
    """

    _name = "collection.portal.site"
    _description = "Customers' portal"
    _order = "sequence, name, id"

    name = fields.Char("Portal", required=True)
    kind = fields.Selection(PORTAL_KINDS, required=True, default="supplier")
    url = fields.Char("Address", help="Where people log in; starts with https://")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "(lower(name))", "There is already a portal of this name."
    )

    @api.constrains("url")
    def _check_url(self):
        self._assert_urls(self)

    @api.model
    def _assert_urls(self, records):
        """Refuse addresses that a browser would not open as a page."""
        for record in records.filtered("url"):
            parts = urlsplit(record.url.strip())
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValidationError(
                    self.env._(
                        "Address of the portal %(portal)s: “%(url)s” is no address of "
                        "a page; it starts with https://",
                        portal=record.display_name,
                        url=record.url,
                    )
                )

    def action_visit(self):
        """Open the round: every invoice to look up on these portals, on one screen."""
        tasks = self.env["collection.followup"].search(
            [
                ("channel", "=", "portal"),
                ("state", "in", ("planned", "failed")),
                ("file_id.portal_id.site_id", "in", self.ids),
            ]
        )
        return self.env["collection.portal.look"]._open(tasks, is_round=True)


class CollectionPortal(models.Model):
    """Our account on a portal of a debtor: where, who logs in, what identifies us.

    There is no field for a password, and none belongs in the others.
    """

    _name = "collection.portal"
    _description = "Account on a customer's portal"
    _order = "sequence, id"

    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True)
    debtor_id = fields.Many2one(related="file_id.debtor_id", store=True)
    site_id = fields.Many2one(
        "collection.portal.site", "Portal", required=True, ondelete="restrict"
    )
    kind = fields.Selection(related="site_id.kind")
    url = fields.Char(
        "Address",
        compute="_compute_url",
        store=True,
        readonly=False,
        precompute=True,
        help="The portal's, unless this customer has one of its own.",
    )
    user_id = fields.Many2one(
        "res.users", "Login holder", help="Who of us has the access."
    )
    login = fields.Char(
        "Login name", help="The name alone. A password is never kept in Odoo."
    )
    identifier_ids = fields.One2many(
        "collection.portal.identifier", "portal_id", "Identifiers"
    )
    instructions = fields.Text(help="Where to click, what to enter, whom to ask.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.depends("site_id")
    def _compute_url(self):
        for portal in self:
            portal.url = portal.site_id.url

    @api.depends("site_id", "login")
    def _compute_display_name(self):
        for portal in self:
            words = [portal.site_id.name, portal.login and f"({portal.login})"]
            portal.display_name = " ".join(filter(None, words))

    @api.constrains("url")
    def _check_url(self):
        self.env["collection.portal.site"]._assert_urls(self)

    def _get_identifier(self, key: str) -> str | bool:
        """Return the value of a usual key on the account."""
        found = self.identifier_ids.filtered(lambda one: one.key == key)
        return found[:1].value


class CollectionPortalIdentifier(models.Model):
    """What identifies us, or our invoices, on a customer's portal."""

    _name = "collection.portal.identifier"
    _description = "Identifier on a customer's portal"
    _order = "sequence, id"

    portal_id = fields.Many2one(
        "collection.portal", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="portal_id.company_id", store=True)
    key = fields.Selection(
        IDENTIFIERS, "Kind", required=True, default="supplier_number"
    )
    label = fields.Char(help="The portal's own word for it.")
    value = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    @api.depends("key", "label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = dict(self._fields["key"]._description_selection(self.env))
        for identifier in self:
            identifier.display_name = identifier.label or words.get(identifier.key)
