# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from .collection_statement_month import MAKE_CRON


class CollectionDispatch(models.Model):
    """What people do with documents: confirm, print, post, send again."""

    _inherit = "collection.dispatch"

    def action_confirm(self):
        """Let monthly statements leave that wait for a manager."""
        self._assert_manager()
        todo = self.sudo().filtered(lambda one: one.state == "to_confirm")
        if not todo:
            raise UserError(self.env._("Nothing here waits for a confirmation."))
        todo._update_state("queued")
        self.env["collection.act"]._log("confirm", todo.file_id)
        self.env.ref(MAKE_CRON).sudo()._trigger()

    def action_cancel(self):
        """Cancel documents that did not leave; a monthly one does not come back."""
        self._assert_collector()
        self._take_back_or_refuse()
        self.env["collection.act"]._log("cancel", self.file_id)

    def _take_back_or_refuse(self):
        waiting = self.filtered(lambda one: one.state == "queued")
        waiting._take_back()
        reason = self.env._("Cancelled by %(user)s.", user=self.env.user.name)
        (self - waiting).sudo()._cancel(reason)

    def action_retry(self):
        """Send again what failed; look again at what was left out."""
        self._assert_collector()
        todo = self.sudo().filtered(lambda one: one.state in ("failed", "skipped"))
        if not todo:
            raise UserError(self.env._("Nothing here has failed or was left out."))
        monthly = todo.filtered(lambda one: one.origin == "monthly")
        requests = todo - monthly
        if requests.filtered(lambda one: one._is_undeliverable()):
            raise UserError(
                self.env._(
                    "This address returned our message: correct the contact, then send "
                    "the document anew."
                )
            )
        requests._retry()
        monthly._reconsider()
        self.env["collection.act"]._log("retry", todo.file_id)

    def _retry(self) -> None:
        """Hand requested documents over once more; statements are made anew."""
        mails = self.filtered(lambda one: one.channel == "email")
        (self - mails)._update_state("queued", failure_code=False, reason=False)
        for key, reason in mails._refresh_statements().items():
            self.browse(key)._cancel(reason)
        mails.filtered(lambda one: one.state == "failed")._queue_mails()

    def action_mark_sent(self):
        """Answer "fate unknown": the message did leave."""
        self._assert_collector()
        unknown = self.sudo().filtered(lambda one: one.failure_code == "unknown_fate")
        unknown.mail_id.write({"state": "sent", "failure_reason": False})
        unknown._update_state(
            "sent",
            sent_on=self._get_today(),
            failure_code=False,
            reason=self.env._("%(user)s found that it left.", user=self.env.user.name),
        )
        self.env["collection.act"]._log("perform", unknown.file_id)

    # === POST === #

    def action_print(self):
        """Open the chosen papers as one PDF.

        Statements that are about to be posted are looked at first: one with nothing
        open is cancelled, one whose figures changed is made again.
        """
        reasons = []
        if self.env.user.has_group("account_collection.group_collection_user"):
            self._assert_collector()
            reasons = self.sudo()._check_before_print()
        papers = self.filtered(
            lambda one: one.document_ids and one.state != "cancelled"
        )
        if not papers and reasons:
            return self._show_reasons(reasons)
        if not papers:
            raise UserError(
                self.env._(
                    "No document is ready: wait a minute, or look at why it was "
                    "cancelled."
                )
            )
        papers.sudo().filtered(
            lambda one: one.channel == "letter" and one.state == "queued"
        ).write({"printed_at": fields.Datetime.now()})
        ids = ",".join(map(str, papers.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/dispatches?ids={ids}",
            "target": "new",
        }

    def _check_before_print(self) -> list[str]:
        """Make outdated statements anew, cancel those with nothing open; say which."""
        waiting = self.filtered(
            lambda one: (
                one.channel == "letter" and one.state == "queued" and one.document_ids
            )
        )
        found = []
        for key, reason in waiting._refresh_statements().items():
            dispatch = self.browse(key)
            dispatch._cancel(reason)
            found.append(f"{dispatch.debtor_id.display_name}: {reason}")
        return found

    @staticmethod
    def _show_reasons(reasons: list[str]) -> dict:
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": "\n".join(reasons),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_posted(self):
        """Record that the printed papers were posted today."""
        self._assert_collector()
        posted = self.sudo().filtered(
            lambda one: (
                one.channel == "letter" and one.state == "queued" and one.document_ids
            )
        )
        if not posted:
            raise UserError(
                self.env._("Nothing here waits to be posted: print it first.")
            )
        for company, group in posted.grouped("company_id").items():
            day = self.env["collection.statement"]._get_day(company)
            group._update_state("sent", posted_on=day, sent_on=day)
        self.env["collection.act"]._log("perform", posted.file_id)

    # === LOOKING === #

    def action_open_message(self):
        """Show the message as it left."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/collection/dispatch/{self.id}/message",
            "target": "new",
        }

    def _get_message_html(self):
        """Return the message as a page."""
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "account_collection.message_preview",
            {
                "followup": self,
                "subject": self.mail_id.subject or self.display_name,
                "body": Markup(self.mail_id.body_html or self.documents_list or ""),
            },
        )
