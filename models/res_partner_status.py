# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models
from odoo.fields import Domain

from .account_move_status import READERS


class ResPartner(models.Model):
    """Where a customer stands, in the current company, for those who do accounts."""

    _inherit = "res.partner"

    collection_overdue = fields.Monetary(
        "Overdue", compute="_compute_collection", groups=READERS
    )
    collection_level_id = fields.Many2one(
        "collection.level",
        "Dunning level",
        compute="_compute_collection",
        groups=READERS,
    )
    collection_next_text = fields.Char(
        "Next collection step", compute="_compute_collection", groups=READERS
    )
    collection_reason = fields.Char(
        "Why not followed up", compute="_compute_collection", groups=READERS
    )
    is_collection_case = fields.Boolean(
        "Followed up",
        compute="_compute_collection",
        search="_search_is_collection_case",
        groups=READERS,
    )

    @api.depends_context("company", "collection_date", "lang")
    def _compute_collection(self):
        """Read the files, receivables and next actions of all customers at once."""
        debtors = self.commercial_partner_id
        scope = [
            ("debtor_id", "in", debtors.ids),
            ("company_id", "=", self.env.company.id),
        ]
        files = self.env["collection.debtor"].sudo().search(scope)
        worklist = self.env["collection.worklist"].sudo()._of_debtors(debtors)
        worklist = worklist.search(scope)
        by_file = files.grouped("debtor_id")
        by_row = worklist.grouped("debtor_id")
        overdue = self._read_collection_overdue(scope)
        reasons = self._read_collection_reasons(scope)
        for partner in self:
            debtor = partner.commercial_partner_id
            file = by_file.get(debtor, files[:0])
            row = by_row.get(debtor, worklist[:0])
            partner.is_collection_case = bool(file.case_id)
            partner.collection_level_id = file.case_id.level_id
            partner.collection_next_text = row.action_text
            partner.collection_overdue = overdue.get(debtor.id, 0.0)
            partner.collection_reason = reasons.get(debtor.id)

    @api.model
    def _read_collection_overdue(self, scope) -> dict[int, float]:
        """Return debtor -> overdue amount in company currency."""
        receivables = self.env["collection.receivable"].sudo()
        groups = receivables._read_group(
            [
                *scope,
                ("bucket", "!=", "not_due"),
                ("status", "!=", "credit"),
                ("nature", "!=", "retention"),
            ],
            ["debtor_id"],
            ["amount_residual:sum"],
        )
        return {debtor.id: amount for debtor, amount in groups}

    @api.model
    def _read_collection_reasons(self, scope) -> dict[int, str]:
        """Return debtor -> reasons for which some of its receivables are held."""
        receivables = self.env["collection.receivable"].sudo()
        labels = dict(
            receivables._fields["hold_reason"]._description_selection(self.env)
        )
        groups = receivables._read_group(
            [*scope, ("hold_reason", "!=", False)],
            ["debtor_id", "hold_reason"],
            ["__count"],
        )
        reasons: dict[int, list[str]] = {}
        for debtor, reason, _count in groups:
            reasons.setdefault(debtor.id, []).append(labels[reason])
        return {debtor: ", ".join(words) for debtor, words in reasons.items()}

    @api.model
    def _search_is_collection_case(self, operator, value):
        if operator != "in":
            return NotImplemented
        cases = (
            self.env["collection.case"]
            .sudo()
            ._search([("state", "=", "open"), ("company_id", "=", self.env.company.id)])
        )
        found = Domain("commercial_partner_id", "in", cases.subselect("debtor_id"))
        return found if True in value else ~found
