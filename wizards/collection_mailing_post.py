# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionMailingPost(models.TransientModel):
    """Marks a batch as posted, after a look at what should not leave any more."""

    _name = "collection.mailing.post"
    _description = "Mark a batch of letters as posted"

    mailing_id = fields.Many2one(
        "collection.mailing", required=True, ondelete="cascade", readonly=True
    )
    date = fields.Date(
        "Posted on",
        required=True,
        default=lambda self: self.env["collection.followup"]._get_today(),
    )
    ready_count = fields.Integer("Letters ready", compute="_compute_what")
    unnumbered_text = fields.Text("Without a number", compute="_compute_what")
    paid_text = fields.Text("Paid or held since", compute="_compute_what")
    is_dropping = fields.Boolean(
        "Pull them out of the pile and cancel them",
        default=True,
        help="Their envelopes stay here: the place in the pile is given.",
    )
    receipt_file = fields.Binary("Posting receipt")
    receipt_name = fields.Char()

    @api.depends("mailing_id", "is_dropping")
    def _compute_what(self):
        for wizard in self:
            letters = wizard.mailing_id.sudo().followup_ids
            waiting = letters.filtered(lambda one: one._is_waiting())
            unnumbered = waiting._filter_unnumbered()
            paid = wizard.mailing_id._find_paid()
            gone = {letter.id for letter in paid} if wizard.is_dropping else set()
            ready = (waiting - unnumbered).filtered(
                lambda one, gone=gone: one.id not in gone
            )
            wizard.ready_count = len(ready)
            wizard.unnumbered_text = "\n".join(
                f"{one.mailing_sequence}. {one.debtor_id.display_name}"
                for one in unnumbered.sorted("mailing_sequence")
            )
            wizard.paid_text = "\n".join(
                f"{one.mailing_sequence}. {one.debtor_id.display_name}: {reason}"
                for one, reason in paid.items()
            )

    def action_post(self):
        """Mark as posted, and cancel what need not leave any more."""
        self.ensure_one()
        mailing = self.mailing_id
        mailing._assert_collector()
        dropped = self._drop_paid() if self.is_dropping else False
        if self.receipt_file:
            mailing.write(
                {"receipt_file": self.receipt_file, "receipt_name": self.receipt_name}
            )
        if dropped and mailing.state == "cancelled":
            return {"type": "ir.actions.act_window_close"}
        return mailing.action_mark_posted(self.date) or {
            "type": "ir.actions.act_window_close"
        }

    def _drop_paid(self):
        """Cancel what need not leave any more; return it."""
        paid = self.mailing_id._find_paid()
        letters = (
            self.env["collection.followup"]
            .sudo()
            .browse([letter.id for letter in paid])
        )
        notes = {letter.file_id.id: reason for letter, reason in paid.items()}
        letters.with_user(self.env.user)._log_act("cancel", note=notes)
        for reason, group in letters.grouped(paid.get).items():
            group._cancel(reason)
        return letters
