# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import io
import re

import openpyxl

from odoo.tests import HttpCase, tagged

from .common import CollectionCommon
from .test_letters import pdf_text

RATE = "ECB main refinancing rate"


class FeeLetterCase(CollectionCommon):
    has_shipped_rates = True

    def _step(self, level, channel="letter"):
        self.rapp.step_ids.is_entry = False
        steps = self.rapp.step_ids.filtered(lambda one: one.level_id.code == level)
        steps.is_entry = True
        return steps

    def _run(self, date, debtors=None):
        """Plan, confirm and make the messages of a day; return them."""
        engine = self.engine.with_context(collection_date=date)
        engine.run(date=date, debtors=debtors or self.debtor)
        found = self._followups(date, debtors and debtors[:1])
        found = found.with_context(collection_date=date)
        waiting = found.filtered(lambda one: one.state == "to_confirm")
        if waiting:
            waiting.action_confirm()
        letters = found.filtered(lambda x: x.channel in ("letter", "registered"))
        if letters:
            letters.action_make_letters()
        return found

    def _text(self, letter):
        return re.sub(r"\s+", " ", pdf_text(letter.attachment_id.raw))


@tagged("post_install", "-at_install")
class TestFeeLetters(FeeLetterCase):
    """Late fees in messages: from the step that shows them, for what it claims."""

    def test_the_letter_agrees_with_the_ledger_the_workbook_and_the_core(self):
        """Instalments, parts, a credit note and two semesters, everywhere the same."""
        invoice = self._create_instalments(10000, "2026-04-30", (50, 0), (50, 61))
        self._pay(invoice, 1500, "2026-06-10")
        note = self._create_credit_note(700, "2026-07-15")
        lines = (invoice + note).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self._pay(invoice, 2000, "2026-09-05")
        self._step("firm")
        self._perform(self._run("2026-09-14"), "2026-09-14")
        self._step("notice")
        notice = self._run("2026-09-30")
        self.assertEqual((notice.level_id.code, notice.amount), ("notice", 5800))
        amounts = ["68,24", "23,30", "17,84", "49,46", "6,79", "156,27"]
        text = self._text(notice)
        for words in (*amounts, "321,90", "40,00", "6 161,90", "12,15 %", "12,40 %"):
            self.assertIn(words, text)
        fees = (
            lines[:1]
            .move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            .collection_late_fees("2026-09-30")
        )
        self.assertEqual(
            [f"{one['amount']:.2f}".replace(".", ",") for one in fees["segments"]],
            amounts,
        )
        self.assertEqual((fees["interest"], fees["indemnity"]), (321.90, 40))
        # What was sent is kept as it was.
        self.assertEqual(notice.fees[0]["interest"], "321.90")
        self.assertEqual(
            [one["interest"].replace(".", ",") for one in notice.fees[0]["segments"]],
            amounts,
        )
        file = notice.file_id.with_context(collection_date="2026-09-30")
        book = file.env["collection.late.fees"]._make_debtor_xlsx(file)
        sheet = openpyxl.load_workbook(io.BytesIO(book), data_only=True)["EUR"]
        numbers = [
            cell.value
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, float | int)
        ]
        for number in (68.24, 23.30, 17.84, 49.46, 6.79, 156.27, 321.90, 6161.90):
            self.assertIn(number, numbers)

    def test_polite_messages_show_none(self):
        self._create_invoice(6000, "2026-08-31")
        mail = self._run("2026-09-01")
        self.assertEqual(mail.channel, "email")
        body = mail.mail_id.body_html
        for words in ("40,00", "pénalité", "indemnité"):
            self.assertNotIn(words, body)

    def test_a_step_decides(self):
        self._create_invoice(6000, "2026-08-31")
        step = self._step("firm")
        self.assertTrue(step.shows_late_fees)
        step.shows_late_fees = False
        letter = self._run("2026-09-15")
        self.assertNotIn("40,00", self._text(letter))
        self.assertFalse(letter.fees)

    def test_the_firm_letter_names_rate_interest_and_indemnity(self):
        self._create_invoice(6000, "2026-08-31")
        self._create_invoice(1000, "2026-08-31")
        self._step("firm")
        text = self._text(self._run("2026-09-15"))
        # 15 days at 12.40 %: 30.58 and 5.10.
        for words in ("12,40 %", "35,68 €", "2 × 40,00 € = 80,00 €", "2,38 €"):
            self.assertIn(words, text)
        self.assertIn("7 000,00 €", text)

    def test_case_4_the_total_with_the_principal(self):
        invoice = self._create_invoice(7500, "2026-08-31")
        self._pay(invoice, 3000, "2026-09-24")
        self._step("firm")
        text = self._text(self._run("2026-09-29"))
        for words in ("68,79 €", "1 × 40,00 € = 40,00 €", "4 608,79 €"):
            self.assertIn(words, text)

    def test_the_letter_bears_the_day_of_its_figures(self):
        self._create_invoice(6000, "2026-08-31")
        self._step("firm")
        self.engine.run(date="2026-09-15", debtors=self.debtor)
        letter = self._followups("2026-09-15")
        letter.with_context(collection_date="2026-09-18").action_make_letters()
        text = self._text(letter)
        self.assertIn("Lyon, 18 septembre 2026", text)
        self.assertIn("36,69 €", text)

    def test_an_offer_is_written_recorded_and_kept(self):
        self.company.collection_offer_days = 10
        invoice = self._create_invoice(6000, "2026-08-31")
        self._step("firm")
        letter = self._run("2026-09-15")
        self.assertIn("25 septembre 2026", self._text(letter))
        self.assertEqual(str(letter.late_fees_offer_until), "2026-09-25")
        claims = self.env["collection.claim"]
        claims._cron_offers()
        self.assertFalse(letter.claim_ids)
        self._perform(letter, "2026-09-15")
        claims._cron_offers()
        claim = letter.claim_ids
        self.assertRecordValues(claim, [{"state": "claimed", "amount": 70.58}])
        claims._cron_offers()
        self.assertEqual(letter.claim_ids, claim)
        self._pay(invoice, date="2026-09-25")
        claims._cron_offers()
        self.assertRecordValues(claim, [{"state": "waived", "amount": 0}])

    def test_an_offer_covers_what_was_claimed_before(self):
        self.company.collection_offer_days = 10
        invoice = self._create_invoice(6000, "2026-08-31")
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        dated = file.with_context(collection_date="2026-09-10")
        action = dated.action_claim_late_fees()
        first = self.env["collection.claim"].browse(action["res_id"])
        first.with_context(collection_date="2026-09-10").action_claim()
        self._step("firm")
        letter = self._run("2026-09-15")
        self._perform(letter, "2026-09-15")
        claims = self.env["collection.claim"]
        claims._cron_offers()
        both = claims.search([("file_id", "=", file.id)])
        self.assertEqual(len(both), 2)
        self.assertEqual(set(map(str, both.mapped("offer_until"))), {"2026-09-25"})
        self.assertTrue(letter.late_fees_offer_recorded)
        self._pay(invoice, date="2026-09-25")
        claims._cron_offers()
        self.assertEqual(set(both.mapped("state")), {"waived"})

    def test_an_offer_holds_whatever_the_company_s_floor(self):
        self.company.collection_offer_days = 10
        self.company.collection_fee_floor = 500
        self.company.collection_indemnity_ceiling = 10
        self._create_invoice(6000, "2026-08-31")
        self._step("firm")
        letter = self._run("2026-09-15")
        self._perform(letter, "2026-09-15")
        self.env["collection.claim"]._cron_offers()
        self.assertRecordValues(
            letter.claim_ids, [{"state": "claimed", "amount": 70.58}]
        )

    def test_a_letter_made_anew_offers_what_it_says(self):
        self.company.collection_offer_days = 10
        self._create_invoice(6000, "2026-08-31")
        self._step("firm")
        letter = self._run("2026-09-15")
        self.assertTrue(letter.late_fees_offer_until)
        self.company.collection_offer_days = 0
        letter.sudo().attachment_id = False
        letter.with_context(collection_date="2026-09-15").sudo()._make_letters()
        self.assertFalse(letter.late_fees_offer_until)
        self.assertTrue(letter.fees)

    def test_a_consumer_sees_none_before_the_notice(self):
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.own_class = "consumer"
        invoice = self._create_invoice(890, "2026-06-15")
        self._step("firm")
        text = self._text(self._run("2026-07-21"))
        for words in ("40,00", "pénalité", "intérêt"):
            self.assertNotIn(words, text.lower())
        invoice.collection_notice_on = "2026-07-22"
        found = self.env["collection.late.fees"]._get_told(invoice.line_ids.ids)
        self.assertFalse(found)

    def test_a_consumer_owes_interest_from_the_receipt_of_our_notice(self):
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.segment_id = self.env.ref("account_collection.collection_segment_consumer")
        invoice = self._create_invoice(890, "2026-06-15")
        scenario = file.segment_id.scenario_id
        steps = scenario.step_ids
        steps.is_entry = False
        steps.filtered(lambda one: one.level_id.code == "firm").is_entry = True
        self._perform(self._run("2026-07-06"), "2026-07-06")
        steps.is_entry = False
        steps.filtered(lambda one: one.level_id.code == "notice").is_entry = True
        notice = self._run("2026-07-20")
        self.assertEqual(notice.level_id.code, "notice")
        text = self._text(notice).lower()
        for words in ("40,00", "pénalité", "indemnité forfaitaire"):
            self.assertNotIn(words, text)
        self._perform(notice, "2026-07-20")

        def interest():
            lines = invoice.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            return lines.collection_late_fees("2026-10-30")["interest"]

        # Posted, not received yet: nothing is owed.
        self.assertEqual(interest(), 0)
        wizard = self.env["collection.postal.record"].create(
            {"followup_ids": notice.ids, "code": "presented", "date": "2026-07-22"}
        )
        wizard.action_record()
        self.assertEqual(interest(), 6.71)

    # === A MISSING RATE === #

    def test_a_missing_rate_fails_its_letters_alone(self):
        """2027-S1 is not known: who needs it waits, everybody else is served."""
        person = self._create_debtor("Jeanne Petit", is_company=False)
        polite = self._create_debtor("Nouvelle Cliente")
        self._create_invoice(6000, "2026-12-30")
        self._create_invoice(500, "2026-12-30", person)
        self._create_invoice(500, "2027-01-13", polite)
        self._step("firm")
        day = "2027-01-14"
        self.engine.with_context(collection_date=day).run(
            date=day, debtors=self.debtor + person + polite
        )
        letters = self.env["collection.followup"].search(
            [("date", "=", day), ("channel", "=", "letter")]
        )
        letters.with_context(collection_date=day).action_make_letters()
        failed = self._followups(day)
        self.assertRecordValues(
            failed, [{"state": "failed", "failure_code": "rendering"}]
        )
        self.assertRegex(failed.reason, f"{RATE}.*2027-S1.*Legal parameters")
        mail = self._followups(day, polite)
        self.assertEqual((mail.channel, mail.state), ("email", "queued"))
        # The value is entered: the message is tried again, and leaves.
        self.env["collection.parameter"].create(
            {
                "key": "ecb_refi",
                "value": 2.4,
                "unit": "percent",
                "valid_from": "2027-01-01",
                "source": "ECB",
            }
        )
        failed.with_context(collection_date=day).action_retry()
        self.assertEqual(failed.state, "queued")

    def test_many_letters_cost_no_query_each(self):
        self._step("firm")

        def count(number, start):
            partners = self.env["res.partner"]
            for index in range(number):
                partner = self._create_debtor(f"Société {start}{index}")
                self._create_invoice(1000, "2026-08-31", partner)
                partners |= partner
            self.engine.run(date="2026-09-15", debtors=partners)
            letters = self.env["collection.followup"].search(
                [("date", "=", "2026-09-15"), ("debtor_id", "in", partners.ids)]
            )
            self.assertEqual(len(letters), number)
            dated = letters.with_context(collection_date="2026-09-15")
            self.env.flush_all()
            self.env.invalidate_all()
            reading = dated._get_reading()
            before = self.env.cr.sql_log_count
            dated._add_fees(reading)
            return self.env.cr.sql_log_count - before

        count(2, "A")
        few = count(2, "B")
        self.assertLessEqual(count(15, "C"), few)


@tagged("post_install", "-at_install")
class TestFeesOnline(FeeLetterCase, HttpCase):
    """The debtor's pages show late fees once a message has told them."""

    def test_on_the_portal_page_of_the_invoice(self):
        invoice = self._create_invoice(6000, "2026-08-31")
        path = invoice.get_portal_url()
        self.assertNotIn("o_collection_late_fees", self.url_open(path).text)
        self._step("firm")
        letter = self._run("2026-09-15")
        self.assertNotIn("o_collection_late_fees", self.url_open(path).text)
        self._perform(letter, "2026-09-15")
        page = self.url_open(path).text
        self.assertIn("o_collection_late_fees", page)
        told = invoice.with_context(
            collection_date="2026-09-15"
        )._collection_get_told_fees()
        self.assertEqual(len(told), 1)
        self.assertIn("30.58", told[0]["interest"])
        self.assertIn("40.00", told[0]["indemnity"])
