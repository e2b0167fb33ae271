# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class CollectionSegment(models.Model):
    _inherit = "collection.segment"

    monthly_statement = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "Monthly statement",
        help="Empty = as the company.",
    )
