# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, fields, models


class CollectionScenario(models.Model):
    """A policy: the steps that a receivable goes through, before and after due date."""

    _name = "collection.scenario"
    _description = "Collection scenario"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Stable key of the shipped scenarios.")
    description = fields.Text(translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty = for every company.")
    catch_up_days = fields.Integer(
        string="Catch-up spacing",
        default=7,
        help="Largest number of days between two steps when a receivable is late on "
        "the scenario: nothing is caught up at once.",
    )
    contact_budget = fields.Integer(
        "Contact budget",
        default=3,
        help="How many e-mails, SMS and performed calls a debtor gets at most in the "
        "days below. Legal letters and answers never count.",
    )
    contact_days = fields.Integer(string="Days of the contact budget", default=7)
    step_ids = fields.One2many("collection.step", "scenario_id", copy=True)

    _positive = models.Constraint(
        "CHECK (catch_up_days > 0 AND contact_budget > 0 AND contact_days > 0)",
        "Spacing, contact budget and its days must be positive.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Steps that were used keep their follow-ups readable: archive instead."""
        self.with_context(active_test=False).step_ids._unlink_except_used()
