# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.collection_postal_event import EVENT_CODES


class CollectionPostalRecord(models.TransientModel):
    """Records by hand what the post did with letters, with its document."""

    _name = "collection.postal.record"
    _description = "What the post did"

    followup_ids = fields.Many2many("collection.followup", required=True)
    code = fields.Selection(
        [one for one in EVENT_CODES if one[0] != "posted"],
        "What happened",
        required=True,
        default="delivered",
    )
    date = fields.Date(
        "On",
        required=True,
        default=lambda self: self.env["collection.followup"]._get_today(),
    )
    label = fields.Char("Words of the post")
    document = fields.Binary(help="Scan of the acknowledgement or of the envelope.")
    document_name = fields.Char()

    def action_record(self):
        """Record the event on every letter, or on none.

        :raise UserError: it cannot be true of one of them
        """
        self.ensure_one()
        letters = self.followup_ids
        letters._assert_collector()
        attachment = None
        if self.document:
            if len(letters) > 1:
                raise UserError(
                    self.env._("A document belongs to one letter: choose one alone.")
                )
            attachment = {
                "name": self.document_name or self.code,
                "datas": self.document,
            }
        elif self.code == "proof":
            raise UserError(self.env._("Choose the document that is the proof."))
        letters._record_by_hand(self.code, self.date, self.label or "", attachment)
        return {"type": "ir.actions.act_window_close"}
