# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.collection_receivable_query import RANKS, HoldSource
from .common import DUE, CollectionCommon, day


@tagged("post_install", "-at_install")
class TestHolds(CollectionCommon):
    """Each reason holds, says so, and stops holding when it is removed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.date = day("2026-09-01")

    def _run(self, date=None):
        return self.engine.run(date=date or self.date, debtors=self.debtor)

    def _assert_held(self, move, code, until=None, date=None):
        date = date or self.date
        self.assertRecordValues(
            self._receivables(move, date),
            [{"hold_reason": code, "hold_until": until, "status": "held"}],
        )
        result = self._run(date)
        self.assertEqual(result["held"], {code: 1})
        self.assertEqual((result["due"], result["lines"]), (1, 0))

    def _assert_followed(self, move, date=None):
        date = date or self.date
        self.assertFalse(self._receivables(move, date).hold_reason)
        result = self._run(date)
        self.assertEqual((result["held"], result["lines"]), ({}, 1))

    def test_dispute(self):
        move = self._create_invoice()
        hold = self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "dispute"}
        )
        self._assert_held(move, "dispute")
        self.assertEqual(self._receivables(move, self.date).amount_due, 0)
        hold.action_end()
        self._assert_followed(move)

    def test_hold_on_the_debtor(self):
        move = self._create_invoice()
        hold = self.env["collection.hold"].create(
            {"debtor_id": self.debtor.id, "reason": "legal"}
        )
        self._assert_held(move, "excluded")
        self.assertEqual(self._receivables(move, self.date).amount_due, 1000)
        hold.action_end()
        self._assert_followed(move)

    def test_hold_on_the_debtor_covers_its_contacts(self):
        """A line booked on a contact belongs to the commercial partner."""
        contact = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id}
        )
        move = self._create_invoice(partner=contact)
        self.env["collection.hold"].create(
            {"debtor_id": self.debtor.id, "reason": "other"}
        )
        self._assert_held(move, "excluded")

    def test_hold_until_its_last_day(self):
        move = self._create_invoice()
        last = day("2026-09-02")
        self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "agreement", "date_end": last}
        )
        self._assert_held(move, "excluded", last)
        self._assert_held(move, "excluded", last, last)
        self._assert_followed(move, day("2026-09-03"))

    def test_excluded_in_the_ledger(self):
        move = self._create_invoice()
        move.no_followup = True
        self._assert_held(move, "excluded")
        receivable = self._receivables(move, self.date)
        receivable.action_release()
        self._assert_followed(move)

    def test_blocked_invoice(self):
        move = self._create_invoice()
        move.action_toggle_block_payment()
        self.assertEqual(move.payment_state, "blocked")
        self._assert_held(move, "excluded")
        move.action_toggle_block_payment()
        self._assert_followed(move)

    def test_minimum(self):
        move = self._create_invoice(4.99)
        self.company.collection_minimum_total = 0
        self._assert_held(move, "minimum")
        self.company.collection_minimum_amount = 4.99
        self._assert_followed(move)

    def test_minimum_is_in_company_currency(self):
        """4.00 euros in a currency of 150 to 1 are below a minimum of 5 euros."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": yen.id, "rate": 150.0, "name": "2026-01-01"}
        )
        move = self._create_invoice(600, currency_id=yen.id)
        self._assert_held(move, "minimum")
        self.company.collection_minimum_amount = 3.9
        self.company.collection_minimum_total = 0
        self._assert_followed(move)

    def test_probable_payment(self):
        move = self._create_invoice(4000)
        line = self._create_bank_line(4000, "2026-09-01", f"VIR {move.name}")
        self._assert_held(move, "probable_payment", day("2026-09-08"))
        line.unlink()
        self._assert_followed(move)

    def test_probable_payment_off_by_its_setting(self):
        move = self._create_invoice(4000)
        self._create_bank_line(4000, "2026-08-31", f"VIR {move.name}")
        self.company.collection_probable_days = 0
        self._assert_followed(move)

    def test_first_reason_in_order_is_shown(self):
        move = self._create_invoice(4.0)
        self.env["collection.hold"].create({"move_id": move.id, "reason": "dispute"})
        self._assert_held(move, "dispute")
        move.no_followup = True
        self._assert_held(move, "excluded")

    def test_registered_source_holds(self):
        """Promises, plans, hand-overs... register like this; each has its rank."""
        move = self._create_invoice()
        line = self._receivables(move).move_line_id
        registry = type(self.env["collection.receivable"])
        original = registry._hold_sources
        for code in ("insolvency", "handoff", "plan", "promise", "reply", "einvoice"):
            until = day("2026-09-10")
            sql = SQL(
                "SELECT %s AS move_line_id, NULL::numeric AS amount, %s::date AS until",
                line.id,
                until,
            )
            source = HoldSource(code, RANKS[code], sql)

            def patched(receivables, source=source):
                return original(receivables) + [source]

            with self.subTest(code), patch.object(registry, "_hold_sources", patched):
                self.env.invalidate_all()
                self._assert_held(move, code, until)
        self.env.invalidate_all()
        self._assert_followed(move)

    def test_partial_amount_of_a_source_leaves_the_rest(self):
        move = self._create_invoice()
        line = self._receivables(move).move_line_id
        registry = type(self.env["collection.receivable"])
        original = registry._hold_sources
        sql = SQL(
            "SELECT %s AS move_line_id, 250.0::numeric AS amount, NULL::date AS until",
            line.id,
        )
        source = HoldSource("promise", RANKS["promise"], sql)
        with patch.object(
            registry, "_hold_sources", lambda model: original(model) + [source]
        ):
            self.env.invalidate_all()
            self.assertRecordValues(
                self._receivables(move, self.date),
                [{"amount_held": 250.0, "amount_due": 750.0, "hold_reason": False}],
            )

    def test_amount_of_an_exclusion_is_refused(self):
        move = self._create_invoice()
        with self.assertRaises(ValidationError):
            self.env["collection.hold"].create(
                {"move_id": move.id, "reason": "other", "amount": 10}
            )

    def test_review_day_gives_its_author_a_task(self):
        move = self._create_invoice()
        hold = self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "other", "date_review": "2026-09-20"}
        )
        self.assertRecordValues(
            hold.activity_ids,
            [{"date_deadline": day("2026-09-20"), "user_id": self.env.uid}],
        )
        hold.action_end()
        self.assertFalse(hold.activity_ids)

    def test_planned_call_is_cancelled_when_a_hold_comes(self):
        move = self._create_invoice()
        self._live("2026-09-01", "2026-09-06")
        self.engine.run(date="2026-09-07")
        call = self._followups("2026-09-07")
        self.assertEqual((call.channel, call.state), ("call", "planned"))
        hold = self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "dispute"}
        )
        self.engine.run(date="2026-09-08")
        self.assertEqual(call.state, "cancelled")
        hold.action_end()
        self.engine.run(date="2026-09-09")
        self.assertEqual(self._followups("2026-09-09").channel, "call")


@tagged("post_install", "-at_install")
class TestDeferrals(CollectionCommon):
    """Each deferral puts off today's follow-up, and does not when it is off."""

    def test_bank_stale(self):
        self._create_invoice()
        self._create_bank_line(1, "2026-08-26")
        self.assertEqual(self.engine.run(date="2026-09-01")["held"], {"bank_stale": 1})
        self.company.collection_bank_stale_days = 4
        self.assertEqual(self.engine.run(date="2026-09-01")["lines"], 1)

    def test_bank_that_never_had_a_line_is_not_stale(self):
        self._create_invoice()
        self.assertEqual(self.engine.run(date="2026-09-01")["lines"], 1)

    def test_stale_bank_only_warns_a_person(self):
        self._create_invoice()
        self._live("2026-09-01", "2026-09-15")
        self._create_bank_line(1, "2026-09-15")
        result = self.engine.run(date="2026-09-30")
        self.assertEqual(result["by_channel"], {"registered": 1})
        notice = self._followups("2026-09-30")
        self.assertEqual(notice.state, "to_confirm")
        self.assertIn("bank", notice.warning)

    def test_several_banks_the_stalest_counts(self):
        self._create_invoice()
        other = self.bank_journal.copy({"name": "Other bank", "code": "BNK9"})
        self._create_bank_line(1, "2026-09-01")
        self._create_bank_line(1, "2026-08-20", journal_id=other.id)
        self.assertEqual(self.engine.run(date="2026-09-01")["held"], {"bank_stale": 1})

    def test_calendar_weekend(self):
        self._create_invoice(due="2026-09-04")
        sunday = self.engine.run(date="2026-09-06")
        self.assertEqual(sunday["held"], {"calendar": 1})
        self.assertEqual(self.engine.run(date="2026-09-07")["lines"], 1)

    def test_calendar_public_holiday(self):
        """11 November 2026 is a Wednesday."""
        self._create_invoice(due="2026-11-10")
        self.assertEqual(self.engine.run(date="2026-11-11")["held"], {"calendar": 1})
        self.company.country_id = self.env.ref("base.de")
        self.assertEqual(self.engine.run(date="2026-11-11")["lines"], 1)

    def test_calendar_closure_of_the_company(self):
        self._create_invoice()
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "company_id": self.company.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-08-30 22:00:00",
                "date_to": "2026-09-01 21:59:59",
            }
        )
        self.assertEqual(self.engine.run(date="2026-09-01")["held"], {"calendar": 1})
        leave.unlink()
        self.assertEqual(self.engine.run(date="2026-09-01")["lines"], 1)

    def test_calendar_shifts_the_following_steps(self):
        """A D+1 on a Saturday is planned on D+3; D+7 comes six days later."""
        self._create_invoice(due="2026-09-04")
        found = self._live("2026-09-05", "2026-09-15")
        due = day("2026-09-04")
        days = [
            ((DUE + datetime.timedelta(days=offset) - due).days, delay)
            for offset, delay in found
        ]
        self.assertEqual(days, [(3, 1), (10, 7)])

    def test_frequency(self):
        """Three contacts in seven days, then the next one waits."""
        for offset in range(4):
            self._create_invoice(due=day("2026-08-31") + datetime.timedelta(offset))
        found = [
            self.engine.run(date=f"2026-09-0{number}")["held"] for number in (1, 2, 3)
        ]
        self.assertEqual(found, [{}, {}, {}])
        self.assertEqual(self.engine.run(date="2026-09-04")["held"], {"frequency": 1})
        self.rapp.contact_budget = 4
        self.assertEqual(self.engine.run(date="2026-09-04")["lines"], 1)

    def test_consumers_have_two_contacts(self):
        consumer = self.env.ref("account_collection.collection_segment_consumer")
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.segment_id = consumer
        for date in ("2026-08-31", "2026-09-01", "2026-09-04"):
            self._create_invoice(due=date)
        found = [
            self.engine.run(date=date)["held"]
            for date in ("2026-09-03", "2026-09-04", "2026-09-07")
        ]
        self.assertEqual(found, [{}, {}, {"frequency": 1}])

    def test_legal_letters_never_count(self):
        self.rapp.contact_budget = 1
        self._create_invoice()
        self.engine.run(date="2026-09-01")
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        budget = self.env["collection.followup"]._read_recent_contacts(
            self.company, {file.debtor_id.id: 7}, day("2026-09-01")
        )
        self.assertEqual(budget, {self.debtor.id: 1})
        letter = self.rapp.step_ids.filtered(lambda step: step.channel == "letter")
        self.assertFalse(letter.counts_in_budget)
        letter.delay_days = 2
        self.assertEqual(
            self.engine.run(date="2026-09-02")["by_channel"], {"letter": 1}
        )

    def test_minimum_total(self):
        self._create_invoice(9)
        self.assertEqual(
            self.engine.run(date="2026-09-01")["held"], {"minimum_total": 1}
        )
        self.company.collection_minimum_total = 9
        self.assertEqual(self.engine.run(date="2026-09-01")["lines"], 1)

    def test_no_message_without_an_overdue_net(self):
        """An open credit of another amount is deducted; nothing is left to ask."""
        self._create_invoice(500)
        self._create_credit_note(700, "2026-07-01")
        self.company.collection_minimum_total = 0
        self.assertEqual(
            self.engine.run(date="2026-09-01")["held"], {"minimum_total": 1}
        )

    def test_courtesy_needs_no_net(self):
        self._create_invoice(500, due="2026-09-04")
        self._create_credit_note(700, "2026-07-01")
        self.assertEqual(
            self.engine.run(date="2026-09-01")["by_level"], {"courtesy": 1}
        )

    def test_no_address(self):
        nobody = self._create_debtor("Nobody", email=False, street=False, city=False)
        self._create_invoice(partner=nobody)
        self.assertEqual(self.engine.run(date="2026-09-01")["held"], {"no_address": 1})
        nobody.email = "found@debtor.example"
        self.assertEqual(self.engine.run(date="2026-09-01")["by_channel"], {"email": 1})

    def test_no_email_falls_back_to_a_letter(self):
        self.debtor.email = False
        self._create_invoice()
        self.assertEqual(
            self.engine.run(date="2026-09-01")["by_channel"], {"letter": 1}
        )
        self.assertEqual(
            self._followups().recipient_address, "3 quai Perrache, 69002, Lyon, FR"
        )

    def test_substitute_channel_below_an_amount(self):
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == 1)
        step.write({"minimum_amount": 100, "substitute_channel": "letter"})
        self._create_invoice(99)
        preview = self.engine.run(date="2026-09-01", preview=True)
        self.assertEqual(preview["by_channel"], {"letter": 1})
        step.minimum_amount = 99
        self.assertEqual(self.engine.run(date="2026-09-01")["by_channel"], {"email": 1})

    def test_before_going_live_everything_is_to_confirm(self):
        self.company.collection_live = False
        self._create_invoice()
        self.engine.run(date="2026-09-01")
        self.assertEqual(self._followups().state, "to_confirm")
        self.assertFalse(self._followups().mail_id)

    def test_all_deferrals_off_without_guards(self):
        self._create_invoice(2)
        self._create_bank_line(1, "2026-01-01")
        engine = self.engine.with_context(collection_guards=False)
        self.assertEqual(engine.run(date="2026-09-06")["lines"], 1)
