# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import smtplib
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionCommon, day

DAY = day("2026-09-01")
#: longer than a mail that a person sends is held back
AFTER_UNDO = datetime.timedelta(minutes=3)

BOUNCE = """Return-Path: <>
X-Original-To: {bounce}
Delivered-To: {bounce}
Received: by mail.debtor.example
Date: Wed, 02 Sep 2026 08:00:00 +0200 (CEST)
From: MAILER-DAEMON@mail.debtor.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {bounce}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="BOUNDARY"
Message-Id: <bounce-1@mail.debtor.example>

--BOUNDARY
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<{email}>: user unknown

--BOUNDARY
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.debtor.example

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.1.1

--BOUNDARY
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-Id: {message_id}
Subject: Reminder

--BOUNDARY--
"""

REPLY = """Return-Path: <{email}>
To: {to}
From: Claire Durand <{email}>
Date: Wed, 02 Sep 2026 09:00:00 +0200 (CEST)
Subject: Re: Reminder
Message-Id: <reply-1@mail.debtor.example>
In-Reply-To: {message_id}
References: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

We pay on Friday.
"""


@tagged("post_install", "-at_install")
class TestMail(MockEmail, CollectionCommon):
    """E-mails leave at most once, and each follow-up says what became of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()

    def _plan(self, date=DAY):
        self.engine.run(date=date, debtors=self.debtor)
        return self._followups(date)

    def _send(self, followup, date=None):
        """Let Odoo's mail queue work, without a network, when nothing is held back.

        :param date: the policy's day of the sending; default: the planned one, False =
            the machine's
        """
        date = followup.date if date is None else date
        mails = self.env["mail.mail"].with_context(collection_date=date)
        later = datetime.datetime.now() + AFTER_UNDO
        with self.mock_mail_gateway(), freeze_time(later):
            mails.process_email_queue(followup.mail_id.ids)
        return self._mails

    # === SENT === #

    def test_success_is_the_proof(self):
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.state, "queued")
        self.assertFalse(self._receivables(followup.line_ids.move_id).level_id)
        sent = self._send(followup)
        self.assertEqual(len(sent), 1)
        self.assertIn("durand@debtor.example", sent[0]["email_to"][0])
        self.assertEqual(followup.state, "performed")
        self.assertEqual(followup.mail_id.state, "sent")
        self.assertFalse(followup.mail_id.auto_delete)
        self.assertEqual(followup.line_ids.state, "performed")
        receivable = self._receivables(followup.line_ids.move_id)
        self.assertEqual(receivable.level_id.code, "friendly")

    def test_sending_twice_sends_once(self):
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup)
        followup.mail_id.state = "outgoing"
        self.assertFalse(self._send(followup))

    def test_recipient_language_sender_and_answer_address(self):
        self._create_invoice(1000)
        self.debtor.lang = "fr_FR"
        followup = self._plan()
        mail = followup.mail_id
        self.assertEqual(followup.lang, "fr_FR")
        self.assertIn("31 août 2026", mail.subject)
        self.assertIn(self.company.email, mail.email_from)
        self.assertIn("catchall.test@", mail.reply_to)

    def test_amounts_of_the_text_are_the_ledger_s(self):
        first = self._create_invoice(1000.10)
        self._create_invoice(2000.20)
        self._pay(first, 100.05, "2026-08-31")
        self._receive(50, "2026-07-01", "Trop-percu")
        followup = self._plan()
        body = followup.mail_id.body_html.replace("\xa0", " ")
        for amount in ("1 000,10", "100,05", "900,05", "2 000,20", "-50,00"):
            self.assertIn(amount, body)
        self.assertIn("2 850,25", body)
        self.assertEqual(followup.amount, 2850.25)

    def test_debtor_data_is_never_code(self):
        """A name with HTML or an expression is shown as it is."""
        self.debtor.name = "<b>{{ 7919*7 }}</b> ${object.id}"
        self._create_invoice(1000, ref="<script>alert(1)</script>")
        body = self._plan().mail_id.body_html
        self.assertNotIn("<script>", body)
        self.assertIn("&lt;script&gt;", body)
        self.assertNotIn("55433", body)

    def test_currencies_are_never_added_up(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "rate": 2.0, "name": "2026-01-01"}
        )
        self._create_invoice(1000)
        self._create_invoice(600, currency_id=dollar.id)
        followup = self._plan()
        body = followup.mail_id.body_html.replace("\xa0", " ")
        self.assertIn("1 000,00 €", body)
        self.assertIn("$ 600,00", body)
        self.assertNotIn("1 600", body)
        self.assertNotIn("1 300", body)
        self.assertEqual(followup.amount, 1300.0)

    # === CANCELLED BEFORE IT LEAVES === #

    def test_paid_between_planning_and_sending(self):
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self._pay(invoice, date=DAY)
        self.assertFalse(self._send(followup))
        self.assertEqual(followup.state, "cancelled")
        self.assertTrue(followup.reason)
        self.assertFalse(followup.line_ids.counted)
        self.assertFalse(self._receivables(invoice))

    def test_held_between_planning_and_sending(self):
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self.env["collection.hold"].create({"move_id": invoice.id, "reason": "dispute"})
        self.assertFalse(self._send(followup))
        self.assertEqual(followup.state, "cancelled")

    def test_hold_that_begins_after_the_planning(self):
        """A mail that waits in the queue leaves by the holds of its sending."""
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "agreement", "date_start": "2026-09-03"}
        )
        self.assertFalse(self._send(followup, "2026-09-03"))
        self.assertEqual(followup.state, "cancelled")

    def test_probably_paid_between_planning_and_sending(self):
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self._create_bank_line(1000, DAY, invoice.name)
        self.assertFalse(self._send(followup))
        self.assertEqual(followup.state, "cancelled")

    def test_changed_between_planning_and_sending(self):
        """A partial payment: the message would be wrong; the step is due again."""
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self._pay(invoice, 400, DAY)
        self.assertFalse(self._send(followup))
        self.assertIn("figures", followup.reason)
        again = self._plan("2026-09-02")
        self.assertEqual((again.amount, again.line_ids.delay), (600, 1))

    def test_address_changed_between_planning_and_sending(self):
        self._create_invoice(1000)
        followup = self._plan()
        self.debtor.email = "new@debtor.example"
        self.assertFalse(self._send(followup))
        self.assertIn("address", followup.reason)
        self.assertEqual(
            self._plan("2026-09-02").recipient_address, "new@debtor.example"
        )

    def test_cancelling_a_follow_up_cancels_its_mail(self):
        self._create_invoice(1000)
        followup = self._plan()
        followup.action_cancel()
        self.assertEqual(followup.mail_id.state, "cancel")
        self.assertFalse(self._send(followup))

    def test_paid_while_waiting_for_a_confirmation(self):
        self.company.collection_live = False
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self._pay(invoice, date=DAY)
        action = followup.action_confirm()
        self.assertEqual(followup.state, "cancelled")
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(followup.mail_id)

    def test_partly_paid_while_waiting_for_a_confirmation(self):
        """What has not left is written anew, with the balance of the moment."""
        self.company.collection_live = False
        invoice = self._create_invoice(1000)
        followup = self._plan()
        self._pay(invoice, 250, DAY)
        followup.action_confirm()
        self.assertEqual((followup.state, followup.amount), ("queued", 750))
        self.assertIn("750,00", followup.mail_id.body_html)
        self.assertEqual(len(self._send(followup)), 1)

    # === REFUSED === #

    def test_mail_server_not_reached(self):
        """Nothing is counted as reached; the next run takes it up again."""
        self._create_invoice(1000)
        followup = self._plan()
        with (
            self.mock_mail_gateway(),
            patch.object(
                type(self.env["ir.mail_server"]),
                "_connect__",
                side_effect=OSError("Down"),
            ),
        ):
            self.env["mail.mail"].process_email_queue(followup.mail_id.ids)
        self.assertRecordValues(
            followup, [{"state": "failed", "failure_code": "connection"}]
        )
        self.assertFalse(self._receivables(followup.line_ids.move_id).level_id)
        self.assertTrue(followup.line_ids.counted)
        self.engine.run(date="2026-09-02")
        self.assertEqual(followup.state, "queued")
        self.assertEqual(len(self._followups()), 1)
        self.assertEqual(len(self._send(followup)), 1)
        self.assertEqual(followup.state, "performed")

    def test_automatic_attempts_end(self):
        self._create_invoice(1000)
        followup = self._plan()
        followup._update_state("failed", failure_code="connection", reason="Down")
        followup.attempts = 3
        self.engine.run(date="2026-09-02")
        self.assertEqual(followup.state, "failed")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_mail_server_refuses(self):
        self._create_invoice(1000)
        followup = self._plan()
        with (
            self.mock_mail_gateway(),
            patch.object(
                IrMail_Server,
                "send_email",
                side_effect=smtplib.SMTPResponseException(552, b"Quota"),
            ),
        ):
            self.env["mail.mail"].process_email_queue(followup.mail_id.ids)
        self.assertEqual((followup.state, followup.failure_code), ("failed", "other"))
        self.assertIn("Quota", followup.reason)
        followup.action_retry()
        self.assertEqual(len(self._send(followup)), 1)
        self.assertEqual(followup.state, "performed")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_connection_dropped_after_the_message_is_an_unknown_fate(self):
        self._create_invoice(1000)
        followup = self._plan()
        with (
            self.mock_mail_gateway(),
            patch.object(
                IrMail_Server,
                "send_email",
                side_effect=smtplib.SMTPServerDisconnected("dropped"),
            ),
        ):
            self.env["mail.mail"].process_email_queue(followup.mail_id.ids)
        self.assertEqual(
            (followup.state, followup.failure_code), ("failed", "unknown_fate")
        )
        self.assertFalse(self._send(followup))
        self.engine.run(date="2026-09-02")
        self.assertEqual(followup.state, "failed")

    def test_unknown_fate_is_answered_by_a_person(self):
        self._create_invoice(1000)
        left, again = self._plan(), None
        left._set_unknown_fate()
        left.action_mark_sent()
        self.assertEqual(left.state, "performed")
        other = self._create_debtor("Other")
        self._create_invoice(1000, partner=other)
        self.engine.run(date=DAY, debtors=other)
        again = self._followups(partner=other)
        again._set_unknown_fate()
        again.action_retry()
        self.assertEqual(len(self._send(again)), 1)
        self.assertEqual(again.state, "performed")

    # === BOUNCE AND ANSWER === #

    def _process(self, text):
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(False, text)

    def _bounce(self, followup, email):
        domain = self.company.alias_domain_id
        self._process(
            BOUNCE.format(
                bounce=domain.bounce_email,
                email=email,
                message_id=followup.mail_id.message_id,
            )
        )

    def test_bounce_goes_to_the_next_contact(self):
        """The step counts no more, the address is never used again."""
        contact = self.env["res.partner"].create(
            {
                "name": "Claire Durand",
                "parent_id": self.debtor.id,
                "type": "invoice",
                "email": "claire@debtor.example",
            }
        )
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.recipient_id, contact)
        self._send(followup)
        self._bounce(followup, "claire@debtor.example")
        self.assertRecordValues(
            followup, [{"state": "failed", "failure_code": "bounced"}]
        )
        self.assertFalse(followup.line_ids.counted)
        second = self._plan("2026-09-02")
        self.assertRecordValues(
            second,
            [
                {
                    "recipient_id": self.debtor.id,
                    "recipient_address": "durand@debtor.example",
                    "channel": "email",
                }
            ],
        )
        self.assertEqual(second.line_ids.delay, 1)
        self._send(second)
        self._bounce(second, "durand@debtor.example")
        third = self._plan("2026-09-03")
        self.assertEqual((third.channel, third.line_ids.delay), ("letter", 1))
        self.assertTrue(second.file_id.activity_ids)

    def test_bounce_without_another_address_waits(self):
        self.debtor.write({"street": False, "city": False})
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup)
        self._bounce(followup, "durand@debtor.example")
        result = self.engine.run(date="2026-09-02")
        self.assertEqual(result["held"], {"no_address": 1})
        self.debtor.email = "right@debtor.example"
        self.assertEqual(self.engine.run(date="2026-09-02")["lines"], 1)

    def test_freed_address_is_used_again(self):
        self.debtor.write({"street": False, "city": False})
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup)
        self._bounce(followup, "durand@debtor.example")
        self.env["collection.undeliverable"].search([]).action_free()
        self.assertEqual(self.engine.run(date="2026-09-02")["lines"], 1)

    def test_retry_of_a_bounced_address_is_refused(self):
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup)
        self._bounce(followup, "durand@debtor.example")
        with self.assertRaises(UserError):
            followup.action_retry()

    def test_blacklisted_address_is_not_used(self):
        self.env["mail.blacklist"]._add("durand@debtor.example")
        self._create_invoice(1000)
        self.assertEqual(self._plan().channel, "letter")

    def test_answer_comes_back_to_the_follow_up(self):
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup)
        self._process(
            REPLY.format(
                email="durand@debtor.example",
                to=followup.mail_id.reply_to,
                message_id=followup.mail_id.message_id,
            )
        )
        self.assertIn("We pay on Friday", followup.message_ids[0].body)
        self.assertIn(self.debtor.name, followup.file_id.activity_ids.summary)

    # === THE STATE === #

    def test_state_has_one_writer(self):
        self._create_invoice(1000)
        followup = self._plan()
        with self.assertRaises(UserError):
            followup.state = "performed"

    def test_nothing_is_performed_without_its_proof(self):
        self._create_invoice(1000)
        self._live("2026-09-01", "2026-09-29")
        self.engine.run(date="2026-09-30")
        notice = self._followups("2026-09-30")
        notice.action_confirm()
        with self.assertRaises(UserError):
            notice._update_state("performed", performed_on=day("2026-09-30"))

    def test_impossible_transition_is_refused(self):
        self._create_invoice(1000)
        followup = self._plan()
        followup.action_cancel()
        with self.assertRaises(UserError):
            followup._update_state("queued")

    def test_send_now_button_leaves_it_to_the_queue(self):
        """Without a commit nobody could tell after a crash whether it left."""
        self._create_invoice(1000)
        followup = self._plan()
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([])
        with (
            patch("odoo.modules.module.current_test", False),
            patch.object(IrMail_Server, "_disable_send", return_value=False),
        ):
            followup.mail_id._send(auto_commit=False)
        self.assertEqual(followup.state, "queued")
        self.assertGreater(triggers.search_count([]), before)

    def test_other_mails_are_left_alone(self):
        mail = self.env["mail.mail"].create(
            {"subject": "Hello", "body_html": "<p>Hi</p>", "email_to": "a@b.example"}
        )
        with self.mock_mail_gateway():
            mail.send()
        self.assertEqual(mail.state, "sent")

    def test_performed_day_is_the_company_s(self):
        self._create_invoice(1000)
        followup = self._plan()
        self._send(followup, False)
        self.assertLessEqual(
            abs((followup.performed_on - datetime.date.today()).days), 1
        )
