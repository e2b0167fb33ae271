# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo import Command
from odoo.tests import tagged

from .common import DUE, CollectionCommon


@tagged("post_install", "-at_install")
class TestLadder(CollectionCommon):
    """The worked cases of the ladder, with exact days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._off_calendar()
        cls.rapp.contact_budget = 99

    def _live_from(self, first, last, **options):
        start = DUE + datetime.timedelta(days=first)
        end = DUE + datetime.timedelta(days=last)
        return self._live(start, end, **options)

    def _live_on(self, *offsets, **options):
        """Run on some days alone, which are enough when nothing comes in between."""
        return [
            pair
            for offset in offsets
            for pair in self._live_from(offset, offset, **options)
        ]

    def test_normal_life(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(-8, 60),
            [(-5, -5), (1, 1), (7, 7), (15, 15), (30, 30), (45, 45)],
        )

    def test_first_run_on_day_3(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(3, 60), [(3, 1), (9, 7), (16, 15), (30, 30), (45, 45)]
        )

    def test_first_run_on_day_20(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(20, 60), [(20, 1), (26, 7), (33, 15), (40, 30), (47, 45)]
        )

    def test_first_run_on_day_60(self):
        self._create_invoice()
        self.assertEqual(
            self._live_from(60, 100), [(60, 1), (66, 7), (73, 15), (80, 30), (87, 45)]
        )

    def test_hold_from_day_5_to_50(self):
        invoice = self._create_invoice()
        self.env["collection.hold"].create(
            {
                "move_id": invoice.id,
                "reason": "agreement",
                "date_start": DUE + datetime.timedelta(days=5),
                "date_end": DUE + datetime.timedelta(days=50),
            }
        )
        self.assertEqual(
            self._live_from(1, 100), [(1, 1), (51, 7), (58, 15), (65, 30), (72, 45)]
        )

    def test_scenario_changed(self):
        """Nothing is sent twice and nothing is caught up at once."""
        self._create_invoice()
        first = self._live_from(1, 8)
        other = self.env["collection.scenario"].create(
            {
                "name": "Other",
                "contact_budget": 99,
                "step_ids": [
                    Command.create(
                        {
                            "delay_days": delay,
                            "level_id": self.env.ref(
                                "account_collection.collection_level_friendly"
                            ).id,
                            "channel": "email",
                        }
                    )
                    for delay in (2, 5, 10, 40)
                ],
            }
        )
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.scenario_id = other
        second = self._live_from(9, 60)
        self.assertEqual(first, [(1, 1), (7, 7)])
        self.assertEqual(second, [(10, 10), (40, 40)])

    def test_step_inserted(self):
        self._create_invoice()
        first = self._live_from(1, 16)
        self.env["collection.step"].create(
            [
                {
                    "scenario_id": self.rapp.id,
                    "delay_days": delay,
                    "level_id": self.env.ref(
                        "account_collection.collection_level_firm"
                    ).id,
                    "channel": "email",
                }
                for delay in (4, 22)
            ]
        )
        second = self._live_from(17, 60)
        self.assertEqual(first, [(1, 1), (7, 7), (15, 15)])
        self.assertEqual(second, [(22, 22), (30, 30), (45, 45)])

    def test_payment_reversed(self):
        """A reversed payment leaves the position on the ladder."""
        invoice = self._create_invoice()
        first = self._live_from(1, 8)
        payment = self._pay(invoice, date=DUE + datetime.timedelta(days=9))
        paid = self._live_from(9, 20)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        second = self._live_from(21, 60)
        self.assertEqual(first, [(1, 1), (7, 7)])
        self.assertEqual(paid, [])
        self.assertEqual(second, [(21, 15), (30, 30), (45, 45)])

    def test_instalment_deleted_by_reset_to_draft(self):
        """Its counted lines move to the surviving line nearest in due date."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in 30 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 30}
                    ),
                ],
            }
        )
        invoice = self._create_invoice(
            due=DUE,
            invoice_date=DUE,
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self.assertEqual(
            [line.date_due for line in self._receivables(invoice)],
            [DUE, DUE + datetime.timedelta(days=30)],
        )
        first = self._live_from(1, 16)
        self.assertEqual(first, [(1, 1), (7, 7), (15, 15)])
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.env.ref(
            "account.account_payment_term_immediate"
        )
        invoice.action_post()
        receivable = self._receivables(invoice)
        self.assertEqual(len(receivable), 1)
        self.assertEqual(receivable.step_id.delay_days, 15)
        self.assertEqual(self._live_from(17, 60), [(30, 30), (45, 45)])

    def _dispute(self, invoice, amount):
        return self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "dispute", "amount": amount}
        )

    def _read_amounts(self):
        """Return [(days from the due date, channel, amount)] of the follow-ups."""
        return [
            ((one.date - DUE).days, one.channel, one.amount)
            for one in self._followups()
        ]

    def test_partial_dispute(self):
        """40 % are disputed: the rest goes on, all of it once that is resolved."""
        invoice = self._create_invoice(1000)
        dispute = self._dispute(invoice, 400)
        first = self._live_from(1, 20)
        self.assertRecordValues(
            self._receivables(invoice, DUE + datetime.timedelta(days=20)),
            [
                {
                    "amount_residual": 1000.0,
                    "amount_held": 400.0,
                    "amount_due": 600.0,
                    "hold_reason": False,
                    "status": "waiting",
                }
            ],
        )
        dispute.action_end()
        second = self._live_from(21, 60)
        self.assertEqual(first, [(1, 1), (7, 7), (15, 15)])
        self.assertEqual(second, [(30, 30), (45, 45)])
        self.assertEqual(
            self._read_amounts(),
            [
                (1, "email", 600.0),
                (7, "call", 600.0),
                (15, "letter", 600.0),
                (30, "registered", 1000.0),
                (45, "handoff", 1000.0),
            ],
        )
        self.assertRecordValues(
            self._receivables(invoice, DUE + datetime.timedelta(days=60)),
            [{"amount_held": 0.0, "amount_due": 1000.0, "status": "done"}],
        )

    def test_partial_dispute_settled_by_a_credit_note(self):
        """The debtor was right: what was asked for all the time is all there is."""
        invoice = self._create_invoice(1000)
        dispute = self._dispute(invoice, 400)
        first = self._live_on(1, 7, 15, 30, 34)
        note = self._create_credit_note(400, DUE + datetime.timedelta(days=35))
        (invoice + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        dispute.action_end()
        second = self._live_on(35, 44, 45, 60)
        self.assertEqual(first + second, [(1, 1), (7, 7), (15, 15), (30, 30), (45, 45)])
        self.assertEqual(
            {amount for _day, _channel, amount in self._read_amounts()}, {600.0}
        )

    def test_dispute_that_grows_to_the_whole_stops_the_rest(self):
        invoice = self._create_invoice(1000)
        dispute = self._dispute(invoice, 400)
        first = self._live_on(1, 7, 8)
        dispute.amount = 1000
        second = self._live_on(9, 15, 30, 40)
        dispute.action_end()
        third = self._live_on(41, 42, 47, 48, 54, 55, 80)
        self.assertEqual(first, [(1, 1), (7, 7)])
        self.assertEqual(second, [])
        self.assertEqual(third, [(41, 15), (48, 30), (55, 45)])
        self.assertEqual(
            [amount for _day, _channel, amount in self._read_amounts()],
            [600.0, 600.0, 1000.0, 1000.0, 1000.0],
        )

    def test_dispute_over_instalments_fills_them_in_due_order(self):
        invoice = self._create_invoice(1000)
        other = self._create_invoice(1000, DUE + datetime.timedelta(days=10))
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "dispute", "amount": 1000}
        )
        self.assertEqual(
            self._receivables(invoice + other).mapped("hold_reason"), ["dispute", False]
        )

    def test_folded_steps(self):
        """Written steps due on a day are one message, each counted at its own."""
        old = self._create_invoice(1000)
        self._live_from(1, 14)
        new = self._create_invoice(500, DUE + datetime.timedelta(days=14))
        date = DUE + datetime.timedelta(days=15)
        self.engine.run(date=date)
        followup = self._followups(date)
        self.assertRecordValues(
            followup, [{"channel": "letter", "amount": 1500.0, "state": "queued"}]
        )
        self.assertEqual(followup.level_id.code, "firm")
        self.assertEqual(
            {line.move_id: line.delay for line in followup.line_ids},
            {old: 15, new: 1},
        )
        self.assertEqual(set(followup.line_ids.step_id.mapped("delay_days")), {1, 15})

    def test_two_contacts_due_on_one_day(self):
        """A message and a call may share a day."""
        self._create_invoice(1000)
        self._live_from(1, 6)
        self._create_invoice(500, DUE + datetime.timedelta(days=6))
        date = DUE + datetime.timedelta(days=7)
        self.engine.run(date=date)
        self.assertEqual(
            sorted(self._followups(date).mapped("channel")), ["call", "email"]
        )

    def test_unmade_call_is_overtaken(self):
        self._create_invoice()
        self._live_from(1, 6)
        found = self._live_from(7, 15, perform=False)
        self.assertEqual(found, [(7, 7), (15, 15)])
        call = self._followups(DUE + datetime.timedelta(days=7))
        self.assertEqual(call.state, "cancelled")
        self.assertIn("Overtaken", call.reason)
        self.assertFalse(call.line_ids.counted)

    def test_step_that_needs_the_previous_one_waits(self):
        """No formal notice without a written step, no hand-over without a notice."""
        invoice = self._create_invoice()
        self._live_from(1, 30, perform=False)
        result = self.engine.run(date=DUE + datetime.timedelta(days=30))
        self.assertEqual(result["held"], {"prerequisite": 1})
        self.assertEqual(self._receivables(invoice, DUE).level_id.code, False)

    def test_hand_over_waits_for_the_notice(self):
        """An unconfirmed notice is not overtaken; once posted, the hand-over comes."""
        invoice = self._create_invoice()
        self._live_on(1, 7, 15)
        found = self._live_on(30, 44, 45, 49, perform=False)
        self.assertEqual(found, [(30, 30)])
        notice = self._followups(DUE + datetime.timedelta(days=30))
        self.assertRecordValues(
            notice, [{"channel": "registered", "state": "to_confirm"}]
        )
        date = DUE + datetime.timedelta(days=50)
        for preview in (True, False):
            result = self.engine.run(date=date, preview=preview)
            self.assertEqual(
                (result["due"], result["held"], result["followups"]),
                (1, {"prerequisite": 1}, 0),
            )
        receivable = self._receivables(invoice, date)
        self.assertEqual(receivable.level_id.code, "firm")
        self.assertEqual(receivable.due_step_id.channel, "handoff")
        self._perform(notice, date)
        receivable.invalidate_recordset()
        self.assertEqual(receivable.level_id.code, "notice")
        self.assertEqual(self._live_on(51, 52, 80), [(51, 45)])
        handoff = self._followups(DUE + datetime.timedelta(days=51))
        self.assertRecordValues(handoff, [{"channel": "handoff", "amount": 1000.0}])

    def test_hand_over_needs_a_notice_that_claimed_the_invoice(self):
        """A notice that counts another step of an invoice only mentions it."""
        old = self._create_invoice(1000)
        self._live_on(1, 7, 15)
        young = self._create_invoice(300, DUE + datetime.timedelta(days=29))
        found = self._live_on(30, 36, 44, 45, 50)
        self.assertEqual(found, [(30, 30), (30, 1), (36, 7), (44, 15), (45, 45)])
        notice = self._followups(DUE + datetime.timedelta(days=30))
        self.assertEqual(
            {line.move_id: line.claimed for line in notice.line_ids},
            {old: True, young: False},
        )
        handoff = self._followups(DUE + datetime.timedelta(days=45))
        self.assertEqual(handoff.channel, "handoff")
        self.assertEqual(handoff.line_ids.move_id, old)
        # Its own notice is never posted: the hand-over of the young one waits.
        self.assertEqual(self._live_on(59, 74, 75, perform=False), [(59, 30)])
        result = self.engine.run(date=DUE + datetime.timedelta(days=76))
        self.assertEqual(result["held"], {"prerequisite": 1})

    def test_notice_waits_seven_days_after_the_written_step(self):
        self._create_invoice()
        date = DUE + datetime.timedelta(days=60)
        self._live(date, date)
        for offset in (66, 73):
            date = DUE + datetime.timedelta(days=offset)
            self.engine.run(date=date)
            late = DUE + datetime.timedelta(days=75)
            if offset == 73:
                self._perform(self._followups(date), late)
        first = self._followups(DUE + datetime.timedelta(days=60))
        first.line_ids.performed_on = DUE + datetime.timedelta(days=75)
        self.assertEqual(self._live_from(80, 88), [(82, 30)])

    def test_next_step_is_announced_for_the_day_on_which_it_comes(self):
        self._create_invoice()
        self.debtor.lang = "en_US"
        date = DUE + datetime.timedelta(days=20)
        self.engine.run(date=date)
        body = self._followups(date).mail_id.body_html
        self.assertIn("we will call you on 26 September 2026", body)
        self.assertEqual(self._live_from(21, 26), [(26, 7)])
