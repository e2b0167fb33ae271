# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models
from odoo.exceptions import UserError


class CollectionAct(models.Model):
    """How acts on follow-ups are taken back."""

    _inherit = "collection.act"

    def _get_states(self) -> dict[int, str]:
        """Return follow-up -> state before the acts."""
        return {
            int(key): state
            for act in self
            for key, state in (act.data.get("states") or {}).items()
        }

    def _get_counted_lines(self):
        ids = [line for act in self for line in act.data.get("lines", ())]
        return self.env["collection.followup.line"].sudo().browse(ids).exists()

    def _lock_followups(self, *states: str):
        """Return the follow-ups of the acts, locked.

        :param states: in which they must still be
        :raise UserError: one of them has changed since, or is being sent
        """
        followups = self.followup_ids.sudo()
        locked = followups.try_lock_for_update()
        locked.invalidate_recordset(["state", "claimed_at", "printed_at"])
        gone = followups - locked
        gone += locked.filtered(
            lambda one: one.state not in states or one.claimed_at or one.printed_at
        )
        if gone:
            raise UserError(
                self.env._(
                    "It is too late to take this back, it has left or changed: %s.",
                    ", ".join(gone.debtor_id.mapped("display_name")),
                )
            )
        return followups

    def _undo_confirm(self):
        """Nothing has left: the mails are cancelled, the PDFs thrown away."""
        followups = self._lock_followups("queued")
        followups.mail_id.sudo().filtered(
            lambda mail: mail.state == "outgoing"
        ).cancel()
        documents = followups.attachment_id
        followups._revert_state(
            self._get_states(), mail_id=False, attachment_id=False, sha256=False
        )
        documents.unlink()

    def _undo_cancel(self):
        followups = self._lock_followups("cancelled")
        self._get_counted_lines()._recount()
        mails = followups.mail_id.sudo().filtered(lambda mail: mail.state == "cancel")
        mails.mark_outgoing()
        followups._revert_state(self._get_states(), reason=False)

    def _undo_skip(self):
        followups = self._lock_followups("cancelled")
        followups._revert_state(self._get_states(), reason=False)

    def _undo_repeat(self):
        self._get_counted_lines()._recount()

    def _undo_perform(self):
        """What a person recorded by mistake is to do again."""
        followups = self._lock_followups("performed")
        followups._revert_state(
            self._get_states(),
            performed_on=False,
            performed_by_id=False,
            handoff_result=False,
        )
        self._end_holds()

    def _end_holds(self):
        """Remove the holds that came with the acts."""
        ids = [hold for act in self for hold in act.data.get("holds", ())]
        self.env["collection.hold"].sudo().browse(ids).exists().unlink()

    def _undo_hold(self):
        self._end_holds()

    def _undo_release(self):
        ids = [hold for act in self for hold in act.data.get("holds", ())]
        self.env["collection.hold"].sudo().browse(ids).exists().active = True

    # === CALLS === #

    def _undo_call(self):
        """The call is to make again, as it was."""
        calls = self._get_calls()
        followups = self._lock_followups("performed")
        adhoc = followups.filtered(lambda one: not one.step_id)
        planned = followups - adhoc
        planned._revert_state(
            self._get_states(),
            performed_on=False,
            performed_by_id=False,
            call_result=False,
        )
        self._restore_followups(planned)
        calls.unlink()
        adhoc.unlink()
        self._end_holds()

    def _undo_no_answer(self):
        calls = self._get_calls()
        followups = self._lock_followups("planned")
        self._restore_followups(followups)
        wrong = calls.filtered(lambda call: call.result == "wrong_number").followup_id
        self.env["collection.undeliverable"].sudo()._free(wrong)
        calls.unlink()
        followups.filtered(lambda one: not one.step_id and not one.call_ids).unlink()

    def _get_calls(self):
        ids = [act.data["call"] for act in self]
        return self.env["collection.call"].sudo().browse(ids).exists()

    def _restore_followups(self, followups):
        """Write back note, attempts and next try."""
        for act in self:
            (act.followup_ids & followups).write(act.data["before"])

    # === POST === #

    def _undo_post_event(self):
        """What the post says was recorded by mistake."""
        ids = [event for act in self for event in act.data.get("events", ())]
        self.env["collection.postal.event"].sudo().browse(ids).exists()._delete()
