# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..core.late_fees import COMMERCIAL, CORRECTION, PAYMENT, Movement
from .account_account import CHASED_NATURES

#: x = the counterpart's journal item, m = its entry
VALUE_DATE = """COALESCE(m.collection_value_date, bank.date, x.date)"""
#: the bank line with which the outstanding side of a payment was matched
BANK_LINE = """
    LEFT JOIN LATERAL (
        SELECT max(bm.date) AS date
          FROM account_move_line o
          JOIN account_partial_reconcile k ON k.debit_move_id = o.id
          JOIN account_move_line b ON b.id = k.credit_move_id
          JOIN account_move bm ON bm.id = b.move_id
         WHERE o.move_id = m.id AND o.id <> x.id AND m.origin_payment_id IS NOT NULL
           AND bm.statement_line_id IS NOT NULL) bank ON TRUE"""
#: money came: the rest of the entries are transfers, write-offs, set-offs
IS_PAYMENT = """(m.origin_payment_id IS NOT NULL OR m.statement_line_id IS NOT NULL
    OR EXISTS (SELECT FROM account_journal j
                WHERE j.id = m.journal_id AND j.type IN ('bank', 'cash', 'credit')))"""
#: the receivable that an entry moved to another account (411 to 416): its terms stay
ORIGIN = """
    LEFT JOIN LATERAL (
        SELECT o.move_id, om.delivery_date, COALESCE(om.invoice_date, om.date) AS date,
               om.collection_rate_policy_id AS policy_id, om.collection_notice_on,
               om.collection_available_on, COALESCE(o.move_name, om.name) AS document,
               COALESCE(o.date_maturity, o.date) AS date_due
          FROM account_move_line c
          JOIN account_partial_reconcile k ON k.credit_move_id = c.id
          JOIN account_move_line o ON o.id = k.debit_move_id
          JOIN account_move om ON om.id = o.move_id
         WHERE m.move_type = 'entry' AND c.move_id = l.move_id
           AND c.partner_id = l.partner_id AND c.amount_currency < 0
         ORDER BY (k.debit_amount_currency = l.amount_currency) DESC,
                  o.date_maturity, o.id
         LIMIT 1) moved ON TRUE"""


class CollectionLateFees(models.AbstractModel):
    """What the ledger says of receivables: amounts, due dates, what reduced them."""

    _inherit = "collection.late.fees"

    @api.model
    def _get_accounts(self) -> tuple:
        accounts = self.env["account.account"]._get_collection_accounts()
        return tuple(sum((accounts.get(x, ()) for x in CHASED_NATURES), ())) or (0,)

    @api.model
    def _flush_ledger(self) -> None:
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model()
        self.env["account.partial.reconcile"].flush_model()

    @api.model
    def _read_lines(self, move_ids, debtors=None) -> dict[int, dict]:
        """Return receivable -> its row, every instalment of some posted entries.

        A claim that was moved to another account keeps its document, supply and rate;
        what was borne before the transfer is the first receivable's.

        :param debtors: commercial partners, None = whoever owes; an entry may hold the
            receivables of several
        """
        if not move_ids:
            return {}
        owner = SQL("TRUE")
        if debtors is not None:
            owner = SQL("p.commercial_partner_id IN %s", tuple(debtors.ids) or (0,))
        self._flush_ledger()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT l.id, l.move_id, l.company_id, l.currency_id,
                          p.commercial_partner_id AS debtor_id,
                          l.amount_currency::text AS amount,
                          CASE WHEN moved.move_id IS NULL
                               THEN COALESCE(l.date_maturity, l.date)
                               ELSE GREATEST(moved.date_due, l.date) END AS date_due,
                          COALESCE(moved.document, l.move_name, m.name) AS document,
                          l.amount_residual_currency::text AS residual,
                          COALESCE(moved.delivery_date, m.delivery_date)
                              AS delivery_date,
                          COALESCE(moved.date, m.invoice_date, m.date) AS date,
                          COALESCE(m.collection_rate_policy_id, moved.policy_id)
                              AS policy_id,
                          COALESCE(m.collection_available_on,
                                   moved.collection_available_on) AS available_on,
                          COALESCE(m.collection_notice_on,
                                   moved.collection_notice_on) AS notice_on,
                          m.collection_claim_id AS claim_id, m.move_type,
                          moved.move_id AS origin_move_id,
                          r.rounding::text AS cent
                     FROM account_move_line l
                     JOIN account_move m ON m.id = l.move_id
                     JOIN res_currency r ON r.id = l.currency_id
                     LEFT JOIN res_partner p ON p.id = l.partner_id
                     %s
                    WHERE l.move_id IN %s AND l.account_id IN %s
                      AND l.parent_state = 'posted' AND l.amount_currency > 0
                      AND p.commercial_partner_id IS NOT NULL AND %s
                    ORDER BY COALESCE(l.date_maturity, l.date), l.id""",
                SQL(ORIGIN),
                tuple(move_ids),
                self._get_accounts(),
                owner,
            )
        )
        for row in rows:
            for name in ("amount", "residual", "cent"):
                row[name] = Decimal(row[name])
            row["cent"] = row["cent"].normalize()
            row["group"] = _get_group(row)
        return {row["id"]: row for row in rows}

    @api.model
    def _read_movements(self, rows: dict[int, dict]) -> dict[int, list[Movement]]:
        """Return receivable -> payments and credit notes that reduced it.

        The exchange differences of a match reduce nothing in the receivable's own
        currency.
        """
        found: dict[int, list[Movement]] = {}
        for key, amount, day, *kind in self.env.execute_query(
            SQL(
                """SELECT r.debit_move_id, r.debit_amount_currency::text, %s,
                          m.move_type, m.collection_credit_nature, %s
                     FROM account_partial_reconcile r
                     JOIN account_move_line x ON x.id = r.credit_move_id
                     JOIN account_move m ON m.id = x.move_id
                     %s
                    WHERE r.debit_move_id IN %s AND r.debit_amount_currency <> 0
                    ORDER BY 3, r.id""",
                SQL(VALUE_DATE),
                SQL(IS_PAYMENT),
                SQL(BANK_LINE),
                tuple(rows),
            )
        ):
            movement = Movement(day, Decimal(amount), _get_kind(*kind))
            found.setdefault(key, []).append(movement)
        for key, movement in self._read_free_credits(rows):
            found.setdefault(key, []).append(movement)
        return found

    @api.model
    def _read_free_credits(self, rows):
        """Return (receivable, movement) of credits that nobody matched yet.

        They are deducted from what is claimed: the interest counts them from their own
        date. A credit note goes to the invoice that it reverses, anything else to the
        oldest debt of the debtor in its currency (C. civ., article 1342-10).
        """
        open_lines = self._read_open_lines(rows)
        left: dict[int, Decimal] = {
            line["id"]: line["residual"] for line in open_lines if line["residual"] > 0
        }
        places: dict[tuple, list[dict]] = {}
        for line in open_lines:
            if line["residual"] > 0:
                places.setdefault(_get_place(line), []).append(line)
        for credit in open_lines:
            if credit["residual"] > 0:
                continue
            amount = -credit["residual"]
            debts = places.get(_get_place(credit), [])
            own = credit["reversed_entry_id"]
            if own:
                debts = sorted(debts, key=lambda debt: debt["move_id"] != own)
            for debt in debts:
                if not amount:
                    break
                part = min(amount, left[debt["id"]])
                if part <= 0:
                    continue
                left[debt["id"]] -= part
                amount -= part
                if debt["id"] in rows:
                    kind = _get_kind(
                        credit["move_type"], credit["nature"], credit["is_payment"]
                    )
                    yield debt["id"], Movement(credit["date"], part, kind)

    @api.model
    def _read_open_lines(self, rows) -> list[dict]:
        """Return the open debts and credits of the debtors, by due date."""
        lines = self.env.execute_query_dict(
            SQL(
                """SELECT x.id, x.move_id, x.company_id, x.currency_id,
                          p.commercial_partner_id AS debtor_id,
                          x.amount_residual_currency::text AS residual,
                          m.move_type, m.collection_credit_nature AS nature,
                          m.reversed_entry_id, %s AS is_payment, %s AS date
                     FROM account_move_line x
                     JOIN account_move m ON m.id = x.move_id
                     JOIN res_partner p ON p.id = x.partner_id
                     %s
                    WHERE p.commercial_partner_id IN %s AND x.account_id IN %s
                      AND x.company_id IN %s AND x.parent_state = 'posted'
                      AND x.reconciled IS NOT TRUE AND x.amount_residual_currency <> 0
                      AND EXISTS (SELECT FROM account_move_line y
                                    JOIN res_partner q ON q.id = y.partner_id
                                   WHERE q.commercial_partner_id
                                         = p.commercial_partner_id
                                     AND y.account_id IN %s
                                     AND y.company_id = x.company_id
                                     AND y.parent_state = 'posted'
                                     AND y.reconciled IS NOT TRUE
                                     AND y.amount_residual_currency < 0)
                    ORDER BY COALESCE(x.date_maturity, x.date), x.id""",
                SQL(IS_PAYMENT),
                SQL(VALUE_DATE),
                SQL(BANK_LINE),
                tuple({row["debtor_id"] for row in rows.values()}),
                self._get_accounts(),
                tuple({row["company_id"] for row in rows.values()}),
                self._get_accounts(),
            )
        )
        for line in lines:
            line["residual"] = Decimal(line["residual"])
        return lines


def _get_kind(move_type: str, nature: str | None, is_payment: bool) -> str:
    """Return what a counterpart is.

    A write-off or a transfer is no money: it reduces the principal from its date.
    """
    if move_type == "out_refund" and nature == "correction":
        return CORRECTION
    return PAYMENT if is_payment else COMMERCIAL


def _get_group(row: dict) -> tuple:
    """Return what bears the flat indemnity once: the invoice of a debtor.

    Each line of another entry is a claim of its own: an opening balance holds many.
    """
    if row["origin_move_id"]:
        return "move", row["origin_move_id"], row["debtor_id"]
    if row["move_type"] == "entry":
        return "line", row["id"], row["debtor_id"]
    return "move", row["move_id"], row["debtor_id"]


def _get_place(line: dict) -> tuple:
    return line["company_id"], line["debtor_id"], line["currency_id"]
