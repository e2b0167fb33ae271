# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.tools import format_date

from ..core.payment_terms import STANDARD, Ceilings, latest_due

#: legal parameter -> part of the ceilings
CEILING_KEYS = {
    "term_days": "net",
    "term_month_end_days": "month_end",
    "term_transport_days": "transport",
    "term_summary_days": "summary",
}
ONE_DAY = datetime.timedelta(days=1)


class AccountPaymentTerm(models.Model):
    """Warn of terms that leave a professional more time than the law does.

    C. com. L441-10 I and L441-16. A warning, never a block: consumers are exempt, and
    some trades have rules of their own.
    """

    _inherit = "account.payment.term"

    collection_term_warning = fields.Char(compute="_compute_collection_term_warning")

    @api.depends("line_ids.nb_days", "line_ids.delay_type", "line_ids.days_next_month")
    @api.depends_context("lang", "company")
    def _compute_collection_term_warning(self):
        for term in self:
            company = term.company_id or self.env.company
            term.collection_term_warning = term._collection_word_excess(
                company, STANDARD
            )

    @api.model
    def _collection_get_ceilings(self, day: datetime.date) -> Ceilings:
        """Return the legal ceilings of an invoice of a day."""
        table = self.env["collection.parameter"]._get_table()
        return Ceilings(
            **{
                name: int(table.value(key, day))
                for key, name in CEILING_KEYS.items()
                if table.has(key, day)
            }
        )

    def _collection_word_excess(self, company, rule: str) -> str:
        """Return the warning of terms that exceed the ceiling, else an empty text."""
        self.ensure_one()
        found = self._collection_find_excess(company, rule)
        if not found:
            return ""
        day, due, latest = found
        return self.env._(
            "These terms exceed the legal ceiling between professionals: an invoice of "
            "%(day)s would be due on %(due)s, at the latest %(latest)s is allowed "
            "(French Commercial Code, articles L441-10, L441-11 and L441-16).",
            day=format_date(self.env, day),
            due=format_date(self.env, due),
            latest=format_date(self.env, latest),
        )

    def _collection_find_excess(self, company, rule: str):
        """Look for an invoice date whose due date is later than the law allows.

        Every day of the coming year is tried: end of month makes few of them exceed.

        :return: (invoice date, due date, latest lawful date) or None
        """
        self.ensure_one()
        if not company.sudo()._is_collection_french():
            return None
        first = company.sudo()._get_collection_today()
        ceilings = self._collection_get_ceilings(first)
        for offset in range(366):
            day = first + offset * ONE_DAY
            latest = latest_due(day, ceilings, rule)
            if latest is None:
                return None
            due = max((line._get_due_date(day) for line in self.line_ids), default=day)
            if due > latest:
                return day, due, latest
        return None
