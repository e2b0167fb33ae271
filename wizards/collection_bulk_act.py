# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("postpone", "Postpone"),
    ("assign", "Give to a collector"),
    ("scenario", "Change the scenario"),
    ("hold", "Put on hold"),
    ("note", "Note"),
]


class CollectionBulkAct(models.TransientModel):
    """One act on many debtors at once: logged on each, taken back together."""

    _name = "collection.bulk.act"
    _description = "Act on debtors"

    file_ids = fields.Many2many(
        "collection.debtor",
        string="Debtors",
        required=True,
        default=lambda self: self._default_file_ids(),
    )
    count = fields.Integer(compute="_compute_count")
    kind = fields.Selection(KINDS, required=True, default="postpone")
    until = fields.Date("Postpone until")
    collector_id = fields.Many2one(
        "res.users",
        domain=lambda self: self._get_collector_domain(),
        help="Empty = nobody: the debtor is in everybody's list.",
    )
    scenario_id = fields.Many2one(
        "collection.scenario", help="Empty = that of the segment, else the company's."
    )
    reason = fields.Selection(
        selection=lambda self: self._selection_reason(), default="check"
    )
    date_end = fields.Date("Last day", help="Collection resumes by itself after it.")
    note = fields.Text()

    def _default_file_ids(self):
        """Return the files of the lines that were ticked: both have the same id."""
        if self.env.context.get("active_model") in (
            "collection.worklist",
            "collection.debtor",
        ):
            return self.env.context.get("active_ids")
        return False

    @api.model
    def _selection_reason(self):
        return (
            self.env["collection.hold"]
            ._fields["reason"]
            ._description_selection(self.env)
        )

    @api.model
    def _get_collector_domain(self):
        group = self.env.ref(
            "account_collection.group_collection_user", raise_if_not_found=False
        )
        return [("all_group_ids", "in", group.ids)] if group else []

    @api.depends("file_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.file_ids)

    def action_apply(self):
        """Do it on every debtor; a click more takes it back."""
        self.ensure_one()
        batch = self.env.context.get("collection_batch") or secrets.token_hex(8)
        files = self.file_ids.with_context(collection_batch=batch)
        getattr(self, f"_apply_{self.kind}")(files)
        return {"type": "ir.actions.act_window_close"}

    def _apply_postpone(self, files):
        if not self.until:
            raise UserError(self.env._("Choose the day until which to postpone."))
        files.act_postpone(until=fields.Date.to_string(self.until))

    def _apply_assign(self, files):
        files.act_assign(self.collector_id.id)

    def _apply_scenario(self, files):
        files.act_scenario(self.scenario_id.id, self.note)

    def _apply_hold(self, files):
        files._assert_words(self.note)
        files.act_hold(
            self.reason,
            note=self.note,
            date_end=self.date_end and fields.Date.to_string(self.date_end),
        )

    def _apply_note(self, files):
        files.act_note(self.note)
