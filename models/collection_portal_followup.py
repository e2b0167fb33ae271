# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import dataclasses

from odoo import api, fields, models
from odoo.exceptions import UserError


class CollectionFollowup(models.Model):
    """The channel "customer's portal": a task by hand, proved by what was seen."""

    _inherit = "collection.followup"

    portal_id = fields.Many2one(related="file_id.portal_id", string="Portal account")
    portal_site_id = fields.Many2one(
        related="file_id.portal_id.site_id", string="Portal"
    )
    portal_user_id = fields.Many2one(
        related="file_id.portal_id.user_id", string="Login holder"
    )
    portal_url = fields.Char(related="file_id.portal_id.url", string="Portal's address")
    portal_status_ids = fields.One2many(
        "collection.portal.status", "followup_id", "Seen on the portal"
    )

    def action_perform(self):
        """Open the form of the channel: what was seen on the portal."""
        if set(self.mapped("channel")) != {"portal"}:
            return super().action_perform()
        self._assert_collector()
        over = self.filtered(lambda one: one.state in ("performed", "cancelled"))
        if over:
            raise UserError(
                self.env._(
                    "Already performed or cancelled, remove from your choice: %s.",
                    ", ".join(over.debtor_id.mapped("display_name")),
                )
            )
        return self.env["collection.portal.look"]._open(self)

    def _get_missing_portal_proof(self) -> str | None:
        """Each receivable that is still open was looked up."""
        seen = self.portal_status_ids.move_line_id
        missing = self.line_ids.filtered(
            lambda line: (
                line.counted
                and line.move_line_id
                and not line.move_line_id.reconciled
                and line.move_line_id not in seen
            )
        )
        if missing or not seen:
            return self.env._(
                "the status seen on the portal is missing for %s",
                ", ".join(filter(None, (missing or self.line_ids).mapped("document"))),
            )
        return None

    def _perform_looked_up(self, today) -> None:
        """Perform the tasks whose receivables were all looked up."""
        done = self.filtered(lambda one: not one._get_missing_portal_proof())
        done._update_state(
            "performed",
            performed_on=today,
            performed_by_id=self.env.uid,
            failure_code=False,
            reason=False,
        )


class CollectionRecipient(models.AbstractModel):
    _inherit = "collection.recipient"

    @api.model
    def _get_addresses(self, company, debtor_ids) -> dict[int, dict]:
        """A portal is reached by its own address, not by the phone."""
        addresses = super()._get_addresses(company, debtor_ids)
        if not self.env["collection.step"]._has_channel("portal"):
            return addresses
        files = self.env["collection.debtor"].search(
            [
                ("company_id", "=", company.id),
                ("debtor_id", "in", list(addresses)),
                ("portal_id", "!=", False),
            ]
        )
        places = {file.debtor_id.id: file.portal_id.display_name for file in files}
        for debtor, found in addresses.items():
            for key, address in found.items():
                if key[0] == "portal":
                    place = places.get(debtor, "")
                    found[key] = dataclasses.replace(address, value=place)
        return addresses
