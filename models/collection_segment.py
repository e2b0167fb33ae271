# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class CollectionSegment(models.Model):
    """A group of debtors that are followed up alike."""

    _name = "collection.segment"
    _description = "Risk segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Stable key of the shipped segments.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty = for every company.")
    scenario_id = fields.Many2one(
        "collection.scenario", required=True, ondelete="restrict", check_company=True
    )
