# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: what became of a message that the provider took
SMS_STATES = [
    ("process", "Looked at by the provider"),
    ("pending", "Accepted by the operator"),
    ("sent", "Delivered"),
]
#: states that prove that it left
ACCEPTED = ("pending", "sent")


class CollectionFollowup(models.Model):
    """Text messages: queued in batches by Odoo's SMS queue, each with its real fate.

    Odoo deletes its own record of a message once it left: what was written, to which
    number, and what became of it stay here.
    """

    _inherit = "collection.followup"

    sms_uuid = fields.Char(
        "SMS number",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Under which the provider knows the message.",
    )
    sms_state = fields.Selection(SMS_STATES, "SMS", readonly=True, copy=False)
    sms_body = fields.Text("Text message", readonly=True, copy=False)
    sms_delivered_at = fields.Datetime("Text delivered on", readonly=True, copy=False)
    waits_for_text = fields.Char("Leaves", compute="_compute_waits_for_text")

    @api.depends("state", "channel", "claimed_at")
    @api.depends_context("lang")
    def _compute_waits_for_text(self):
        """Say when a waiting message leaves: in the hours of its debtor."""
        waiting = self.filtered(
            lambda one: (
                one.channel == "sms" and one.state == "queued" and not one.claimed_at
            )
        )
        (self - waiting).waits_for_text = False
        messages = self.env["sms.sms"]
        for company, group in waiting.grouped("company_id").items():
            openings = messages._get_openings(company)
            now = company._get_collection_now()
            for followup in group:
                opening = openings[followup.file_id._is_consumer()]
                followup.waits_for_text = self._get_waiting_text(now, opening)

    def _get_waiting_text(self, now, opening) -> str:
        if opening <= now:
            return self.env._("Leaves within a few minutes")
        hour = f"{opening:%H:%M}"
        if opening.date() == now.date():
            return self.env._("Leaves at %(hour)s", hour=hour)
        day = self._format_day(opening.date())
        return self.env._("Leaves on %(day)s at %(hour)s", day=day, hour=hour)

    # === QUEUE === #

    def _run_sms(self, reading=None):
        """Queue the text messages; one that cannot be made fails alone."""
        self._ensure_links()
        texts = self._write_texts(reading or self._get_reading())
        ready = self.browse(texts)
        if not ready:
            return
        uuids = {followup.id: uuid4().hex for followup in ready}
        ready._keep_texts(texts, uuids)
        self.env["sms.sms"].sudo().create(
            [followup._prepare_sms_vals() for followup in ready]
        )
        self.env["sms.tracker"].sudo().create(
            [
                {"sms_uuid": uuid, "collection_followup_id": followup}
                for followup, uuid in uuids.items()
            ]
        )
        ready._update_state(
            "queued",
            failure_code=False,
            reason=False,
            claimed_at=False,
            sms_state=False,
        )

    def _keep_texts(self, texts: dict[int, str], uuids: dict[int, str]):
        """Write the texts, their hashes and their numbers at once."""
        names = ["sms_body", "sha256", "sms_uuid"]
        self.flush_recordset(names)
        self.env.cr.execute(
            SQL(
                """UPDATE collection_followup w
                      SET sms_body = x.body, sha256 = x.sha256, sms_uuid = x.uuid
                     FROM unnest(%s::int4[], %s::text[], %s::varchar[], %s::varchar[])
                          x(id, body, sha256, uuid)
                    WHERE w.id = x.id""",
                list(texts),
                list(texts.values()),
                [hashlib.sha256(body.encode()).hexdigest() for body in texts.values()],
                [uuids[key] for key in texts],
            )
        )
        self.invalidate_recordset(names, flush=False)

    def _prepare_sms_vals(self) -> dict:
        """Return the values of the message in Odoo's queue.

        Without a message in the chatter: the text stands on the follow-up.
        """
        self.ensure_one()
        values = {
            "collection_followup_id": self.id,
            "uuid": self.sms_uuid,
            "number": self.recipient_address,
            "partner_id": self.recipient_id.id,
            "body": self.sms_body,
            "state": "outgoing",
        }
        if "record_company_id" in self.env["sms.sms"]._fields:
            # Providers with an account for each company choose it by this.
            values["record_company_id"] = self.company_id.id
        return values

    def _get_messages(self):
        """Return the records of Odoo's queue that are still these follow-ups'."""
        uuids = [uuid for uuid in self.mapped("sms_uuid") if uuid]
        messages = self.env["sms.sms"].sudo()
        return messages.search([("uuid", "in", uuids)]) if uuids else messages

    def _cancel(self, reason: str):
        """Cancel the text message that waits, too."""
        waiting = self.filtered(lambda one: one.channel == "sms")._get_messages()
        waiting.filtered(lambda sms: sms.state == "outgoing").write(
            {"state": "canceled"}
        )
        return super()._cancel(reason)

    # === PROOF === #

    def _get_missing_sms_proof(self) -> str | None:
        if self.sms_uuid and self.sms_state in ACCEPTED:
            return None
        return self.env._("the operator did not accept the text message")

    def action_mark_sent(self):
        """A person found that the text message left."""
        self._assert_collector()
        unknown = self.filtered(
            lambda one: one.channel == "sms" and one.failure_code == "unknown_fate"
        )
        unknown.sudo().write({"sms_state": "pending"})
        return super().action_mark_sent()

    # === PREVIEW === #

    def _get_preview_html(self):
        """Return the text message as it left, or as it would be now."""
        self.ensure_one()
        if self.channel != "sms":
            return super()._get_preview_html()
        text, problem = self.sms_body or "", ""
        if not text:
            self._set_texts(self._get_reading())
            try:
                text = self._write_text(self._get_sms_template())
            except UserError as error:
                problem = str(error)
        return self.env["ir.qweb"]._render(
            "account_collection.message_preview_sms",
            {
                "followup": self,
                "text": text,
                "problem": problem,
                "length": self._get_length_text(text),
                "waits": self.waits_for_text,
            },
        )
