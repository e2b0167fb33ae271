# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
import smtplib

import psycopg2

from odoo import fields, models, modules

_logger = logging.getLogger(__name__)

#: mails checked together against the ledger just before they leave
CHECKED_TOGETHER = 20
#: models whose records are sent by a mail of their own (``mail_id``): they have
#: ``_get_mail_stop_reasons``, ``_set_mail_fate``, ``_set_unknown_fate``, ``_cancel``
OURS = ("collection.followup", "collection.dispatch")


class MailMail(models.Model):
    """Our mails leave at most once: checked, taken, sent, in that order.

    A mail is *taken* by a commit before the mail server hears of it. One that is
    found taken and free was interrupted: its fate is unknown, and a person decides.
    """

    _inherit = "mail.mail"

    def _send(self, auto_commit=False, raise_exception=False, **options):
        ours = self.filtered(lambda mail: mail.model in OURS)
        others = self - ours
        if others:
            super(MailMail, others)._send(auto_commit, raise_exception, **options)
        if not ours or self.env["ir.mail_server"]._disable_send():
            return True
        if not auto_commit and not modules.module.current_test:
            # Taking a mail needs a commit, which this transaction does not allow:
            # the queue sends it within a minute.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return True
        for mails in ours.grouped("model").values():
            for start in range(0, len(mails), CHECKED_TOGETHER):
                mails[start : start + CHECKED_TOGETHER]._collection_send(
                    auto_commit, raise_exception, options
                )
        return True

    def _collection_send(self, auto_commit, raise_exception, options):
        """Check some mails together, then take and send each."""
        for mail in self._collection_check(auto_commit):
            try:
                is_taken = mail._collection_take(auto_commit)
            except psycopg2.OperationalError:
                # Another process has just changed this record: leave it alone.
                _logger.info("Mail %s is handled by another process", mail.id)
                self.env.cr.rollback()
                continue
            if is_taken:
                mail._collection_send_taken(auto_commit, raise_exception, options)

    def _collection_send_taken(self, auto_commit, raise_exception, options):
        """Send a mail that this process has taken."""
        try:
            # pylint: disable=super-method-mismatch
            return super()._send(auto_commit, raise_exception, **options)
        except smtplib.SMTPServerDisconnected:
            # The server may or may not have accepted it before it dropped the line.
            self._collection_owners()._set_unknown_fate()
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
            raise

    def _collection_check(self, auto_commit):
        """Cancel what is paid, held or changed since; return the rest."""
        reasons = self._collection_owners()._get_mail_stop_reasons()
        alive = self.browse()
        for mail in self.filtered(lambda mail: mail.state == "outgoing"):
            owner = mail._collection_owners()
            if not owner:
                mail.cancel()
                continue
            if owner.claimed_at:
                # Decided in _collection_take, under a lock.
                alive |= mail
                continue
            reason = reasons[owner.id]
            if not reason:
                alive |= mail
                continue
            mail.cancel()
            if owner.state in ("queued", "to_confirm", "planned", "failed"):
                owner._cancel(reason)
        if auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return alive

    def _collection_take(self, auto_commit) -> bool:
        """Take the mail for sending; False when it is not ours to send.

        The claim is committed before the mail server hears of the message. While it
        is being sent its record stays locked, so that one which is claimed and can be
        locked was left by a process that stopped.
        """
        owner = self._collection_owners().try_lock_for_update()
        if not owner:
            return False
        owner.invalidate_recordset(["claimed_at", "state"])
        if owner.state != "queued":
            return False
        if owner.claimed_at:
            owner._set_unknown_fate()
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
            return False
        owner.write(
            {"claimed_at": fields.Datetime.now(), "attempts": owner.attempts + 1}
        )
        if auto_commit:
            # The proof that this process has the message, before the server has it.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            return bool(owner.try_lock_for_update())
        self.env.flush_all()
        return True

    def _collection_owners(self):
        """Return the records of our mails, of one model, that still point at them."""
        owners = self.env[self[:1].model].sudo().browse(self.mapped("res_id")).exists()
        return owners.filtered(lambda owner: owner.mail_id in self)

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Attach what was promised: Odoo turns large files into public links."""
        mail = self
        if self.model == "collection.dispatch":
            mail = self.with_context(collection_attach_all=True)
        return super(MailMail, mail)._prepare_outgoing_list(
            mail_server, doc_to_followers
        )

    def _estimate_email_size(self, headers, body, attachments_size):
        if self.env.context.get("collection_attach_all"):
            return 0
        return super()._estimate_email_size(headers, body, attachments_size)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Write the fate on our records, in the transaction that learns it."""
        for mail in self.filtered(lambda mail: mail.model in OURS):
            owner = mail._collection_owners().filtered(
                lambda owner: owner.state == "queued"
            )
            if owner:
                is_sent = mail.state == "sent"
                failure = failure_type or mail.failure_type
                reason = failure_reason or mail.failure_reason
                owner._set_mail_fate(is_sent, failure, reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
