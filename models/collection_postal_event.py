# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..core.postal_events import CODES

LABELS = {
    "posted": "Posted",
    "in_transit": "In transit",
    "presented": "Presented",
    "available": "Waits at the counter",
    "delivered": "Delivered",
    "refused": "Refused",
    "unclaimed": "Not claimed",
    "unknown_address": "Unknown at this address",
    "returned": "Returned",
    "proof": "Proof",
}
EVENT_CODES = [(code, LABELS[code]) for code in CODES]
SOURCES = [
    ("manual", "By hand"),
    ("scan", "Scan"),
    ("file", "File of the post"),
    ("provider", "Postal provider"),
]


class CollectionPostalEvent(models.Model):
    """What the post says of a letter, the only source of its dates.

    Written by ``_record_postal_events`` of the follow-up alone. A wrong event is
    deleted by a person, with a trace, and the letter's dates follow.
    """

    _name = "collection.postal.event"
    _description = "Event of the post"
    _order = "date desc, id desc"

    followup_id = fields.Many2one(
        "collection.followup", "Letter", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="followup_id.company_id", store=True)
    code = fields.Selection(EVENT_CODES, "Event", required=True)
    date = fields.Date(required=True)
    label = fields.Char("Words of the post")
    source = fields.Selection(SOURCES, required=True, default="manual")
    attachment_id = fields.Many2one(
        "ir.attachment",
        "Document",
        ondelete="restrict",
        help="Scan of the acknowledgement, of the envelope or of the deposit.",
    )
    sha256 = fields.Char("SHA-256", help="Of the document as it was received.")
    user_id = fields.Many2one("res.users", "Recorded by", ondelete="set null")

    _event_uniq = models.UniqueIndex(
        "(followup_id, code, date)", "The post says this once."
    )

    @api.depends("code", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for event in self:
            words = [labels.get(event.code), format_date(self.env, event.date)]
            event.display_name = " – ".join(filter(None, words))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._add_hash(values) for values in vals_list])

    def write(self, vals):
        return super().write(self._add_hash(vals))

    @api.model
    def _add_hash(self, values: dict) -> dict:
        """Return values with the hash of the document that they bring.

        Odoo keeps a SHA-1 of an attachment: as evidence it is worth nothing.
        """
        if not values.get("attachment_id"):
            return values
        attachment = self.env["ir.attachment"].sudo().browse(values["attachment_id"])
        digest = hashlib.sha256(attachment.raw or b"").hexdigest()
        return {**values, "sha256": digest}

    def _log_act(self):
        """Log that the user recorded the events; it can be taken back for a moment."""
        files = self.followup_id.file_id
        data = {
            file.id: {
                "events": self.filtered(
                    lambda one, file=file: one.followup_id.file_id == file
                ).ids
            }
            for file in files
        }
        notes = {
            file.id: ", ".join(
                self.browse(data[file.id]["events"]).mapped("display_name")
            )
            for file in files
        }
        return self.env["collection.act"]._log(
            "post_event", files, note=notes, data=data
        )

    def action_open_document(self):
        """Show the document of the event."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}",
            "target": "new",
        }

    # === CORRECTION === #

    def action_delete(self):
        """Delete events that are wrong; the dates and states of letters follow.

        :raise UserError: what came after them stands in the way
        """
        letters = self.followup_id
        letters._assert_collector()
        self.check_access("read")
        notes = {
            letter.file_id.id: self.env._(
                "%(letter)s: %(events)s",
                letter=letter._get_letter_reference(),
                events=", ".join((self & letter.post_event_ids).mapped("display_name")),
            )
            for letter in letters
        }
        self.sudo()._delete()
        self.env["collection.act"]._log("post_delete", letters.file_id, note=notes)

    def _delete(self) -> None:
        """Delete events and take back what followed from them."""
        letters = self.followup_id
        by_letter = {
            letter: (self & letter.post_event_ids, letter.post_event_ids - self)
            for letter in letters
        }
        for letter, (gone, left) in by_letter.items():
            codes = set(gone.mapped("code"))
            if "unknown_address" in codes:
                letter._take_return_back()
            if "posted" in codes:
                if left:
                    raise UserError(
                        self.env._(
                            "%(letter)s of %(debtor)s: delete what came after the "
                            "posting first.",
                            letter=letter._get_letter_reference(),
                            debtor=letter.debtor_id.display_name,
                        )
                    )
                letter._take_posting_back()
        self.unlink()
