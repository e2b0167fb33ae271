# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .sms import DAY, MOBILE, SendingCase


@tagged("post_install", "-at_install")
class TestSmsChecked(SendingCase):
    """Just before a message leaves it is checked against the ledger."""

    def test_it_leaves_with_its_proof(self):
        operator = self._process()
        self.assertEqual(operator.sent, [(MOBILE, self.followup.sms_body)])
        self.assertRecordValues(
            self.followup,
            [
                {
                    "state": "performed",
                    "sms_state": "pending",
                    "attempts": 1,
                    "performed_on": DAY,
                    "failure_code": False,
                }
            ],
        )
        self.assertEqual(self._receivables(self.invoice).level_id.code, "friendly")
        call = operator.calls[0]
        self.assertEqual(call["webhook_url"], "https://vauban.example/sms/status")

    def test_the_queue_sends_once(self):
        self._process()
        self.env["sms.sms"].search([]).write({"state": "outgoing", "to_delete": False})
        self.assertFalse(self._process().sent)
        self.assertEqual(self.followup.state, "performed")

    def test_paid_meanwhile(self):
        self._pay(self.invoice, date=DAY)
        self._assert_cancelled(self._process(), "Paid")

    def test_held_meanwhile(self):
        self.env["collection.hold"].create(
            {"move_id": self.invoice.id, "reason": "dispute"}
        )
        self._assert_cancelled(self._process(), "held")

    def test_probably_paid_meanwhile(self):
        self._create_bank_line(1000, DAY, self.invoice.name)
        self._assert_cancelled(self._process(), "held")

    def test_changed_meanwhile(self):
        """The text would be wrong; the step is due again with the new balance."""
        self._pay(self.invoice, 400, DAY)
        self._assert_cancelled(self._process(), "figures")
        again = self._plan("2026-09-04")
        self.assertEqual((again.state, again.amount), ("queued", 600))
        self.assertIn("600.00 EUR", again.sms_body)

    def test_another_number_meanwhile(self):
        self.debtor.phone = "06 12 34 56 79"
        self._assert_cancelled(self._process(), "number")
        again = self._plan("2026-09-04")
        self.assertEqual(again.recipient_address, "+33612345679")

    def test_stopped_by_the_debtor_meanwhile(self):
        self.env["phone.blacklist"]._add([MOBILE])
        self._assert_cancelled(self._process(), "number")
        self.assertEqual(self._plan("2026-09-04").channel, "email")

    def test_the_send_button_of_odoo_leaves_it_to_the_queue(self):
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([])
        self._message(self.followup).send()
        self.assertEqual(self.followup.state, "queued")
        self.assertGreater(triggers.search_count([]), before)

    def test_the_resend_button_of_odoo_sends_nothing_twice(self):
        self._process()
        message = self._message(self.followup)
        message.write({"state": "error", "to_delete": False})
        message.resend_failed()
        self.assertFalse(self._process().sent)

    def test_cancelled_in_odoo_s_queue(self):
        self._message(self.followup).action_set_canceled()
        self.assertEqual(self.followup.state, "cancelled")
        self.assertFalse(self.followup.line_ids.counted)

    def test_messages_of_others_leave_as_ever(self):
        """Also when ours wait for their hour, and fill what Odoo takes at once."""
        self.env["ir.config_parameter"].set_param("sms.session.batch.size", 1)
        other = self.env["sms.sms"].create({"number": "+33612345670", "body": "Hello"})
        operator = self._process("2026-09-03 21:00")
        self.assertEqual(operator.sent, [("+33612345670", "Hello")])
        self.assertEqual(other.state, "pending")
        self.assertEqual(self.followup.state, "queued")

    def test_a_copy_of_the_database_sends_nothing(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("database.is_neutralized", True)
        operator = self._process()
        self.assertFalse(operator.calls)
        self._assert_cancelled(operator, "copy")

    def test_neutralising_cancels_what_waits(self):
        self.env.flush_all()
        for query in get_neutralization_queries(["account_collection"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(self._message(self.followup).state, "canceled")
        self.assertFalse(self._process().calls)

    def test_many_messages_leave_in_a_few_calls(self):
        for number in range(45):
            partner = self._create_debtor(
                f"Debtor {number}", phone=f"06 12 00 00 {number:02d}"
            )
            self._create_invoice(1000, partner=partner)
        self.engine.run(date=DAY)
        operator = self._process()
        self.assertEqual(len(operator.calls), 3)
        self.assertEqual(len(operator.sent), 46)
        self.assertEqual(len(set(operator.sent)), 46)
