# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import fields, models
from odoo.tools import sql

from ..core.limitation import GOODS_SERVICES

CLAIM_KINDS = [
    (GOODS_SERVICES, "Goods or services"),
    ("transport", "Carriage of goods"),
    ("telecom", "Telecommunications"),
    ("rent_home", "Rent of a home"),
    ("rent_business", "Rent of business premises"),
    ("ship", "Supplies to ships"),
    ("civil", "Other civil claim"),
]


class AccountMove(models.Model):
    """What the claim of an invoice is: the law gives some kinds their own period."""

    _inherit = "account.move"

    collection_claim_kind = fields.Selection(
        CLAIM_KINDS,
        "Kind of claim",
        default=GOODS_SERVICES,
        tracking=True,
        help="What the limitation of the claim depends on. It may be corrected after "
        "posting.",
    )

    def _auto_init(self):
        """Leave the invoices of before empty, which means goods or services.

        Else Odoo would write the default on every entry of the ledger.
        """
        column = ("account_move", "collection_claim_kind")
        if not sql.column_exists(self.env.cr, *column):
            sql.create_column(self.env.cr, *column, "varchar")
        return super()._auto_init()
