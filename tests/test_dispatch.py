# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import hashlib
import smtplib
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import day
from .dispatch_case import DispatchCase
from .test_letters import pdf_text
from .test_mail import BOUNCE, REPLY

NOW = "2026-09-15 08:00:00"
LATER = "2026-09-15 08:02:01"


@tagged("post_install", "-at_install")
class TestDispatch(DispatchCase):
    """What a person sends leaves once, after the moment to take it back."""

    def setUp(self):
        super().setUp()
        self.invoice = self._create_invoice(1000, "2026-08-31")
        self._keep_pdf(self.invoice)
        clock = freeze_time(NOW)
        clock.start()
        self.addCleanup(clock.stop)

    def _wait(self):
        """Let two minutes pass, then let the mail queue work."""
        with freeze_time(LATER):
            return self._work_queue()

    # === HELD BACK, SENT === #

    def test_mail_leaves_after_two_minutes(self):
        dispatch = self._send()
        self.assertEqual(dispatch.state, "queued")
        expected = fields.Datetime.to_datetime("2026-09-15 08:02:00")
        self.assertEqual(dispatch.mail_id.scheduled_date, expected)
        trigger = self.env["ir.cron.trigger"].search([("call_at", "=", expected)])
        self.assertEqual(
            trigger.cron_id, self.env.ref("mail.ir_cron_mail_scheduler_action")
        )
        self.assertFalse(self._work_queue())
        sent = self._wait()
        self.assertEqual(len(sent), 1)
        self.assertIn("durand@debtor.example", sent[0]["email_to"][0])
        self.assertEqual(dispatch.state, "sent")
        self.assertEqual(dispatch.sent_on, day("2026-09-15"))

    def test_company_s_own_moment(self):
        self.company.collection_undo_seconds = 0
        dispatch = self._send()
        self.assertEqual(len(self._work_queue()), 1)
        self.assertEqual(dispatch.state, "sent")

    def test_what_leaves_is_kept_with_its_hash(self):
        dispatch = self._send()
        sent = self._wait()[0]
        name, content, _kind = sent["attachments"][0]
        document = dispatch.document_ids
        self.assertEqual(document.name, name)
        self.assertEqual(document.sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(document.size, len(content))
        self.assertEqual(document.move_id, self.invoice)
        self.assertEqual(
            dispatch.mail_sha256,
            hashlib.sha256(dispatch.mail_id.body_html.encode()).hexdigest(),
        )

    def test_sending_twice_sends_once(self):
        dispatch = self._send()
        self._wait()
        dispatch.mail_id.state = "outgoing"
        self.assertFalse(self._wait())

    def test_text_is_the_user_s_in_the_debtor_s_language(self):
        self.debtor.lang = "en_US"
        dispatch = self._send(message="Here it is,\nas we said <today>.")
        mail = dispatch.mail_id
        self.assertEqual(mail.subject, f"Duplicate: {self.invoice.name}")
        for words in (
            "Here it is,<br/>as we said &lt;today&gt;.",
            "Claire Collecte",
            "FR76 3000 6000 0112 3456 7890 189",
            "we never change our bank details",
            "04\xa072\xa000\xa000\xa000",
        ):
            self.assertIn(words, mail.body_html)
        self.assertIn("catchall.test@", mail.reply_to)

    # === APART FROM DUNNING === #

    def test_it_is_no_step_and_uses_no_budget(self):
        self.rapp.contact_budget = 1
        self._send()
        self._wait()
        self.engine.run(date="2026-09-16", debtors=self.debtor)
        followup = self._followups()
        self.assertEqual((followup.channel, followup.state), ("email", "queued"))
        self.assertFalse(self._receivables(self.invoice).level_id)

    def test_it_is_logged_as_an_act_of_the_user(self):
        dispatch = self._send()
        act = self.env["collection.act"].search([("kind", "=", "document")])
        self.assertRecordValues(
            act,
            [
                {
                    "file_id": self._file().id,
                    "user_id": self.collector.id,
                    "data": {"dispatch": dispatch.id},
                    "undo_until": fields.Datetime.to_datetime("2026-09-15 08:02:00"),
                }
            ],
        )
        self.assertIn("durand@debtor.example", act.note)
        self.assertIn(self.invoice.name.replace("/", "_"), act.note)

    # === TAKEN BACK === #

    def test_taken_back_within_two_minutes(self):
        dispatch = self._send()
        with freeze_time("2026-09-15 08:01:59"):
            answer = self._as(self.collector, self.env["collection.act"]).undo_last()
        self.assertEqual(answer["kind"], "document")
        self.assertEqual(dispatch.state, "cancelled")
        self.assertEqual(dispatch.mail_id.state, "cancel")
        self.assertFalse(self._wait())

    def test_too_late_after_two_minutes(self):
        dispatch = self._send()
        with freeze_time(LATER), self.assertRaises(UserError):
            self._as(self.collector, self.env["collection.act"]).undo_last()
        self.assertEqual(len(self._wait()), 1)
        self.assertEqual(dispatch.state, "sent")

    def test_what_left_is_not_taken_back(self):
        """Also when the queue worked before the moment was over."""
        dispatch = self._send()
        dispatch.mail_id.scheduled_date = False
        self.assertEqual(len(self._work_queue()), 1)
        with self.assertRaisesRegex(UserError, "already left"):
            self._as(self.collector, self.env["collection.act"]).undo_last()
        self.assertEqual(dispatch.state, "sent")

    def test_what_is_being_sent_is_not_taken_back(self):
        dispatch = self._send()
        dispatch.claimed_at = fields.Datetime.now()
        with self.assertRaisesRegex(UserError, "already left"):
            self._as(self.collector, dispatch)._take_back()

    # === CHECKED BEFORE IT LEAVES === #

    def test_statement_follows_the_ledger_until_it_leaves(self):
        self.debtor.lang = "en_US"
        dispatch = self._send(kind="statement")
        before = dispatch.document_ids.sha256
        self._pay(self.invoice, 400, "2026-09-15")
        sent = self._wait()[0]
        self.assertEqual((dispatch.state, dispatch.amount), ("sent", 600))
        self.assertNotEqual(dispatch.document_ids.sha256, before)
        text = pdf_text(sent["attachments"][0][1])
        self.assertIn("600.00", text)
        self.assertIn("600.00", sent["body"])
        self.assertNotIn("1,000.00 €", text.replace("\xa0", " "))
        self.assertEqual(
            self.env["ir.attachment"].search_count(
                [("res_model", "=", dispatch._name), ("res_id", "=", dispatch.id)]
            ),
            1,
        )

    def test_statement_with_nothing_left_does_not_leave(self):
        dispatch = self._send(kind="statement")
        self._pay(self.invoice, date="2026-09-15")
        self.assertFalse(self._wait())
        self.assertEqual(dispatch.state, "cancelled")
        self.assertIn("Nothing is open", dispatch.reason)

    def test_workbook_follows_the_ledger_too(self):
        dialog = self._dialog(kind="statement")
        dialog.line_ids.is_chosen = True
        dialog.action_send()
        dispatch = self.dispatches.search([])
        self.assertEqual(len(dispatch.document_ids), 2)
        before = dispatch.document_ids.mapped("sha256")
        self._pay(self.invoice, 400, "2026-09-15")
        sent = self._wait()[0]
        self.assertEqual(len(sent["attachments"]), 2)
        self.assertFalse(set(before) & set(dispatch.document_ids.mapped("sha256")))

    def test_address_that_changed_meanwhile(self):
        dispatch = self._send()
        self.debtor.email = "new@debtor.example"
        self.assertFalse(self._wait())
        self.assertEqual(dispatch.state, "cancelled")
        self.assertIn("address", dispatch.reason)

    def test_invoice_reset_to_draft_meanwhile(self):
        dispatch = self._send()
        self.invoice.button_draft()
        self.assertFalse(self._wait())
        self.assertEqual(dispatch.state, "cancelled")

    # === FATE === #

    def _fail(self, error):
        with (
            freeze_time(LATER),
            self.mock_mail_gateway(),
            patch.object(IrMail_Server, "send_email", side_effect=error),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self.env["mail.mail"].process_email_queue()

    def test_refusal_is_told_to_who_sent_it(self):
        dispatch = self._send()
        self._fail(smtplib.SMTPResponseException(552, b"Quota"))
        self.assertEqual((dispatch.state, dispatch.failure_code), ("failed", "other"))
        task = self._file().activity_ids
        self.assertEqual(task.user_id, self.collector)
        self.assertIn("Quota", task.summary)
        self._as(self.collector, dispatch).action_retry()
        self.assertEqual(len(self._wait()), 1)
        self.assertEqual(dispatch.state, "sent")

    def test_dropped_line_is_an_unknown_fate(self):
        dispatch = self._send()
        self._fail(smtplib.SMTPServerDisconnected("dropped"))
        self.assertEqual(
            (dispatch.state, dispatch.failure_code), ("failed", "unknown_fate")
        )
        self.assertFalse(self._wait())
        self._as(self.collector, dispatch).action_mark_sent()
        self.assertEqual(dispatch.state, "sent")

    def test_server_not_reached_is_tried_again_by_itself(self):
        dispatch = self._send()
        with (
            freeze_time(LATER),
            self.mock_mail_gateway(),
            patch.object(
                type(self.env["ir.mail_server"]), "_connect__", side_effect=OSError()
            ),
        ):
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(dispatch.failure_code, "connection")
        self.assertFalse(self._file().activity_ids)
        self._work_cron("2026-09-15 08:30:00")
        self.assertEqual(dispatch.state, "failed")
        self._work_cron("2026-09-16 07:00:00")
        self.assertEqual(dispatch.state, "queued")
        with freeze_time("2026-09-16 07:05:00"):
            self.assertEqual(len(self._work_queue()), 1)

    def _work_cron(self, moment):
        self.env["collection.dispatch"].flush_model()
        self.env.cr.execute(
            "UPDATE collection_dispatch SET write_date = %s", ["2026-09-15 08:02:01"]
        )
        self.env["collection.dispatch"].invalidate_model()
        with freeze_time(moment), self.enter_registry_test_mode():
            cron = self.env.ref("account_collection.ir_cron_statements")
            cron.sudo().method_direct_trigger()

    def test_bounce_marks_the_address_and_asks_for_a_better_one(self):
        dispatch = self._send()
        self._wait()
        message_id = dispatch.mail_id.message_id
        bounce = self.company.alias_domain_id.bounce_email
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None,
                BOUNCE.format(
                    bounce=bounce, email="durand@debtor.example", message_id=message_id
                ),
            )
        self.assertRecordValues(
            dispatch, [{"state": "failed", "failure_code": "bounced"}]
        )
        blocked = self.env["collection.undeliverable"].search([])
        self.assertRecordValues(
            blocked,
            [
                {
                    "value": "durand@debtor.example",
                    "partner_id": self.debtor.id,
                    "followup_id": False,
                }
            ],
        )
        self.assertTrue(self._file().activity_ids)
        with self.assertRaisesRegex(UserError, "correct the contact"):
            self._as(self.collector, dispatch).action_retry()
        with self.assertRaisesRegex(UserError, "returned a message"):
            self._send(channel="email")

    def test_answer_gives_a_task_to_the_collector(self):
        self._file().collector_id = self.collector
        dispatch = self._send()
        self._wait()
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None,
                REPLY.format(
                    email="durand@debtor.example",
                    to=dispatch.mail_id.reply_to,
                    message_id=dispatch.mail_id.message_id,
                ),
            )
        self.assertIn("We pay on Friday", dispatch.message_ids[0].body)
        self.assertEqual(self._file().activity_ids.user_id, self.collector)

    # === POST === #

    def test_debtor_without_email_gets_it_by_post(self):
        self.debtor.email = False
        dispatch = self._send(kind="statement")
        self.assertEqual((dispatch.channel, dispatch.state), ("letter", "queued"))
        self.assertTrue(dispatch.printed_at)
        self.assertFalse(dispatch.mail_id)
        collector = self._as(self.collector, dispatch)
        collector.action_posted()
        self.assertRecordValues(
            dispatch, [{"state": "sent", "posted_on": day("2026-09-15")}]
        )
        with self.assertRaises(UserError):
            collector.action_cancel()

    def test_statement_to_be_posted_is_made_anew_when_it_is_printed(self):
        self.debtor.email = False
        dispatch = self._send(kind="statement")
        self._pay(self.invoice, 250, "2026-09-15")
        self._as(self.collector, dispatch).action_print()
        self.assertEqual(dispatch.amount, 750)
        self._pay(self.invoice, date="2026-09-15")
        action = self._as(self.collector, dispatch).action_print()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(dispatch.state, "cancelled")

    # === THE RECORD === #

    def test_nothing_is_sent_without_proof(self):
        dispatch = self._send()
        with self.assertRaisesRegex(UserError, "was not sent"):
            dispatch._update_state("sent")
        dispatch.invalidate_recordset()

    def test_state_changes_through_buttons_alone(self):
        dispatch = self._as(self.collector, self._send())
        for values in ({"state": "sent"}, {"recipient_address": "x@y.example"}):
            with self.assertRaises(UserError):
                dispatch.write(values)

    def test_time_to_take_back_is_bounded(self):
        with (
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self.company.collection_undo_seconds = 3601
            self.company.flush_recordset()
        self.company.invalidate_recordset()
        self.company.collection_undo_seconds = 30
        dispatch = self._send()
        delay = dispatch.mail_id.scheduled_date - fields.Datetime.now()
        self.assertEqual(delay, datetime.timedelta(seconds=30))
