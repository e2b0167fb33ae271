# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
import smtplib

import psycopg2

from odoo import fields, models, modules

_logger = logging.getLogger(__name__)

OURS = "collection.digest"


class MailMail(models.Model):
    """Weekly mails leave at most once, as those of follow-ups do.

    One is taken by a commit before the mail server hears of it; one that is found
    taken and free was interrupted, and a person looks whether it left.
    """

    _inherit = "mail.mail"

    def _send(self, auto_commit=False, raise_exception=False, **options):
        ours = self.filtered(lambda mail: mail.model == OURS)
        others = self - ours
        if others:
            super(MailMail, others)._send(auto_commit, raise_exception, **options)
        if not ours or self.env["ir.mail_server"]._disable_send():
            return True
        if not auto_commit and not modules.module.current_test:
            # Taking a mail needs a commit: the queue sends it within a minute.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return True
        for mail in ours.filtered(lambda mail: mail.state == "outgoing"):
            try:
                is_taken = mail._collection_take_digest(auto_commit)
            except psycopg2.OperationalError:
                _logger.info("Mail %s is handled by another process", mail.id)
                self.env.cr.rollback()
                continue
            if is_taken:
                mail._collection_send_digest(auto_commit, raise_exception, options)
        return True

    def _collection_take_digest(self, auto_commit) -> bool:
        """Take a mail for sending; False when it is not to be sent (any more)."""
        digest = self._collection_digests().try_lock_for_update()
        if not digest:
            return False
        digest.invalidate_recordset(["claimed_at", "state"])
        if digest.state != "queued":
            return False
        if digest.claimed_at:
            self._collection_set_unknown_fate()
        else:
            digest.claimed_at = fields.Datetime.now()
        is_taken = digest.state == "queued"
        if auto_commit:
            # The proof that this process has the mail, before the server has it.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            return is_taken and bool(digest.try_lock_for_update())
        self.env.flush_all()
        return is_taken

    def _collection_send_digest(self, auto_commit, raise_exception, options):
        try:
            # pylint: disable=super-method-mismatch
            return super()._send(auto_commit, raise_exception, **options)
        except smtplib.SMTPServerDisconnected:
            # The server may or may not have accepted it before it dropped the line.
            self._collection_set_unknown_fate()
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
            raise

    def _collection_set_unknown_fate(self):
        reason = self.env._(
            "The sending was interrupted: ask whether the mail arrived before you "
            "send it again."
        )
        self.write({"state": "exception", "failure_type": "unknown"})
        self._collection_digests().write({"state": "failed", "reason": reason})

    def _collection_digests(self):
        """Return the weekly mails that still point at these mails."""
        mine = self.filtered(lambda mail: mail.model == OURS)
        digests = self.env[OURS].sudo().browse(mine.mapped("res_id")).exists()
        return digests.filtered(lambda digest: digest.mail_id in self)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Write the fate on the weekly mails, in the transaction that learns it."""
        for mail in self.filtered(lambda mail: mail.model == OURS):
            digest = mail._collection_digests()
            if digest.state != "queued":
                continue
            if mail.state == "sent":
                digest.write({"state": "sent", "reason": False})
                continue
            reason = failure_reason or mail.failure_reason
            reason = reason or self.env._("The mail was refused.")
            digest.write({"state": "failed", "reason": str(reason)[:500]})
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
