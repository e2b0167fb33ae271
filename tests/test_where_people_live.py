# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CollectionCommon, day

FIRST = day("2026-09-01")
CALL = day("2026-09-07")


@tagged("post_install", "-at_install")
class TestWherePeopleLive(CollectionCommon):
    """Level, next step, status and reason on invoices and customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user(
            "live_accountant", "account.group_account_invoice,base.group_user"
        )
        cls.salesman = cls._create_user("live_sales", "sales_team.group_sale_salesman")

    def _life(self, amount=1000, partner=None):
        """Post an invoice whose first message was performed."""
        invoice = self._create_invoice(amount, partner=partner)
        partner = partner or self.debtor
        self.engine.run(date=FIRST, debtors=partner)
        self._perform(self._followups(FIRST, partner), FIRST)
        return invoice

    def _as(self, record, user=None, date=FIRST):
        record = record.with_user(user or self.accountant)
        return record.with_context(collection_date=date, lang="en_US")

    # === INVOICES === #

    def test_invoice_says_where_it_stands(self):
        invoice = self._as(self._life())
        self.assertEqual(invoice.collection_status, "waiting")
        self.assertEqual(invoice.collection_level_id.code, "friendly")
        self.assertEqual(invoice.collection_next_step, "Call")
        self.assertEqual(invoice.collection_next_on, CALL)
        self.assertEqual(invoice.collection_status_text, "Call on 09/07/2026")
        self.assertFalse(invoice.collection_reason)

    def test_reason_of_a_held_invoice(self):
        invoice = self._life()
        self.env["collection.hold"].create(
            {"move_id": invoice.id, "reason": "dispute", "date_end": "2026-09-20"}
        )
        invoice = self._as(invoice)
        self.assertEqual(invoice.collection_status, "held")
        self.assertEqual(invoice.collection_reason, "Dispute until 09/20/2026")
        self.assertFalse(invoice.collection_next_on)

    def test_of_several_instalments_the_pressing_one_speaks(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 90}),
                ],
            }
        )
        invoice = self._create_invoice(
            1000, invoice_payment_term_id=term.id, invoice_date="2026-08-01"
        )
        self.assertEqual(self._as(invoice).collection_status, "due")

    def test_invoices_are_found_by_status_and_level(self):
        waiting = self._life()
        other = self._create_debtor("Other")
        fresh = self._create_invoice(500, partner=other)
        moves = self._as(self.env["account.move"])
        self.assertEqual(
            moves.search([("collection_status", "=", "due")]) & (waiting + fresh), fresh
        )
        friendly = self.env.ref("account_collection.collection_level_friendly")
        found = moves.search([("collection_level_id", "=", friendly.id)])
        self.assertEqual(found & (waiting + fresh), waiting)
        found = moves.search([("collection_level_id.code", "=", "friendly")])
        self.assertEqual(found & (waiting + fresh), waiting)

    def test_alert_of_an_overdue_invoice(self):
        invoice = self._as(self._life())
        self.assertEqual(
            invoice.alerts["collection"]["message"], "Collection: Call on 09/07/2026"
        )
        self.assertNotIn("1,000", str(invoice.alerts["collection"]))

    def test_list_of_invoices_costs_a_constant_number_of_queries(self):
        names = ["collection_status_text", "collection_next_on", "collection_reason"]
        moves = self._life() + self._create_invoice(50)
        few = self._count(moves, names)
        for number in range(15):
            moves += self._create_invoice(100 + number)
        self.assertLessEqual(self._count(moves, names), few)

    def _count(self, records, names):
        records = self._as(records)
        records.read(names)
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        records.read(names)
        return self.env.cr.sql_log_count - start

    # === CUSTOMERS === #

    def test_customer_says_where_it_stands(self):
        self._life()
        self.engine.run(date=CALL, debtors=self.debtor)
        partner = self._as(self.debtor, date=CALL)
        self.assertTrue(partner.is_collection_case)
        self.assertEqual(partner.collection_overdue, 1000)
        self.assertEqual(partner.collection_level_id.code, "friendly")
        self.assertEqual(partner.collection_next_text, "Call")
        self.assertFalse(partner.collection_reason)
        self.env["collection.hold"].create(
            {"debtor_id": self.debtor.id, "reason": "agreement"}
        )
        partner.invalidate_recordset()
        self.assertEqual(partner.collection_reason, "Excluded")

    def test_customers_are_found(self):
        self._life()
        other = self._create_debtor("Other")
        partners = self._as(self.env["res.partner"])
        scope = [("id", "in", (self.debtor + other).ids)]
        found = partners.search([*scope, ("is_collection_case", "=", True)])
        self.assertEqual(found, self.debtor)
        found = partners.search([*scope, ("is_collection_case", "=", False)])
        self.assertEqual(found, other)

    def test_list_of_customers_costs_a_constant_number_of_queries(self):
        names = ["collection_overdue", "collection_next_text", "collection_reason"]
        partners = self.debtor
        self._life()
        self._life(partner=self._create_debtor("Second"))
        few = self._count(partners, names)
        for number in range(6):
            partner = self._create_debtor(f"Many {number}")
            self._life(partner=partner)
            partners += partner
        self.assertLessEqual(self._count(partners, names), few)

    # === RIGHTS === #

    def test_salespeople_read_nothing_of_it(self):
        invoice = self._life()
        invoice.invoice_user_id = self.salesman
        for record, name in (
            (invoice, "collection_status_text"),
            (self.debtor, "collection_overdue"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self._as(record, self.salesman).read([name])
        for model in (
            "collection.receivable",
            "collection.debtor",
            "collection.worklist",
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.salesman).search([])
