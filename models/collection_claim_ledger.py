# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.late_fees import ZERO, Movement
from .collection_late_fees_ledger import BANK_LINE, IS_PAYMENT, VALUE_DATE

#: states whose late fees are asked for already: another claim starts after them
ACTIVE_STATES = ("claimed", "booked", "waived")


class CollectionClaim(models.Model):
    """What claims hold already of receivables, and which invoices were late."""

    _inherit = "collection.claim"

    # === WHAT CLAIMS HOLD === #

    @api.model
    def _read_settled(self, rows: dict[int, dict]) -> dict[int, tuple]:
        """Return receivable -> (interest, indemnity) waived or booked already.

        What is booked is a receivable of its own: a letter does not ask for it twice.

        :param rows: see ``collection.late.fees._read_lines``
        """
        return self._read_amounts(
            rows,
            SQL(
                """CASE WHEN c.state = 'booked' THEN l.interest
                        ELSE l.waived_interest END"""
            ),
            SQL(
                """CASE WHEN c.state = 'booked' THEN l.indemnity
                        ELSE l.waived_indemnity END"""
            ),
        )

    @api.model
    def _read_claimed(self, rows: dict[int, dict]) -> dict[int, tuple]:
        """Return receivable -> (interest, indemnity) that claims hold already."""
        return self._read_amounts(rows, SQL("l.interest"), SQL("l.indemnity"))

    @api.model
    def _read_amounts(self, rows, interest: SQL, indemnity: SQL) -> dict:
        """Return receivable -> sums of claim lines.

        An invoice that was reset and posted anew may have other journal items: what
        was claimed of the lost ones stays with the invoice, at its due date.
        """
        if not rows:
            return {}
        self.flush_model()
        self.env["collection.claim.line"].flush_model()
        places: dict[tuple, int] = {}
        for key, row in rows.items():
            owner = row["move_id"], row["debtor_id"]
            places.setdefault(owner, key)
            places.setdefault((*owner, row["date_due"]), key)
        found: dict[int, tuple] = {}
        for key, move, debtor, due, one, two in self.env.execute_query(
            SQL(
                """SELECT l.move_line_id, l.move_id, c.debtor_id, l.date_due,
                          sum(%s)::text, sum(%s)::text
                     FROM collection_claim_line l
                     JOIN collection_claim c ON c.id = l.claim_id
                    WHERE l.move_id IN %s AND c.state IN %s
                    GROUP BY 1, 2, 3, 4""",
                interest,
                indemnity,
                tuple({row["move_id"] for row in rows.values()}),
                ACTIVE_STATES,
            )
        ):
            if key not in rows:
                if key:
                    continue
                owner = move, debtor
                key = places.get((*owner, due)) or places.get(owner)
            if key:
                before = found.get(key, (ZERO, ZERO))
                found[key] = before[0] + Decimal(one), before[1] + Decimal(two)
        return found

    @api.model
    def _read_receipts(self, rows: dict[int, dict]) -> dict[int, list[Movement]]:
        """Return receivable -> interest of it that was booked and received.

        Where payments settle the interest first, these do.
        """
        self.flush_model()
        self.env["collection.claim.line"].flush_model()
        receipts: dict[int, list[Movement]] = {}
        for key, amount, day in self.env.execute_query(
            SQL(
                """SELECT cl.move_line_id, (cl.interest - cl.waived_interest)::text,
                          max(%s)
                     FROM collection_claim_line cl
                     JOIN collection_claim c ON c.id = cl.claim_id
                     JOIN account_move_line l ON l.move_id = c.entry_id
                                             AND l.reconciled IS TRUE
                     JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                     JOIN account_move_line x ON x.id = r.credit_move_id
                     JOIN account_move m ON m.id = x.move_id
                     %s
                    WHERE cl.move_line_id IN %s AND c.state = 'booked'
                      AND cl.interest > cl.waived_interest AND %s
                    GROUP BY cl.id""",
                SQL(VALUE_DATE),
                SQL(BANK_LINE),
                tuple(rows) or (0,),
                SQL(IS_PAYMENT),
            )
        ):
            receipts.setdefault(key, []).append(Movement(day, Decimal(amount)))
        return receipts

    # === WHAT WAS LATE === #

    @api.model
    def _find_moves(self, company, debtors, since: datetime.date | None = None):
        """Return the invoices of debtors that were late, paid ones since a day.

        Paying the principal late loses no claim. The day on which the funds came
        counts, not that of the entry.

        :param since: invoices paid before are left alone, a year ago by default
        """
        since = since or fields.Date.subtract(self._get_today(), years=1)
        fees = self.env["collection.late.fees"]
        fees._flush_ledger()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT l.move_id
                     FROM account_move_line l
                     JOIN account_move n ON n.id = l.move_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE p.commercial_partner_id IN %s AND l.company_id = %s
                      AND l.account_id IN %s AND l.parent_state = 'posted'
                      AND l.amount_currency > 0 AND n.collection_claim_id IS NULL
                      AND COALESCE(l.date_maturity, l.date) < %s
                      AND (l.reconciled IS NOT TRUE OR EXISTS (
                           SELECT FROM account_partial_reconcile r
                             JOIN account_move_line x ON x.id = r.credit_move_id
                             JOIN account_move m ON m.id = x.move_id
                             %s
                            WHERE r.debit_move_id = l.id
                              AND %s > COALESCE(l.date_maturity, l.date)
                              AND %s >= %s))""",
                tuple(debtors.ids) or (0,),
                company.id,
                fees._get_accounts(),
                self._get_today(),
                SQL(BANK_LINE),
                SQL(VALUE_DATE),
                SQL(VALUE_DATE),
                since,
            )
        )
        return self.env["account.move"].browse(row[0] for row in rows)
