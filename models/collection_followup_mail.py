# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import hashlib

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize

#: what a failure of Odoo's mail means for us; anything else is "other"
FAILURES_OF_MAIL = {
    "mail_smtp": "connection",
    "mail_email_invalid": "address",
    "mail_email_missing": "address",
    "mail_bl": "address",
}
#: how often a message whose server was not reached is taken up by the daily run
AUTOMATIC_ATTEMPTS = 3
#: failures of the way, not of the message
RETRIED = ("connection", "account")


class CollectionFollowup(models.Model):
    """E-mails: queued in batches by Odoo's mail queue, each with its real fate."""

    _inherit = "collection.followup"

    def _run_email(self, reading=None):
        """Queue the e-mails; a text that cannot be made fails its follow-up alone."""
        values = []
        reading = reading or self._get_reading()
        for (template, lang), group in self.grouped(
            lambda followup: (followup.step_id._get_template(), followup.lang)
        ).items():
            texts = group._render_texts(template, lang, reading)
            values += [
                followup._prepare_mail_vals(template, *texts[followup.id])
                for followup in group
                if followup.id in texts
            ]
        mails = self.env["mail.mail"].sudo().create(values)
        self._link_mails(mails)
        rendered = self.browse(mails.mapped("res_id"))
        rendered._keep_fees(reading.fees)
        rendered._update_state(
            "queued", failure_code=False, reason=False, claimed_at=False
        )
        if mails:
            leaving = mails[0].scheduled_date or None
            self._trigger_cron("mail.ir_cron_mail_scheduler_action", leaving)

    def _link_mails(self, mails):
        """Write the mails and the hash of their text on their follow-ups, at once."""
        self.flush_recordset(["mail_id", "sha256"])
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup w
                      SET mail_id = x.mail_id, sha256 = x.sha256
                     FROM unnest(%s::int4[], %s::int4[], %s::varchar[])
                          x(id, mail_id, sha256)
                    WHERE w.id = x.id""",
                mails.mapped("res_id"),
                mails.ids,
                [
                    hashlib.sha256((mail.body_html or "").encode()).hexdigest()
                    for mail in mails
                ],
            )
        )
        self.invalidate_recordset(["mail_id", "sha256"], flush=False)

    def _render_texts(
        self, template, lang: str, reading
    ) -> dict[int, tuple[str, Markup]]:
        """Return follow-up -> subject and body, of one text in one language.

        When the batch cannot be rendered each follow-up is tried alone; the one that
        cannot is marked failed with the reason, and the others go on.
        """
        if not template:
            self._fail_rendering(self.env._("The step and its level have no text."))
            return {}
        ready = self._drop_unknown_fees(reading)
        if ready < self:
            return ready._render_texts(template, lang, reading) if ready else {}
        try:
            return self._render_batch(template, lang, reading)
        except UserError as error:
            if len(self) > 1:
                half = len(self) // 2
                return {
                    **self[:half]._render_texts(template, lang, reading),
                    **self[half:]._render_texts(template, lang, reading),
                }
            self._fail_rendering(str(error))
            return {}

    def _render_batch(
        self, template, lang: str, reading=None
    ) -> dict[int, tuple[str, Markup]]:
        """Return follow-up -> subject and body.

        :param reading: see ``Reading``; None = the ledger of this moment

        :raise UserError: the text, or the late fees that it shows, cannot be made for
            one of them
        """
        reading = reading or self._get_reading()
        self._set_texts(reading)
        self._assert_fees(reading.fees)
        template = template.sudo().with_context(lang=lang)
        try:
            subjects = template._render_field("subject", self.ids, set_lang=lang)
            bodies = template._render_field("body_html", self.ids, set_lang=lang)
        except UserError:
            raise
        except Exception as error:
            raise UserError(str(error)) from error
        return {key: (subjects[key], Markup(bodies[key])) for key in self.ids}

    def _fail_rendering(self, reason: str):
        self._update_state("failed", failure_code="rendering", reason=reason)

    def _prepare_mail_vals(self, template, subject: str, body: Markup) -> dict:
        """Return the values of the follow-up's mail.

        ``reply_to`` is given: computing it costs two queries for each mail. The text
        is the mail's; the message in the chatter does not repeat it, because cleaning
        it there would cost as much as everything else together.
        """
        self.ensure_one()
        sender = template.email_from and self.env["mail.template"]._render_template(
            template.email_from, self._name, self.ids
        ).get(self.id)
        sender = sender or self._get_sender()
        return {
            "subject": subject,
            "body_html": body,
            "email_from": sender,
            "reply_to": self.company_id.sudo().catchall_formatted or sender,
            "recipient_ids": [fields.Command.link(self.recipient_id.id)],
            "model": self._name,
            "res_id": self.id,
            "record_company_id": self.company_id.id,
            "record_alias_domain_id": self.company_id.alias_domain_id.id,
            "auto_delete": False,
            "scheduled_date": self._get_departure(),
            "state": "outgoing",
            "message_type": "email_outgoing",
        }

    def _get_departure(self):
        """Return when the mail may leave: later when a person has just confirmed it."""
        if not self.env.context.get("collection_hold_back"):
            return False
        wait = datetime.timedelta(seconds=self.company_id.collection_undo_seconds)
        return fields.Datetime.now() + wait

    def _get_sender(self) -> str:
        """Return the address that messages come from: the signatory's, else ours."""
        user = self._get_signatory()
        company = self.company_id.sudo()
        return user.email_formatted or company.email_formatted or company.email or ""

    # === THE FATE === #

    def _get_mail_stop_reasons(self) -> dict[int, str | None]:
        """Return follow-up -> why its mail must not leave any more, None = it may."""
        figures = self._get_figures()
        return {one.id: one._get_mail_stop_reason(figures[one.id]) for one in self}

    def _get_mail_stop_reason(self, figures) -> str | None:
        """Return why a queued mail must not leave any more, None when it may."""
        self.ensure_one()
        if self.state != "queued":
            return self.env._("No longer to be sent.")
        if email_normalize(self.recipient_id.email) != self.recipient_address:
            return self.env._("The address has changed since it was planned.")
        reason = self._get_stop_reason(self._get_lines_left(figures), figures)
        if not reason and figures.fingerprint() != self.fingerprint:
            reason = self.env._("The figures have changed since it was planned.")
        return reason

    def _set_mail_fate(self, is_sent: bool, failure_type=None, reason=None):
        """Write what became of the mails, in the transaction that knows it."""
        if is_sent:
            self._update_state(
                "performed",
                performed_on=self._get_today(),
                performed_by_id=self.env.uid,
                failure_code=False,
                reason=False,
            )
            return
        code = FAILURES_OF_MAIL.get(failure_type, "other")
        self._update_state(
            "failed",
            failure_code=code,
            reason=reason or self.env._("The mail was refused."),
            claimed_at=False,
        )
        if code == "address":
            self._block_address(reason)

    def _set_unknown_fate(self):
        """A process stopped between taking the message and knowing its fate.

        It is not sent again: a person looks whether it left.
        """
        self.mail_id.sudo().write({"state": "exception", "failure_type": "unknown"})
        self._update_state(
            "failed",
            failure_code="unknown_fate",
            reason=self.env._(
                "The sending was interrupted: check whether the message left, then "
                "choose “It left” or “Send again”."
            ),
        )

    def _message_receive_bounce(self, email, partner):
        """A bounced mail un-counts its step and marks the address."""
        result = super()._message_receive_bounce(email, partner)
        for followup in self.sudo().filtered(lambda f: f.state == "performed"):
            followup._update_state(
                "failed",
                failure_code="bounced",
                reason=self.env._("%(email)s returned the message.", email=email),
            )
            followup._block_address(followup.reason)
        return result

    def message_update(self, msg_dict, update_vals=None):
        """An answer of the debtor gives a task to who follows it up."""
        result = super().message_update(msg_dict, update_vals)
        quick = self.sudo().with_context(mail_activity_quick_update=True)
        for followup in quick:
            user = (
                followup.collector_id or followup.company_id._get_collection_manager()
            )
            followup.file_id.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=self.env._("Answer %(debtor)s", debtor=followup.debtor_id.name)
                if not followup.is_internal
                else self.env._(
                    "%(person)s answered about %(debtor)s",
                    person=followup.recipient_id.name,
                    debtor=followup.debtor_id.name,
                ),
            )
        return result

    def _block_address(self, reason):
        """Never use this address of the contact again, and ask for a better one."""
        self.ensure_one()
        self.env["collection.undeliverable"]._block(
            self.recipient_id, self.channel, self.recipient_address, self, reason
        )

    def _retry(self):
        """Take up again messages whose server was not reached, checked once more.

        A text message counts its attempt when it is handed over.
        """
        for followup in self.filtered(lambda one: one.channel == "email"):
            followup.attempts += 1
        self._refresh_lines()._dispatch()
