# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [
    ("email", "E-mail"),
    ("postal", "Postal address"),
    ("phone", "Mobile number"),
]
#: kind of what a channel writes to
KIND_OF_CHANNEL = {
    "email": "email",
    "sms": "phone",
    "letter": "postal",
    "registered": "postal",
}


class CollectionUndeliverable(models.Model):
    """An address or mobile number that returned a message of ours: never used again.

    Correcting the contact is enough, because another address is another value; a
    person may also free the address when the return was a mistake.
    """

    _name = "collection.undeliverable"
    _description = "Undeliverable address"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(KINDS, required=True)
    value = fields.Char("Address", required=True, index=True)
    date = fields.Date("Returned on", required=True)
    reason = fields.Char()
    followup_id = fields.Many2one("collection.followup", ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    active = fields.Boolean(default=True)
    is_in_use = fields.Boolean(
        "Still the contact's", compute="_compute_is_in_use", search="_search_is_in_use"
    )

    @api.depends("value", "partner_id")
    def _compute_display_name(self):
        for address in self:
            address.display_name = f"{address.partner_id.display_name}: {address.value}"

    @api.depends("value", "kind", "partner_id.email", "partner_id.phone")
    def _compute_is_in_use(self):
        for address in self:
            address.is_in_use = address._get_current() == address.value

    def _get_current(self) -> str | bool:
        """Return what the contact has now in place of the address."""
        self.ensure_one()
        recipients = self.env["collection.recipient"]
        if self.kind == "phone":
            return recipients._get_mobile(self.partner_id, self.company_id)
        if self.kind == "postal":
            return recipients._get_postal(self.partner_id)
        return recipients._get_email(self.partner_id)

    def _search_is_in_use(self, operator, value):
        if operator != "in":
            return NotImplemented
        known = self.search([("partner_id", "!=", False)])
        found = known.filtered(lambda address: address.is_in_use in value)
        return [("id", "in", found.ids)]

    @api.model
    def _block(self, partner, channel: str, value: str, followup, reason) -> None:
        """Remember that an address returned a message; give a task to correct it."""
        self._block_all([(partner, channel, value, followup)], reason)

    @api.model
    def _block_letters(self, letters, reason) -> None:
        """Remember the addresses that returned letters, all at once."""
        self._block_all(
            [
                (one.recipient_id, one.channel, one.recipient_address, one)
                for one in letters
            ],
            reason,
        )

    @api.model
    def _block_all(self, returns, reason) -> None:
        """Remember addresses; the number of queries does not depend on theirs.

        :param returns: (contact, channel, address, follow-up or dispatch) of each
        """
        found = {}
        for partner, channel, value, followup in returns:
            kind = KIND_OF_CHANNEL[channel]
            if value:
                found.setdefault((kind, value), (partner, followup))
        known = self.search([("value", "in", [value for _kind, value in found])])
        for one in known:
            found.pop((one.kind, one.value), None)
        self.create(
            [
                {
                    "partner_id": partner.id,
                    "kind": kind,
                    "value": value,
                    "date": followup._get_today(),
                    "reason": (reason or "")[:250],
                    "followup_id": (
                        followup.id
                        if followup._name == "collection.followup"
                        else False
                    ),
                    "company_id": followup.company_id.id,
                }
                for (kind, value), (partner, followup) in found.items()
            ]
        )
        self._ask_corrections(
            {
                followup: self._word_correction(kind, value)
                for (kind, value), (_partner, followup) in found.items()
            }
        )

    def _word_correction(self, kind: str, value: str) -> str:
        """Say what is to be corrected."""
        if kind == "phone":
            return self.env._("Correct the mobile number %(number)s", number=value)
        return self.env._("Correct the address %(address)s", address=value)

    @api.model
    def _ask_corrections(self, summaries: dict) -> None:
        """Give who follows a debtor up a task on its file.

        :param summaries: follow-up -> what is to be done
        """
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self.env["ir.model"]._get_id("collection.debtor")
        activities = self.env["mail.activity"].sudo()
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": todo.id,
                    "res_model_id": model,
                    "res_id": followup.file_id.id,
                    "user_id": (
                        followup.collector_id
                        or followup.company_id._get_collection_manager()
                    ).id,
                    "summary": summary,
                }
                for followup, summary in summaries.items()
            ]
        )

    @api.model
    def _free(self, followups) -> None:
        """Use the addresses again that a follow-up was thought not to reach."""
        blocked = self.search([("followup_id", "in", followups.ids)])
        for one in blocked:
            one.followup_id.file_id.activity_ids.filtered(
                lambda task, value=one.value: value in (task.summary or "")
            ).unlink()
        blocked.write({"active": False})

    @api.model
    def _get_refused(self, values) -> set[str]:
        """Return what returned a message or is blacklisted: addresses and numbers."""
        if not values:
            return set()
        self.flush_model()
        self.env["mail.blacklist"].flush_model()
        self.env["phone.blacklist"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT value FROM collection_undeliverable
                    WHERE active AND value IN %(values)s
                    UNION
                   SELECT email FROM mail_blacklist
                    WHERE active AND email IN %(values)s
                    UNION
                   SELECT number FROM phone_blacklist
                    WHERE active AND number IN %(values)s""",
                values=tuple(values),
            )
        )
        return {row[0] for row in rows}

    def action_free(self):
        """Use the address again."""
        if not self:
            raise UserError(self.env._("Choose an address."))
        self.write({"active": False})
