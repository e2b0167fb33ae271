# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CollectionCommon, day

FIRST = day("2026-09-01")
CALL = day("2026-09-07")


@tagged("post_install", "-at_install")
class TestPanel(CollectionCommon):
    """Everything about a debtor on one screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "panel_collector", "account_collection.group_collection_user"
        )
        cls.debtor.phone = "+33 4 72 11 11 11"
        cls.invoice = cls._create_invoice(1000, ref="PO-77")
        cls.engine.run(date=FIRST, debtors=cls.debtor)
        cls._perform(cls._followups(FIRST), FIRST)
        cls.engine.run(date=CALL, debtors=cls.debtor)
        cls.call = cls._followups(CALL)
        cls.file = cls.call.file_id

    def _panel(self, user=None, date=CALL):
        panel = self.env["collection.panel"].with_user(user or self.collector)
        return panel.with_context(collection_date=date).get_panel(self.file.id)

    def _get_call(self):
        panel = self.env["collection.panel"].with_user(self.collector)
        return panel.with_context(collection_date=CALL).get_call(self.file.id)

    def test_panel_is_json(self):
        self.assertEqual(json.loads(json.dumps(self._panel()))["id"], self.file.id)

    def test_amounts_are_the_file_s(self):
        self._create_invoice(300, "2026-10-31")
        self._receive(50, CALL)
        self.env["collection.hold"].create(
            {"move_id": self._create_invoice(200).id, "reason": "check"}
        )
        amounts = self._panel()["head"]["amounts"]
        self.assertEqual(
            (amounts["open"], amounts["not_due"], amounts["overdue"]),
            (1450, 300, 1200),
        )
        self.assertEqual((amounts["held"], amounts["credits"]), (200, -50))
        file = self.file.with_context(collection_date=CALL)
        self.assertEqual(amounts["overdue"], file.amount_overdue)
        self.assertEqual(amounts["open"], file.amount_open)

    def test_items_say_where_they_stand(self):
        item = self._panel()["items"][0]
        self.assertEqual(
            (item["document"], item["reference"], item["days"], item["residual"]),
            (self.invoice.name, "PO-77", 7, 1000),
        )
        self.assertEqual(item["text"], "Call: To do")
        held = self.env["collection.hold"].create(
            {
                "move_id": self.invoice.id,
                "reason": "agreement",
                "date_end": "2026-09-20",
            }
        )
        self.assertEqual(self._panel()["items"][0]["text"], "Excluded until 09/20/2026")
        self.assertEqual(self._panel()["holds"][0]["id"], held.id)

    def test_next_action(self):
        found = self._panel()["next"]
        self.assertEqual((found["kind"], found["followup_id"]), ("call", self.call.id))
        self.assertIn("20 for the amount", found["why"])

    def test_timeline(self):
        payment = self._pay(self.invoice, 400, CALL)
        self.file.with_user(self.collector).act_note("Speaks to Claire only")
        entries = self._panel()["timeline"]
        texts = [(entry["title"], entry["text"]) for entry in entries]
        self.assertIn(("Note", "Speaks to Claire only"), texts)
        self.assertIn(("E-mail – Friendly", "Performed"), texts)
        self.assertIn(("Payment", payment.move_id.name), texts)
        dates = [entry["date"] for entry in entries]
        self.assertEqual(dates, sorted(dates, reverse=True))

    def test_contacts_in_the_order_in_which_they_are_tried(self):
        claire = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id, "email": "claire@x.example"}
        )
        self.env["collection.contact"].create(
            {"file_id": self.file.id, "role": "accounting", "partner_id": claire.id}
        )
        contacts = self._panel()["contacts"]
        self.assertEqual([one["id"] for one in contacts], [claire.id, self.debtor.id])
        self.assertEqual(contacts[0]["roles"], ["Accounting"])

    def test_number_of_queries_does_not_depend_on_the_receivables(self):
        self._create_invoice(100)
        self._panel()
        few = self._count_queries()
        for _number in range(30):
            self._create_invoice(100)
        self._panel()
        self.assertLessEqual(self._count_queries(), few)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        self._panel()
        return self.env.cr.sql_log_count - start

    # === THE CALL === #

    def test_script_has_the_figures(self):
        self.debtor.lang = "en_US"
        self.call.lang = "en_US"
        call = self._get_call()
        self.assertEqual(call["followup_id"], self.call.id)
        self.assertIn(self.invoice.name, call["script"])
        self.assertIn("your order PO-77", call["script"])
        self.assertIn("1,000.00", call["script"])
        self.assertIn("August 31", call["script"].replace("31 August", "August 31"))
        self.assertIn(self.collector.name, call["script"])
        self.assertNotIn("o_call_paid", call["script"])
        hints = {one["code"]: one["hint"] for one in call["results"]}
        self.assertIn("transfer advice", hints["paid"])
        self.assertEqual(call["results"][0]["code"], "no_answer")
        self.assertEqual(call["phone"], "+33 4 72 11 11 11")

    def test_call_that_no_step_asked_for_leaves_nothing_before_it_is_recorded(self):
        self.call.sudo()._cancel("not today")
        before = self.env["collection.followup"].search_count([])
        call = self._get_call()
        self.assertFalse(call["followup_id"])
        self.assertIn(self.invoice.name, call["script"])
        self.assertEqual(self.env["collection.followup"].search_count([]), before)

    def test_script_for_a_private_individual_is_another(self):
        self.file.segment_id = self.env.ref(
            "account_collection.collection_segment_consumer"
        )
        self.call.sudo()._cancel("not today")
        script = self._get_call()["script"]
        self.assertNotIn("supplier payments", script)

    # === RIGHTS === #

    def test_another_portfolio_is_closed(self):
        other = self._create_user(
            "panel_other", "account_collection.group_collection_user"
        )
        self.file.collector_id = other
        with self.assertRaises(AccessError):
            self._panel()
        self.assertTrue(self._panel(other))

    def test_readers_see_and_do_not_call(self):
        reader = self._create_user(
            "panel_reader", "account_collection.group_collection_readonly"
        )
        self.assertFalse(self._panel(reader)["rights"]["collector"])
        with self.assertRaises(AccessError):
            self.env["collection.panel"].with_user(reader).get_call(self.file.id)
