# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class CollectionCapacity(models.Model):
    """How many minutes a day a collector works for a company."""

    _name = "collection.capacity"
    _description = "Working time of a collector"
    _rec_name = "user_id"
    _order = "company_id, user_id"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users", "Collector", required=True, ondelete="cascade"
    )
    minutes = fields.Integer("Minutes a day", required=True, help="0 = no limit.")

    _user_uniq = models.UniqueIndex(
        "(company_id, user_id)", "This collector already has a figure in this company."
    )
    _minutes_positive = models.Constraint(
        "CHECK (minutes >= 0)", "The minutes a day cannot be negative."
    )
