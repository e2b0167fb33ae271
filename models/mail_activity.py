# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Who does the task has dealt with what sales said."""
        notes = self.env["collection.sales.note"].sudo()
        notes = notes.search([("activity_id", "in", self.ids), ("state", "=", "new")])
        result = super()._action_done(feedback, attachment_ids)
        notes._set_handled()
        return result
