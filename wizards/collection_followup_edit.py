# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError


class CollectionFollowupEdit(models.TransientModel):
    """Changes a message before it leaves: its recipient and words of one's own.

    The figures and the legal text stay what the ledger and the template say.
    """

    _name = "collection.followup.edit"
    _description = "Edit a message"

    followup_id = fields.Many2one("collection.followup", required=True)
    channel = fields.Selection(related="followup_id.channel")
    debtor_id = fields.Many2one(related="followup_id.debtor_id")
    recipient_id = fields.Many2one("res.partner", required=True)
    address = fields.Char(compute="_compute_address")
    personal_text = fields.Text(
        "Words of your own", help="They follow the greeting of the message."
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("recipient_id")
    def _compute_address(self):
        recipients = self.env["collection.recipient"]
        for wizard in self:
            wizard.address = recipients._get_address_of(
                wizard.recipient_id, wizard.channel
            )

    @api.depends("followup_id", "personal_text")
    def _compute_preview(self):
        for wizard in self:
            followup = wizard.followup_id.sudo().with_context(
                collection_personal_text=wizard.personal_text or ""
            )
            wizard.preview = followup._get_preview_html()

    def action_save(self):
        """Keep the changes; the message goes on waiting."""
        self.ensure_one()
        followup = self.followup_id
        followup._assert_collector()
        if followup.state not in ("planned", "to_confirm"):
            raise UserError(
                self.env._("%s has left or was cancelled.", followup.display_name)
            )
        if not self.address:
            raise UserError(
                self.env._(
                    "%(contact)s has no usable address for this channel: correct the "
                    "contact or choose another one.",
                    contact=self.recipient_id.display_name,
                )
            )
        followup.sudo().write(
            {
                "recipient_id": self.recipient_id.id,
                "recipient_address": self.address,
                "personal_text": self.personal_text,
            }
        )
        followup._log_act("edit", note=self.personal_text)
        return {"type": "ir.actions.act_window_close"}

    def action_save_and_confirm(self):
        """Keep the changes and let the message leave."""
        self.action_save()
        return self.followup_id.action_confirm() or {
            "type": "ir.actions.act_window_close"
        }
