# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import hashlib

from odoo import Command
from odoo.tests import tagged

from ..core.sms_text import LIMIT, foreign_characters, length
from .sms import DAY, MOBILE, SmsCommon, day

#: what no text message may be sent to, and why
NO_MOBILE = {
    "04 72 11 11 11": "a landline",
    "+33 4 72 11 11 11": "a landline in full",
    "0892 69 26 69": "a premium number",
    "08 00 12 34 56": "a free number",
    "06 12 34 56": "too short",
    "+33 6 12 34 56 78 90": "too long",
    "06 12 34 56 78 ext 5": "an extension",
    "06 12 34 56 78 / 04 72 11 11 11": "two numbers",
    "112": "an emergency number",
    "+999 612345678": "no country",
    "demander Claire": "words",
    "'; DROP TABLE res_partner; --": "an attack",
    "\x00": "nothing that is seen",
    False: "nothing",
}
MOBILES = {
    "06 12 34 56 78": "+33612345678",
    "06.12.34.56.78": "+33612345678",
    "0612345678": "+33612345678",
    "+33 (0)6 12 34 56 78": "+33612345678",
    "0033 7 56 78 90 12": "+33756789012",
    "+262 692 12 34 56": "+262692123456",
    "+44 7400 123456": "+447400123456",
    "+1 415 555 2671": "+14155552671",
}


@tagged("post_install", "-at_install")
class TestSms(SmsCommon):
    """A step by SMS: to a mobile, in one message, queued by Odoo."""

    # === THE QUEUE === #

    def test_a_step_queues_one_message(self):
        invoice = self._create_invoice(1234.5)
        followup = self._plan()
        self.assertRecordValues(
            followup,
            [
                {
                    "channel": "sms",
                    "state": "queued",
                    "recipient_address": MOBILE,
                    "counts_in_budget": True,
                    "amount": 1234.5,
                }
            ],
        )
        message = self._message(followup)
        self.assertRecordValues(
            message,
            [
                {
                    "number": MOBILE,
                    "partner_id": self.debtor.id,
                    "body": followup.sms_body,
                    "state": "outgoing",
                    "mail_message_id": False,
                }
            ],
        )
        self.assertEqual(
            followup.sms_body,
            f"Ateliers Vauban: we believe your invoice {invoice.name} of 1,234.50 EUR, "
            f"due on 31 Aug 2026, is still to be paid. {followup._get_link()}",
        )
        body = hashlib.sha256(followup.sms_body.encode()).hexdigest()
        self.assertEqual(followup.sha256, body)
        # Not reached before the operator has it: nothing is counted as said.
        self.assertFalse(self._receivables(invoice).level_id)

    def test_no_message_in_the_chatter(self):
        self._create_invoice(1000)
        ours = [("model", "like", "collection.")]
        before = self.env["mail.message"].search_count(ours)
        followup = self._plan()
        self._process()
        self.assertEqual(followup.state, "performed")
        self.assertEqual(self.env["mail.message"].search_count(ours), before)

    def test_a_second_run_queues_nothing_more(self):
        self._create_invoice(1000)
        followup = self._plan()
        self.engine.run(date="2026-09-04", debtors=self.debtor)
        self.assertEqual(self._followups(), followup)
        self.assertEqual(len(self._message(followup)), 1)

    def test_to_confirm_then_confirmed(self):
        self.company.collection_live = False
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.state, "to_confirm")
        self.assertFalse(followup.sms_uuid)
        self._pay(invoice, 300, DAY)
        followup.action_confirm()
        self.assertEqual((followup.state, followup.amount), ("queued", 700))
        self.assertIn("700.00 EUR", followup.sms_body)

    def test_by_hand_is_confirmed_by_a_person(self):
        self.step.mode = "manual"
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.state, "planned")
        followup.action_confirm()
        self.assertEqual(followup.state, "queued")

    def test_cancelling_cancels_the_message(self):
        self._create_invoice(1000)
        followup = self._plan()
        followup.action_cancel()
        self.assertEqual(self._message(followup).state, "canceled")
        self.assertFalse(self._process().sent)

    def test_queries_do_not_grow_with_the_number_of_messages(self):
        """Planning and queueing; Odoo's create needs one more for each hundred."""
        counts = []
        for size in (20, 200):
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"Debtor {size}-{number}",
                        "is_company": True,
                        "phone": f"06 12 {size:03d} {number:03d}",
                        "country_id": self.env.ref("base.fr").id,
                        "lang": "fr_FR",
                    }
                    for number in range(size)
                ]
            )
            for partner in partners:
                self._create_invoice(1000, partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = self.engine.run(date=DAY, debtors=partners)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(result["by_channel"], {"sms": size})
            queued = self.env["sms.sms"].search_count(
                [("partner_id", "in", partners.ids)]
            )
            self.assertEqual(queued, size)
        self.assertLessEqual(counts[1] - counts[0], 8, counts)
        self.assertLess(counts[1], 120, counts)

    # === TO WHOM === #

    def test_only_mobiles_get_messages(self):
        recipients = self.env["collection.recipient"]
        for number, why in NO_MOBILE.items():
            with self.subTest(why):
                self.debtor.phone = number
                self.assertEqual(recipients._get_mobile(self.debtor, self.company), "")
        for number, expected in MOBILES.items():
            with self.subTest(number):
                self.debtor.phone = number
                found = recipients._get_mobile(self.debtor, self.company)
                self.assertEqual(found, expected)

    def test_a_landline_goes_by_e_mail(self):
        self.debtor.phone = "04 72 11 11 11"
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual((followup.channel, followup.state), ("email", "queued"))

    def test_the_first_contact_with_a_mobile(self):
        self.debtor.phone = "04 72 11 11 11"
        contacts = self.env["res.partner"].create(
            [
                {"name": "Claire", "parent_id": self.debtor.id, "phone": "0472111112"},
                {"name": "Jean", "parent_id": self.debtor.id, "phone": "0756789012"},
            ]
        )
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.contact_ids = [
            Command.create({"role": "accounting", "partner_id": one.id})
            for one in contacts
        ]
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.recipient_id, contacts[1])
        self.assertEqual(followup.recipient_address, "+33756789012")

    def test_a_number_without_country_is_the_company_s(self):
        self.debtor.country_id = False
        self._create_invoice(1000)
        self.assertEqual(self._plan().recipient_address, MOBILE)

    def test_a_blacklisted_number_is_passed_over(self):
        self.env["phone.blacklist"]._add([MOBILE])
        self._create_invoice(1000)
        self.assertEqual(self._plan().channel, "email")

    def test_a_refused_number_is_passed_over(self):
        self.env["collection.undeliverable"].create(
            {
                "partner_id": self.debtor.id,
                "kind": "phone",
                "value": MOBILE,
                "date": DAY,
                "company_id": self.company.id,
            }
        )
        self._create_invoice(1000)
        self.assertEqual(self._plan().channel, "email")

    def test_without_any_address_it_waits_for_one(self):
        self.debtor.write({"phone": False, "email": False, "street": False})
        self._create_invoice(1000)
        result = self.engine.run(date=DAY, debtors=self.debtor)
        self.assertEqual(result["held"], {"no_address": 1})

    def test_messages_use_the_contact_budget(self):
        """Three in seven days: the fourth message waits."""
        self.scenario.contact_budget = 1
        self._create_invoice(1000)
        self._create_invoice(1000, due="2026-09-01")
        self._plan()
        self._process()
        result = self.engine.run(date="2026-09-04", debtors=self.debtor)
        self.assertEqual(result["held"], {"frequency": 1})

    def test_a_stale_bank_stops_automatic_messages(self):
        self._create_bank_line(1, "2026-08-24")
        self._create_invoice(1000)
        result = self.engine.run(date=DAY, debtors=self.debtor)
        self.assertEqual(result["held"], {"bank_stale": 1})

    def test_a_message_is_a_written_step_for_the_notice(self):
        """A formal notice needs an earlier written step, by whatever channel."""
        level = self.env.ref("account_collection.collection_level_notice")
        self.scenario.step_ids = [
            Command.create(
                {
                    "delay_days": 30,
                    "level_id": level.id,
                    "channel": "registered",
                    "mode": "to_confirm",
                }
            )
        ]
        self._create_invoice(1000)
        self._plan()
        held = self.engine.run(date="2026-09-30", debtors=self.debtor)["held"]
        self.assertEqual(held, {"prerequisite": 1})
        self._process()
        result = self.engine.run(date="2026-09-30", debtors=self.debtor)
        self.assertEqual(result["by_channel"], {"registered": 1})

    # === PREVIEW === #

    def test_preview_shows_the_text_and_leaves_nothing(self):
        self._create_invoice(1234.5)
        messages = self.env["sms.sms"].search_count([])
        preview = self.env["collection.preview"].create({"date": DAY})
        preview.action_preview()
        line = preview.line_ids
        self.assertEqual((line.outcome, line.channel), ("queued", "sms"))
        line.action_show_message()
        self.assertIn("1,234.50 EUR", line.message)
        self.assertEqual(self.env["sms.sms"].search_count([]), messages)
        self.assertFalse(self._followups())

    def test_the_text_is_shown_before_it_is_confirmed(self):
        self.company.collection_live = False
        self._create_invoice(1234.5)
        followup = self._plan()
        html = followup._get_preview_html()
        self.assertIn("1,234.50 EUR", html)
        self.assertIn("/m/xxxxxxxxxxxxxxxx", html)
        self.assertEqual(followup.state, "to_confirm")
        followup.action_confirm()
        self.assertIn(followup.sms_body, followup._get_preview_html())

    def test_a_text_that_does_not_fit_says_so_before_it_is_confirmed(self):
        self.company.write({"collection_live": False, "name": "V" * 100})
        self._create_invoice(1000)
        followup = self._plan()
        self.assertIn("shorter name", followup._get_preview_html())
        self.assertEqual(followup.state, "to_confirm")
        followup.action_confirm()
        self.assertEqual(
            (followup.state, followup.failure_code), ("failed", "rendering")
        )
        self.assertIn("shorter name", followup.reason)


@tagged("post_install", "-at_install")
class TestSmsText(SmsCommon):
    """What the message says, for each kind of debtor and account."""

    def _text(self, date=DAY):
        followup = self._plan(date)
        self.assertEqual(followup.state, "queued", followup.reason)
        text = followup.sms_body
        self.assertLessEqual(length(text), LIMIT)
        self.assertEqual(foreign_characters(text), [])
        return text.replace(followup._get_link(), "LINK")

    def _translate(self, kind, body):
        template = self.env.ref(f"account_collection.sms_template_{kind}")
        template.with_context(lang="fr_FR").body = body

    def test_one_invoice(self):
        self._create_invoice(1234.5, ref="CMD-1")
        self.assertRegex(
            self._text(),
            r"^Ateliers Vauban: we believe your invoice FAC/2026/\d+ of 1,234.50 EUR, "
            r"due on 31 Aug 2026, is still to be paid. LINK$",
        )

    def test_several_invoices_are_counted(self):
        first = self._create_invoice(1000)
        self._create_invoice(500.25, due="2026-08-28")
        self._pay(first, 100, DAY)
        self.assertEqual(
            self._text(),
            "Ateliers Vauban: we believe 2 overdue invoices are still to be paid: "
            "1,400.25 EUR. Details: LINK Question: 04 72 00 00 00.",
        )

    def test_credits_are_deducted(self):
        self._create_invoice(1000)
        self._receive(200, "2026-07-01", "Advance")
        self.assertIn("800.00 EUR is still to be paid on your invoice", self._text())

    def test_currencies_are_never_added_up(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "rate": 2.0, "name": "2026-01-01"}
        )
        self._create_invoice(1000)
        self._create_invoice(600, currency_id=dollar.id)
        self.assertIn("1,000.00 EUR and 600.00 USD", self._text())

    def test_before_the_due_date(self):
        self.step.delay_days = -3
        self._create_invoice(1234.5, due="2026-09-06")
        self.assertRegex(
            self._text(),
            r"^Ateliers Vauban: your invoice FAC/2026/\d+ of 1,234.50 EUR falls due on "
            r"6 Sep 2026. Details: LINK",
        )

    def test_the_short_name_is_used_when_it_is_needed(self):
        self.company.collection_sms_name = "Vauban"
        self._create_invoice(1234.5)
        self.assertTrue(self._text().startswith("Vauban: "))

    def test_the_short_name_is_not_used_when_there_is_room(self):
        self.company.collection_sms_name = "A"
        self.assertTrue(self._short().startswith("AV: we believe "))

    def test_french_letters_are_folded(self):
        self._translate(
            "professional",
            "{{ object.sms_company }} : reçu, âge, « où » – {{ object.total_text }} "
            "{{ object.sms_link }}",
        )
        self.debtor.lang = "fr_FR"
        self._create_invoice(1234.5)
        self.assertEqual(
            self._text(), 'Ateliers Vauban : recu, age, " où " - 1 234,50 EUR LINK'
        )

    def test_the_phone_is_who_signs(self):
        collector = self._create_user(
            "sms_signatory", "account_collection.group_collection_user"
        )
        collector.partner_id.phone = "04 72 00 00 11"
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.collector_id = collector
        self.assertIn("Question: 04 72 00 00 11.", self._short())

    def _short(self):
        """Return a text with room for everything: a name and an address are short."""
        self.company.name = "AV"
        self.env["ir.config_parameter"].set_param("web.base.url", "https://av.fr")
        self._create_invoice(1000)
        self._create_invoice(1000)
        return self._text()

    def test_without_a_phone_the_question_is_left_out(self):
        self.company.phone = False
        self.assertNotIn("Question", self._short())

    def test_abroad_the_phone_is_in_full(self):
        """Without blanks when the message is full, in full for who needs it."""
        self.debtor.write(
            {"phone": "+44 7400 123456", "country_id": self.env.ref("base.uk").id}
        )
        recipients = self.env["collection.recipient"]
        france = self.env.ref("base.fr")
        for reader, expected in (
            ("+447400123456", "+33472000000"),
            (MOBILE, "0472000000"),
        ):
            found = recipients._get_short_phone("04 72 00 00 00", france, reader)
            self.assertEqual(found, expected)

    # === PRIVATE INDIVIDUALS === #

    def _become_consumer(self):
        self.debtor.write({"is_company": False, "name": "Louise Martin"})

    def _assert_discreet(self, text, invoice):
        for shown in (invoice.name, "890", "EUR", "invoice", "facture", "paid", "due"):
            self.assertNotIn(shown, text)

    def test_a_locked_screen_shows_no_debt(self):
        self._become_consumer()
        invoice = self._create_invoice(890)
        text = self._text()
        self._assert_discreet(text, invoice)
        self.assertEqual(
            text,
            "Ateliers Vauban: a message is waiting for you: LINK We answer you at "
            "04 72 00 00 00 (ordinary rate).",
        )

    def test_the_segment_protects_too(self):
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.segment_id = self.env.ref("account_collection.collection_segment_consumer")
        file.scenario_id = self.scenario
        invoice = self._create_invoice(890)
        self._assert_discreet(self._text(), invoice)

    def test_a_text_of_its_own_that_shows_the_debt_is_replaced(self):
        self.step.sms_template_id = self._create_template(
            "{{ object.sms_company }}: please look at your account "
            "{{ object.sms_link }} {{ object.total_text }}"
        )
        self._become_consumer()
        invoice = self._create_invoice(890)
        self._assert_discreet(self._text(), invoice)

    def test_a_discreet_text_of_its_own_is_used(self):
        self.step.sms_template_id = self._create_template(
            "{{ object.sms_company }}: news for you {{ object.sms_link }}"
        )
        self._become_consumer()
        self._create_invoice(890)
        self.assertEqual(self._text(), "Ateliers Vauban: news for you LINK")

    def test_a_word_hidden_in_a_translation_is_seen(self):
        template = self._create_template(
            "{{ object.sms_company }} {{ object.sms_link }}"
        )
        template.with_context(lang="fr_FR").body = "Votre facture {{ object.sms_link }}"
        self.step.sms_template_id = template
        self._become_consumer()
        self.debtor.lang = "fr_FR"
        self._create_invoice(890)
        self.assertNotIn("facture", self._text())

    def test_a_number_that_costs_more_is_not_called_ordinary(self):
        self.company.phone = "0892 69 26 69"
        self._become_consumer()
        self._create_invoice(890)
        self.assertTrue(self._text().endswith("for you: LINK"))

    # === CHOICE OF THE TEXT === #

    def _create_template(self, body, **values):
        return self.env["sms.template"].create(
            {
                "name": "Own text",
                "model_id": self.env["ir.model"]._get_id("collection.followup"),
                "body": body,
                **values,
            }
        )

    def test_the_step_s_text_comes_before_the_level_s(self):
        level, own = map(self._create_template, ("Level", "Step"))
        self.step.level_id.sms_template_id = level
        self._create_invoice(1000)
        self.assertEqual(self._text(), "Level")
        self._followups().action_cancel()
        self.step.sms_template_id = own
        self.assertEqual(self.step.used_sms_template_id, own)
        self.engine.run(date="2026-09-04", debtors=self.debtor)
        self.assertEqual(self._followups("2026-09-04").sms_body, "Step")

    def test_without_any_text_it_fails_with_the_reason(self):
        self.env.ref("account_collection.sms_template_professional").unlink()
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(
            (followup.state, followup.failure_code), ("failed", "rendering")
        )
        self.assertTrue(followup.reason)

    def test_one_text_that_fails_leaves_the_others_alone(self):
        """A number that no message holds."""
        other = self._create_debtor("Other", phone="0612345679", lang="en_US")
        self._create_invoice(1000, partner=other)
        self._create_invoice(1000, name="FAC/2026/" + "9" * 120)
        self.engine.run(date=DAY)
        self.assertEqual(self._followups(DAY, other).state, "queued")
        self.assertEqual(self._followups(DAY).failure_code, "rendering")

    def test_days_of_the_link(self):
        self.company.collection_link_days = 10
        self._create_invoice(1000)
        followup = self.env["collection.engine"]
        followup.run(date=DAY, debtors=self.debtor)
        self.assertEqual(self._followups().link_until, day("2026-09-13"))
