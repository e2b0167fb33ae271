# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .collection_followup_mail import AUTOMATIC_ATTEMPTS, FAILURES_OF_MAIL

MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"


class CollectionDispatch(models.Model):
    """Documents by e-mail: through Odoo's mail queue, each with its real fate."""

    _inherit = "collection.dispatch"

    def _queue_mails(self, leaving=None):
        """Put the mails of a batch into the queue; a text that fails fails alone.

        :param leaving: datetime before which they do not leave, None = at once
        """
        values = []
        reading = self._get_reading()
        for lang, group in self.grouped("lang").items():
            for _key, part in group.grouped(lambda x: (x.kind, x.origin)).items():
                texts = part._render_texts(lang, reading)
                values += [
                    self.browse(key)._prepare_mail_vals(*texts[key], leaving)
                    for key in texts
                ]
        mails = self.env["mail.mail"].sudo().create(values)
        for mail in mails:
            self.browse(mail.res_id).write(
                {"mail_id": mail.id, "mail_sha256": self._hash(mail.body_html)}
            )
        queued = self.browse(mails.mapped("res_id"))
        queued.write({"claimed_at": False, "failure_code": False, "reason": False})
        queued._update_state("queued")
        if mails:
            self.env.ref(MAIL_QUEUE).sudo()._trigger(leaving)

    @staticmethod
    def _hash(body) -> str:
        return hashlib.sha256((body or "").encode()).hexdigest()

    def _render_texts(self, lang, reading) -> dict[int, tuple[str, Markup]]:
        """Return document -> subject and body; halve the batch when it fails."""
        try:
            return self._render_batch(self[:1]._get_template(), lang, reading)
        except UserError as error:
            if len(self) > 1:
                half = len(self) // 2
                return {
                    **self[:half]._render_texts(lang, reading),
                    **self[half:]._render_texts(lang, reading),
                }
            self._set_failed("rendering", str(error))
            return {}

    def _rewrite_mails(self) -> None:
        """Write the text and the attachments of waiting mails anew."""
        reading = self._get_reading()
        for lang, group in self.grouped("lang").items():
            for _key, part in group.grouped(lambda x: (x.kind, x.origin)).items():
                for key, (subject, body) in part._render_texts(lang, reading).items():
                    dispatch = self.browse(key)
                    attachments = dispatch.document_ids.attachment_id
                    dispatch.mail_id.sudo().write(
                        {
                            "subject": subject,
                            "body_html": body,
                            "attachment_ids": [fields.Command.set(attachments.ids)],
                        }
                    )
                    dispatch.mail_sha256 = self._hash(dispatch.mail_id.body_html)

    def _prepare_mail_vals(self, subject: str, body: Markup, leaving) -> dict:
        """Return the values of the mail; see ``collection.followup``."""
        self.ensure_one()
        company = self.company_id.sudo()
        sender = (
            self._get_signatory().email_formatted
            or company.email_formatted
            or company.email
            or ""
        )
        return {
            "subject": subject,
            "body_html": body,
            "email_from": sender,
            "reply_to": company.catchall_formatted or sender,
            "recipient_ids": [fields.Command.link(self.recipient_id.id)],
            "attachment_ids": [fields.Command.set(self.document_ids.attachment_id.ids)],
            "model": self._name,
            "res_id": self.id,
            "record_company_id": company.id,
            "record_alias_domain_id": company.alias_domain_id.id,
            "auto_delete": False,
            "state": "outgoing",
            "scheduled_date": leaving,
            "message_type": "email_outgoing",
        }

    # === THE FATE === #

    def _get_mail_stop_reasons(self) -> dict[int, str | None]:
        """Return document -> why its mail must not leave any more, None = it may.

        A statement whose figures changed while it waited is made anew.
        """
        waiting = self.filtered(lambda one: one.state == "queued")
        waiting = waiting.filtered(lambda one: not one.claimed_at)
        reasons = {
            one.id: self.env._("No longer to be sent.")
            for one in self
            if one.state != "queued"
        }
        refused = self.env["collection.undeliverable"]._get_refused(
            {email_normalize(one.recipient_id.email or "") for one in waiting} - {False}
        )
        for dispatch in waiting:
            reason = dispatch._get_stop_reason(refused)
            if reason and dispatch.origin == "monthly":
                # It stays on the list of what a person works off.
                dispatch._set_failed("address", reason)
            if reason:
                reasons[dispatch.id] = reason
        alive = waiting.filtered(lambda one: one.id not in reasons)
        reasons.update(alive._refresh_statements())
        return {dispatch.id: reasons.get(dispatch.id) for dispatch in self}

    def _get_stop_reason(self, refused) -> str | None:
        """Return why the mail must not leave; a monthly one follows its contact.

        :param refused: addresses that returned a message or are blacklisted
        """
        self.ensure_one()
        address = email_normalize(self.recipient_id.email or "")
        if not address or address in refused:
            return self.env._("The address was removed or refused meanwhile.")
        if address != self.recipient_address:
            if self.origin == "request":
                return self.env._("The address has changed meanwhile.")
            self.recipient_address = address
        if any(move.state != "posted" for move in self.document_ids.move_id):
            return self.env._("An invoice is no longer posted.")
        return None

    def _set_failed(self, code: str, reason: str) -> None:
        """Mark documents failed, without a mail that could still leave."""
        mails = self.mail_id.filtered(lambda mail: mail.state == "outgoing")
        mails.sudo().cancel()
        values = {"failure_code": code, "reason": reason, "claimed_at": False}
        self._update_state("failed", **values)
        self._ask_requester(reason)

    def _ask_requester(self, reason: str) -> None:
        """Tell who sent a document that it did not arrive; the month has its list."""
        quick = self.sudo().with_context(mail_activity_quick_update=True)
        for dispatch in quick.filtered(lambda one: one.origin == "request"):
            user = dispatch.user_id or dispatch.company_id._get_collection_manager()
            dispatch.file_id.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._(
                    "%(document)s did not leave: %(reason)s",
                    document=dispatch.display_name,
                    reason=reason,
                )[:200],
            )

    def _set_mail_fate(self, is_sent: bool, failure_type=None, reason=None):
        """Write what became of the mail, in the transaction that knows it."""
        if is_sent:
            values = {"failure_code": False, "reason": False}
            self._update_state("sent", sent_on=self._get_today(), **values)
            return
        code = FAILURES_OF_MAIL.get(failure_type, "other")
        reason = reason or self.env._("The mail was refused.")
        values = {"failure_code": code, "reason": reason, "claimed_at": False}
        self._update_state("failed", **values)
        if code == "address":
            self._block_address(reason)
        elif code != "connection" or self.attempts >= AUTOMATIC_ATTEMPTS:
            # A server that was not reached is tried again before anybody is asked.
            self._ask_requester(reason)

    def _set_unknown_fate(self):
        """A process stopped between taking the message and knowing its fate.

        It is not sent again: a person looks whether it left.
        """
        self.mail_id.sudo().write({"state": "exception", "failure_type": "unknown"})
        reason = self.env._(
            "The sending was interrupted: check whether the message left, then choose "
            "“It left” or “Send again”."
        )
        self._update_state("failed", failure_code="unknown_fate", reason=reason)
        self._ask_requester(reason)

    def _message_receive_bounce(self, email, partner):
        """A bounced mail fails its document and marks the address."""
        result = super()._message_receive_bounce(email, partner)
        for dispatch in self.sudo().filtered(lambda one: one.state == "sent"):
            reason = self.env._("%(email)s returned the message.", email=email)
            dispatch._update_state("failed", failure_code="bounced", reason=reason)
            dispatch._block_address(reason)
        return result

    def message_update(self, msg_dict, update_vals=None):
        """An answer of the debtor gives a task to who follows it up."""
        result = super().message_update(msg_dict, update_vals)
        quick = self.sudo().with_context(mail_activity_quick_update=True)
        for dispatch in quick:
            user = (
                dispatch.collector_id or dispatch.company_id._get_collection_manager()
            )
            dispatch.file_id.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._("Answer %(debtor)s", debtor=dispatch.debtor_id.name),
            )
        return result

    def _block_address(self, reason):
        """Never use this address of the contact again, and ask for a better one."""
        self.ensure_one()
        self.env["collection.undeliverable"]._block(
            self.recipient_id, self.channel, self.recipient_address, self, reason
        )
