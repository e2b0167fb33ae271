# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..postal.contract import PostalError
from ..postal.http_session import is_safe

KINDS = [("maileva", "Maileva (La Poste)")]
#: who may read and write them: Odoo's administrators alone
SECRET_GROUP = "base.group_system"
SECRETS = {"client_id", "client_secret", "username", "password"}
ENVIRONMENTS = [("sandbox", "Sandbox: nothing is posted"), ("production", "Production")]


class CollectionPostalProvider(models.Model):
    """Who prints and posts letters for a company.

    A module that brings another provider adds its key to ``kind`` and the methods
    ``_<kind>_get_urls(environment)`` (fields to fill in), ``_<kind>_get_missing()``
    (names of the fields that it needs and that are empty) and ``_<kind>_connect()``
    (a ``PostalClient``); one whose registered letters are electronic adds its key to
    ``_get_electronic_kinds``.
    """

    _name = "collection.postal.provider"
    _description = "Postal provider"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "company_id, name, id"

    name = fields.Char(required=True, default="Maileva")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="maileva")
    is_electronic = fields.Boolean(compute="_compute_is_electronic")
    environment = fields.Selection(ENVIRONMENTS, required=True, default="sandbox")
    active = fields.Boolean(default=True)

    # Where and as whom.
    api_url = fields.Char(
        "Address of the API",
        compute="_compute_urls",
        store=True,
        readonly=False,
        required=True,
    )
    auth_url = fields.Char(
        "Address of the login",
        compute="_compute_urls",
        store=True,
        readonly=False,
        required=True,
    )
    letter_path = fields.Char(
        "Product for letters", compute="_compute_urls", store=True, readonly=False
    )
    registered_path = fields.Char(
        "Product for registered letters",
        compute="_compute_urls",
        store=True,
        readonly=False,
    )
    client_id = fields.Char(
        "Client identifier", groups=SECRET_GROUP, copy=False, exportable=False
    )
    client_secret = fields.Char(groups=SECRET_GROUP, copy=False, exportable=False)
    username = fields.Char(
        "User",
        groups=SECRET_GROUP,
        copy=False,
        exportable=False,
        help="Of the account in whose name letters are posted. Empty = the client "
        "speaks for itself.",
    )
    password = fields.Char(groups=SECRET_GROUP, copy=False, exportable=False)

    # What it does.
    serves_letter = fields.Boolean("Letters", default=True)
    serves_registered = fields.Boolean("Registered letters", default=True)
    is_colour = fields.Boolean("Colour")
    is_duplex = fields.Boolean("Both sides", default=True)
    has_address_sheet = fields.Boolean(
        "Address on a sheet of its own",
        default=True,
        help="Without it the provider writes the address on our first page, where "
        "ours stands already.",
    )
    has_receipt = fields.Boolean("Acknowledgement of receipt", default=True)
    scans_returns = fields.Boolean(
        "Returned letters are scanned",
        help="The provider keeps what comes back and tells why; it charges for it.",
    )
    letter_postage = fields.Selection(
        [("fast", "Fast"), ("economic", "Economic"), ("urgent", "Urgent")],
        "Postage of letters",
        required=True,
        default="economic",
    )
    registered_postage = fields.Selection(
        [("fast", "Three days"), ("urgent", "Two days")],
        "Postage of registered letters",
        required=True,
        default="fast",
    )
    archiving_years = fields.Selection(
        [("3", "3 years"), ("6", "6 years"), ("10", "10 years")],
        "Kept by the provider",
        required=True,
        default="3",
    )
    notification_email = fields.Char("Notifications to")
    letter_cost = fields.Monetary(
        "Cost of a letter", help="When the provider does not tell the postage."
    )
    registered_cost = fields.Monetary(
        "Cost of a registered letter",
        help="When the provider does not tell the postage.",
    )

    # How it goes.
    last_error = fields.Char(readonly=True, copy=False)
    last_error_at = fields.Datetime(readonly=True, copy=False)
    last_success_at = fields.Datetime("Last answered", readonly=True, copy=False)

    _costs_positive = models.Constraint(
        "CHECK (letter_cost >= 0 AND registered_cost >= 0)",
        "The cost of a letter cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "environment")
    def _compute_urls(self):
        for provider in self:
            if not provider.kind:
                continue
            urls = provider._call_kind("get_urls", provider.environment)
            for name in ("api_url", "auth_url", "letter_path", "registered_path"):
                provider[name] = urls.get(name) or provider[name] or ""

    @api.depends("kind")
    def _compute_is_electronic(self):
        kinds = self._get_electronic_kinds()
        for provider in self:
            provider.is_electronic = provider.kind in kinds

    @api.model
    def _get_electronic_kinds(self) -> set[str]:
        """Return the kinds whose registered letters are electronic (LRE)."""
        return set()

    # === CONSTRAINTS === #

    @api.constrains("api_url", "auth_url")
    def _check_urls(self):
        for provider in self:
            for name in ("api_url", "auth_url"):
                if not is_safe(provider[name] or ""):
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(provider)s: “%(url)s” must begin with "
                            "https, because a password is sent there.",
                            field=self._fields[name]._description_string(self.env),
                            provider=provider.name,
                            url=provider[name] or "",
                        )
                    )

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals and not vals["active"]:
            self._leave_letters()
        return result

    def _export_rows(self, paths, *, _is_toplevel_call=True):
        """Never export a login, neither from here nor through another model."""
        for path in paths:
            if path and path[0] in SECRETS:
                raise UserError(
                    self.env._("The login of a postal provider is not exported.")
                )
        return super()._export_rows(paths, _is_toplevel_call=_is_toplevel_call)

    # === ACTION METHODS === #

    def action_check(self):
        """Log in, ask for something harmless, and say how it went."""
        self.ensure_one()
        self.check_access("write")
        missing = self._get_missing()
        if missing:
            raise UserError(
                self.env._(
                    "Fill in first: %(fields)s.",
                    fields=", ".join(missing),
                )
            )
        try:
            self._connect().check(self._get_channels())
        except PostalError as error:
            sentence = self._describe(error)
            self._note_error(sentence)
            return self._notify("danger", sentence, sticky=True)
        self._note_success()
        return self._notify(
            "success", self.env._("%(name)s answers: the login works.", name=self.name)
        )

    @staticmethod
    def _notify(kind: str, message: str, **params) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                **params,
            },
        }

    # === BUSINESS METHODS === #

    def _call_kind(self, method: str, *arguments):
        """Call what the kind of provider brings: ``_<kind>_<method>``."""
        return getattr(self, f"_{self.kind}_{method}")(*arguments)

    def _connect(self):
        """Return a client of this provider.

        :raise PostalError: its addresses cannot be used
        """
        self.ensure_one()
        return self._call_kind("connect")

    def _get_channels(self) -> list[str]:
        channels = {"letter": self.serves_letter, "registered": self.serves_registered}
        return [channel for channel, is_served in channels.items() if is_served]

    def _get_missing(self) -> list[str]:
        """Return the labels of what must be filled in before anything can be sent."""
        self.ensure_one()
        names = self.sudo()._call_kind("get_missing")
        return [self._fields[name]._description_string(self.env) for name in names]

    def _describe(self, error: PostalError) -> str:
        """Return an error of the client as a sentence for a person."""
        name, detail = self.name, error.detail
        sentences = {
            "unreachable": self.env._("%(name)s cannot be reached.", name=name),
            "timeout": self.env._("%(name)s did not answer in time.", name=name),
            "lost": self.env._(
                "The line to %(name)s dropped before it answered.", name=name
            ),
            "busy": self.env._("%(name)s has too much to do.", name=name),
            "server": self.env._(
                "%(name)s has trouble (%(detail)s).", name=name, detail=detail
            ),
            "content": self.env._(
                "%(name)s answered something that cannot be read (%(detail)s).",
                name=name,
                detail=detail,
            ),
            "login": self.env._(
                "%(name)s refuses the login (%(detail)s).", name=name, detail=detail
            ),
            "refused": self.env._(
                "%(name)s refuses: %(detail)s.", name=name, detail=detail
            ),
            "not_found": self.env._(
                "%(name)s does not know it (%(detail)s).", name=name, detail=detail
            ),
            "incomplete": self.env._(
                "%(name)s showed only a part of its letters.", name=name
            ),
            "insecure": self.env._(
                "The address %(detail)s is not encrypted.", detail=detail
            ),
        }
        return sentences.get(error.key, str(error))

    def _note_success(self):
        """Remember that the provider answers, and close the task that asked for it."""
        provider = self.sudo()
        provider.write({"last_success_at": fields.Datetime.now(), "last_error": False})
        provider.activity_unlink(["mail.mail_activity_data_todo"])

    def _note_error(self, sentence: str, needs_person: bool = False):
        """Remember what is wrong; who runs the collection gets one task for it."""
        provider = self.sudo()
        provider.write({"last_error": sentence, "last_error_at": fields.Datetime.now()})
        if needs_person and not provider.activity_ids:
            provider.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=provider.company_id._get_collection_manager().id,
                summary=sentence,
            )

    def _leave_letters(self):
        """A provider that is switched off has no letters any more.

        Those that it never heard of are posted by hand; those that it has are for a
        person, because nobody asks it about them any more.
        """
        letters = (
            self.env["collection.followup"]
            .sudo()
            .search([("provider_id", "in", self.ids), ("state", "=", "queued")])
        )
        theirs = letters.filtered("claimed_at")
        (letters - theirs)._post_by_hand()
        for letter in theirs:
            letter._set_provider_fate_unknown(
                self.env._(
                    "%(name)s was switched off while it had this letter.",
                    name=letter.provider_id.name,
                )
            )
