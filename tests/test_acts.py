# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CollectionCommon, day

FIRST = day("2026-09-01")
CALL = day("2026-09-07")
MORNING = datetime.datetime(2026, 9, 7, 8, 0)


class ActCase(CollectionCommon):
    """A collector with a debtor whose call is due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "act_collector", "account_collection.group_collection_user"
        )
        cls.colleague = cls._create_user(
            "act_colleague", "account_collection.group_collection_user"
        )
        cls.invoice = cls._create_invoice(1000)
        cls.engine.run(date=FIRST, debtors=cls.debtor)
        cls._perform(cls._followups(FIRST), FIRST)
        cls.engine.run(date=CALL, debtors=cls.debtor)
        cls.call = cls._followups(CALL)
        cls.file = cls.call.file_id

    def _as(self, records, user=None, date=CALL):
        records = records.with_user(user or self.collector)
        return records.with_context(collection_date=date, lang="en_US")

    def _undo(self, answer=None, user=None):
        acts = self._as(self.env["collection.act"], user)
        return acts.undo(answer["batch"]) if answer else acts.undo_last()

    def _row(self, date=CALL):
        rows = self.env["collection.worklist"].with_context(collection_date=date)
        return rows.search([("file_id", "=", self.file.id)])


@tagged("post_install", "-at_install")
class TestActs(ActCase):
    """Postpone, assign, scenario, hold, note: logged, and taken back for a moment."""

    def test_postponed_until_a_day_and_taken_back(self):
        self.assertTrue(self._row().is_today)
        answer = self._as(self.file).act_postpone(days=3)
        self.assertEqual(self.file.postponed_until, day("2026-09-10"))
        self.assertFalse(self._row().is_today)
        self.assertTrue(self._row("2026-09-10").is_today)
        self.assertEqual((answer["label"], answer["seconds"]), ("Postponed", 30))
        undone = self._undo(answer)
        self.assertEqual(undone["files"], self.file.ids)
        self.assertFalse(self.file.postponed_until)
        self.assertTrue(self._row().is_today)

    def test_postponed_to_a_working_day(self):
        """D+3 of a Thursday is a Sunday: work goes on on Monday."""
        self._as(self.file, date="2026-09-10").act_postpone(days=3)
        self.assertEqual(self.file.postponed_until, day("2026-09-14"))

    def test_what_leaves_by_itself_goes_on(self):
        self._as(self.file).act_postpone(until="2026-10-30")
        self.engine.run(date="2026-09-15", debtors=self.debtor)
        self.assertEqual(self._followups("2026-09-15").channel, "letter")

    def test_postponing_to_the_past_is_refused(self):
        for until in ("2026-09-07", "2026-01-01", None):
            with self.subTest(until=until), self.assertRaisesRegex(UserError, "future"):
                self._as(self.file).act_postpone(until=until)

    def test_too_late_to_take_back(self):
        with freeze_time(MORNING):
            answer = self._as(self.file).act_postpone(days=1)
        with (
            freeze_time(MORNING + datetime.timedelta(seconds=31)),
            self.assertRaisesRegex(UserError, "too late"),
        ):
            self._undo(answer)
        self.assertTrue(self.file.postponed_until)

    def test_taken_back_once_and_by_its_author(self):
        answer = self._as(self.file).act_postpone(days=1)
        with self.assertRaises(AccessError):
            self._undo(answer, self.colleague)
        self._undo(answer)
        with self.assertRaises(UserError):
            self._undo(answer)
        with self.assertRaisesRegex(UserError, "already taken back"):
            self._undo()

    def test_many_at_once_are_taken_back_together(self):
        other = self._create_debtor("Other")
        self._create_invoice(500, partner=other)
        self.engine.run(date=CALL, debtors=other)
        files = self.file + self.env["collection.debtor"]._get_file(self.company, other)
        wizard = self._as(self.env["collection.bulk.act"]).create(
            {"file_ids": files.ids, "kind": "postpone", "until": "2026-09-20"}
        )
        self.assertEqual(wizard.count, 2)
        wizard.action_apply()
        self.assertEqual(files.mapped("postponed_until"), [day("2026-09-20")] * 2)
        self.assertEqual(set(self._undo()["files"]), set(files.ids))
        self.assertFalse(any(files.mapped("postponed_until")))

    def test_bulk_form_takes_the_ticked_lines(self):
        bulk = self._as(self.env["collection.bulk.act"]).with_context(
            active_model="collection.worklist", active_ids=self.file.ids
        )
        self.assertEqual(bulk.create({"kind": "note", "note": "x"}).file_ids, self.file)

    def test_taken_and_given(self):
        self._as(self.file).act_assign(True)
        self.assertEqual(self.file.collector_id, self.collector)
        self._as(self.file).act_assign(self.colleague.id)
        self.assertEqual(self.file.collector_id, self.colleague)
        self._undo()
        self.assertEqual(self.file.collector_id, self.collector)

    def test_only_collectors_get_debtors(self):
        reader = self._create_user(
            "act_reader", "account_collection.group_collection_readonly"
        )
        with self.assertRaisesRegex(UserError, "not a collector"):
            self._as(self.file).act_assign(reader.id)
        with self.assertRaises(AccessError):
            self._as(self.file, reader).act_postpone(days=1)

    def test_scenario_is_changed_with_a_reason_and_nothing_is_sent_twice(self):
        strategic = self.env.ref("account_collection.collection_scenario_strategic")
        with self.assertRaisesRegex(UserError, "Write why"):
            self._as(self.file).act_scenario(strategic.id, "  ")
        self._as(self.file).act_scenario(strategic.id, "Large customer")
        self.assertEqual(self.file.used_scenario_id, strategic)
        self.assertEqual(
            self.engine.run(date=CALL, debtors=self.debtor)["followups"], 0
        )
        act = self.env["collection.act"].search([("file_id", "=", self.file.id)])[0]
        self.assertEqual((act.kind, act.note), ("scenario", "Large customer"))
        self._undo()
        self.assertEqual(self.file.used_scenario_id, self.rapp)

    def test_dispute_of_ticked_items(self):
        other = self._create_invoice(300)
        line = self.invoice.line_ids.filtered("date_maturity")
        self._as(self.file).act_hold(
            "dispute", line.ids, amount=250, note="Broken on arrival"
        )
        self.assertEqual(self._receivables(self.invoice, CALL).amount_due, 750)
        self.assertEqual(self._receivables(other, CALL).amount_due, 300)
        hold = self.env["collection.hold"].search([("debtor_id", "=", self.debtor.id)])
        self.assertEqual(
            (hold.user_id, hold.note), (self.collector, "Broken on arrival")
        )
        self._undo()
        self.assertFalse(hold.exists())
        self.assertEqual(self._receivables(self.invoice, CALL).amount_due, 1000)

    def test_hold_of_everything_and_its_end(self):
        self._as(self.file).act_hold("check", date_end="2026-09-30")
        self.assertEqual(self._receivables(self.invoice, CALL).hold_reason, "excluded")
        hold = self.env["collection.hold"].search([("debtor_id", "=", self.debtor.id)])
        self._as(self.file).act_release(hold.ids)
        self.assertFalse(self._receivables(self.invoice, CALL).hold_reason)
        self._undo()
        self.assertEqual(self._receivables(self.invoice, CALL).hold_reason, "excluded")

    def test_items_and_holds_of_another_debtor_are_refused(self):
        other = self._create_debtor("Other")
        line = self._create_invoice(1, partner=other).line_ids.filtered("date_maturity")
        with self.assertRaisesRegex(UserError, "no open receivables of Menuiserie"):
            self._as(self.file).act_hold("check", line.ids)
        hold = self.env["collection.hold"].create(
            {"debtor_id": other.id, "reason": "check"}
        )
        with self.assertRaisesRegex(UserError, "not of this debtor"):
            self._as(self.file).act_release(hold.ids)

    def test_contacts_are_logged(self):
        claire = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id}
        )
        contact = self._as(self.env["collection.contact"]).create(
            {"file_id": self.file.id, "role": "management", "partner_id": claire.id}
        )
        contact.unlink()
        acts = self.env["collection.act"].search([("kind", "=", "contact")], limit=2)
        self.assertEqual(acts.user_id, self.collector)
        self.assertIn("nobody", acts[0].note)
        self.assertIn("Claire", acts[1].note)


@tagged("post_install", "-at_install")
class TestActsOnFollowups(ActCase):
    """Confirm, cancel, skip, repeat: what changes, what is logged, how to go back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_debtor("Other")
        cls._create_invoice(500, partner=cls.other)
        cls.company.collection_live = False
        cls.engine.run(date=FIRST, debtors=cls.other)
        cls.mail = cls._followups(FIRST, cls.other)

    def test_confirmed_mail_is_held_back_and_can_be_taken_back(self):
        self.assertEqual(self.mail.state, "to_confirm")
        with freeze_time(MORNING):
            self._as(self.mail, date=FIRST).action_confirm()
            queued = self.mail.mail_id
            self.assertEqual(self.mail.state, "queued")
            self.assertEqual(
                queued.scheduled_date, MORNING + datetime.timedelta(seconds=120)
            )
        with freeze_time(MORNING + datetime.timedelta(seconds=119)):
            self._undo()
        self.assertEqual((self.mail.state, queued.state), ("to_confirm", "cancel"))
        self.assertEqual(self.mail.line_ids.state, "to_confirm")
        self._as(self.mail, date=FIRST).action_confirm()
        self.assertEqual(self.mail.state, "queued")
        self.assertNotEqual(self.mail.mail_id, queued)

    def test_queue_leaves_alone_what_is_held_back(self):
        with freeze_time(MORNING):
            self._as(self.mail, date=FIRST).action_confirm()
            self.env["mail.mail"].process_email_queue(self.mail.mail_id.ids)
        self.assertEqual(self.mail.mail_id.state, "outgoing")

    def test_what_is_being_sent_is_not_taken_back(self):
        self._as(self.mail, date=FIRST).action_confirm()
        self.mail.claimed_at = MORNING
        with self.assertRaisesRegex(UserError, "has left or changed: Other"):
            self._undo()

    def test_automatic_mails_are_not_held_back(self):
        self.company.collection_live = True
        third = self._create_debtor("Third")
        self._create_invoice(500, partner=third)
        self.engine.run(date=FIRST, debtors=third)
        self.assertFalse(self._followups(FIRST, third).mail_id.scheduled_date)

    def test_cancelled_and_taken_back(self):
        self._as(self.mail).action_cancel()
        self.assertFalse(self.mail.line_ids.counted)
        self._undo()
        self.assertEqual(self.mail.state, "to_confirm")
        self.assertTrue(self.mail.line_ids.counted)
        self.assertTrue(self.mail.line_ids.latest)
        self.assertEqual(
            self.engine.run(date=FIRST, debtors=self.other)["followups"], 0
        )

    def test_cancelled_and_planned_again_is_not_taken_back(self):
        self._as(self.mail).action_cancel()
        self.engine.run(date=FIRST, debtors=self.other)
        with self.assertRaisesRegex(UserError, "planned again meanwhile"):
            self._undo()

    def test_cancelled_queued_mail_is_taken_back_into_the_queue(self):
        self._as(self.mail, date=FIRST).action_confirm()
        self._as(self.mail).action_cancel()
        self.assertEqual(self.mail.mail_id.state, "cancel")
        self._undo()
        self.assertEqual(
            (self.mail.state, self.mail.mail_id.state), ("queued", "outgoing")
        )

    def test_skipped_step_is_passed_over_and_reaches_nothing(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self._as(self.mail).action_skip(" ")
        self._as(self.mail).action_skip("Already told on the phone")
        self.assertEqual(self.mail.state, "cancelled")
        self.assertIn("Already told", self.mail.reason)
        self.assertTrue(self.mail.line_ids.counted)
        move = self.mail.line_ids.move_id
        receivable = self._receivables(move, FIRST)
        self.assertEqual(receivable.status, "waiting")
        self.assertFalse(receivable.level_id)
        self.assertEqual(
            self.engine.run(date="2026-09-02", debtors=self.other)["due"], 0
        )
        self.engine.run(date=CALL, debtors=self.other)
        self.assertEqual(self._followups(CALL, self.other).channel, "call")

    def test_skip_is_taken_back(self):
        self._as(self.mail).action_skip("Already told")
        self._undo()
        self.assertEqual(self.mail.state, "to_confirm")
        self.assertFalse(self.mail.reason)
        self.assertEqual(self.mail.line_ids.state, "to_confirm")

    def test_repeated_step_is_due_again_and_keeps_its_proof(self):
        self._as(self.mail, date=FIRST).action_confirm()
        self._perform(self.mail, FIRST)
        self._as(self.mail).action_repeat("They lost it")
        self.assertEqual(
            (self.mail.state, self.mail.mail_id.state), ("performed", "sent")
        )
        self.assertFalse(self.mail.line_ids.counted)
        self.engine.run(date="2026-09-02", debtors=self.other)
        again = self._followups("2026-09-02", self.other)
        self.assertEqual((again.channel, again.line_ids.delay), ("email", 1))

    def test_repeat_is_taken_back(self):
        self._as(self.mail, date=FIRST).action_confirm()
        self._perform(self.mail, FIRST)
        self._as(self.mail).action_repeat("They lost it")
        self._undo()
        self.assertTrue(self.mail.line_ids.counted)
        self.assertEqual(
            self.engine.run(date="2026-09-02", debtors=self.other)["followups"], 0
        )

    def test_only_the_last_performed_step_is_repeated(self):
        with self.assertRaisesRegex(UserError, "Only the last step"):
            self._as(self.mail).action_repeat("why")

    def test_handed_over_by_mistake(self):
        self.company.collection_live = True
        found = self._live("2026-09-08", "2026-10-14", perform=True)
        self.assertTrue(found)
        self.engine.run(date="2026-10-15", debtors=self.debtor)
        proposal = self._followups("2026-10-15")
        self.assertEqual(proposal.channel, "handoff")
        wizard = self._as(
            self.env["collection.followup.perform"], date="2026-10-15"
        ).create({"followup_ids": proposal.ids, "handoff_result": "handed_over"})
        wizard.action_record()
        receivable = self._receivables(self.invoice, "2026-10-15")
        self.assertEqual(receivable.hold_reason, "excluded")
        self._undo()
        self.assertEqual((proposal.state, proposal.handoff_result), ("planned", False))
        receivable = self._receivables(self.invoice, "2026-10-15")
        self.assertFalse(receivable.hold_reason)

    def test_edited_before_it_leaves(self):
        claire = self.env["res.partner"].create(
            {
                "name": "Claire",
                "parent_id": self.other.id,
                "email": "claire@other.example",
            }
        )
        action = self._as(self.mail).action_edit_message()
        form = self._as(self.env[action["res_model"]]).with_context(**action["context"])
        wizard = form.create({})
        wizard.write(
            {
                "recipient_id": claire.id,
                "personal_text": "As said today:\n<b>thanks</b>",
            }
        )
        self.assertIn("As said today", wizard.preview)
        wizard.action_save_and_confirm()
        mail = self.mail.mail_id
        self.assertEqual(mail.recipient_ids, claire)
        self.assertIn("As said today:<br", mail.body_html)
        self.assertIn("&lt;b&gt;thanks&lt;/b&gt;", mail.body_html)
        self.assertIn("500,00", mail.body_html)
        kinds = self.env["collection.act"].search([("user_id", "=", self.collector.id)])
        self.assertEqual(kinds.mapped("kind"), ["confirm", "edit"])

    def test_recipient_without_address_is_refused(self):
        nobody = self.env["res.partner"].create(
            {"name": "Nobody", "parent_id": self.other.id}
        )
        wizard = self._as(self.env["collection.followup.edit"]).create(
            {"followup_id": self.mail.id, "recipient_id": nobody.id}
        )
        with self.assertRaisesRegex(UserError, "no usable address"):
            wizard.action_save()
