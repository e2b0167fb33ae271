# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.tests import tagged

from .common import DUE, CollectionCommon, day


@tagged("post_install", "-at_install")
class TestHoldScope(CollectionCommon):
    """What a hold concerns, and until when it says that it lasts."""

    def _create_opening_entry(self, debtors):
        """Post an opening balance of 500.00 for each debtor, followed up by us."""
        account = self.debtor.property_account_receivable_id
        other = self.env["account.account"].search(
            [("account_type", "=", "equity"), ("company_ids", "in", self.company.ids)],
            limit=1,
        )
        lines = [
            Command.create(
                {
                    "account_id": account.id,
                    "partner_id": debtor.id,
                    "debit": 500.0,
                    "date_maturity": DUE,
                }
            )
            for debtor in debtors
        ]
        lines.append(
            Command.create({"account_id": other.id, "credit": 500.0 * len(debtors)})
        )
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": DUE - datetime.timedelta(days=30),
                "journal_id": self.general_journal.id,
                "line_ids": lines,
            }
        )
        move.action_post()
        move.line_ids.no_followup = False
        return move

    def test_hold_on_a_shared_entry_concerns_its_own_debtor(self):
        other = self._create_debtor("Menuiserie Voisin")
        move = self._create_opening_entry(self.debtor + other)
        receivables = self._receivables(move, "2026-09-01")
        mine = receivables.filtered(lambda one: one.debtor_id == self.debtor)
        action = mine.action_hold()
        self.env["collection.hold"].with_context(**action["context"]).create(
            {"reason": "dispute"}
        )
        self.env.invalidate_all()
        found = {one.debtor_id: one.hold_reason for one in receivables}
        self.assertEqual(found, {self.debtor: "dispute", other: False})

    def test_the_latest_end_of_the_same_reason_is_shown(self):
        move = self._create_invoice()
        for end in ("2026-09-10", "2026-09-20"):
            self.env["collection.hold"].create(
                {"move_id": move.id, "reason": "other", "date_end": end}
            )
        self.assertEqual(
            self._receivables(move, "2026-09-01").hold_until, day("2026-09-20")
        )

    def test_an_open_end_outlasts_a_dated_one(self):
        move = self._create_invoice()
        self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "other", "date_end": "2026-09-10"}
        )
        move.line_ids.no_followup = True
        receivable = self._receivables(move, "2026-09-01")
        self.assertEqual(receivable.hold_reason, "excluded")
        self.assertFalse(receivable.hold_until)
