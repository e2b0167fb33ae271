# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .collection_step import CHANNELS, MODES

STATES = [
    ("planned", "To do"),
    ("to_confirm", "To confirm"),
    ("queued", "On its way"),
    ("performed", "Performed"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
#: state -> the states that it may become
TRANSITIONS = {
    "planned": {"to_confirm", "queued", "performed", "failed", "cancelled"},
    "to_confirm": {"planned", "queued", "performed", "failed", "cancelled"},
    "queued": {"performed", "failed", "cancelled"},
    "performed": {"failed"},
    "failed": {"planned", "to_confirm", "queued", "performed", "cancelled"},
    "cancelled": set(),
}
FAILURES = [
    ("connection", "Server not reached"),
    ("account", "Provider's account"),
    ("address", "Address refused"),
    ("bounced", "Returned as undeliverable"),
    ("unknown_fate", "Fate unknown"),
    ("rendering", "Text could not be made"),
    ("other", "Other"),
]
#: failures after which the step counts no more: it goes to the next address
UNDELIVERABLE = ("address", "bounced")
CALL_RESULTS = [
    ("promised", "Promises to pay"),
    ("paid", "Says it is paid"),
    ("document", "Document missing"),
    ("approval", "Being approved"),
    ("dispute", "Disagrees"),
    ("difficulty", "In difficulty"),
    ("refusal", "Refuses or evades"),
    ("message", "Message left"),
]
HANDOFF_RESULTS = [
    ("handed_over", "Handed over"),
    ("kept", "Kept, we go on ourselves"),
]
STATE_WRITER = "collection_state_writer"
#: context of a skip: the follow-up is cancelled, its step stays behind the receivables
KEEP_COUNTED = "collection_keep_counted"
#: channels whose messages leave through a machine, once confirmed
#: what a collector may write without a button
EDITABLE = {
    "note",
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
}


class CollectionFollowup(models.Model):
    """One planned or performed contact or measure toward a debtor.

    States: planned (a person's task) or to confirm, then queued (handed to a channel
    that answers later), then performed with its proof, failed or cancelled. Only
    ``_update_state`` writes the state; what was sent does not change any more.
    """

    _name = "collection.followup"
    _description = "Follow-up"
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
        "res.partner",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    case_id = fields.Many2one(
        "collection.case", readonly=True, ondelete="set null", index="btree_not_null"
    )
    collector_id = fields.Many2one(related="file_id.collector_id")
    step_id = fields.Many2one(
        "collection.step", readonly=True, ondelete="restrict", help="Highest step due."
    )
    level_id = fields.Many2one(
        "collection.level", readonly=True, required=True, ondelete="restrict"
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    mode = fields.Selection(MODES, required=True, readonly=True, default="automatic")
    date = fields.Date("Planned for", required=True, readonly=True, index=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="planned", tracking=True
    )
    counts_in_budget = fields.Boolean("Uses the contact budget", readonly=True)
    is_internal = fields.Boolean(
        "Internal", readonly=True, help="It tells a colleague, never the debtor."
    )
    warning = fields.Char(readonly=True, help="What to look at before confirming.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Claimed", readonly=True, help="In company currency, net.")
    line_ids = fields.One2many("collection.followup.line", "followup_id", "Receivables")
    is_simulated = fields.Boolean(
        readonly=True, help="Recorded without a channel: nothing left the house."
    )

    # Recipient.
    recipient_id = fields.Many2one(
        "res.partner",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    recipient_address = fields.Char(
        "Address",
        readonly=True,
        help="The address as it was when the follow-up was planned.",
    )
    recipient_phone = fields.Char("Phone", related="recipient_id.phone")
    lang = fields.Char("Language", readonly=True)
    personal_text = fields.Text(
        "Words of one's own",
        readonly=True,
        help="Written by a person for this message alone; they follow the greeting.",
    )

    # Proof and fate.
    performed_on = fields.Date(readonly=True)
    performed_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null"
    )
    attachment_id = fields.Many2one(
        "ir.attachment", "PDF", readonly=True, ondelete="restrict"
    )
    sha256 = fields.Char("SHA-256", readonly=True)
    fingerprint = fields.Char(readonly=True, help="Of the figures that the text shows.")
    claimed_at = fields.Datetime(
        readonly=True, help="When a process took the message to send it."
    )
    attempts = fields.Integer(readonly=True)
    printed_at = fields.Datetime(readonly=True, copy=False)
    posted_on = fields.Date(readonly=True)
    tracking_number = fields.Char(readonly=True)
    call_result = fields.Selection(CALL_RESULTS, readonly=True)
    handoff_result = fields.Selection(HANDOFF_RESULTS, readonly=True)
    note = fields.Text(help="What was said or done.")
    failure_code = fields.Selection(FAILURES, readonly=True)
    reason = fields.Text(readonly=True, help="Why it failed or was cancelled.")

    _todo_idx = models.Index(
        "(company_id, state, date)"
        " WHERE state IN ('planned', 'to_confirm', 'queued', 'failed')"
    )

    # === COMPUTE METHODS === #

    @api.depends("channel", "level_id", "date", "debtor_id", "is_internal")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for followup in self:
            words = [channels.get(followup.channel), followup.level_id.name]
            words.append(fields.Date.to_string(followup.date))
            if followup.is_internal:
                words.append(self.env._("to a colleague"))
            followup.display_name = " · ".join(filter(None, words))

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["recipient_id"]

    # === THE STATE, ITS ONLY WRITER === #

    def write(self, vals):
        if "state" in vals and not (self.env.su and self.env.context.get(STATE_WRITER)):
            raise UserError(
                self.env._("The state of a follow-up changes through its buttons.")
            )
        if not self.env.su and not EDITABLE.issuperset(vals):
            # Amounts, addresses and proofs are what the machine found or sent.
            raise UserError(
                self.env._(
                    "Only the note of a follow-up can be edited; the rest changes "
                    "through its buttons."
                )
            )
        return super().write(vals)

    def _update_state(self, target: str, **values):
        """Write the state of the follow-ups that may take it; the only writer.

        :param target: a state; follow-ups already there are skipped
        :param values: fields written with it
        :raise UserError: a transition is not allowed, or the proof is missing
        :return: the follow-ups that changed
        """
        changed = self.filtered(lambda followup: followup.state != target)
        for followup in changed:
            if target not in TRANSITIONS[followup.state]:
                raise UserError(
                    self.env._(
                        "%(followup)s of %(debtor)s is %(state)s: it cannot become "
                        "%(target)s.",
                        followup=followup.display_name,
                        debtor=followup.debtor_id.display_name,
                        state=self._get_state_label(followup.state),
                        target=self._get_state_label(target),
                    )
                )
        if not changed:
            return changed
        writer = changed.sudo().with_context(**{STATE_WRITER: True})
        writer.write({"state": target, **values})
        if target == "performed":
            changed._assert_proof()
        counted = None
        if target == "cancelled" and not self.env.context.get(KEEP_COUNTED):
            counted = False
        if target == "failed" and values.get("failure_code") in UNDELIVERABLE:
            counted = False
        self.env["collection.followup.line"]._follow(
            changed, target, values.get("performed_on"), counted
        )
        return changed

    def _revert_state(self, states: dict[int, str], **values) -> None:
        """Give follow-ups back the state that they had before an act is taken back.

        :param states: follow-up -> state before the act
        :param values: fields written with it
        """
        for state, followups in self.grouped(lambda one: states[one.id]).items():
            writer = followups.sudo().with_context(**{STATE_WRITER: True})
            writer.write({"state": state, **values})
            lines = self.env["collection.followup.line"]
            lines._follow(followups, state, None, None)

    def _get_state_label(self, state: str) -> str:
        return dict(self._fields["state"]._description_selection(self.env))[state]

    @api.model
    def _get_today(self):
        return self.env["collection.receivable"]._get_today()

    def _cancel(self, reason: str):
        """Cancel follow-ups: their steps count no more.

        Their unsent mails are cancelled too.
        """
        mails = self.mail_id.filtered(lambda mail: mail.state == "outgoing")
        mails.sudo().cancel()
        return self._update_state("cancelled", reason=reason)

    # === COUNTS FOR THE PLAN === #

    @api.model
    def _read_recent_contacts(self, company, days, today) -> dict[int, int]:
        """Return debtor -> contacts that used its budget in the scenario's days.

        E-mails and SMS count once they are on their way, calls once performed.

        :param days: debtor -> days over which its scenario counts
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT w.debtor_id, count(*)
                  FROM collection_followup w
                  JOIN unnest(%(ids)s::int[], %(days)s::int[]) AS d (debtor_id, days)
                    ON d.debtor_id = w.debtor_id
                 WHERE w.company_id = %(company)s AND w.counts_in_budget
                   AND ((w.channel IN ('email', 'sms')
                         AND w.state IN ('queued', 'performed'))
                        OR (w.channel = 'call' AND w.state = 'performed'))
                   AND COALESCE(w.performed_on, w.date) > %(today)s - d.days
                   AND COALESCE(w.performed_on, w.date) <= %(today)s
                 GROUP BY w.debtor_id""",
                company=company.id,
                ids=list(days),
                days=list(days.values()),
                today=today,
            )
        )
        return dict(rows)
