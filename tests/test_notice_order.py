# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CollectionCommon, day

FIRST = day("2026-09-01")
CALL = day("2026-09-08")


@tagged("post_install", "-at_install")
class TestNoticeOrder(CollectionCommon):
    """A formal notice that a person orders before the scenario proposes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "notice_collector", "account_collection.group_collection_user"
        )
        cls.manager = cls._create_user(
            "notice_manager", "account_collection.group_collection_manager"
        )

    def _remind(self, *moves):
        """Perform the first message of invoices."""
        self.engine.run(date=FIRST, debtors=self.debtor)
        self._perform(self._followups(FIRST), FIRST)
        self.file = self._followups(FIRST).file_id

    def _order(self, user=None, ticked=(), date=CALL):
        file = self.file.with_user(user or self.collector)
        file = file.with_context(collection_date=date, lang="en_US")
        action = file.action_order_notice(ticked)
        order = self.env[action["res_model"]].browse(action["res_id"])
        return order.with_env(file.env)

    def _make(self, order):
        with self.allow_pdf_render():
            order.action_order()
        return self._followups(CALL).filtered(lambda one: one.level_id.code == "notice")

    def test_due_and_undisputed_invoices_are_ticked(self):
        free = self._create_invoice(1000)
        disputed = self._create_invoice(300)
        self._remind()
        fresh = self._create_invoice(200, "2026-09-07")
        self._create_invoice(100, "2026-12-31")
        self.env["collection.hold"].create(
            {"move_id": disputed.id, "reason": "dispute"}
        )
        order = self._order()
        lines = {line.move_id: line for line in order.line_ids}
        self.assertEqual(set(lines), {free, disputed, fresh})
        self.assertTrue(lines[free].is_chosen)
        self.assertFalse(lines[disputed].is_chosen)
        self.assertEqual(lines[disputed].obstacle, "Dispute")
        self.assertFalse(lines[fresh].is_chosen)
        self.assertTrue(lines[fresh].is_early)
        self.assertEqual(order.total, 1000)
        self.assertEqual(order.deadline, day("2026-09-20"))
        self.assertIn("Menuiserie Durand", order.recipient)

    def test_letter_claims_the_ticked_list_and_counts_the_scenario_s_step(self):
        first, second = self._create_invoice(1000), self._create_invoice(500)
        self._remind()
        self.engine.run(date=CALL, debtors=self.debtor)
        call = self._followups(CALL)
        self.assertEqual(call.channel, "call")
        ticked = first.line_ids.filtered("date_maturity")
        notice = self._make(self._order(ticked=ticked.ids))
        self.assertRecordValues(
            notice,
            [
                {
                    "state": "queued",
                    "channel": "registered",
                    "amount": 1000,
                    "mode": "to_confirm",
                }
            ],
        )
        self.assertTrue(notice.attachment_id)
        self.assertEqual(notice.line_ids.move_line_id, ticked)
        self.assertEqual(notice.line_ids.delay, 30)
        self.assertTrue(notice.line_ids.claimed)
        receivable = self._receivables(first, CALL)
        self.assertEqual(receivable.status, "in_progress")
        self.assertEqual(call.state, "planned")
        self.assertEqual(call.line_ids.filtered("counted").move_id, second)
        act = self.env["collection.act"].search([("kind", "=", "notice")])
        self.assertEqual((act.file_id, act.user_id), (self.file, self.collector))

    def test_what_comes_after_it_follows_by_the_ladder(self):
        invoice = self._create_invoice(1000)
        self._remind()
        notice = self._make(self._order())
        self._perform(notice, CALL)
        found = self._live("2026-09-09", "2026-10-15")
        self.assertEqual(found, [(45, 45)])
        self.assertEqual(
            self._receivables(invoice, "2026-10-15").level_id.code, "handoff"
        )

    def test_never_twice(self):
        self._create_invoice(1000)
        self._remind()
        self._make(self._order())
        order = self._order()
        self.assertEqual(order.line_ids.obstacle, "Notice given or waiting")
        order.line_ids.is_chosen = True
        with self.assertRaisesRegex(UserError, "cannot be claimed any more"):
            order.action_order()

    def test_paid_between_opening_and_ordering(self):
        invoice = self._create_invoice(1000)
        self._remind()
        order = self._order()
        self._pay(invoice)
        with self.assertRaises(UserError):
            order.action_order()

    def test_nothing_chosen(self):
        self._create_invoice(1000)
        self._remind()
        order = self._order()
        order.line_ids.is_chosen = False
        with self.assertRaisesRegex(UserError, "Choose the invoices"):
            order.action_order()

    def test_without_a_reminder_only_a_manager(self):
        self._create_invoice(1000)
        self._remind()
        early = self._create_invoice(200, "2026-09-07")
        order = self._order()
        order.line_ids.filtered(lambda line: line.move_id == early).is_chosen = True
        with self.assertRaisesRegex(AccessError, "written reminder"):
            order.action_order()
        order = self._order(self.manager)
        with Form(order) as form:
            for index in range(len(order.line_ids)):
                with form.line_ids.edit(index) as line:
                    line.is_chosen = True
        notice = self._make(order)
        self.assertEqual(notice.amount, 1200)

    def test_public_bodies_get_none(self):
        self._create_invoice(1000)
        self._remind()
        self.file.segment_id = self.env.ref(
            "account_collection.collection_segment_public"
        )
        order = self._order()
        with self.assertRaisesRegex(UserError, "has no formal notice"):
            order.action_order()

    def test_postal_address_is_needed(self):
        self._create_invoice(1000)
        self._remind()
        self.debtor.street = False
        order = self._order()
        with self.assertRaisesRegex(UserError, "postal address"):
            order.action_order()

    def test_pieces_are_told(self):
        self._create_invoice(1000, ref="PO-1", delivery_date="2026-08-01")
        self._remind()
        pieces = dict(self._order()._get_pieces())
        self.assertTrue(pieces["Order of each invoice"])
        self.assertTrue(pieces["Delivery date of each invoice"])
        self.assertTrue(pieces["Written reminder at least seven days ago"])
        self.assertFalse(pieces["Signed order"])
        self.assertFalse(pieces["Invoice as sent (PDF)"])
