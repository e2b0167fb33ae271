# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io
import json
import re

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .common import CollectionCommon, day
from .test_letters import pdf_text

DAY = "2026-09-30"


class ClaimCase(CollectionCommon):
    has_shipped_rates = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "collection_date": DAY})
        rates = cls.env["collection.parameter"]
        rates.search([("state", "=", "to_confirm")]).action_confirm()
        cls.file = cls.env["collection.debtor"]._get_file(cls.company, cls.debtor)
        cls.collector = cls._create_user(
            "claim_collector", "account_collection.group_collection_user"
        )

    def _claim(self, records=None):
        """Calculate a claim as a user does."""
        action = (records or self.file).action_claim_late_fees()
        claims = self.env["collection.claim"]
        if action.get("res_id"):
            return claims.browse(action["res_id"])
        return claims.search(action["domain"])


@tagged("post_install", "-at_install")
class TestClaims(ClaimCase):
    """Late fees are claimed, waived, offered, booked: what a collector does."""

    # === CLAIM === #

    def test_a_claim_of_a_debtor(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self.assertRecordValues(
            claim,
            [{"state": "draft", "interest": 63.19, "indemnity": 40, "amount": 103.19}],
        )
        self.assertEqual(claim.line_ids.move_id, invoice)
        claim.action_claim()
        self.assertEqual(claim.state, "claimed")
        self.assertTrue(claim.name.startswith("PEN/2026/"))
        self.assertEqual(len(claim.sha256), 64)
        acts = self.env["collection.act"].search([("file_id", "=", self.file.id)])
        self.assertIn("claim", acts.mapped("kind"))

    def test_a_claim_of_an_invoice(self):
        self._create_invoice(6000, "2026-08-30")
        invoice = self._create_invoice(1000, "2026-08-30")
        claim = self._claim(invoice)
        self.assertEqual(claim.line_ids.move_id, invoice)

    def test_a_draft_is_replaced_not_doubled(self):
        self._create_invoice(6000, "2026-08-30")
        first = self._claim()
        second = self._claim()
        self.assertFalse(first.exists())
        self.assertEqual(second.amount, 103.19)

    def test_it_is_frozen_with_both_methods(self):
        invoice = self._create_invoice(10000, "2026-04-30")
        self._pay(invoice, 4000, "2026-06-15")
        claim = self._claim()
        claim.action_claim()
        kept = json.dumps(claim.calculation, sort_keys=True)
        methods = claim.calculation["methods"]
        self.assertEqual(
            methods["principal_first"],
            {"principal": "6000.00", "interest": "370.61", "indemnity": "40"},
        )
        # 153.12 of the 4 000 paid the interest that had run by then.
        self.assertEqual(
            methods["interest_first"],
            {"principal": "6153.12", "interest": "223.03", "indemnity": "40"},
        )
        for words in ("6,153.12", "223.03", "370.61", "12.15"):
            self.assertIn(words, claim.calculation_html)
        # What happens later changes nothing of it.
        self._pay(invoice, 6000, "2026-07-01")
        claim.invalidate_recordset()
        self.assertEqual(json.dumps(claim.calculation, sort_keys=True), kept)
        self.assertEqual(claim.amount, 410.61)

    def test_what_is_claimed_is_not_claimed_again(self):
        self._create_invoice(6000, "2026-08-30")
        self._claim().action_claim()
        with self.assertRaisesRegex(UserError, "no late fees are left to claim"):
            self._claim()
        later = self.file.with_context(collection_date="2026-10-10")
        second = self._claim(later)
        # Ten days more, the 40 euros once.
        self.assertRecordValues(second, [{"interest": 20.38, "indemnity": 0}])

    def test_two_drafts_do_not_claim_the_same(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        first = self._claim()
        second = first.copy()
        for line in first.line_ids:
            line.copy({"claim_id": second.id})
        first.action_claim()
        with self.assertRaisesRegex(UserError, f"{invoice.name} changed since"):
            second.action_claim()

    def test_a_payment_in_between_asks_for_a_new_calculation(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self._pay(invoice, 3000, "2026-09-15")
        with self.assertRaisesRegex(UserError, "Calculate anew"):
            claim.action_claim()
        claim.action_recompute()
        claim.action_claim()
        self.assertEqual(claim.interest, 47.90)

    def test_paying_the_principal_alone_loses_no_claim(self):
        invoice = self._create_invoice(4000, "2026-09-10")
        self._pay(invoice, date="2026-09-24")
        claim = self._claim()
        self.assertRecordValues(
            claim, [{"interest": 19.02, "indemnity": 40, "principal": 0}]
        )

    def test_a_missing_rate_stops_the_claim_with_its_name(self):
        self._create_invoice(6000, "2026-08-30")
        late = self.file.with_context(collection_date="2027-01-15")
        with self.assertRaisesRegex(UserError, "ECB main refinancing.*2027-S1"):
            self._claim(late)

    def test_currencies_have_claims_of_their_own(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].search([]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.25}
        )
        self._create_invoice(6000, "2026-08-30")
        self._create_invoice(6000, "2026-08-30", currency_id=dollar.id)
        claims = self._claim()
        self.assertEqual(
            {(one.currency_id.name, one.indemnity) for one in claims},
            {("EUR", 40), ("USD", 50)},
        )

    def test_mentions_that_were_missing_are_told(self):
        self.company.collection_mentions = False
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self.assertIn(invoice.name, claim.warning)
        self.assertIn("terms of sale", claim.warning)
        invoice.action_collection_mentions_elsewhere()
        claim.invalidate_recordset()
        self.assertFalse(claim.warning)

    def test_a_missing_rate_is_told_before_a_statement_opens(self):
        self._create_invoice(6000, "2026-08-30")
        late = self.file.with_context(collection_date="2027-01-15")
        with self.assertRaisesRegex(UserError, "2027-S1"):
            late.action_print_late_fees()

    # === ENTRIES AND INVOICES THAT CHANGE === #

    def test_a_claim_moved_to_another_account_goes_on(self):
        """416: no payment, no second indemnity, the supply stays what it was."""
        invoice = self._create_invoice(6000, "2026-08-30")
        self._write_off(invoice, "416")
        claim = self._claim()
        # 21 days on the invoice, 10 on the doubtful claim.
        self.assertRecordValues(claim, [{"interest": 63.19, "indemnity": 40}])
        self.assertEqual(sorted(claim.line_ids.mapped("interest")), [20.38, 42.81])
        self.assertEqual(set(claim.line_ids.mapped("document")), {invoice.name})
        # The entry alone: its first invoice bears the 40 euros, once.
        claim.action_claim()
        moved = claim.line_ids.move_id - invoice
        later = moved.with_context(collection_date="2027-12-01")
        found = self.env["collection.late.fees"]._read(later.ids, DAY)
        self.assertEqual(sum(one.indemnity for one in found.values()), 40)
        self.assertEqual(
            {one.row["move_id"] for one in found.values()}, set((invoice + moved).ids)
        )
        claim.action_cancel()
        self.file.insolvency_date = "2026-09-11"
        self.assertEqual(self._claim().interest, 22.42)

    def test_an_opening_entry_of_several_debtors(self):
        others = [self._create_debtor(name) for name in ("Autre", "Tiers")]
        account = self.debtor.property_account_receivable_id
        income = self.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        rows = [
            (self.debtor, 1000),
            (self.debtor, 2000),
            *((one, 500) for one in others),
        ]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.general_journal.id,
                "date": "2026-08-31",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "debit": amount,
                            "date_maturity": "2026-08-31",
                        }
                    )
                    for partner, amount in rows
                ]
                + [Command.create({"account_id": income.id, "credit": 4000})],
            }
        )
        entry.action_post()
        claim = self._claim()
        self.assertEqual(claim.line_ids.move_line_id.partner_id, self.debtor)
        # Each line is a claim of its own: 10.19 + 20.38, twice 40 euros.
        self.assertRecordValues(claim, [{"interest": 30.57, "indemnity": 80}])
        text = pdf_text(self.env["collection.late.fees"]._make_debtor_pdf(self.file))
        self.assertNotIn("Autre", text)
        self.assertEqual(self.env["collection.late.fees"]._get_sum(self.file), 110.57)

    def test_an_invoice_posted_anew_is_not_claimed_twice(self):
        invoice = self._create_instalments(6000, "2026-08-30", (50, 0), (50, 1))
        self._claim().action_claim()
        invoice.button_draft()
        invoice.invoice_payment_term_id = False
        invoice.invoice_date_due = "2026-08-30"
        invoice.action_post()
        self.assertEqual(
            len(
                invoice.line_ids.filtered(
                    lambda x: x.account_type == "asset_receivable"
                )
            ),
            1,
        )
        # What is left is a day of half the amount, never 40 euros again.
        self.assertRecordValues(self._claim(), [{"interest": 1.02, "indemnity": 0}])

    def test_another_instalment_bears_the_indemnity_once(self):
        invoice = self._create_instalments(6000, "2026-08-30", (50, 0), (50, 5))
        payment = self._pay(invoice, 3000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self.assertEqual(claim.indemnity, 40)
        # The first payment bounces: the first instalment is late now.
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        second = self._claim()
        self.assertRecordValues(second, [{"interest": 31.59, "indemnity": 0}])
        second.action_claim()

    # === POLICY === #

    def test_floor_and_ceiling_are_logged_waivers(self):
        self.company.collection_fee_floor = 15
        self.company.collection_indemnity_ceiling = 100
        big = self._create_invoice(6000, "2026-08-30")
        for _number in range(3):
            self._pay(self._create_invoice(100, "2026-08-31"), date="2026-09-30")
        claim = self._claim()
        claim.action_claim()
        self.assertEqual(claim.interest, round(63.19 + 3 * 1.02, 2))
        self.assertEqual(claim.indemnity, 160)
        waivers = claim.waiver_ids
        self.assertEqual(
            sorted(waivers.mapped("kind")), ["ceiling"] * 2 + ["floor"] * 3
        )
        self.assertEqual(sum(waivers.mapped("indemnity")), 60)
        self.assertEqual(claim.amount, 163.19)
        self.assertNotIn(big.name, waivers.mapped("document"))
        self.assertTrue(all(waivers.mapped("reason")))

    def test_small_interest_of_an_open_invoice_grows_on(self):
        self.company.collection_fee_floor = 2
        small = self._create_invoice(100, "2026-08-31")
        claim = self._claim()
        claim.action_claim()
        # The 40 euros alone; the interest is neither claimed nor waived.
        self.assertRecordValues(
            claim, [{"interest": 0, "indemnity": 40, "amount_waived": 0}]
        )
        self.assertIn(small.name, claim.message_ids[:1].body)
        with self.assertRaisesRegex(UserError, "below the company's smallest"):
            self._claim().action_claim()
        later = self._claim(self.file.with_context(collection_date="2026-10-31"))
        later.action_claim()
        self.assertRecordValues(later, [{"interest": 2.07, "indemnity": 0}])

    # === WAIVE === #

    def _waive(self, claim, user=None, **values):
        action = claim.action_waive()
        wizard = self.env["collection.claim.waive"].with_user(user or self.env.user)
        form = Form(wizard.with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        form.save().action_waive()

    def test_a_waiver_has_a_reason_and_a_right(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        with self.assertRaisesRegex(AccessError, "ask the collection manager"):
            self._waive(claim, self.collector, reason="First delay")
        self.company.collection_waiver_limit = 50
        self._waive(claim, self.collector, reason="First delay", waives_interest=False)
        self.assertRecordValues(
            claim, [{"state": "claimed", "amount": 63.19, "amount_waived": 40}]
        )
        waiver = claim.waiver_ids
        self.assertRecordValues(
            waiver,
            [{"kind": "gesture", "reason": "First delay", "indemnity": 40}],
        )
        self.assertEqual(waiver.user_id, self.collector)
        self._waive(claim, reason="Long relation")
        self.assertRecordValues(claim, [{"state": "waived", "amount": 0}])
        # Never erased, not even by a manager.
        manager = self._create_user(
            "claim_manager", "account_collection.group_collection_manager"
        )
        with self.assertRaises(AccessError):
            waiver.with_user(manager).unlink()

    def test_what_was_waived_is_in_no_letter(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self._waive(claim, reason="First delay")
        lines = claim.line_ids.move_line_id
        self.assertEqual(lines.collection_late_fees(DAY)["interest_left"], 0)
        self.assertEqual(lines.collection_late_fees(DAY)["indemnity_left"], 0)

    def test_an_offer_that_is_kept(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self._waive(claim, mode="offer", offer_until=day("2026-10-10"), reason="Once")
        self.assertEqual((claim.state, claim.amount), ("claimed", 103.19))
        claims = self.env["collection.claim"]
        claims._cron_offers()
        self.assertEqual(claim.state, "claimed")
        # A receipt that nobody matched may be another invoice's.
        receipt = self._receive(6000, "2026-10-09")
        claims._cron_offers()
        self.assertEqual(claim.state, "claimed")
        lines = (invoice.line_ids + receipt.move_id.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        claims._cron_offers()
        self.assertRecordValues(claim, [{"state": "waived", "amount": 0}])
        self.assertEqual(claim.waiver_ids.mapped("kind"), ["offer"])

    def test_an_offer_in_another_currency_is_kept(self):
        """The exchange difference of the match is no payment, and hinders none."""
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].search([]).unlink()
        for date, rate in (("2026-01-01", 1.1), ("2026-10-01", 1.3)):
            self.env["res.currency.rate"].create(
                {"currency_id": dollar.id, "name": date, "rate": rate}
            )
        invoice = self._create_invoice(6000, "2026-08-30", currency_id=dollar.id)
        claim = self._claim()
        self._waive(claim, mode="offer", offer_until=day("2026-10-10"), reason="Once")
        self._pay(invoice, date="2026-10-09")
        self.env["collection.claim"]._cron_offers()
        self.assertEqual(claim.state, "waived")

    def test_an_offer_that_is_not_kept(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self._waive(claim, mode="offer", offer_until=day("2026-10-10"), reason="Once")
        self._pay(invoice, date="2026-10-11")
        self.env["collection.claim"]._cron_offers()
        self.assertRecordValues(claim, [{"state": "claimed", "amount": 103.19}])

    def test_a_write_off_keeps_no_offer(self):
        invoice = self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self._waive(claim, mode="offer", offer_until=day("2026-10-10"), reason="Once")
        self._write_off(invoice, "654")
        self.assertEqual(invoice.amount_residual, 0)
        self.env["collection.claim"]._cron_offers()
        self.assertEqual(claim.state, "claimed")

    def test_what_is_under_offer_is_not_booked(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        self._waive(claim, mode="offer", offer_until=day("2026-10-10"), reason="Once")
        with self.assertRaisesRegex(UserError, "book it afterwards"):
            claim.action_book()
        claim.with_context(collection_date="2026-10-11").action_book()
        self.assertEqual(claim.state, "booked")

    def test_a_draft_that_another_claim_overtook_cannot_be_waived(self):
        self._create_invoice(6000, "2026-08-30")
        first = self._claim()
        second = first.copy()
        for line in first.line_ids:
            line.copy({"claim_id": second.id})
        first.action_claim()
        with self.assertRaisesRegex(UserError, "Calculate anew"):
            self._waive(second, reason="First delay")

    def _write_off(self, invoice, code, date="2026-09-20"):
        """Clear an invoice by an entry: to a loss, or to another account."""
        account = self.env["account.account"].search(
            [("code", "=like", f"{code}%")], limit=1
        )
        amount = invoice.amount_residual
        own = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        partner = invoice.partner_id.id
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.general_journal.id,
                "date": date,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner,
                            "debit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": own.account_id.id,
                            "partner_id": partner,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        credit = entry.line_ids.filtered(
            lambda line: line.account_id == own.account_id and line.credit
        )
        (own + credit).reconcile()
        return entry

    def test_an_offer_ends_in_the_future(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        with self.assertRaisesRegex(UserError, "past"):
            self._waive(claim, mode="offer", offer_until=day("2026-09-01"), reason="x")

    # === BOOK === #

    def _accounts(self, entry):
        return {
            line.account_id.code[:4]: (line.debit, line.credit)
            for line in entry.line_ids
        }

    def test_nothing_is_booked_before_it_is_received(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self.assertFalse(claim.entry_id)
        receipt = self._receive(103.19, "2026-10-05")
        later = claim.with_context(collection_date="2026-10-06")
        later.action_book()
        self.assertEqual(claim.state, "booked")
        entry = claim.entry_id
        self.assertEqual((entry.state, entry.date), ("posted", day("2026-10-05")))
        self.assertEqual(
            self._accounts(entry),
            {"4111": (103.19, 0), "7631": (0, 63.19), "7581": (0, 40)},
        )
        self.assertFalse(entry.line_ids.tax_ids)
        self.assertTrue(claim.is_paid)
        self.assertTrue(receipt.move_id.line_ids.filtered("reconciled"))

    def test_booked_when_claimed_by_choice(self):
        self.company.collection_fee_booking = "claim"
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self.assertEqual((claim.state, claim.is_paid), ("booked", False))

    def test_invoiced_without_vat(self):
        self.company.collection_fee_document = "invoice"
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        claim.action_book()
        invoice = claim.entry_id
        self.assertEqual(
            (invoice.move_type, invoice.amount_total, invoice.amount_tax),
            ("out_invoice", 103.19, 0),
        )
        # Late fees bear no late fees.
        fees = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).collection_late_fees("2026-12-31")
        self.assertEqual((fees["interest"], fees["indemnity"]), (0, 0))

    def test_received_late_fees_end_the_interest_of_interest_first(self):
        policy = self.env["collection.rate.policy"].create(
            {"name": "Interest first", "imputation": "interest_first"}
        )
        self.file.rate_policy_id = policy
        invoice = self._create_invoice(10000, "2026-04-30")
        self._pay(invoice, date="2026-09-30")
        claim = self._claim()
        # 10 000 paid 515.60 of interest first: as much principal is left.
        self.assertEqual(claim.interest, 515.60)
        claim.action_claim()
        self._receive(555.60, "2026-10-15")
        claim.with_context(collection_date="2026-10-15").action_book()
        self.assertTrue(claim.is_paid)
        lines = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        # 15 days on 515.60, then 77 days on the 2.63 that they bore.
        fees = lines.collection_late_fees("2026-12-31")
        self.assertEqual(fees["interest"], 518.30)

    def test_booked_in_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].search([]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.1}
        )
        self._create_invoice(987, "2026-08-31", currency_id=dollar.id)
        claim = self._claim()
        claim.action_claim()
        self.assertRecordValues(claim, [{"interest": 10.06, "indemnity": 44}])
        claim.action_book()
        self.assertEqual(claim.entry_id.state, "posted")
        self.assertEqual(sum(claim.entry_id.line_ids.mapped("balance")), 0)

    def test_reversed_in_accounting(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        claim.action_book()
        reversal = claim.entry_id._reverse_moves([{"date": DAY}], cancel=True)
        self.assertFalse(claim.is_paid)
        claim.action_reverse()
        self.assertRecordValues(claim, [{"state": "claimed"}])
        self.assertEqual(claim.reversal_id, reversal)

    def test_reversed(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        claim.action_book()
        entry = claim.entry_id
        claim.action_reverse()
        self.assertEqual(claim.state, "claimed")
        self.assertTrue(claim.reversal_id.reversed_entry_id == entry)
        self.assertEqual(sum((entry + claim.reversal_id).line_ids.mapped("balance")), 0)
        self.assertTrue(
            all(
                entry.line_ids.filtered(
                    lambda line: line.account_type == "asset_receivable"
                ).mapped("reconciled")
            )
        )

    def test_what_was_received_is_not_reversed(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self._receive(103.19, "2026-09-30")
        claim.action_book()
        with self.assertRaisesRegex(UserError, "matched with a receipt"):
            claim.action_reverse()

    def test_no_account_in_the_chart(self):
        accounts = self.env["account.account"].search(
            [("code", "=like", "7631%"), ("company_ids", "in", self.company.ids)]
        )
        accounts.active = False
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        with self.assertRaisesRegex(UserError, "Choose the accounts of late fees"):
            claim.action_book()

    def test_taken_back_it_can_be_claimed_again(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        claim.action_cancel()
        self.assertEqual(self._claim().amount, 103.19)

    # === RIGHTS === #

    def test_figures_are_not_written_by_hand(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim(self.file.with_user(self.collector))
        claim = claim.with_user(self.collector)
        for values in (
            {"state": "booked"},
            {"calculation": {}},
            {"date": "2026-12-31"},
            {"offer_until": "2027-01-01"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                claim.write(values)
        with self.assertRaises(AccessError):
            claim.line_ids.write({"interest": 1})
        with self.assertRaises(AccessError):
            claim.waiver_ids.create({"claim_id": claim.id})
        claim.action_claim()
        with self.assertRaisesRegex(UserError, "kept"):
            claim.unlink()
        with self.assertRaisesRegex(UserError, "kept"):
            claim.line_ids.unlink()

    def test_a_collector_claims_an_accountant_books(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim(self.file.with_user(self.collector))
        claim = claim.with_user(self.collector)
        claim.action_claim()
        with self.assertRaisesRegex(AccessError, "right to post"):
            claim.action_book()
        accountant = self._create_user(
            "claim_accountant",
            "account_collection.group_collection_user,account.group_account_invoice",
        )
        claim.with_user(accountant).action_book()
        self.assertEqual(claim.state, "booked")

    def test_many_small_waivers_are_one_large_one(self):
        self._create_invoice(6000, "2026-08-30")
        claim = self._claim()
        claim.action_claim()
        self.company.collection_waiver_limit = 70
        self._waive(claim, self.collector, reason="First", waives_interest=False)
        with self.assertRaisesRegex(AccessError, "103.19"):
            self._waive(claim, self.collector, reason="Second")

    def test_readers_cannot_claim(self):
        self._create_invoice(6000, "2026-08-30")
        reader = self._create_user(
            "claim_reader", "account_collection.group_collection_readonly"
        )
        with self.assertRaises(AccessError):
            self._claim(self.file.with_user(reader))
        claim = self._claim()
        self.assertEqual(claim.with_user(reader).amount, 103.19)
        with self.assertRaises(AccessError):
            claim.with_user(reader).action_claim()

    def test_a_portfolio_of_its_own(self):
        self._create_invoice(6000, "2026-08-30")
        other = self._create_user(
            "claim_other", "account_collection.group_collection_user"
        )
        self.file.collector_id = other
        claim = self._claim()
        self.assertTrue(claim.with_user(other).has_access("read"))
        self.assertFalse(claim.with_user(self.collector).has_access("read"))
        with self.assertRaises(AccessError):
            self._claim(self.file.with_user(self.collector))
        with self.assertRaises(AccessError):
            self._claim(claim.line_ids.move_id.with_user(self.collector))


@tagged("post_install", "-at_install")
class TestClaimDocuments(ClaimCase, HttpCase):
    """The same figures on paper, in the workbook and by the method."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_invoice(10000, "2026-04-30")
        self._pay(self.invoice, 4000, "2026-06-15")
        self.debtor.lang = "fr_FR"

    def _assert_figures(self, content, workbook):
        text = re.sub(r"\s+", " ", pdf_text(content))
        for words in ("153,12", "29,96", "187,53", "370,61", "40,00", "6 410,61"):
            self.assertIn(words, text)
        book = openpyxl.load_workbook(io.BytesIO(workbook))
        sheet = book["EUR"]
        formulas = [cell.value for row in sheet.iter_rows() for cell in row]
        self.assertIn("=ROUND(F5*G5/100*E5/365,2)", formulas)
        values = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)["EUR"]
        numbers = [
            cell.value
            for row in values.iter_rows(min_row=5)
            for cell in row
            if isinstance(cell.value, float | int)
        ]
        for number in (153.12, 29.96, 187.53, 370.61, 40, 6410.61):
            self.assertIn(number, numbers)

    def test_the_note_of_a_claim(self):
        claim = self._claim()
        claim.action_claim()
        self._assert_figures(claim._make_pdf(), claim._make_xlsx())

    def test_the_statement_of_a_debtor(self):
        fees = self.env["collection.late.fees"]
        self._assert_figures(
            fees._make_debtor_pdf(self.file), fees._make_debtor_xlsx(self.file)
        )

    def test_a_debtor_that_was_never_late(self):
        partner = self._create_debtor("Ponctuel")
        file = self.env["collection.debtor"]._get_file(self.company, partner)
        fees = self.env["collection.late.fees"]
        self.assertIn("Aucun", pdf_text(fees._make_debtor_pdf(file)))
        self.assertTrue(fees._make_debtor_xlsx(file))

    def test_routes_and_their_rights(self):
        claim = self._claim()
        paths = [
            action["url"]
            for action in (
                claim.action_print(),
                claim.action_spreadsheet(),
                self.file.action_print_late_fees(),
                self.file.action_export_late_fees(),
            )
        ]
        self.authenticate("claim_collector", "claim_collector")
        for path in paths:
            answer = self.url_open(path)
            self.assertEqual(answer.status_code, 200, path)
            self.assertIn(answer.content[:4], (b"%PDF", b"PK\x03\x04"))
        self._create_user("claim_nobody", "base.group_user")
        self.authenticate("claim_nobody", "claim_nobody")
        for path in paths:
            self.assertEqual(self.url_open(path).status_code, 404, path)
