# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..core.planning import SENT_BY_MACHINE
from .collection_followup import UNDELIVERABLE


class CollectionFollowup(models.Model):
    """What a collector does with follow-ups, and how they reach their channel."""

    _inherit = "collection.followup"

    def _assert_collector(self):
        """Refuse who may not collect.

        :raise AccessError: the user is not in the collection group
        """
        if not self.env.su and not self.env.user.has_group(
            "account_collection.group_collection_user"
        ):
            raise AccessError(
                self.env._("Only collectors may do this: ask your administrator.")
            )
        self.check_access("write")

    def action_confirm(self):
        """Confirm messages: they are checked again and leave."""
        self._assert_collector()
        todo = self.filtered(lambda followup: followup.state == "to_confirm")
        todo += self.filtered(
            lambda followup: (
                followup.state == "planned" and followup.channel in SENT_BY_MACHINE
            )
        )
        if not todo:
            raise UserError(self.env._("Nothing here waits for a confirmation."))
        return todo.sudo()._dispatch_checked()

    def action_cancel(self):
        """Cancel: nothing leaves, and the step is due again at the next run."""
        self._assert_collector()
        self.sudo()._cancel(
            self.env._("Cancelled by %(user)s.", user=self.env.user.name)
        )

    def action_retry(self):
        """Send again what failed: the same follow-up, checked again."""
        self._assert_collector()
        failed = self.filtered(lambda followup: followup.state == "failed")
        if not failed:
            raise UserError(self.env._("Nothing here has failed."))
        if failed.filtered(lambda followup: followup.failure_code in UNDELIVERABLE):
            raise UserError(
                self.env._(
                    "This address returned our message: correct the contact. The step "
                    "goes to the next address or channel by itself."
                )
            )
        failed = failed.sudo()
        sendable = failed.filtered(lambda followup: followup.channel in SENT_BY_MACHINE)
        (failed - sendable)._update_state("planned", failure_code=False, reason=False)
        return sendable._dispatch_checked()

    def action_perform(self):
        """Open the form that records what was done, with its proof."""
        self._assert_collector()
        if len(set(self.mapped("channel"))) > 1:
            raise UserError(self.env._("Choose follow-ups of one channel."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record what was done"),
            "res_model": "collection.followup.perform",
            "view_mode": "form",
            "target": "new",
            "context": {"default_followup_ids": self.sorted("id").ids},
        }

    def action_mark_sent(self):
        """Answer "fate unknown": the message did leave."""
        self._assert_collector()
        unknown = self.filtered(
            lambda followup: followup.failure_code == "unknown_fate"
        )
        unknown.mail_id.sudo().write({"state": "sent", "failure_reason": False})
        unknown.sudo()._update_state(
            "performed",
            performed_on=self._get_today(),
            performed_by_id=self.env.uid,
            failure_code=False,
            reason=self.env._("%(user)s found that it left.", user=self.env.user.name),
        )

    # === DISPATCH === #

    def _dispatch_checked(self):
        """Dispatch follow-ups after having checked what they claim once more."""
        alive = self._refresh_lines()
        alive._dispatch()
        dropped = self - alive
        if dropped:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "sticky": True,
                    "message": "\n".join(
                        f"{followup.debtor_id.display_name}: {followup.reason}"
                        for followup in dropped
                    ),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        return None

    def _dispatch(self, reading=None):
        """Hand follow-ups to their channels: ``_run_<channel>`` for each.

        Channels that a person works have nothing to run.

        :param reading: see ``Reading``, when the caller has just read it
        """
        for channel, followups in self.grouped("channel").items():
            run = getattr(followups, f"_run_{channel}", None)
            if run:
                run(reading)

    @api.model
    def _trigger_cron(self, xmlid: str):
        """Wake a scheduled action up."""
        cron = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        self.env["ir.cron"].sudo().browse(cron)._trigger()
