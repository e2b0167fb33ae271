# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools import formatLang
from odoo.tools.safe_eval import safe_eval

from .common import DUE, day
from .limitation_case import TODAY, LimitationCase


@tagged("post_install", "-at_install")
class TestLimitationShown(LimitationCase):
    """Where the day shows, how it is found, and what it holds."""

    def _states(self, states, date=TODAY):
        rows = self.env["collection.receivable"].with_context(collection_date=date)
        domain = [("limitation_state", "in", states)]
        return rows.search(domain).mapped("limitation_date")

    def test_states_are_found_as_they_are_shown(self):
        """Every day around each bound, on ordinary days and on ends of months."""
        dues = (
            "2021-11-21 2021-11-22 2021-12-22 2021-12-23 2022-02-22 2022-02-23 "
            "2022-05-22 2022-05-23 2022-11-22 2022-11-23 2021-03-27 2021-03-31 "
            "2021-04-01 2021-05-31 2021-06-01 2021-08-31 2021-09-01"
        )
        for due in dues.split():
            self._create_invoice(due=due)
        self._create_credit_note(50, "2026-01-01")
        rows = self.env["collection.receivable"]
        codes = [code for code, _label in rows._fields["limitation_state"].selection]
        for date in (TODAY, day("2026-02-28"), day("2026-11-30")):
            rows = self.env["collection.receivable"].with_context(collection_date=date)
            everything = rows.search([])
            self.assertEqual(len(everything), 18)
            for code in codes:
                found = rows.search([("limitation_state", "=", code)])
                expected = everything.filtered(
                    lambda row, code=code: row.limitation_state == code
                )
                self.assertEqual(found.ids, expected.ids, (date, code))
            unknown = rows.search([("limitation_state", "=", False)])
            self.assertEqual(unknown.mapped("status"), ["credit"])
        self.assertEqual(self._states(["over"])[-1:], [day("2026-11-21")])
        self.assertEqual(self._states(["m1"]), [day("2026-11-22"), day("2026-12-22")])
        self.assertEqual(self._states(["m3"]), [day("2026-12-23"), day("2027-02-22")])
        # 28 February: one month is left until 31 March.
        self.assertEqual(
            self._states(["m1"], day("2026-02-28")),
            [day("2026-03-27"), day("2026-03-31")],
        )

    def test_every_filter_of_the_screen_finds_its_receivables(self):
        for due in ("2021-11-21", "2021-12-22", "2022-02-22", "2022-11-22"):
            self._create_invoice(due=due)
        rows = self.env["collection.receivable"]
        arch = etree.fromstring(rows.get_view(view_type="search")["arch"])
        found = {}
        for node in arch.xpath("//filter[starts-with(@name, 'limitation_')]"):
            domain = safe_eval(node.get("domain"))
            found[node.get("name")] = len(rows.search(domain))
        self.assertEqual(
            found,
            {
                "limitation_m12": 3,
                "limitation_m6": 2,
                "limitation_m3": 2,
                "limitation_m1": 1,
                "limitation_over": 1,
            },
        )

    def test_a_consumers_claim_is_held_the_day_after(self):
        self.debtor.is_company = False
        move = self._create_invoice(due="2024-08-31")
        row = self._receivables(move, "2026-08-31")
        self.assertNotEqual(row.hold_reason, "limitation")
        row = self._receivables(move, "2026-09-01")
        self.assertRecordValues(row, [{"hold_reason": "limitation", "status": "held"}])
        self.assertEqual(row.status_text, "Limitation")
        self.assertFalse(row.limitation_warning)
        result = self.engine.run(date="2026-09-01", debtors=self.debtor)
        self.assertEqual((result["held"], result["lines"]), ({"limitation": 1}, 0))
        self._record(move, "acknowledgement", "2026-08-20")
        row = self._receivables(move, "2026-09-01")
        self.assertFalse(row.hold_reason)
        result = self.engine.run(date="2026-09-01", debtors=self.debtor)
        self.assertEqual((result["held"], result["lines"]), ({}, 1))

    def test_between_professionals_it_warns_and_stops_nothing(self):
        move = self._create_invoice(1200, due="2021-08-31")
        row = self._receivables(move, "2026-09-01")
        self.assertFalse(row.hold_reason)
        self.assertEqual(
            row.limitation_warning,
            "The day of limitation, taken at the worst, was 08/31/2026: check before "
            "you claim.",
        )
        result = self.engine.run(date="2026-09-01", debtors=self.debtor)
        self.assertEqual((result["held"], result["lines"]), ({}, 1))
        file = self._qualify(self.debtor, False)
        file = file.with_context(collection_date="2026-08-31")
        self.assertFalse(file.limitation_warning)
        file = file.with_context(collection_date="2026-09-01")
        self.assertTrue(Form(file).limitation_warning)
        amount = formatLang(self.env, 1200, currency_obj=self.company.currency_id)
        self.assertIn(f"has passed: 1 ({amount}). Those", file.limitation_warning)

    def test_the_file_shows_the_earliest_day(self):
        first = self._create_invoice(due="2023-06-30")
        self._create_invoice(due="2023-09-30")
        self._create_credit_note(50, "2020-01-01")
        file = self._qualify(self.debtor, "trader")
        self.assertEqual(file.limitation_date, day("2028-06-30"))
        self.assertFalse(file.limitation_later_date)
        self._record(first, "possible_acknowledgement", "2026-05-20")
        file.invalidate_recordset()
        self.assertEqual(file.limitation_date, day("2028-06-30"))
        self.assertEqual(file.limitation_later_date, day("2028-09-30"))
        self._pay(first)
        file.invalidate_recordset()
        self.assertEqual(file.limitation_date, day("2028-09-30"))
        self.assertFalse(file.limitation_later_date)

    def test_files_are_computed_by_sets(self):
        files = self.env["collection.debtor"]
        for number in range(6):
            debtor = self._create_debtor(f"Set {number}")
            move = self._create_invoice(due="2023-06-30", partner=debtor)
            self._record(move, "possible_acknowledgement", "2026-05-20")
            files += self._qualify(debtor, "trader")
        names = ["limitation_date", "limitation_later_date", "limitation_event_count"]
        files.read(names)
        counts = []
        for part in (files[:1], files):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            part.read(names)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1], counts)

    def test_the_invoice_shows_the_day_until_it_is_paid(self):
        move = self._create_invoice(due="2023-06-30")
        user = self._create_user("limitation_bill", "account.group_account_invoice")
        shown = move.with_user(user)
        self.assertEqual(shown.collection_limitation_date, day("2028-06-30"))
        self._pay(move)
        shown.invalidate_recordset()
        self.assertFalse(shown.collection_limitation_date)

    def test_the_worklist_shows_the_earliest_day(self):
        self._create_invoice(due=DUE)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        rows = self.env["collection.worklist"].with_context(
            collection_date="2026-09-01"
        )
        row = rows.search([("debtor_id", "=", self.debtor.id)])
        self.assertEqual(row.limitation_date, day("2031-08-31"))
