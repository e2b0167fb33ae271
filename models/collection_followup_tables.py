# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date

from .collection_followup_figures import Figures


class CollectionFollowup(models.Model):
    """The tables of a message, rendered by views outside the editable text."""

    _inherit = "collection.followup"

    def _render_items(self, figures: Figures):
        """Return the table of what is claimed, one for each currency, with totals."""
        shown = figures.claimed + figures.credits
        tables = [
            self._get_table(
                [item for item in shown if item.currency_id == currency_id],
                currency_id,
                total,
            )
            for currency_id, total in figures.totals().items()
        ]
        upcoming = self._get_tables(figures.upcoming)
        return self._render_view(
            "account_collection.message_items", tables=tables, upcoming=upcoming
        )

    def _render_information(self, figures: Figures):
        """Return the table of what is only mentioned, empty when nothing is."""
        if not figures.information:
            return Markup()
        return self._render_view(
            "account_collection.message_information",
            tables=self._get_tables(figures.information),
        )

    def _get_tables(self, items) -> list[dict]:
        currencies = dict.fromkeys(item.currency_id for item in items)
        return [
            self._get_table(
                [item for item in items if item.currency_id == key], key, None
            )
            for key in currencies
        ]

    def _get_table(self, items, currency_id: int, total) -> dict:
        """Return what the view of the table shows, already in words."""
        amount = self.env["res.currency"].browse(currency_id).format
        return {
            "rows": [
                {
                    "document": item.document,
                    "reference": item.reference or "",
                    "invoiced": self._format_short(item.invoice_date),
                    "delivered": self._format_short(item.delivery_date),
                    "due": self._format_short(item.date_due),
                    "days": item.days_overdue if item.days_overdue > 0 else "",
                    "total": amount(float(item.total)),
                    "paid": amount(float(item.paid)) if item.paid else "",
                    "balance": amount(float(item.due)),
                    "is_credit": item.residual < 0,
                    "is_dispute": item.hold_reason == "dispute",
                    "is_partial": item.residual > 0 and item.due != item.residual,
                    "held": amount(float(item.residual - item.due)),
                }
                for item in items
            ],
            "total": None if total is None else amount(float(total)),
            "currency": self.env["res.currency"].browse(currency_id).name,
        }

    def _format_short(self, day) -> str:
        return format_date(self.env, day, lang_code=self.env.lang) if day else ""

    def _render_view(self, name: str, **values):
        return self.env["ir.qweb"]._render(name, {**values, "followup": self})
