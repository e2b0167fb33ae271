# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

from .collection_followup_sms import ACCEPTED

#: what a provider's refusal means for us; anything else is "other"
FAILURES_OF_SMS = {
    "sms_number_missing": "address",
    "sms_number_format": "address",
    "sms_country_not_supported": "address",
    "sms_blacklist": "address",
    "sms_optout": "address",
    "sms_invalid_destination": "address",
    "sms_not_allowed": "address",
    "sms_rejected": "address",
    "sms_expired": "address",
    "sms_not_delivered": "address",
    "sms_server": "connection",
    "sms_credit": "account",
    "sms_acc": "account",
    "sms_registration_needed": "account",
    "twilio_authentication": "account",
    "twilio_callback": "account",
    "twilio_from_missing": "account",
}
#: failures that the next message of the company would meet as well
OUTAGES = ("connection", "account")


class CollectionFollowup(models.Model):
    """What became of text messages, in the transaction that learns it."""

    _inherit = "collection.followup"

    def _get_sms_stop_reason(self, figures, refused: set[str]) -> str | None:
        """Return why a queued text message must not leave any more, None when it may.

        :param refused: numbers that must not be written to
        """
        self.ensure_one()
        if self.state != "queued":
            return self.env._("No longer to be sent.")
        recipients = self.env["collection.recipient"]
        mobile = recipients._get_mobile(self.recipient_id, self.company_id)
        if mobile != self.recipient_address:
            return self.env._("The number has changed since it was planned.")
        if mobile in refused:
            return self.env._("This number gets no text messages any more.")
        reason = self._get_stop_reason(self._get_lines_left(figures), figures)
        if not reason and figures.fingerprint() != self.fingerprint:
            reason = self.env._("The figures have changed since it was planned.")
        return reason

    def _set_sms_accepted(self, state: str):
        """The provider has the messages.

        :param state: ``process`` (it looks at them), ``pending`` (the operator has
            them) or ``sent`` (delivered)
        """
        now = fields.Datetime.now()
        for followup in self:
            if followup.sms_state == "sent" or followup.failure_code == "bounced":
                continue
            followup.sms_state = state
            if state == "sent":
                followup.sms_delivered_at = now
            is_open = followup.state == "queued" or (
                # The operator answers what a person was asked.
                followup.state == "failed" and followup.failure_code == "unknown_fate"
            )
            if state in ACCEPTED and is_open:
                followup._update_state(
                    "performed",
                    performed_on=followup.company_id._get_collection_today(),
                    performed_by_id=self.env.uid,
                    failure_code=False,
                    reason=False,
                )

    def _set_sms_failed(self, failure: str, reason=None):
        """The provider refused the messages, or could not deliver them after all.

        :param failure: Odoo's code, ``sms_...``
        """
        code = FAILURES_OF_SMS.get(failure, "other")
        for followup in self:
            if followup.state == "queued":
                followup._fail_sms(code, reason or self._get_sms_failure(failure))
            elif code == "address" and followup._has_left():
                followup._fail_sms("bounced", reason or self._get_sms_failure(failure))

    def _has_left(self) -> bool:
        """Tell whether the message may have left: accepted, or of unknown fate."""
        return self.state == "performed" or (
            self.state == "failed" and self.failure_code == "unknown_fate"
        )

    def _fail_sms(self, code: str, reason: str):
        """Write the failure; a number that cannot be reached is never used again."""
        self.ensure_one()
        values = {"failure_code": code, "reason": reason}
        if code != "bounced":
            values["claimed_at"] = False
        if self.state == "failed":
            self.write(values)
            self.line_ids.filtered("counted")._uncount("failed")
        else:
            self._update_state("failed", **values)
        if code in ("address", "bounced"):
            self._block_address(reason)

    def _get_sms_failure(self, failure: str) -> str:
        """Return a failure in the words of Odoo, or of the delivery report."""
        labels = dict(
            self.env["mail.notification"]
            ._fields["failure_type"]
            ._description_selection(self.env)
        )
        label = labels.get(failure) or failure
        return self.env._("The text message was not delivered: %(why)s.", why=label)

    def _set_unknown_fate(self):
        """Odoo's own queue does not take the message again either."""
        messages = self.filtered(lambda one: one.channel == "sms")._get_messages()
        messages.write({"state": "error", "failure_type": "unknown"})
        return super()._set_unknown_fate()

    # === OUTAGES === #

    def _give_up(self, code: str, reason: str):
        """Fail messages that would meet the same obstacle, for the daily run."""
        for followup in self:
            followup.attempts += 1
        self._update_state("failed", failure_code=code, reason=reason, claimed_at=False)
        self._get_messages().write({"state": "error", "failure_type": "unknown"})

    def _report_outage(self, reason: str):
        """Give the manager one task for all the messages that cannot leave.

        :param reason: what the provider said of the last one
        """
        summary = self.env._("Text messages cannot leave")
        for company in self.company_id.sudo():
            partner = company.partner_id
            if summary in partner.activity_ids.mapped("summary"):
                continue
            partner.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=company._get_collection_manager().id,
                summary=summary,
                note=self.env._(
                    "%(reason)s They are tried again by the daily runs; look at the "
                    "failed follow-ups.",
                    reason=reason,
                ),
            )
