# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL

#: word of the texts that says how to pay
PAYMENT_WORD = "payment_paragraph"


class CollectionStep(models.Model):
    _inherit = "collection.step"

    @api.model
    def _get_payment_steps(self) -> frozenset[int]:
        """Return the steps whose text says how to pay, in any language."""
        for model in ("collection.level", "collection.step", "mail.template"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id
                     FROM collection_step s
                     JOIN collection_level l ON l.id = s.level_id
                     JOIN mail_template t
                       ON t.id = COALESCE(s.template_id, l.template_id)
                    WHERE position(%s IN t.body_html::text) > 0""",
                PAYMENT_WORD,
            )
        )
        return frozenset(row[0] for row in rows)
