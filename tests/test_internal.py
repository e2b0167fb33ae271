# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.tests import tagged

from .common import DUE
from .internal_case import TOLD, InternalCase


@tagged("post_install", "-at_install")
class TestInternal(InternalCase):
    """A step of the ladder that tells a colleague, never the debtor."""

    # === LADDER === #

    def test_it_is_a_step_like_the_others(self):
        self._sell(self.anne)
        self.assertEqual(
            self._live("2026-08-26", "2026-10-16"),
            [(-5, -5), (3, 3), (10, 10), (20, 20), (42, 42), (45, 45)],
        )

    def test_it_raises_no_level_and_counts_no_contact(self):
        move = self._sell(self.anne)
        followup = self._tell()
        self.assertRecordValues(
            followup,
            [
                {
                    "is_internal": True,
                    "channel": "email",
                    "state": "queued",
                    "recipient_id": self.anne.partner_id.id,
                    "recipient_address": "anne@vauban.example",
                    "counts_in_budget": False,
                    "amount": 1000.0,
                }
            ],
        )
        self.assertTrue(followup.line_ids.is_internal)
        firm = self.env.ref("account_collection.collection_level_firm")
        # Whatever level its step has: what the debtor did not hear of is not reached.
        followup.line_ids.level_id = firm
        followup.level_id = firm
        self._perform(followup, TOLD)
        receivable = self._receivables(move, TOLD)
        self.assertEqual(receivable.level_id.code, "friendly")
        self.assertEqual(self.file.case_id.level_id.code, "call")
        self.assertEqual(receivable.last_line_id.delay, 42)

    def test_it_opens_no_case(self):
        self.file.scenario_id = self._create_scenario(
            (1, "friendly", "email", "salesperson"),
            (10, "friendly", "email", "accounting"),
        )
        self._sell(self.anne)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        self.assertTrue(self._followups("2026-09-01").is_internal)
        self.assertFalse(self.file.case_id)

    def test_it_is_not_the_written_step_that_a_notice_needs(self):
        self.file.scenario_id = self._create_scenario(
            (1, "friendly", "email", "salesperson"),
            (20, "notice", "registered", "accounting"),
        )
        self._sell(self.anne)
        self._live("2026-09-01", "2026-09-19")
        result = self.engine.run(date="2026-09-20", debtors=self.debtor)
        self.assertEqual(result["held"], {"prerequisite": 1})

    def test_plain_arithmetic_counts_it_too(self):
        self._sell(self.anne)
        found = []
        for offset in range(0, 60):
            date = DUE + datetime.timedelta(days=offset)
            self.engine.with_context(collection_guards=False).run(
                date=date, debtors=self.debtor
            )
            found += self._followups(date).line_ids.mapped("delay")
        self.assertEqual(found, [-5, 3, 10, 20, 42, 45])

    # === WHO === #

    def test_each_salesperson_gets_its_own_lines(self):
        mine, other = self._sell(self.anne, 1000), self._sell(self.boris, 700)
        followups = self._tell()
        found = {one.recipient_id: one for one in followups}
        self.assertEqual(set(found), {self.anne.partner_id, self.boris.partner_id})
        first, second = found[self.anne.partner_id], found[self.boris.partner_id]
        self.assertEqual(first.line_ids.move_id, mine)
        self.assertEqual(second.line_ids.move_id, other)
        self.assertNotIn(other.name, first.mail_id.body_html)
        self.assertEqual((first.amount, second.amount), (1000.0, 700.0))
        self.assertEqual((first.lang, second.lang), ("en_US", "fr_FR"))

    def test_without_a_salesperson_the_collector_then_the_manager(self):
        self._create_invoice(1000, invoice_user_id=False)
        followup = self._tell()
        self.assertEqual(followup.recipient_id, self.claire.partner_id)
        followup.sudo()._cancel("Again")
        self.claire.active = False
        self.engine.run(date=TOLD, debtors=self.debtor)
        again = self._followups(TOLD) - followup
        self.assertEqual(again.recipient_id, self.manager.partner_id)

    def test_who_left_is_passed_over(self):
        self._sell(self.anne)
        self.anne.active = False
        self.assertEqual(self._tell().recipient_id, self.claire.partner_id)

    def test_who_works_in_another_company_is_passed_over(self):
        other = self.env["res.company"].create({"name": "Vauban Services"})
        away = self._create_colleague("away", "Away", "base.group_user", company=other)
        self._sell(away)
        self.assertEqual(self._tell().recipient_id, self.claire.partner_id)

    def test_an_entry_has_the_customer_s_salesperson(self):
        self.debtor.user_id = self.anne
        account = self.debtor.property_account_receivable_id
        move = self.env["account.move"].create(
            {
                "journal_id": self.general_journal.id,
                "date": "2026-08-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.debtor.id,
                            "debit": 300,
                            "date_maturity": DUE,
                            "no_followup": False,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company.transfer_account_id.id,
                            "credit": 300,
                        }
                    ),
                ],
            }
        )
        move.action_post()
        move.line_ids.no_followup = False
        holders = self.env["collection.recipient"]._read_holders(move.line_ids.ids)
        line = self._get_item(move)
        self.assertEqual(holders[line.id], (self.anne.id, self.claire.id))

    def test_a_returned_message_goes_to_the_next_colleague(self):
        self._sell(self.anne)
        followup = self._tell()
        self._perform(followup, TOLD)
        followup._message_receive_bounce("anne@vauban.example", self.anne.partner_id)
        self.assertEqual(followup.failure_code, "bounced")
        self.engine.run(date="2026-10-13", debtors=self.debtor)
        again = self._followups("2026-10-13")
        self.assertEqual(again.recipient_id, self.claire.partner_id)

    def test_nobody_to_tell_says_so(self):
        self._sell(self.anne)
        for user in self.anne + self.claire + self.manager:
            user.email = False
        self._live("2026-08-26", "2026-10-11")
        result = self.engine.run(date=TOLD, debtors=self.debtor)
        self.assertEqual(result["held"], {"no_address": 1})
