# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    # Read by the rules on portfolios; nobody else needs it.
    collection_delegation_ids = fields.One2many(
        "collection.delegation",
        "user_id",
        "Delegations of the portfolio",
        groups="account_collection.group_collection_user",
    )
