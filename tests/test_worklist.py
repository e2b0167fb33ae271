# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.tests import tagged

from ..core import priority
from .common import DUE, CollectionCommon, day

FIRST = day("2026-09-01")
CALL = day("2026-09-07")


@tagged("post_install", "-at_install")
class TestWorklist(CollectionCommon):
    """Who stands in the list, with what, and in which order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "worklist_collector", "account_collection.group_collection_user"
        )

    def _list(self, date, user=None, domain=()):
        rows = self.env["collection.worklist"].with_context(collection_date=date)
        return rows.with_user(user or self.env.user).search(list(domain))

    def _call(self, partner=None, amount=1000):
        """Plan the call of a debtor."""
        partner = partner or self.debtor
        self._create_invoice(amount, partner=partner)
        self.engine.run(date=FIRST, debtors=partner)
        self._perform(self._followups(FIRST, partner), FIRST)
        self.engine.run(date=CALL, debtors=partner)
        return self._followups(CALL, partner)

    def test_call_of_the_day(self):
        call = self._call()
        row = self._list(CALL)
        self.assertRecordValues(
            row,
            [
                {
                    "debtor_id": self.debtor.id,
                    "amount_overdue": 1000,
                    "oldest_days": 7,
                    "kind": "call",
                    "followup_id": call.id,
                    "is_today": True,
                    "due_count": 1,
                    "points_amount": 20,
                    "points_age": 2,
                    "points_action": 15,
                    "priority": 37,
                }
            ],
        )
        self.assertEqual(row.id, call.file_id.id)
        self.assertEqual(row.amount_overdue, call.file_id.amount_overdue)

    def test_what_comes_later_is_not_today(self):
        self._call()
        self.assertFalse(self._list("2026-09-06").is_today)

    def test_open_case_without_work_stays_in_the_list(self):
        self._create_invoice(1000)
        self.engine.run(date=FIRST, debtors=self.debtor)
        self._perform(self._followups(FIRST), FIRST)
        row = self._list("2026-09-02")
        self.assertRecordValues(
            row, [{"kind": False, "is_today": False, "followup_id": False}]
        )

    def test_paid_debtor_leaves_the_list(self):
        self._call()
        self._pay(
            self.env["account.move"].search([("partner_id", "=", self.debtor.id)])
        )
        self.engine.run(date=CALL, debtors=self.debtor)
        self.assertFalse(self._list(CALL))

    def test_task_goes_before_a_call(self):
        call = self._call()
        call.file_id.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=CALL, summary="Answer Durand"
        )
        row = self._list(CALL)
        self.assertEqual((row.kind, row.reason_text), ("answer", "Answer Durand"))
        self.assertEqual(row.followup_id, call)

    def test_failure_and_unknown_fate(self):
        self._create_invoice(1000)
        self.engine.run(date=FIRST, debtors=self.debtor)
        mail = self._followups(FIRST)
        mail._update_state("failed", failure_code="other", reason="Refused by policy")
        row = self._list(FIRST)
        self.assertEqual((row.kind, row.reason_text), ("failed", "Refused by policy"))
        mail.failure_code = "unknown_fate"
        self.assertEqual(self._list(FIRST).kind, "unknown")

    def test_order_by_priority(self):
        small = self._create_debtor("Small")
        large = self._create_debtor("Large")
        self._call(small, 50)
        self._call(large, 50000)
        rows = self._list(CALL, domain=[("debtor_id", "in", (small + large).ids)])
        self.assertEqual(rows.debtor_id, large + small)
        self.assertEqual(rows.mapped("debtor_id.name"), ["Large", "Small"])

    def test_points_in_sql_are_those_of_the_core(self):
        amounts = (9.99, 10, 31, 32, 100, 999, 1000, 99999.99, 5_000_000)
        partners = [self._create_debtor(f"P{number}") for number in range(len(amounts))]
        for partner, amount in zip(partners, amounts, strict=True):
            self._create_invoice(amount, partner=partner)
            self.env["collection.debtor"]._get_file(self.company, partner)
        files = self.env["collection.debtor"].search([])
        for file in files:
            file.activity_schedule("mail.mail_activity_data_todo", date_deadline=DUE)
        for offset in (0, 1, 2, 3, 89, 90, 400):
            date = DUE + datetime.timedelta(days=offset)
            for row in self._list(date):
                points = priority.explain(row.amount_overdue, row.oldest_days, row.kind)
                with self.subTest(amount=row.amount_overdue, days=row.oldest_days):
                    self.assertEqual(
                        (row.points_amount, row.points_age, row.points_action),
                        (points["amount"], points["age"], points["action"]),
                    )

    def test_count_reads_no_receivable(self):
        """PostgreSQL drops the joins that a count does not use."""
        self._call()
        rows = self.env["collection.worklist"].with_context(collection_date=CALL)
        query = rows._search([("collector_id", "=", False)])
        plan = "\n".join(
            line
            for (line,) in self.env.execute_query(
                query.select("count(*)").__class__(
                    "EXPLAIN %s", query.select("count(*)")
                )
            )
        )
        self.assertNotIn("account_move_line", plan)

    def test_list_of_many_costs_a_constant_number_of_queries(self):
        fields = ["debtor_id", "amount_overdue", "kind", "action_text", "reason_text"]
        for number in range(3):
            self._call(self._create_debtor(f"Few {number}"))
        self._list(CALL).mapped("action_text")
        few = self._count_queries(fields)
        for number in range(20):
            self._call(self._create_debtor(f"Many {number}"))
        self.assertLessEqual(self._count_queries(fields), few)

    def _count_queries(self, fields):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        rows = self.env["collection.worklist"].with_context(collection_date=CALL)
        rows.search_fetch([], fields, limit=80).read(fields)
        return self.env.cr.sql_log_count - start
