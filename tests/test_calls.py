# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import day
from .test_acts import CALL, FIRST, ActCase


@tagged("post_install", "-at_install")
class TestCalls(ActCase):
    """Calls from the worklist: attempts, results, what was agreed, undo."""

    def _call(self, result, user=None, date=CALL, **values):
        return self._as(self.file, user, date).act_call(result, **values)

    def test_no_answer_is_another_attempt_of_the_same_call(self):
        self._call("no_answer", next_try_at="2026-09-07 12:00:00", seconds=25)
        self.assertEqual((self.call.state, self.call.attempts), ("planned", 1))
        self.assertEqual(str(self.call.next_try_at), "2026-09-07 12:00:00")
        attempt = self.call.call_ids
        self.assertEqual(
            (attempt.result, attempt.seconds, attempt.number),
            ("no_answer", 25, "+33 4 72 11 11 11"),
        )
        self.assertEqual(self._row().kind, "call_again")
        self.assertIn("attempt 2", self._row().with_context(lang="en_US").action_text)
        self._call("absent")
        self.assertEqual(self.call.attempts, 2)
        self.assertEqual(len(self._followups()), 2)

    def test_no_answer_is_taken_back(self):
        self._call("no_answer", next_try_at="2026-09-07 12:00:00", note="Engaged")
        self._undo()
        self.assertRecordValues(
            self.call,
            [{"state": "planned", "attempts": 0, "next_try_at": False, "note": False}],
        )
        self.assertFalse(self.call.call_ids)

    def test_promise_performs_the_call_and_holds_what_it_was_about(self):
        later = self._create_invoice(200, "2026-09-07")
        self._call(
            "promised",
            promised_on="2026-09-15",
            amount=1000,
            hold_until="2026-09-18",
            person="Claire",
            note="By transfer",
        )
        self.assertRecordValues(
            self.call,
            [
                {
                    "state": "performed",
                    "call_result": "promised",
                    "performed_on": CALL,
                    "performed_by_id": self.collector.id,
                    "note": "By transfer",
                }
            ],
        )
        call = self.call.call_ids
        self.assertEqual(
            (call.promised_on, call.amount, call.person),
            (day("2026-09-15"), 1000, "Claire"),
        )
        held = self._receivables(self.invoice, CALL)
        self.assertEqual(
            (held.hold_reason, held.hold_until), ("excluded", day("2026-09-18"))
        )
        self.assertFalse(self._receivables(later, CALL).hold_reason)
        self.assertFalse(self._receivables(self.invoice, "2026-09-19").hold_reason)
        self.assertEqual(
            self.engine.run(date="2026-09-15", debtors=self.debtor)["held"],
            {"excluded": 1},
        )

    def test_promise_is_taken_back_with_its_hold(self):
        self._call("promised", promised_on="2026-09-15", hold_until="2026-09-18")
        self._undo()
        self.assertRecordValues(
            self.call,
            [{"state": "planned", "call_result": False, "performed_on": False}],
        )
        self.assertEqual(self.call.line_ids.state, "planned")
        self.assertFalse(self._receivables(self.invoice, CALL).hold_reason)

    def test_call_that_no_step_asked_for(self):
        self._call("message")
        self._call("approval", date="2026-09-08", note="The director signs on Friday")
        adhoc = self._followups("2026-09-08")
        self.assertRecordValues(
            adhoc,
            [
                {
                    "channel": "call",
                    "state": "performed",
                    "step_id": False,
                    "counts_in_budget": True,
                    "call_result": "approval",
                    "recipient_id": self.debtor.id,
                }
            ],
        )
        self.assertFalse(adhoc.line_ids)
        receivable = self._receivables(self.invoice, "2026-09-08")
        self.assertEqual(receivable.last_delay, 7)
        self._undo()
        self.assertFalse(adhoc.exists())

    def test_own_call_without_answer_stays_until_nothing_is_overdue(self):
        self._call("message")
        self._call("no_answer", date="2026-09-08")
        adhoc = self._followups("2026-09-08")
        self.engine.run(date="2026-09-09", debtors=self.debtor)
        self.assertEqual((adhoc.state, adhoc.attempts), ("planned", 1))
        self._pay(self.invoice)
        self.engine.run(date="2026-09-10", debtors=self.debtor)
        self.assertEqual(adhoc.state, "cancelled")

    def test_own_call_holds_what_is_overdue_and_free(self):
        disputed = self._create_invoice(50)
        self.env["collection.hold"].create(
            {"move_id": disputed.id, "reason": "dispute"}
        )
        self._call("message")
        self._call("promised", date="2026-09-08", hold_until="2026-09-20")
        agreed = self.env["collection.hold"].search([("reason", "=", "agreement")])
        self.assertEqual(agreed.move_id, self.invoice)
        self.assertEqual(agreed.user_id, self.collector)

    def test_wrong_number_gives_a_task(self):
        self._call("wrong_number")
        activity = self.file.activity_ids
        self.assertIn("+33 4 72 11 11 11", activity.summary)
        self.assertEqual(self.call.state, "planned")

    def test_wrong_mobile_gets_no_text_until_it_is_taken_back(self):
        partner = self.call.recipient_id
        partner.phone = "+33 6 12 34 56 78"
        self._call("wrong_number")
        blocked = self.env["collection.undeliverable"].search(
            [("partner_id", "=", partner.id)]
        )
        self.assertEqual((blocked.kind, blocked.value), ("phone", "+33612345678"))
        self.assertIn("+33612345678", self.file.activity_ids.summary)
        self._undo()
        self.assertFalse(blocked.active)
        self.assertFalse(self.file.activity_ids)

    def test_unknown_result_and_call_done_already(self):
        with self.assertRaisesRegex(UserError, "what came of the call"):
            self._call("nonsense")
        self._call("paid", followup_id=self.call.id)
        with self.assertRaisesRegex(UserError, "already performed"):
            self._as(self.call)._record_call("paid")

    def test_script_of_the_hours(self):
        panel = self._as(self.env["collection.panel"])
        self.company.collection_hours_business = "00:00-00:01"
        hours = panel.get_call(self.file.id)["hours"]
        self.assertFalse(hours["is_open"])
        self.company.collection_hours_business = "00:00-23:59"
        self._off_calendar()
        self.assertTrue(panel.get_call(self.file.id)["hours"]["is_open"])

    def test_first_message_stays_performed(self):
        self._call("no_answer")
        self.assertEqual(self._followups(FIRST).state, "performed")
