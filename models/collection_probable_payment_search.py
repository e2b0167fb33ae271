# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import re
from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..core import matching

#: Odoo keeps at most nine digits of a document's number as its sequence number
SEQUENCE_DIGITS = 9


class CollectionProbablePaymentSearch(models.AbstractModel):
    """The search: unmatched receipts against open receivables, in sets."""

    _name = "collection.probable.payment.search"
    _description = "Search of probable payments"

    @api.model
    def _refresh(self, company, today, debtors=None, shard=None, since=None):
        """Find again what unmatched receipts probably pay; return these records.

        :param today: company's day (date)
        :param since: receipts from this day on are looked at besides the recent ones
        :param debtors: commercial partners (recordset); None = every debtor
        :param shard: (k, n): only debtors whose id leaves k when divided by n
        """
        if debtors is not None and not debtors:
            return self.browse()
        scope = self._sql_scope(debtors, shard)
        for name in (
            "account.bank.statement.line",
            "account.move",
            "account.move.line",
            "res.partner",
        ):
            self.env[name].flush_model()
        since = min(since or today, today)
        since -= datetime.timedelta(days=company.collection_probable_days)
        receipts = self._read_credits(company, since, today, scope)
        receipts += self._read_bank_lines(company, since, today, debtors, shard)
        found = self._explain(company, receipts, today) if receipts else {}
        # A line without a partner may be another share's: it is stored there.
        found = {
            ids: values
            for ids, values in found.items()
            if (debtors is None or values["debtor_id"] in debtors.ids)
            and (not shard or values["debtor_id"] % shard[1] == shard[0])
        }
        return self._store(company, found, scope)

    @api.model
    def _sql_scope(self, debtors, shard) -> SQL:
        """Return a condition on p, the commercial partner."""
        condition = SQL("TRUE")
        if debtors is not None:
            condition = SQL("p.commercial_partner_id IN %s", tuple(debtors.ids))
        if shard:
            condition = SQL(
                "%s AND p.commercial_partner_id %% %s = %s",
                condition,
                shard[1],
                shard[0],
            )
        return condition

    @api.model
    def _read_credits(self, company, since, today, scope: SQL) -> list[dict]:
        """Return the unallocated credits of the receivable accounts."""
        accounts = self.env["account.account"]._get_collection_accounts()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT l.id AS credit_line_id, NULL::int AS statement_line_id,
                       p.commercial_partner_id AS debtor_id, l.currency_id, l.date,
                       -l.amount_residual_currency AS amount,
                       concat_ws(' ', l.name, l.ref, m.payment_reference) AS label
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.account_id IN %(accounts)s AND l.company_id = %(company)s
                   AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                   AND l.amount_residual_currency < 0
                   AND l.date > %(since)s AND l.date <= %(today)s AND %(scope)s""",
                accounts=accounts.get("trade") or (0,),
                company=company.id,
                since=since,
                today=today,
                scope=scope,
            )
        )

    @api.model
    def _read_bank_lines(self, company, since, today, debtors, shard) -> list[dict]:
        """Return the unmatched bank lines, with the debtor when it is known.

        The debtor is the line's partner, else the owner of the bank account.
        """
        lines = self.env.execute_query_dict(
            SQL(
                """
                SELECT NULL::int AS credit_line_id, b.id AS statement_line_id,
                       COALESCE(p.commercial_partner_id, o.commercial_partner_id)
                           AS debtor_id,
                       COALESCE(b.foreign_currency_id, b.currency_id) AS currency_id,
                       m.date,
                       abs(CASE WHEN b.amount_residual <> 0 THEN b.amount_residual
                                ELSE b.amount END) AS amount,
                       concat_ws(' ', b.payment_ref, b.partner_name, m.ref) AS label
                  FROM account_bank_statement_line b
                  JOIN account_move m ON m.id = b.move_id
                  LEFT JOIN res_partner p ON p.id = b.partner_id
                  LEFT JOIN (SELECT sanitized_acc_number, min(partner_id) AS partner_id
                               FROM res_partner_bank GROUP BY sanitized_acc_number
                             HAVING count(DISTINCT partner_id) = 1) a
                         ON a.sanitized_acc_number
                            = upper(regexp_replace(b.account_number, '\\W', '', 'g'))
                  LEFT JOIN res_partner o ON o.id = a.partner_id
                 WHERE m.company_id = %(company)s AND b.is_reconciled IS NOT TRUE
                   AND b.amount > 0 AND m.date > %(since)s AND m.date <= %(today)s""",
                company=company.id,
                since=since,
                today=today,
            )
        )
        wanted = None if debtors is None else set(debtors.ids)
        return [
            line
            for line in lines
            if not line["debtor_id"]
            or (
                (wanted is None or line["debtor_id"] in wanted)
                and (not shard or line["debtor_id"] % shard[1] == shard[0])
            )
        ]

    @api.model
    def _explain(self, company, receipts: list[dict], today) -> dict[tuple, dict]:
        """Return (claim, credit line, bank line) -> values of the row."""
        claims = self._read_claims(company, receipts)
        self._find_unknown_debtors(receipts, claims)
        orders = self._read_orders(company, receipts)
        by_group = defaultdict(list)
        for number, receipt in enumerate(receipts):
            if receipt["debtor_id"]:
                key = (receipt["debtor_id"], receipt["currency_id"])
                by_group[key].append(self._as_receipt(number, receipt))
        calendar = self.env["collection.calendar"]._get_calendar(company)
        found = {}
        for key, group in by_group.items():
            answers = matching.probable_payments(
                group, claims.get(key, []), orders.get(key[0], ()), today
            )
            for answer in answers:
                receipt = receipts[answer.receipt]
                until = calendar.add(
                    receipt["date"], company.collection_probable_hold_days
                )
                ids = (
                    answer.claim,
                    receipt["credit_line_id"],
                    receipt["statement_line_id"],
                )
                found[ids] = {
                    "debtor_id": key[0],
                    "currency_id": key[1],
                    "amount": float(answer.amount),
                    "receipt_amount": receipt["amount"],
                    "date": receipt["date"],
                    "date_until": until,
                    "reason": answer.reason,
                    "label": (receipt["label"] or "")[:200],
                }
        return found

    @staticmethod
    def _as_receipt(number: int, receipt: dict) -> matching.Receipt:
        amount = Decimal(str(receipt["amount"]))
        return matching.Receipt(number, amount, receipt["date"], receipt["label"] or "")

    @api.model
    def _read_claims(self, company, receipts) -> dict[tuple, list[matching.Claim]]:
        """Return (debtor, currency) -> receivables that the receipts may pay.

        For receipts without a debtor: those with the same amount, or whose document
        bears a number that the text contains.
        """
        accounts = self.env["account.account"]._get_collection_accounts()
        debtors = {receipt["debtor_id"] for receipt in receipts} - {None}
        unknown = [receipt for receipt in receipts if not receipt["debtor_id"]]
        amounts = {Decimal(str(receipt["amount"])) for receipt in unknown}
        numbers = {
            int(digits[-SEQUENCE_DIGITS:])
            for receipt in unknown
            for digits in re.findall(r"\d+", receipt["label"] or "")
        }
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT l.id, p.commercial_partner_id AS debtor_id, l.currency_id,
                       l.amount_residual_currency AS amount,
                       COALESCE(l.date_maturity, l.date) AS due_date,
                       l.move_name AS document, m.invoice_origin AS origin
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.account_id IN %(accounts)s AND l.company_id = %(company)s
                   AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                   AND l.amount_residual_currency > 0
                   AND (p.commercial_partner_id IN %(debtors)s
                        OR l.amount_residual_currency IN %(amounts)s
                        OR m.sequence_number IN %(numbers)s)""",
                accounts=accounts.get("trade") or (0,),
                company=company.id,
                debtors=tuple(debtors) or (0,),
                amounts=tuple(amounts) or (0,),
                numbers=tuple(numbers) or (-1,),
            )
        )
        claims = defaultdict(list)
        for row in rows:
            origin = tuple(re.split(r"[,;\s]+", row["origin"] or ""))
            claims[row["debtor_id"], row["currency_id"]].append(
                matching.Claim(
                    row["id"],
                    Decimal(str(row["amount"])),
                    row["due_date"],
                    row["document"] or "",
                    origin,
                )
            )
        return claims

    @staticmethod
    def _find_unknown_debtors(receipts, claims) -> None:
        """Give a receipt without a debtor the one whose document it names.

        Else the debtor of the only open receivable of that amount.
        """
        everything = [
            (debtor, currency, claim)
            for (debtor, currency), group in claims.items()
            for claim in group
        ]
        for receipt in receipts:
            if receipt["debtor_id"]:
                continue
            amount = Decimal(str(receipt["amount"]))
            same_currency = [
                (debtor, claim)
                for debtor, currency, claim in everything
                if currency == receipt["currency_id"]
            ]
            text = receipt["label"] or ""
            named = {
                debtor
                for debtor, claim in same_currency
                if matching.names(text, claim.document)
            }
            same = [debtor for debtor, claim in same_currency if claim.amount == amount]
            if len(named) == 1:
                receipt["debtor_id"] = named.pop()
            elif not named and len(same) == 1:
                receipt["debtor_id"] = same[0]

    @api.model
    def _read_orders(self, company, receipts) -> dict[int, list[str]]:
        """Return debtor -> numbers of its sale orders that the texts may name."""
        words = {
            word
            for receipt in receipts
            for word in re.findall(r"[\w/-]*\d[\w/-]*", receipt["label"] or "")
        }
        if not words:
            return {}
        groups = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [("name", "in", list(words)), ("company_id", "=", company.id)],
                ["partner_id.commercial_partner_id", "name"],
            )
        )
        orders = defaultdict(list)
        for partner, name in groups:
            orders[partner.id].append(name)
        return orders

    @api.model
    def _store(self, company, found: dict[tuple, dict], scope: SQL):
        """Write the difference between what was found and what is stored."""
        rows = self.env.execute_query(
            SQL(
                """SELECT y.id, y.move_line_id, y.credit_line_id, y.statement_line_id,
                          y.amount, y.date_until, y.reason
                     FROM collection_probable_payment y
                     JOIN res_partner p ON p.id = y.debtor_id
                    WHERE y.company_id = %s AND %s""",
                company.id,
                scope,
            )
        )
        known = {row[1:4]: row for row in rows}
        gone = [row[0] for ids, row in known.items() if ids not in found]
        self.browse(gone).unlink()
        for ids, values in found.items():
            if ids in known:
                stored = known[ids]
                now = (values["amount"], values["date_until"], values["reason"])
                if stored[4:] != now:
                    self.browse(stored[0]).write(values)
        new = [
            {
                **values,
                "company_id": company.id,
                "move_line_id": ids[0],
                "credit_line_id": ids[1],
                "statement_line_id": ids[2],
            }
            for ids, values in found.items()
            if ids not in known
        ]
        kept = [row[0] for ids, row in known.items() if ids in found]
        return self.browse(kept) + self.create(new)
