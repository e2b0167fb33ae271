# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import logging
import smtplib

import psycopg2

from odoo import fields, models, modules

_logger = logging.getLogger(__name__)

#: mails checked together against the ledger just before they leave
CHECKED_TOGETHER = 20
OURS = "collection.followup"


class MailMail(models.Model):
    """Our mails leave at most once: checked, taken, sent, in that order.

    A mail is *taken* by a commit before the mail server hears of it. One that is
    found taken and free was interrupted: its fate is unknown, and a person decides.
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
            # Taking a mail needs a commit, which this transaction does not allow:
            # the queue sends it within a minute.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return True
        for start in range(0, len(ours), CHECKED_TOGETHER):
            ours[start : start + CHECKED_TOGETHER]._collection_send(
                auto_commit, raise_exception, options
            )
        return True

    def _collection_send(self, auto_commit, raise_exception, options):
        """Check some mails together, then take and send each."""
        for mail in self._collection_check(auto_commit):
            try:
                is_taken = mail._collection_take(auto_commit)
            except psycopg2.OperationalError:
                # Another process has just changed this follow-up: leave it alone.
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
            self._collection_followups()._set_unknown_fate()
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
            raise

    def _collection_check(self, auto_commit):
        """Cancel what is paid, held or changed since; return the rest."""
        followups = self._collection_followups()
        figures = followups._get_figures()
        alive = self.browse()
        for mail in self.filtered(lambda mail: mail.state == "outgoing"):
            followup = mail._collection_followups()
            if not followup:
                mail.cancel()
                continue
            if followup.claimed_at:
                # Decided in _collection_take, under a lock.
                alive |= mail
                continue
            reason = followup._get_mail_stop_reason(figures[followup.id])
            if not reason:
                alive |= mail
                continue
            mail.cancel()
            if followup.state in ("queued", "to_confirm", "planned", "failed"):
                followup._cancel(reason)
        if auto_commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return alive

    def _collection_take(self, auto_commit) -> bool:
        """Take the mail for sending; False when it is not ours to send.

        The claim is committed before the mail server hears of the message. While it
        is being sent its follow-up stays locked, so that a follow-up which is claimed
        and can be locked was left by a process that stopped.
        """
        followup = self._collection_followups().try_lock_for_update()
        if not followup:
            return False
        followup.invalidate_recordset(["claimed_at", "state"])
        if followup.state != "queued":
            return False
        if followup.claimed_at:
            followup._set_unknown_fate()
            if auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
            return False
        followup.write(
            {"claimed_at": fields.Datetime.now(), "attempts": followup.attempts + 1}
        )
        if auto_commit:
            # The proof that this process has the message, before the server has it.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            return bool(followup.try_lock_for_update())
        self.env.flush_all()
        return True

    def _collection_followups(self):
        """Return the follow-ups of our mails that still point at them."""
        followups = self.env[OURS].sudo().browse(self.mapped("res_id")).exists()
        return followups.filtered(lambda followup: followup.mail_id in self)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Write the fate on the follow-ups, in the transaction that learns it."""
        for mail in self.filtered(lambda mail: mail.model == OURS):
            followup = mail._collection_followups().filtered(
                lambda followup: followup.state == "queued"
            )
            if followup:
                is_sent = mail.state == "sent"
                failure = failure_type or mail.failure_type
                reason = failure_reason or mail.failure_reason
                followup._set_mail_fate(is_sent, failure, reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )
