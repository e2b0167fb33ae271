# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..core.planning import SENT_BY_MACHINE
from .collection_followup import KEEP_COUNTED, UNDELIVERABLE


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
        """Confirm messages: they are checked again and leave.

        E-mails are held back a little while, during which the author may take the
        confirmation back.
        """
        self._assert_collector()
        todo = self.filtered(
            lambda one: (
                one.state == "to_confirm"
                or (one.state == "planned" and one.channel in SENT_BY_MACHINE)
            )
        )
        if not todo:
            raise UserError(self.env._("Nothing here waits for a confirmation."))
        before = {one.id: one.state for one in todo}
        answer = todo._hold_back()._dispatch_checked()
        left = todo.filtered(lambda one: one.state == "queued")
        left._log_act("confirm", states=before, seconds=self._get_undo_seconds())
        return answer

    def action_cancel(self):
        """Cancel: nothing leaves, and the step is due again at the next run."""
        self._assert_collector()
        todo = self.filtered(lambda one: one.state != "cancelled")
        todo._log_act(
            "cancel",
            states={one.id: one.state for one in todo},
            lines=todo.line_ids.filtered("counted"),
        )
        todo.sudo()._cancel(
            self.env._("Cancelled by %(user)s.", user=self.env.user.name)
        )

    def action_skip(self, reason: str = ""):
        """Pass the step over: nothing leaves, the receivables go on to the next step.

        :param reason: why, in the words of the user
        :raise UserError: without a reason, or when nothing is left to skip
        """
        self._assert_collector()
        todo = self.filtered(
            lambda one: one.state in ("planned", "to_confirm", "failed")
        )
        if not todo:
            raise UserError(self.env._("Only what has not left can be skipped."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the step is skipped."))
        todo._log_act(
            "skip",
            note=reason,
            states={one.id: one.state for one in todo},
            lines=todo.line_ids.filtered("counted"),
        )
        words = self.env._(
            "Skipped by %(user)s: %(reason)s", user=self.env.user.name, reason=reason
        )
        todo.sudo().with_context(**{KEEP_COUNTED: True})._cancel(words)

    def action_repeat(self, reason: str = ""):
        """Let a performed step come again: it is due at the next run.

        What was done stays as it is, with its proof; it only counts no more.

        :param reason: why, in the words of the user
        :raise UserError: without a reason, or when nothing was performed
        """
        self._assert_collector()
        done = self.filtered(lambda one: one.state == "performed")
        lines = done.line_ids.filtered(lambda line: line.counted and line.latest)
        if not lines:
            raise UserError(
                self.env._("Only the last step that was performed can be repeated.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the step is repeated."))
        lines.followup_id._log_act("repeat", note=reason, lines=lines, states={})
        lines.sudo()._uncount()

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
        sendable = failed.filtered(lambda one: one.channel in SENT_BY_MACHINE)
        (failed - sendable).sudo()._update_state(
            "planned", failure_code=False, reason=False
        )
        failed._log_act("retry")
        return sendable._hold_back()._dispatch_checked()

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

    def action_edit_message(self):
        """Open the form that changes a message before it leaves."""
        self._assert_collector()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Edit the message"),
            "res_model": "collection.followup.edit",
            "views": [[False, "form"]],
            "target": "new",
            "context": {
                "default_followup_id": self.id,
                "default_recipient_id": self.recipient_id.id,
                "default_personal_text": self.personal_text,
            },
        }

    def action_open_recipient(self):
        """Open the contact, to correct its address."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": (self.recipient_id or self.debtor_id).id,
            "views": [[False, "form"]],
        }

    def action_ask_skip(self):
        """Open the form that asks why the step is skipped."""
        return self._get_reason_form("skip", self.env._("Skip the step"))

    def action_ask_repeat(self):
        """Open the form that asks why the step is repeated."""
        return self._get_reason_form("repeat", self.env._("Repeat the step"))

    def _get_reason_form(self, kind: str, name: str) -> dict:
        self._assert_collector()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "collection.followup.reason",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_followup_ids": self.ids, "default_kind": kind},
        }

    def action_mark_sent(self):
        """Answer "fate unknown": the message did leave."""
        self._assert_collector()
        unknown = self.filtered(
            lambda one: one.state == "failed" and one.failure_code == "unknown_fate"
        )
        if not unknown:
            raise UserError(self.env._("The fate of none of these is unknown."))
        unknown.mail_id.sudo().write({"state": "sent", "failure_reason": False})
        unknown.sudo()._update_state(
            "performed",
            performed_on=self._get_today(),
            performed_by_id=self.env.uid,
            failure_code=False,
            reason=self.env._("%(user)s found that it left.", user=self.env.user.name),
        )
        unknown._log_act("perform")

    # === ACTS AND THEIR UNDOING === #

    def _get_undo_seconds(self) -> int:
        return max(self.company_id.mapped("collection_undo_seconds"), default=0)

    def _hold_back(self):
        """Return the follow-ups in an environment whose e-mails wait a little."""
        return self.sudo().with_context(collection_hold_back=True)

    def _log_act(self, kind: str, note=None, states=None, lines=None, **options):
        """Log what the user does with follow-ups, with what taking it back needs.

        :param states: follow-up -> state before; None = it cannot be taken back
        :param lines: lines that the act takes off the ladder, or leaves on it
        """
        data = {}
        for file, followups in self.sudo().grouped("file_id").items():
            counted = lines and lines.filtered(
                lambda line, followups=followups: line.followup_id in followups
            )
            data[file.id] = {
                "states": {str(one.id): states.get(one.id) for one in followups}
                if states is not None
                else None,
                "lines": counted.ids if counted else [],
                "followups": followups.ids,
            }
        acts = self.env["collection.act"]._log(
            kind,
            self.sudo().file_id,
            note=note,
            data=data if states is not None else None,
            **options,
        )
        for act in acts:
            act.followup_ids = data[act.file_id.id]["followups"]
        return acts

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
    def _trigger_cron(self, xmlid: str, moment=None):
        """Wake a scheduled action up.

        :param moment: UTC datetime, default now
        """
        cron = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        self.env["ir.cron"].sudo().browse(cron)._trigger(at=moment)
