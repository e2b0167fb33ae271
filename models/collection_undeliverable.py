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
        kind = KIND_OF_CHANNEL[channel]
        domain = [("kind", "=", kind), ("value", "=", value)]
        if not value or self.search_count(domain, limit=1):
            return
        company = followup.company_id
        self.create(
            {
                "partner_id": partner.id,
                "kind": kind,
                "value": value,
                "date": followup._get_today(),
                "reason": (reason or "")[:250],
                "followup_id": followup.id,
                "company_id": company.id,
            }
        )
        user = followup.collector_id or company._get_collection_manager()
        summary = self.env._("Correct the address %(address)s", address=value)
        if kind == "phone":
            summary = self.env._("Correct the mobile number %(number)s", number=value)
        followup.file_id.with_context(
            mail_activity_quick_update=True
        ).activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id, summary=summary
        )

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
