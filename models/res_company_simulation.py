# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models

from ..core.workload import MINUTES


class ResCompany(models.Model):
    """What a follow-up costs in time, and how much of it a collector has."""

    _inherit = "res.company"

    collection_minutes_call = fields.Integer("Phone call", default=MINUTES["call"])
    collection_minutes_letter = fields.Integer("Letter", default=MINUTES["letter"])
    collection_minutes_registered = fields.Integer(
        "Registered letter", default=MINUTES["registered"]
    )
    collection_minutes_portal = fields.Integer(
        "Customer's portal", default=MINUTES["portal"]
    )
    collection_minutes_handoff = fields.Integer("Hand-over", default=MINUTES["handoff"])
    collection_minutes_confirm = fields.Integer(
        "Message to confirm", default=MINUTES["confirm"]
    )
    collection_minutes_day = fields.Integer(
        "Minutes a day",
        default=240,
        help="What a collector can work in a day; the simulation shows the days above "
        "it. A collector's own figure goes before it. 0 = no limit.",
    )

    _collection_minutes_positive = models.Constraint(
        """CHECK (collection_minutes_call >= 0 AND collection_minutes_letter >= 0
              AND collection_minutes_registered >= 0 AND collection_minutes_portal >= 0
              AND collection_minutes_handoff >= 0 AND collection_minutes_confirm >= 0
              AND collection_minutes_day >= 0)""",
        "The minutes of collection cannot be negative.",
    )

    def _get_collection_minutes(self) -> dict[str, int]:
        """Return the standard minutes of a follow-up, see ``core/workload.py``."""
        self.ensure_one()
        return {key: self[f"collection_minutes_{key}"] for key in MINUTES}

    def _get_collection_capacities(self) -> dict[int, int]:
        """Return user -> minutes a day, 0 -> those of everybody else."""
        self.ensure_one()
        found = self.env["collection.capacity"].search([("company_id", "=", self.id)])
        capacities = {one.user_id.id: one.minutes for one in found}
        return {0: self.collection_minutes_day, **capacities}
