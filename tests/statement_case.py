# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re
from decimal import Decimal

from odoo import Command
from odoo.tools import SQL

from .common import CollectionCommon, day

DAY = day("2026-09-15")


class StatementCase(CollectionCommon):
    """A company with a bank account, and a ledger of every kind of item."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "collection_date": DAY})
        cls.company = cls.company.with_env(cls.env)
        cls.debtor = cls.debtor.with_env(cls.env)
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.bank_journal.bank_account_id = cls.bank
        cls.statements = cls.env["collection.statement"].sudo()
        cls.dispatches = cls.env["collection.dispatch"]

    @classmethod
    def _account(cls, code):
        return cls.env["account.account"].search(
            [("code", "=", code), ("company_ids", "in", cls.company.id)]
        )

    @classmethod
    def _open_item(cls, code, amount, due, partner=None):
        """Book an open item on an account: a bill, a retention, a doubtful claim."""
        entry = cls.env["account.move"].create(
            {
                "journal_id": cls.general_journal.id,
                "date": "2026-08-01",
                "ref": "OD",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls._account(code).id,
                            "partner_id": (partner or cls.debtor).id,
                            "debit": amount,
                            "date_maturity": due,
                        }
                    ),
                    Command.create(
                        {"account_id": cls._account("471000").id, "credit": amount}
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    @classmethod
    def _file(cls, partner=None):
        files = cls.env["collection.debtor"]
        return files._get_file(cls.company, partner or cls.debtor)

    def _ledger_balance(self, partner=None, currency=None):
        """Return what the general ledger says that a debtor owes, in a currency."""
        rows = self.env.execute_query(
            SQL(
                """SELECT sum(l.amount_currency)
                     FROM account_move_line l
                     JOIN account_account a ON a.id = l.account_id
                     JOIN res_partner p ON p.id = l.partner_id
                    WHERE p.commercial_partner_id = %s AND l.parent_state = 'posted'
                      AND l.currency_id = %s AND l.company_id = %s
                      AND (a.account_type = 'asset_receivable' OR a.id IN %s)""",
                (partner or self.debtor).id,
                (currency or self.company.currency_id).id,
                self.company.id,
                tuple(self._account("416000").ids + self._account("413000").ids),
            )
        )
        return Decimal(str(rows[0][0] or 0))

    @staticmethod
    def _flat(text):
        return re.sub(r"\s+", " ", text)
