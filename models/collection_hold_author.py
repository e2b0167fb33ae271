# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL


class CollectionHold(models.Model):
    """Who put a receivable on hold: the memory behind the amount."""

    _inherit = "collection.hold"

    @api.model
    def _sql_authors(self, today) -> SQL:
        """Return one hold for each receivable that persons hold.

        Of several the one whose reason is shown (an exclusion goes before a dispute),
        then the first to be reviewed. What is held, and how much, is the receivable
        query's to say.
        """
        return SQL(
            """
            SELECT DISTINCT ON (i.id) i.id AS move_line_id, k.id AS hold_id,
                   k.user_id, k.reason, k.date_review, k.date_end
              FROM collection_hold k
              JOIN res_partner q ON q.commercial_partner_id = k.debtor_id
              JOIN account_move_line i
                ON i.partner_id = q.id AND i.company_id = k.company_id
             WHERE k.active
               AND (k.date_start IS NULL OR k.date_start <= %(today)s)
               AND (k.date_end IS NULL OR k.date_end >= %(today)s)
               AND (k.move_id IS NULL OR k.move_id = i.move_id)
               AND (k.move_line_id IS NULL OR k.move_line_id = i.id)
               AND i.reconciled IS NOT TRUE
             ORDER BY i.id, k.reason = 'dispute', k.date_review NULLS FIRST, k.id""",
            today=today,
        )
