# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .account_account import CHASED_NATURES

#: who may read the warning: words without amounts
WARNED_GROUPS = (
    "sales_team.group_sale_salesman,account.group_account_invoice,"
    "account.group_account_readonly"
)
#: overdue, but nothing to worry sales about: probably paid, small, debited by us
HARMLESS_REASONS = ("probable_payment", "minimum", "payment_method")


class CollectionWarning(NamedTuple):
    """What sales may know about a debtor: no amount.

    :param days_late: of the oldest overdue receivable
    :param level_code: dunning level reached, None before the first
    :param reasons: codes of what holds receivables
    :param words: the same in the environment's language
    """

    days_late: int
    level_code: str | None
    collector: str
    reasons: tuple[str, ...]
    words: str


class ResPartner(models.Model):
    """What people who do not collect are told about a customer."""

    _inherit = "res.partner"

    collection_warning = fields.Text(
        "Collection warning",
        compute="_compute_collection_warning",
        groups=WARNED_GROUPS,
    )
    collection_note_count = fields.Integer(
        "My reports", compute="_compute_collection_note_count", groups=WARNED_GROUPS
    )

    @api.depends_context("company", "lang", "collection_date")
    def _compute_collection_warning(self):
        warnings = self._get_collection_warnings()
        for partner in self:
            found = warnings.get(partner.commercial_partner_id.id)
            partner.collection_warning = found.words if found else False

    @api.depends_context("company", "uid")
    def _compute_collection_note_count(self):
        counts = dict(
            self.env["collection.sales.note"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", self.env.company.id),
                    ("debtor_id", "in", self.commercial_partner_id.ids),
                ],
                ["debtor_id"],
                ["__count"],
            )
        )
        counts = {debtor.id: count for debtor, count in counts.items()}
        for partner in self:
            partner.collection_note_count = counts.get(
                partner.commercial_partner_id.id, 0
            )

    def _get_collection_warnings(self, company=None) -> dict[int, CollectionWarning]:
        """Return commercial partner -> warning; customers without trouble are absent.

        For any number of partners at the same number of queries, with rights of its
        own: the caller shows it to whom may be warned.

        :param company: whose ledger; default: the environment's
        """
        company = company or self.env.company
        debtors = self.commercial_partner_id
        ids = tuple(one for one in debtors.ids if isinstance(one, int))
        if not ids:
            return {}
        rows = self._read_collection_trouble(company, ids)
        users = self.env["res.users"].sudo()
        users = users.browse({row["collector_id"] for row in rows} - {None})
        collectors = {user.id: user.name for user in users}
        levels = self.env["collection.level"].sudo()
        levels = levels.browse({row["level_id"] for row in rows} - {None})
        found = {level.id: (level.code, level.name) for level in levels}
        return {
            row["debtor_id"]: self._get_collection_warning(
                row,
                collectors.get(row["collector_id"], ""),
                *found.get(row["level_id"], (None, "")),
            )
            for row in rows
        }

    @api.model
    def _read_collection_trouble(self, company, debtor_ids) -> list[dict]:
        """Return the debtors that owe something overdue, net of their credits."""
        self.env.flush_all()
        receivables = self.env["collection.receivable"].sudo()
        today = self.env.context.get("collection_date")
        receivables = receivables.with_context(
            collection_date=today or company._get_collection_today()
        )
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT v.debtor_id, max(v.collector_id) AS collector_id,
                       max(v.days_overdue) FILTER (WHERE %(late)s) AS days,
                       (max(ARRAY[e.sequence, e.id]) FILTER (
                           WHERE e.id IS NOT NULL AND %(late)s))[2] AS level_id,
                       array_agg(DISTINCT v.hold_reason) FILTER (
                           WHERE v.hold_reason IS NOT NULL AND %(late)s) AS reasons
                  FROM %(receivables)s v
                  LEFT JOIN collection_level e ON e.id = v.level_id
                 WHERE v.company_id = %(company)s AND v.debtor_id IN %(ids)s
                   AND v.nature IN %(natures)s
                 GROUP BY v.debtor_id
                HAVING bool_or(%(late)s)
                   AND sum(v.amount_residual) FILTER (
                       WHERE v.amount_residual < 0 OR %(late)s) > 0""",
                late=SQL(
                    """(v.amount_residual > 0 AND v.days_overdue > 0
                        AND COALESCE(v.hold_reason, '') NOT IN %s)""",
                    HARMLESS_REASONS,
                ),
                receivables=receivables._table_sql,
                company=company.id,
                ids=debtor_ids,
                natures=CHASED_NATURES,
            )
        )

    @api.model
    def _get_collection_warning(self, row, collector, code, level) -> CollectionWarning:
        env = self.env
        field = env["collection.receivable"]._fields["hold_reason"]
        labels = dict(field._description_selection(env))
        reasons = tuple(row["reasons"] or ())
        words = [
            env._("Overdue invoices, the oldest %(days)s days late.", days=row["days"])
            if row["days"] > 1
            else env._("An invoice is one day late."),
            code and env._("Level reached: %(level)s.", level=level),
            reasons
            and env._(
                "Not chased for now: %(reasons)s.",
                reasons=", ".join(labels.get(one, one) for one in reasons),
            ),
            collector and env._("Followed up by %(collector)s.", collector=collector),
        ]
        return CollectionWarning(
            row["days"], code, collector, reasons, " ".join(filter(None, words))
        )
