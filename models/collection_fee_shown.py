# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import api, models
from odoo.tools import SQL, format_date

from .collection_late_fees import FeesTotal


class CollectionLateFees(models.AbstractModel):
    """What the debtor may see online: late fees of receivables whose step told them."""

    _inherit = "collection.late.fees"

    @api.model
    def _find_told(self, line_ids) -> set[int]:
        """Return the receivables whose late fees a message that left has told.

        Steps decide when late fees show; no page runs ahead of them.
        """
        if not line_ids:
            return set()
        self.env["collection.followup"].flush_model()
        self.env["collection.followup.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT l.move_line_id
                     FROM collection_followup_line l
                     JOIN collection_followup f ON f.id = l.followup_id
                     JOIN collection_step s ON s.id = f.step_id
                    WHERE l.move_line_id IN %s AND l.counted
                      AND f.state = 'performed' AND s.shows_late_fees""",
                tuple(line_ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _get_told(self, line_ids) -> list[dict]:
        """Return the late fees that pages show of receivables, by currency, in words.

        What cannot be computed is not shown: a page is no place for its reason.
        """
        told = self._find_told(line_ids)
        moves = self.env["account.move.line"].browse(told).move_id
        until = self.env["collection.receivable"]._get_today()
        found = self._read(moves.ids, until)
        totals = self._group_by_currency(found[key] for key in told if key in found)
        words = self.env["collection.followup"]._get_formatter()
        return [
            {
                "day": format_date(self.env, until, date_format="long"),
                "interest": words.amount(total.interest_left, currency)
                if total.interest_left
                else "",
                "indemnity": words.amount(total.indemnity_left, currency)
                if total.indemnity_left
                else "",
                "total": words.amount(total.left, currency),
                "label": self._word_interest(total.lines[0].debtor_class),
            }
            for currency, total in totals.items()
            if total.left and not total.error
        ]

    @api.model
    def _get_sum(self, file) -> float | bool:
        """Return a debtor's late fees in company currency, False when not known.

        Of what is late and open, and of what was paid late in the last twelve months.
        """
        moves = self.env["collection.claim"]._find_moves(
            file.company_id, file.debtor_id
        )
        company = file.company_id
        key = company.currency_id.id
        found = self._read(moves.ids, debtors=file.debtor_id)
        lines = [one for one in found.values() if one.row["currency_id"] == key]
        total = FeesTotal(lines)
        return False if total.error else float(total.left)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _collection_get_told_fees(self) -> list[dict]:
        """Return the late fees that the portal shows on an invoice."""
        self.ensure_one()
        if self.move_type != "out_invoice" or self.state != "posted":
            return []
        fees = self.env["collection.late.fees"].sudo()
        return fees._get_told(self.sudo().line_ids.ids)


class CollectionFollowup(models.Model):
    _inherit = "collection.followup"

    def _get_page_values(self):
        values = super()._get_page_values()
        lines = self.line_ids.move_line_id
        fees = self.env["collection.late.fees"].sudo()
        told = fees._get_told(lines.ids) if values["is_asked"] else []
        return values | {"late_fees": told}
