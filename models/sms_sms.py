# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import logging

import psycopg2

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.sms.tools.sms_api import SmsApi

from .collection_followup_sms_fate import OUTAGES
from .sms_failure import classify

_logger = logging.getLogger(__name__)

#: messages checked, taken and handed over together: as many are of unknown fate when
#: the process stops between handing over and the answer
TOGETHER = 20
#: minutes after which a queue goes on whose provider did not answer
PAUSE = 30
QUEUE = "sms.ir_cron_sms_scheduler_action"
OTHERS = "collection_other_messages"


class SmsSms(models.Model):
    """Our text messages leave at most once, in the hours of their debtor.

    Checked against the ledger, taken by a commit, handed over, in that order. One that
    is found taken and free was interrupted: its fate is unknown, a person decides.
    """

    _inherit = "sms.sms"

    # With its follow-up the message goes: without it nobody could tell what it says.
    collection_followup_id = fields.Many2one(
        "collection.followup", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    # === QUEUE === #

    @api.model
    def _process_queue(self):
        """Work off ours, then let Odoo work off the others, without those that wait."""
        if not self._collection_process_queue():
            return None
        return super(SmsSms, self.with_context(**{OTHERS: True}))._process_queue()

    @api.model
    def _search(self, domain, *args, **kwargs):
        if self.env.context.get(OTHERS):
            domain = Domain(domain) & Domain("collection_followup_id", "=", False)
        return super()._search(domain, *args, **kwargs)

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        """Leave ours to the queue: taking them needs a commit of its own."""
        ours = self.filtered("collection_followup_id")
        if ours:
            self.env.ref(QUEUE).sudo()._trigger()
        others = self - ours
        if not others:
            return None
        return super(SmsSms, others)._send(unlink_failed, unlink_sent, raise_exception)

    @api.model
    def _collection_process_queue(self) -> bool:
        """Send what may leave now; return False when the time is over."""
        queue = self.sudo().search(
            [
                ("state", "=", "outgoing"),
                ("to_delete", "!=", True),
                ("collection_followup_id", "!=", False),
            ],
            order="id",
        )
        parameters = self.env["ir.config_parameter"].sudo()
        if queue and parameters.get_param("database.is_neutralized"):
            followups = queue.collection_followup_id
            followups.filtered(lambda one: one.state == "queued")._cancel(
                self.env._("This database is a copy: nothing leaves it.")
            )
            queue.filtered(lambda sms: sms.state == "outgoing").state = "canceled"
            return True
        for company, group in queue.grouped(
            lambda sms: sms.collection_followup_id.company_id
        ).items():
            # The company's own account, no tracking message for each of them.
            scoped = group.with_context(
                allowed_company_ids=company.ids, mail_notrack=True
            )
            if not scoped._collection_send_company(company.with_env(scoped.env)):
                self.env.ref(QUEUE).sudo()._trigger()
                return False
        return True

    def _collection_send_company(self, company) -> bool:
        """Send the messages of a company; return False when the time is over."""
        for is_consumer, group in self.grouped(
            lambda sms: sms.collection_followup_id.file_id._is_consumer()
        ).items():
            for start in range(0, len(group), TOGETHER):
                opening = self._get_openings(company)[is_consumer]
                if opening > company._get_collection_now():
                    self._collection_wake(company._get_collection_utc(opening))
                    break
                failure = group[start : start + TOGETHER]._collection_send()
                if failure:
                    return self._collection_stop(failure)
                left = self.env["ir.cron"]._commit_progress(
                    len(group[start : start + TOGETHER])
                )
                if not left:
                    return False
        return True

    @api.model
    def _get_openings(self, company) -> dict[bool, datetime.datetime]:
        """Return whether private individual -> when its messages may leave, local."""
        calendar = self.env["collection.calendar"]._get_calendar(company)
        now = company._get_collection_now()
        return {
            is_consumer: company._get_collection_hours(is_consumer).next_open(
                now, calendar
            )
            for is_consumer in (False, True)
        }

    @api.model
    def _collection_wake(self, moment: datetime.datetime):
        """Have the queue worked off at a moment (UTC), asked for once."""
        cron = self.env.ref(QUEUE).sudo()
        moment = moment.replace(second=0, microsecond=0)
        known = [("cron_id", "=", cron.id), ("call_at", "=", moment)]
        if not self.env["ir.cron.trigger"].sudo().search_count(known, limit=1):
            cron._trigger(moment)

    # === SENDING === #

    def _collection_send(self) -> str | None:
        """Check, take and hand over some messages of one company.

        :return: the failure that the next ones would meet too
        """
        try:
            taken = self._collection_check()._collection_take()
            return taken._collection_hand_over() if taken else None
        except psycopg2.OperationalError:
            # Another process has just changed one of them: they stay for the next pass.
            _logger.info("Text messages %s are handled by another process", self.ids)
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            self._collection_wake(fields.Datetime.now() + datetime.timedelta(minutes=5))
            return None

    def _collection_check(self):
        """Cancel what is paid, held or changed since; return the rest."""
        followups = self.collection_followup_id
        figures = followups._get_figures()
        numbers = set(followups.mapped("recipient_address")) - {False}
        refused = self.env["collection.undeliverable"]._get_refused(numbers)
        alive = self.browse()
        for sms in self.filtered(lambda one: one.state == "outgoing"):
            followup = sms.collection_followup_id
            if followup.sms_uuid != sms.uuid:
                sms.state = "canceled"
                continue
            if followup.claimed_at:
                # Decided in _collection_take, under a lock.
                alive |= sms
                continue
            reason = followup._get_sms_stop_reason(figures[followup.id], refused)
            if not reason:
                alive |= sms
                continue
            sms.state = "canceled"
            if followup.state == "queued":
                followup._cancel(reason)
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return alive

    def _collection_take(self):
        """Take messages for sending; return those that are ours to send.

        The claim is committed before the provider hears of them. While they are being
        sent their follow-ups stay locked, so that a follow-up which is claimed and can
        be locked was left by a process that stopped.
        """
        followups = self.collection_followup_id.try_lock_for_update()
        followups.invalidate_recordset(["claimed_at", "state"])
        followups = followups.filtered(lambda one: one.state == "queued")
        interrupted = followups.filtered("claimed_at")
        interrupted._set_unknown_fate()
        free = followups - interrupted
        for followup in free:
            followup.attempts += 1
        free.claimed_at = fields.Datetime.now()
        # The proof that this process has the messages, before the provider has them.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        locked = free.try_lock_for_update()
        messages = self.filtered(lambda sms: sms.collection_followup_id in locked)
        return messages.try_lock_for_update()

    def _collection_hand_over(self) -> str | None:
        """Hand over messages that this process has taken.

        :return: the failure that the next ones would meet too
        """
        followups = self.collection_followup_id
        company = followups.company_id
        failure = None
        sms_api = company._get_sms_api_class()(self.env)
        sms_api._set_company(company)
        context = {
            "sms_api": sms_api,
            # Only Odoo's own service tells "failed" from "no answer".
            "collection_unsure": not isinstance(sms_api, SmsApi),
        }
        try:
            # pylint: disable=super-method-mismatch
            super(SmsSms, self.with_context(**context))._send(
                unlink_failed=False, unlink_sent=True, raise_exception=True
            )
        except psycopg2.Error:
            raise
        except Exception as error:
            _logger.warning("Text messages %s were not taken", self.ids, exc_info=True)
            failure = classify(error)
            self._collection_fail(failure, str(error))
        # The answer is kept, whatever happens to the next ones.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        stopped = followups.filtered(lambda one: one.state == "failed")
        codes = set(stopped.mapped("failure_code"))
        if codes & set(OUTAGES):
            return "account" if "account" in codes else "connection"
        return "unknown" if failure or "unknown_fate" in codes else None

    def _collection_fail(self, failure: str, reason: str):
        """Record that a call raised: what may have left is of unknown fate."""
        followups = self.collection_followup_id.filtered(
            lambda one: one.state == "queued"
        )
        if failure == "unknown":
            followups._set_unknown_fate()
            return
        self.write({"state": "error", "failure_type": failure})
        followups._set_sms_failed(failure, reason)

    def _collection_stop(self, failure: str) -> bool:
        """Do not ask the provider again for what it cannot do now.

        :param failure: ``connection``, ``account``, or ``unknown``: no answer came, the
            queue goes on later
        """
        if failure == "unknown":
            later = fields.Datetime.now() + datetime.timedelta(minutes=PAUSE)
            self._collection_wake(later)
            return True
        failed = self.collection_followup_id.filtered(
            lambda one: one.state == "failed" and one.failure_code == failure
        )
        reason = failed[-1:].reason
        waiting = self.collection_followup_id.filtered(
            lambda one: one.state == "queued" and not one.claimed_at
        )
        waiting.try_lock_for_update()._give_up(failure, reason)
        failed._report_outage(reason)
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return True
