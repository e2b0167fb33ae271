# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import re

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.ladder import Ladder, Position
from .common import DUE, CollectionCommon, day

#: tables of a plan; "Bitmap Index Scan on" names an index
TABLES = r"(?<!Index Scan )\bon (\w+)"


@tagged("post_install", "-at_install")
class TestReceivable(CollectionCommon):
    """The one query: what is owed, where it stands, why it is not chased."""

    def test_fields_of_a_late_invoice(self):
        invoice = self._create_invoice(1000, ref="PO-7")
        self._pay(invoice, 400, DUE)
        line = invoice.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        self.assertRecordValues(
            self._receivables(invoice, "2026-10-05"),
            [
                {
                    "id": line.id,
                    "move_line_id": line.id,
                    "move_id": invoice.id,
                    "document": invoice.name,
                    "reference": "PO-7",
                    "debtor_id": self.debtor.id,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "nature": "trade",
                    "amount_total": 1000.0,
                    "amount_residual": 600.0,
                    "amount_residual_currency": 600.0,
                    "amount_held": 0.0,
                    "amount_due": 600.0,
                    "date_due": DUE,
                    "days_overdue": 35,
                    "bucket": "d31_60",
                    "scenario_id": self.rapp.id,
                    "status": "due",
                }
            ],
        )

    def test_buckets(self):
        invoice = self._create_invoice()
        found = {}
        for days in (-3, 0, 1, 30, 31, 60, 61, 90, 91, 400):
            date = DUE + datetime.timedelta(days=days)
            found[days] = self._receivables(invoice, date).bucket
        self.assertEqual(
            found,
            {
                -3: "not_due",
                0: "not_due",
                1: "d1_30",
                30: "d1_30",
                31: "d31_60",
                60: "d31_60",
                61: "d61_90",
                90: "d61_90",
                91: "d91",
                400: "d91",
            },
        )

    def test_two_days_in_one_environment_do_not_share_their_values(self):
        invoice = self._create_invoice()
        early = self._receivables(invoice, "2026-08-30")
        late = self._receivables(invoice, "2026-09-20")
        self.assertEqual((early.days_overdue, late.days_overdue), (-1, 20))
        self.assertEqual((early.bucket, late.bucket), ("not_due", "d1_30"))

    def test_statuses(self):
        invoice = self._create_invoice()

        def status(date):
            return self._receivables(invoice, date).status

        self.assertEqual(status("2026-08-20"), "not_due")
        self.assertEqual(status("2026-09-01"), "due")
        self.engine.run(date="2026-09-01")
        self.assertEqual(status("2026-09-02"), "in_progress")
        self._perform(self._followups(), day("2026-09-01"))
        self.assertEqual(status("2026-09-02"), "waiting")
        self._live("2026-09-02", "2026-10-20")
        self.assertEqual(status("2026-10-21"), "done")
        followup = self._followups()[-1]
        followup._update_state("failed", failure_code="other", reason="?")
        self.assertEqual(status("2026-10-21"), "failed")

    def test_credit_is_a_receivable_too(self):
        note = self._create_credit_note(300, DUE)
        self.assertRecordValues(
            self._receivables(note, "2026-09-10"),
            [{"status": "credit", "amount_due": -300.0, "due_step_id": False}],
        )

    def test_line_of_a_contact_belongs_to_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id}
        )
        payment = self._receive(50, DUE, partner=contact)
        receivable = self._receivables(payment.move_id)
        self.assertEqual(receivable.debtor_id, self.debtor)

    # === NATURES === #

    def _account(self, code):
        return self.env["account.account"].search(
            [("code", "=", code), ("company_ids", "in", self.company.id)]
        )

    def test_natures_of_the_french_chart(self):
        natures = {
            code: self._account(code).collection_nature
            for code in ("411100", "411700", "413000", "416000", "512001", "401100")
        }
        self.assertEqual(
            natures,
            {
                "411100": "trade",
                "411700": "retention",
                "413000": "bill",
                "416000": "doubtful",
                "512001": False,
                "401100": False,
            },
        )

    def _move_to(self, invoice, code, amount):
        """Move a part of an invoice to another account, like a retention."""
        source = self._receivables(invoice).move_line_id
        entry = self.env["account.move"].create(
            {
                "journal_id": self.general_journal.id,
                "date": DUE,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self._account(code).id,
                            "partner_id": self.debtor.id,
                            "debit": amount,
                            "date_maturity": DUE,
                            "no_followup": False,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": source.account_id.id,
                            "partner_id": self.debtor.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        credit = entry.line_ids.filtered(lambda line: line.credit)
        (source + credit).reconcile()
        return entry

    def test_retention_and_bill_are_shown_and_not_chased(self):
        invoice = self._create_invoice(1000)
        for code, nature in (("411700", "retention"), ("413000", "bill")):
            entry = self._move_to(invoice, code, 50)
            self.assertRecordValues(
                self._receivables(entry, "2026-09-01"),
                [{"nature": nature, "status": "untracked", "due_step_id": False}],
            )
        self.engine.run(date="2026-09-01")
        self.assertEqual(self._followups().amount, 900)

    def test_doubtful_is_chased_although_not_of_receivable_type(self):
        invoice = self._create_invoice(1000)
        entry = self._move_to(invoice, "416000", 1000)
        self.assertEqual(self._account("416000").account_type, "asset_current")
        self.engine.run(date="2026-09-01")
        self.assertEqual(self._followups().line_ids.move_id, entry)

    def test_nature_is_the_user_s_to_set(self):
        invoice = self._create_invoice(1000)
        account = self._receivables(invoice).move_line_id.account_id
        account.collection_nature = "bill"
        self.assertEqual(self._receivables(invoice).nature, "bill")
        self.assertEqual(self.engine.run(date="2026-09-01")["due"], 0)

    # === SHAPE OF THE SQL === #

    def _explain(self, query):
        table = self.env["collection.receivable"]._table_sql
        self.env.flush_all()
        rows = self.env.execute_query(SQL("EXPLAIN %s", SQL(query, table)))
        return "\n".join(row[0] for row in rows)

    def test_a_count_joins_nothing(self):
        """Everything beside the journal item is dropped when it is not used."""
        plan = self._explain("SELECT count(*) FROM %s v")
        tables = set(re.findall(TABLES, plan))
        self.assertEqual(tables, {"account_move_line"})

    def test_a_sum_of_balances_joins_no_outcome(self):
        plan = self._explain(
            "SELECT v.company_id, v.bucket, sum(v.amount_residual) FROM %s v"
            " GROUP BY 1, 2"
        )
        self.assertEqual(set(re.findall(TABLES, plan)), {"account_move_line"})

    def test_last_step_alone_joins_no_hold(self):
        plan = self._explain("SELECT v.step_id FROM %s v")
        self.assertNotIn("collection_hold", plan)
        self.assertNotIn("collection_probable_payment", plan)
        self.assertIn("collection_followup_line", plan)

    def test_holds_are_joined_once(self):
        plan = self._explain("SELECT v.hold_reason, v.amount_held, v.status FROM %s v")
        # Each of the two sources of manual holds reads invoices and debtors.
        self.assertEqual(len(re.findall(r"\bon collection_hold\b", plan)), 4)

    def test_list_of_eighty_costs_a_constant_number_of_queries(self):
        for number in range(4):
            self._create_invoice(100 + number)
        names = ["debtor_id", "status", "hold_reason", "level_id", "amount_due"]
        receivables = self.env["collection.receivable"]
        receivables.search_read([], names)
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            receivables.search_read([("debtor_id", "=", self.debtor.id)], names)

    # === THE LADDER IN SQL === #

    def test_sql_and_python_ladders_agree(self):
        """Every position against every day: the query is the readable rule."""
        self._off_calendar()
        invoice = self._create_invoice()
        line = self._receivables(invoice).move_line_id
        steps = {step.delay_days: step for step in self.rapp.step_ids}
        ladder = Ladder(tuple(sorted(steps)))
        lines = self.env["collection.followup.line"]
        self.engine.run(date="2026-09-01")
        template = self._followups().line_ids
        days = [
            -8,
            -6,
            -5,
            -4,
            -1,
            0,
            1,
            2,
            6,
            7,
            8,
            14,
            15,
            16,
            22,
            29,
            30,
            31,
            45,
            60,
        ]
        for delay in (None, -5, 1, 7, 15, 30, 45):
            for planned in (-5, 1, 8, 20) if delay is not None else (0,):
                lines.search([]).write({"counted": False, "latest": False})
                position = None
                if delay is not None:
                    date = DUE + datetime.timedelta(days=planned)
                    template.write(
                        {
                            "delay": delay,
                            "date": date,
                            "step_id": steps[delay].id,
                            "counted": True,
                            "latest": True,
                        }
                    )
                    position = Position(delay, date)
                for offset in days:
                    date = DUE + datetime.timedelta(days=offset)
                    expected = ladder.due(DUE, invoice.invoice_date, position, date)
                    found = self._receivables(invoice, date).due_step_id
                    self.assertEqual(
                        found.delay_days if found else None,
                        expected,
                        f"position {delay} planned {planned}, day {offset}",
                    )
        self.assertEqual(template.move_line_id, line)

    def test_marked_entry_is_the_highest_start(self):
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == 7)
        step.is_entry = True
        invoice = self._create_invoice()
        for offset, delay in ((2, 1), (6, 1), (7, 7), (90, 7)):
            date = DUE + datetime.timedelta(days=offset)
            found = self._receivables(invoice, date).due_step_id
            self.assertEqual(found.delay_days, delay)

    def test_courtesy_needs_an_invoice_of_that_day(self):
        """An invoice made three days before it is due gets no reminder five before."""
        invoice = self._create_invoice(invoice_date="2026-08-28")
        self.assertFalse(self._receivables(invoice, "2026-08-29").due_step_id)
        known = self._create_invoice(invoice_date="2026-08-26")
        self.assertTrue(self._receivables(known, "2026-08-29").due_step_id)
