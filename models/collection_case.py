# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionCase(models.Model):
    """An episode of collection with a debtor.

    Opens with the first step after a due date, closes by itself when nothing of the
    debtor is overdue; a debtor has at most one open case in a company.
    """

    _name = "collection.case"
    _description = "Collection case"
    _check_company_auto = True
    _order = "state, date_open desc, id desc"

    file_id = fields.Many2one(
        "collection.debtor", required=True, ondelete="restrict", index=True
    )
    debtor_id = fields.Many2one(
        "res.partner", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    collector_id = fields.Many2one(related="file_id.collector_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, default="open"
    )
    date_open = fields.Date("Opened on", required=True)
    date_close = fields.Date("Closed on", readonly=True)
    outcome = fields.Selection(
        [("settled", "Nothing overdue any more"), ("stopped", "Stopped by a person")],
        readonly=True,
    )
    followup_ids = fields.One2many("collection.followup", "case_id", "Follow-ups")
    level_id = fields.Many2one(
        "collection.level", "Level reached", compute="_compute_level_id"
    )
    amount_overdue = fields.Monetary(related="file_id.amount_overdue")
    next_action = fields.Char(related="file_id.next_action")
    deferral_code = fields.Selection(related="file_id.deferral_code")
    deferral_on = fields.Date(related="file_id.deferral_on")

    _open_uniq = models.UniqueIndex(
        "(company_id, debtor_id) WHERE state = 'open'",
        "This debtor already has an open case in this company.",
    )

    @api.depends("debtor_id")
    def _compute_display_name(self):
        for case in self:
            number = f"REC{case.id:06d}" if isinstance(case.id, int) else ""
            case.display_name = f"{number} {case.debtor_id.display_name or ''}".strip()

    @api.depends("followup_ids.state")
    def _compute_level_id(self):
        for case in self:
            performed = case.followup_ids.filtered(
                lambda f: f.state == "performed" and not f.is_internal
            )
            case.level_id = performed.level_id.sorted("sequence")[-1:]

    def _get_reference(self) -> str:
        """Return the reference that letters quote, empty without a case."""
        return f"REC{self.id:06d}" if self else ""

    def _cancel_own_calls(self) -> None:
        """Cancel the calls that a person planned: nothing is left to call about."""
        calls = self.env["collection.followup"].search(
            [
                ("file_id", "in", self.file_id.ids),
                ("state", "=", "planned"),
                ("line_ids", "=", False),
            ]
        )
        if calls:
            calls._cancel(self.env._("Nothing is overdue any more."))

    def _close(self, day, outcome: str = "settled") -> None:
        """Close cases and free their debtor files."""
        self.write({"state": "closed", "date_close": day, "outcome": outcome})
        self.file_id.write({"case_id": False})
