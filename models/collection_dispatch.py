# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .collection_followup import FAILURES, UNDELIVERABLE

KINDS = [
    ("duplicate", "Duplicate of invoices"),
    ("statement", "Statement of account"),
    ("proof", "Signed order or delivery"),
]
ORIGINS = [
    ("request", "On request"),
    ("monthly", "Monthly statement"),
]
CHANNELS = [
    ("email", "E-mail"),
    ("letter", "Post"),
]
STATES = [
    ("to_confirm", "To confirm"),
    ("queued", "On its way"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("skipped", "Left out"),
    ("cancelled", "Cancelled"),
]
#: state -> the states that it may become
TRANSITIONS = {
    "to_confirm": {"queued", "failed", "skipped", "cancelled"},
    "queued": {"sent", "failed", "cancelled"},
    "sent": {"failed"},
    "failed": {"to_confirm", "queued", "sent", "skipped", "cancelled"},
    "skipped": {"to_confirm", "queued", "cancelled"},
    "cancelled": set(),
}
#: why a monthly statement was left out although the debtor should have one
OBSTACLES = [
    ("insolvency", "Insolvent"),
    ("handed_over", "Handed over"),
    ("legal", "Legal hold"),
    ("address", "E-mail address refused"),
    ("no_address", "No usable address"),
]
STATE_WRITER = "collection_dispatch_writer"
#: what Odoo's own screens write without a button
EDITABLE = {
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
}


class CollectionDispatch(models.Model):
    """A document sent to a debtor on request or by the month: never a reminder.

    It counts no step and uses no contact budget. States: to confirm (a monthly
    statement before the company is live), queued (in the mail queue, or to be posted),
    then sent with its proof, failed or cancelled; a monthly statement may also be left
    out with the reason. Only ``_update_state`` writes the state; the documents that
    left are kept with their hash and do not change any more.
    """

    _name = "collection.dispatch"
    _description = "Document sent"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _order = "date desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    file_id = fields.Many2one(
        "collection.debtor",
        "Debtor file",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    debtor_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="restrict", index=True
    )
    collector_id = fields.Many2one(related="file_id.collector_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    origin = fields.Selection(ORIGINS, required=True, readonly=True, default="request")
    month = fields.Date(readonly=True, help="First day of a monthly statement's month.")
    channel = fields.Selection(CHANNELS, required=True, readonly=True, default="email")
    state = fields.Selection(STATES, required=True, readonly=True, default="queued")
    date = fields.Date(required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", "Sent by", readonly=True, ondelete="set null"
    )
    move_line_ids = fields.Many2many(
        "account.move.line", string="Items", readonly=True, help="Empty = all."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        "Balance", readonly=True, help="Of the statement, in company currency."
    )
    fingerprint = fields.Char(readonly=True, help="Of the figures that are shown.")
    message = fields.Text("Personal words", readonly=True)

    # Recipient.
    recipient_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    recipient_address = fields.Char("Address", readonly=True)
    lang = fields.Char("Language", readonly=True)

    # Proof and fate.
    document_ids = fields.One2many("collection.dispatch.document", "dispatch_id")
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null"
    )
    mail_sha256 = fields.Char("SHA-256 of the text", readonly=True)
    claimed_at = fields.Datetime(
        readonly=True, help="When a process took the message to send it."
    )
    attempts = fields.Integer(readonly=True)
    sent_on = fields.Date(readonly=True)
    printed_at = fields.Datetime(readonly=True, copy=False)
    posted_on = fields.Date(readonly=True)
    failure_code = fields.Selection(FAILURES, readonly=True)
    skip_code = fields.Selection(OBSTACLES, "Why not", readonly=True)
    reason = fields.Text(readonly=True, help="Why it failed or was cancelled.")

    _month_uniq = models.UniqueIndex(
        "(company_id, debtor_id, month) WHERE month IS NOT NULL",
        "This debtor already has its statement of the month.",
    )
    _todo_idx = models.Index(
        "(company_id, state) WHERE state IN ('to_confirm', 'queued', 'failed')"
    )

    # === COMPUTE METHODS === #

    @api.depends("kind", "date", "debtor_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for dispatch in self:
            words = [kinds.get(dispatch.kind), fields.Date.to_string(dispatch.date)]
            dispatch.display_name = " · ".join(filter(None, words))

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["recipient_id"]

    @api.model
    def _get_today(self):
        return self.env["collection.receivable"]._get_today()

    # === THE STATE, ITS ONLY WRITER === #

    def write(self, vals):
        if "state" in vals and not (self.env.su and self.env.context.get(STATE_WRITER)):
            raise UserError(
                self.env._("The state of a document changes through its buttons.")
            )
        if not self.env.su and not EDITABLE.issuperset(vals):
            raise UserError(
                self.env._("What was sent does not change: send another document.")
            )
        return super().write(vals)

    def _update_state(self, target: str, **values):
        """Write the state of the documents that may take it; the only writer.

        :param target: a state; documents already there are skipped
        :param values: fields written with it
        :raise UserError: a transition is not allowed, or the proof is missing
        :return: the documents that changed
        """
        changed = self.filtered(lambda dispatch: dispatch.state != target)
        labels = dict(self._fields["state"]._description_selection(self.env))
        for dispatch in changed:
            if target not in TRANSITIONS[dispatch.state]:
                raise UserError(
                    self.env._(
                        "%(document)s of %(debtor)s is %(state)s: it cannot become "
                        "%(target)s.",
                        document=dispatch.display_name,
                        debtor=dispatch.debtor_id.display_name,
                        state=labels[dispatch.state],
                        target=labels[target],
                    )
                )
        writer = changed.sudo().with_context(**{STATE_WRITER: True})
        writer.write({"state": target, **values})
        if target == "sent":
            changed._assert_proof()
        return changed

    def _assert_proof(self):
        """Refuse "sent" without a proof: the mail server's answer, or the posting.

        :raise UserError: what is missing, and on which document
        """
        for dispatch in self:
            is_mail = dispatch.channel == "email"
            if dispatch.mail_id.state == "sent" if is_mail else dispatch.posted_on:
                continue
            missing = self.env._("the mail was not sent")
            if not is_mail:
                missing = self.env._("the day of posting is missing")
            raise UserError(
                self.env._(
                    "%(document)s of %(debtor)s cannot be marked sent: %(missing)s.",
                    document=dispatch.display_name,
                    debtor=dispatch.debtor_id.display_name,
                    missing=missing,
                )
            )

    def _cancel(self, reason: str):
        """Cancel documents that did not leave, and their mails."""
        mails = self.mail_id.filtered(lambda mail: mail.state == "outgoing")
        mails.sudo().cancel()
        return self._update_state("cancelled", reason=reason)

    # === RIGHTS === #

    def _assert_collector(self):
        """Refuse who may not send.

        :raise AccessError: the user is not in the collection group
        """
        if not self.env.su and not self.env.user.has_group(
            "account_collection.group_collection_user"
        ):
            raise AccessError(
                self.env._("Only collectors may do this: ask your administrator.")
            )
        self.check_access("write")

    def _assert_manager(self):
        """Refuse who may not decide on the monthly statements."""
        if not self.env.su and not self.env.user.has_group(
            "account_collection.group_collection_manager"
        ):
            raise AccessError(
                self.env._("Only managers may do this: ask your administrator.")
            )
        self.check_access("write")

    def _is_undeliverable(self) -> bool:
        """Tell whether the address itself was refused."""
        self.ensure_one()
        return self.failure_code in UNDELIVERABLE


class CollectionDispatchDocument(models.Model):
    """A document as it left, with its hash."""

    _name = "collection.dispatch.document"
    _description = "Document as it left"
    _order = "dispatch_id, id"

    dispatch_id = fields.Many2one(
        "collection.dispatch",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="dispatch_id.company_id", store=True)
    attachment_id = fields.Many2one(
        "ir.attachment", required=True, readonly=True, ondelete="restrict"
    )
    name = fields.Char(required=True, readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, ondelete="set null"
    )

    def action_open(self):
        """Show the document."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}",
            "target": "new",
        }
