# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import re

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, tagged

from .sms import DAY, SmsCommon

#: a person's telephone, and what only draws a picture of a link
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
PREVIEWER = "facebookexternalhit/1.1 Facebot Twitterbot/1.0"
#: addresses that lead nowhere
RUBBISH = (
    "x",
    "x" * 15,
    "x" * 16,
    "x" * 65,
    "x" * 5000,
    "é" * 16,
    "%00" * 16,
    "\\\\x00aaaaaaaaaaaa",
    "'%20OR%20'1'='1'%20--",
    "<script>alert(1)",
    "{{7*7}}aaaaaaaaaaaa",
)


@tagged("post_install", "-at_install")
class TestSmsPage(SmsCommon, HttpCase):
    """What whoever has the link sees, and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.bank_journal.bank_account_id = bank
        cls.invoice = cls._create_invoice(1234.5, ref="CMD-4012")
        cls.other = cls._create_debtor("Secret Sarl", phone="06 98 76 54 32")
        cls.others = cls._create_invoice(777.77, partner=cls.other, ref="CMD-9999")
        cls.engine.run(date=DAY)
        cls.followup = cls._followups()
        cls.followup.link_until = fields.Date.add(fields.Date.today(), days=2)

    def _open(self, path=None, agent=PHONE, **headers):
        """Open a link as a stranger does; return the answer and its words."""
        self.env.flush_all()
        path = path or self.followup._get_link().removeprefix("https://vauban.example")
        self.opener.cookies.clear()
        answer = self.url_open(path, headers={"User-Agent": agent, **headers})
        self.env.invalidate_all()
        return answer

    def _words(self, answer):
        page = html.fromstring(answer.text)
        for style in page.xpath("//style"):
            style.getparent().remove(style)
        text = page.text_content().replace("\u202f", " ").replace("\xa0", " ")
        return " ".join(text.split())

    # === THE BALANCES OF THE MOMENT === #

    def test_balance_and_how_to_pay(self):
        answer = self._open()
        self.assertEqual(answer.status_code, 200)
        words = self._words(answer)
        for shown in (
            "Ateliers Vauban",
            self.invoice.name,
            "due on 31 Aug 2026",
            "CMD-4012",
            "1,234.50 €",
            "FR76 3000 6000 0112 3456 7890 189",
            "04 72 00 00 00",
        ):
            self.assertIn(shown, words)
        self.assertIn('href="tel:0472000000"', answer.text)
        self.assertIn('lang="en"', answer.text)

    def test_nothing_of_another_debtor(self):
        words = self._open().text
        for hidden in ("Secret", self.others.name, "777", "CMD-9999", "98 76 54"):
            self.assertNotIn(hidden, words)

    def test_a_payment_is_deducted(self):
        self._pay(self.invoice, 234.5, DAY)
        words = self._words(self._open())
        self.assertIn("Already paid: 234.50 €", words)
        self.assertIn("Still to be paid 1,000.00 €", words)

    def test_what_is_paid_is_gone(self):
        self._create_invoice(50, ref="CMD-4013")
        self._pay(self.invoice, date=DAY)
        words = self._words(self._open())
        self.assertNotIn(self.invoice.name, words)
        self.assertIn("50.00 €", words)

    def test_when_all_is_paid_nothing_is_asked(self):
        self._pay(self.invoice, date=DAY)
        self._assert_nothing_asked()

    def test_when_it_is_held_nothing_is_asked(self):
        for reason in ("dispute", "agreement"):
            with self.subTest(reason):
                hold = self.env["collection.hold"].create(
                    {"move_id": self.invoice.id, "reason": reason}
                )
                self._assert_nothing_asked()
                hold.unlink()

    def test_when_credits_cover_it_nothing_is_asked(self):
        self._receive(2000, "2026-08-01", "Advance")
        self._assert_nothing_asked()

    def _assert_nothing_asked(self):
        answer = self._open()
        words = self._words(answer)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Nothing is asked of you today", words)
        self.assertIn("04 72 00 00 00", words)
        for hidden in ("€", "IBAN", self.invoice.name):
            self.assertNotIn(hidden, words)

    def test_in_the_debtor_s_language(self):
        self.followup.lang = "fr_FR"
        answer = self._open(**{"Accept-Language": "en"})
        self.assertIn('lang="fr"', answer.text)
        self.assertIn("1 234,50 €", self._words(answer))

    def test_debtor_data_is_never_code(self):
        self.invoice.ref = "<script>alert(1)</script>{{ 7919*7 }}"
        text = self._open().text
        self.assertNotIn("<script", text)
        self.assertNotIn("55433", text)

    def test_a_private_individual_reads_about_its_rights(self):
        self.company.collection_mediator = "Mediator of Lyon"
        self.debtor.is_company = False
        words = self._words(self._open())
        self.assertIn("Mediator of Lyon", words)
        self.assertIn("rights of access", words)

    # === THE LINK === #

    def test_the_secret_is_long_and_never_the_same(self):
        tokens = [
            self.followup.link_token,
            self._followups(partner=self.other).link_token,
        ]
        self.assertEqual(len(set(tokens)), 2)
        for token in tokens:
            self.assertRegex(token, r"^[A-Za-z0-9_-]{16}$")

    def test_both_addresses_lead_to_it(self):
        answer = self._open(f"/collection/s/{self.followup.link_token}")
        self.assertIn(self.invoice.name, answer.text)

    def test_unknown_and_expired_get_the_same_answer(self):
        unknown = self._open("/m/" + "A" * 16)
        self.assertEqual(unknown.status_code, 404)
        self.assertIn("not available", self._words(unknown))
        self.followup.link_until = fields.Date.subtract(fields.Date.today(), days=2)
        expired = self._open()
        self.assertEqual(expired.status_code, 404)
        self.assertEqual(expired.text, unknown.text)
        self.assertEqual(
            {key.lower() for key in expired.headers},
            {key.lower() for key in unknown.headers},
        )
        self.assertNotIn("Vauban", expired.text)
        self.assertFalse(self.followup.first_seen_on)

    def test_a_message_that_was_cancelled_has_no_page(self):
        self.followup.action_cancel()
        self.assertEqual(self._open().status_code, 404)

    def test_rubbish_gets_the_friendly_answer(self):
        for token in RUBBISH:
            with self.subTest(token[:20]):
                answer = self._open(f"/m/{token}")
                self.assertEqual(answer.status_code, 404)
                self.assertNotIn("Vauban", answer.text)
                self.assertNotIn("Traceback", answer.text)

    def test_the_token_of_one_letter_less_or_other_case_is_unknown(self):
        token = self.followup.link_token
        for wrong in (token[:-1], token.swapcase(), token + "A", token[::-1]):
            with self.subTest(wrong):
                self.assertEqual(self._open(f"/m/{wrong}").status_code, 404)

    def test_nobody_keeps_or_indexes_the_page(self):
        for answer in (self._open(), self._open("/m/" + "A" * 16)):
            headers = answer.headers
            self.assertIn("noindex", headers["X-Robots-Tag"])
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", headers["Cache-Control"])
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("Set-Cookie", headers)
            self.assertIn('name="robots" content="noindex', answer.text)
            self.assertTrue(answer.text.startswith("<!DOCTYPE html>"))
            # It asks nothing of anybody: what it shows stays between the two of us.
            self.assertFalse(re.search(r'(src|href)="(https?:)?//', answer.text))

    def test_the_first_look_is_kept(self):
        self._open(agent=PREVIEWER)
        self.assertFalse(self.followup.first_seen_on)
        self._open()
        first = self.followup.first_seen_on
        self.assertTrue(first)
        self.followup.first_seen_on = "2026-09-04 08:00:00"
        self._open()
        self.assertEqual(str(self.followup.first_seen_on), "2026-09-04 08:00:00")

    def test_the_message_page_needs_no_login_but_the_document_does(self):
        answer = self._open(f"/collection/followup/{self.followup.id}/document")
        self.assertNotIn(self.invoice.name, answer.text)

    # === DELIVERY REPORTS === #

    def test_reports_come_by_odoo_s_own_address(self):
        self._process()
        self.env.flush_all()
        for status, expected in (
            ("delivered", ("performed", "sent")),
            ("invalid_destination", ("failed", "sent")),
        ):
            answer = self.url_open(
                "/sms/status",
                json={
                    "jsonrpc": "2.0",
                    "params": {
                        "message_statuses": [
                            {"sms_status": status, "uuids": [self.followup.sms_uuid]}
                        ]
                    },
                },
            )
            self.assertEqual(answer.json().get("result"), "OK")
            self.env.invalidate_all()
            self.assertEqual((self.followup.state, self.followup.sms_state), expected)
        self.assertEqual(self.followup.failure_code, "bounced")
        task = self.followup.file_id.activity_ids
        self.assertIn(self.followup.recipient_address, task.summary)
