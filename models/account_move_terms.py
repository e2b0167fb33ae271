# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..core.payment_terms import NO_CEILING, latest_due
from .account_payment_term import CEILING_KEYS, ONE_DAY
from .res_company_mentions import MAINLAND_LAW

FOREVER = datetime.date(9999, 12, 31)


class AccountMove(models.Model):
    """Warn of invoices that leave a professional more time than the law does."""

    _inherit = "account.move"

    collection_term_excess = fields.Boolean(
        "Terms above the ceiling",
        compute="_compute_collection_term_excess",
        search="_search_collection_term_excess",
        help="Due later than the law allows between professionals.",
    )

    @api.depends(
        "move_type",
        "state",
        "invoice_date",
        "invoice_date_due",
        "commercial_partner_id",
        "line_ids.date_maturity",
    )
    def _compute_collection_term_excess(self):
        excesses = self._collection_find_term_excesses()
        for move in self:
            move.collection_term_excess = move.id in excesses

    def _collection_find_term_excesses(self) -> dict:
        """Return invoice -> (due date, latest lawful one) where the first is later."""
        invoices = self.filtered(
            lambda move: move.move_type == "out_invoice" and move.state != "cancel"
        )
        files = self.env["collection.debtor"].sudo()
        terms = self.env["account.payment.term"]
        excesses = {}
        for company, moves in invoices.grouped("company_id").items():
            if not company.sudo()._is_collection_french():
                continue
            partners = moves.commercial_partner_id.sudo()
            rules = files._get_term_rules(company.sudo(), partners)
            for move in moves:
                rule = rules.get(move.commercial_partner_id.id, NO_CEILING)
                day = move._collection_get_day()
                due = move._collection_get_last_due()
                latest = latest_due(day, terms._collection_get_ceilings(day), rule)
                if due and latest and due > latest:
                    excesses[move.id] = (due, latest)
        return excesses

    def _collection_get_last_due(self):
        """A due date changed on a posted invoice is in its items alone."""
        if self.state == "draft":
            return self.invoice_date_due
        return max(self._collection_get_due_days(), default=False)

    # === SEARCH === #

    @api.model
    def _search_collection_term_excess(self, operator, value):
        if operator != "in":
            return NotImplemented
        for name in ("account.move", "account.move.line", "collection.debtor"):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(["is_company", "country_id"])
        found = Domain("id", "in", self._sql_term_excesses())
        wanted = set(value)
        if wanted >= {True, False}:
            return Domain.TRUE
        return found if True in wanted else ~found

    @api.model
    def _sql_term_excesses(self) -> SQL:
        """Return the invoices as ``_collection_find_term_excesses`` does, in SQL."""
        codes = Domain("partner_id.country_id.code", "in", MAINLAND_LAW)
        french = codes | Domain("partner_id.country_id", "=", False)
        companies = self.env["res.company"].sudo().search(french)
        return SQL(
            """(
            SELECT m.id
              FROM account_move m
              JOIN account_move_line l
                   ON l.move_id = m.id AND l.display_type = 'payment_term'
              JOIN (VALUES %(periods)s)
                   AS t (first, last, net, month_end, transport, summary)
                   ON COALESCE(m.invoice_date, %(today)s) BETWEEN t.first AND t.last
              JOIN res_company c ON c.id = m.company_id
              JOIN res_partner home ON home.id = c.partner_id
              LEFT JOIN res_partner cp ON cp.id = m.commercial_partner_id
              LEFT JOIN collection_debtor f
                     ON f.company_id = m.company_id AND f.active
                    AND f.debtor_id = m.commercial_partner_id
             WHERE m.move_type = 'out_invoice' AND m.state <> 'cancel'
               AND m.company_id IN %(companies)s
               AND l.date_maturity > %(latest)s
               AND %(debtor_class)s <> 'consumer')""",
            periods=self._sql_term_periods(),
            today=self.env.company._get_collection_today(),
            companies=tuple(companies.ids) or (0,),
            latest=self._sql_latest_due(),
            debtor_class=self.env["collection.debtor"]._sql_debtor_class(),
        )

    @api.model
    def _sql_term_periods(self) -> SQL:
        """Return the ceilings by period: (first day, last day, days by rule)."""
        rows = self.env["collection.parameter"].sudo()
        rows = rows.search([("key", "in", list(CEILING_KEYS))])
        starts = sorted({*rows.mapped("valid_from"), datetime.date(1, 1, 1)})
        ends = [*(day - ONE_DAY for day in starts[1:]), FOREVER]
        terms = self.env["account.payment.term"]
        periods = []
        for first, last in zip(starts, ends, strict=True):
            legal = terms._collection_get_ceilings(first)
            standard = (legal.net, legal.month_end)
            if None in standard:
                standard = (None, None)
            periods.append(
                SQL(
                    "(%s::date, %s::date, %s::int, %s::int, %s::int, %s::int)",
                    first,
                    last,
                    *standard,
                    legal.transport,
                    legal.summary,
                )
            )
        return SQL(", ").join(periods)

    @api.model
    def _sql_latest_due(self) -> SQL:
        """Return the latest lawful due date, as ``core.payment_terms.latest_due``."""
        today = self.env.company._get_collection_today()
        day = SQL("COALESCE(m.invoice_date, %s)", today)
        return SQL(
            """CASE f.collection_term_rule
                WHEN 'none' THEN NULL
                WHEN 'transport' THEN %(day)s + t.transport
                WHEN 'summary' THEN %(day)s + t.summary
                ELSE GREATEST(
                    %(day)s + t.net,
                    (date_trunc('month', %(day)s + t.month_end) + %(month)s)::date,
                    (date_trunc('month', %(day)s) + %(month)s)::date + t.month_end)
                END""",
            day=day,
            month=SQL("interval '1 month' - interval '1 day'"),
        )

    # === ALERT === #

    @api.depends("collection_term_excess")
    def _compute_alerts(self):
        return super()._compute_alerts()

    def _get_alerts(self):
        """Warn while the due date can still be talked about."""
        alerts = super()._get_alerts()
        if self.payment_state in ("paid", "in_payment", "reversed"):
            return alerts
        found = self._collection_find_term_excesses().get(self.id)
        if found:
            due, latest = (format_date(self.env, day) for day in found)
            alerts["collection_term"] = {
                "level": "warning",
                "message": self.env._(
                    "Due on %(due)s: the law allows %(latest)s at the latest between "
                    "professionals (French Commercial Code, articles L441-10, L441-11 "
                    "and L441-16).",
                    due=due,
                    latest=latest,
                ),
            }
        return alerts
