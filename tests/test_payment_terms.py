# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from lxml import etree

from odoo import Command
from odoo.tests import Form, freeze_time, tagged

from .common import CollectionCommon, day


@tagged("post_install", "-at_install")
@freeze_time("2026-01-12 10:00:00")
class TestPaymentTerms(CollectionCommon):
    """Terms above the legal ceiling are flagged, never refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._create_debtor("Paul Martin", is_company=False)

    @classmethod
    def _create_term(cls, *lines, **values):
        """lines: (percent, days, delay type[, day of the month])"""
        return cls.env["account.payment.term"].create(
            {
                "name": "Terms",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": line[0],
                            "nb_days": line[1],
                            "delay_type": line[2],
                            "days_next_month": line[3] if len(line) > 3 else "0",
                        }
                    )
                    for line in lines
                ],
                **values,
            }
        )

    def _set_rule(self, rule, partner=None):
        partner = partner or self.debtor
        file = self.env["collection.debtor"]._get_file(self.company, partner)
        file.collection_term_rule = rule

    def _invoice(self, due, partner=None, **values):
        return self._create_invoice(
            due=due, partner=partner, invoice_date="2026-01-12", **values
        )

    def _found(self, moves):
        domain = [("id", "in", moves.ids)]
        excess = self.env["account.move"].search(
            [*domain, ("collection_term_excess", "=", True)]
        )
        others = self.env["account.move"].search(
            [*domain, ("collection_term_excess", "=", False)]
        )
        self.assertEqual(excess | others, moves.sorted())
        self.assertFalse(excess & others)
        moves.invalidate_recordset(["collection_term_excess"])
        self.assertEqual(moves.filtered("collection_term_excess"), excess.sorted())
        return excess

    # === INVOICES === #

    def test_invoice_at_and_above_the_ceiling(self):
        lawful = self._invoice("2026-03-17")
        late = self._invoice("2026-03-18")
        self.assertEqual(self._found(lawful | late), late)
        self.assertNotIn("collection_term", lawful._get_alerts())
        alert = late._get_alerts()["collection_term"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn("Due on 03/18/2026: the law allows 03/17/2026", alert["message"])

    def test_every_rule_in_search_and_field(self):
        for rule, latest in (
            (False, "2026-03-17"),
            ("standard", "2026-03-17"),
            ("transport", "2026-02-11"),
            ("summary", "2026-02-26"),
            ("none", None),
        ):
            with self.subTest(rule=rule):
                self._set_rule(rule)
                ends = day(latest or "2030-01-01")
                lawful = self._invoice(ends)
                late = self._invoice(ends + datetime.timedelta(days=1))
                expected = late if latest else self.env["account.move"]
                self.assertEqual(self._found(lawful | late), expected)

    def test_search_agrees_with_the_field_on_every_day_of_a_month(self):
        moves = self.env["account.move"]
        for offset in range(31):
            date = day("2026-01-01") + datetime.timedelta(days=offset)
            for length in (60, 61, 75, 76):
                moves |= self._create_invoice(
                    due=date + datetime.timedelta(days=length),
                    invoice_date=date,
                    post=False,
                )
        found = self._found(moves)
        self.assertTrue(found)
        self.assertLess(len(found), len(moves))

    def test_consumers_are_exempt(self):
        move = self._invoice("2026-12-31", partner=self.person)
        self.assertFalse(self._found(move))
        file = self.env["collection.debtor"]._get_file(self.company, self.person)
        file.own_class = "trader"
        self.assertEqual(self._found(move), move)

    def test_last_instalment_decides(self):
        term = self._create_term((50, 0, "days_after"), (50, 90, "days_after"))
        move = self._invoice("2026-01-12", invoice_payment_term_id=term.id)
        self.assertEqual(self._found(move), move)

    def test_due_date_moved_on_a_posted_invoice(self):
        term = self._create_term((100, 30, "days_after"))
        move = self._invoice("2026-01-12", invoice_payment_term_id=term.id)
        self.assertFalse(self._found(move))
        line = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        line.date_maturity = "2026-03-18"
        self.assertEqual(self._found(move), move)

    def test_values_of_the_day_of_the_invoice(self):
        values = {"unit": "days", "valid_from": "2026-01-20", "source": "Test"}
        for key in ("term_days", "term_month_end_days"):
            self.env["collection.parameter"].create({"key": key, "value": 30, **values})
        before = self._create_invoice(due="2026-03-20", invoice_date="2026-01-19")
        after = self._create_invoice(due="2026-03-20", invoice_date="2026-01-20")
        self.assertEqual(self._found(before | after), after)

    def test_without_a_value_nothing_is_flagged(self):
        self.env["collection.parameter"].search([("key", "=", "term_days")]).unlink()
        self.assertFalse(self._found(self._invoice("2026-12-31")))

    def test_other_law_credit_notes_and_paid_invoices(self):
        move = self._invoice("2026-12-31")
        note = self._create_credit_note(10, "2026-01-12")
        bill = self._invoice("2026-12-31", move_type="in_invoice")
        self.assertEqual(self._found(move | note | bill), move)
        self._pay(move, date="2026-01-12")
        self.assertNotIn("collection_term", move._get_alerts())
        self.company.country_id = self.env.ref("base.lu")
        self.assertFalse(self._found(move))

    def test_draft_form_warns_and_saves(self):
        term = self._create_term((100, 90, "days_after"))
        move = self._invoice("2026-01-31", post=False)
        with Form(move) as form:
            self.assertNotIn("collection_term", form.alerts or {})
            form.invoice_payment_term_id = term
            self.assertIn("collection_term", form.alerts)
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_biller_without_collection_rights(self):
        biller = self._create_user("terms_biller", "account.group_account_invoice")
        move = self._invoice("2026-12-31").with_user(biller)
        self.assertIn("collection_term", move._get_alerts())
        found = move.search(
            [("id", "=", move.id), ("collection_term_excess", "=", True)]
        )
        self.assertEqual(found, move)

    def test_filter_of_the_list_is_set_based(self):
        moves = self.env["account.move"]
        for _number in range(12):
            moves |= self._invoice("2026-12-31", partner=self._create_debtor("C"))
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("collection_term_excess", "=", True), ("id", "in", moves.ids)]
        self.env["account.move"].search_count(domain)
        start = self.env.cr.sql_log_count
        self.assertEqual(self.env["account.move"].search_count(domain), 12)
        self.assertLessEqual(self.env.cr.sql_log_count - start, 8)

    # === PAYMENT TERMS === #

    def test_payment_terms_by_their_days(self):
        for lines, is_flagged in (
            ([(100, 60, "days_after")], False),
            # 61 days exceed at the end of a month alone.
            ([(100, 61, "days_after")], True),
            ([(100, 45, "days_after_end_of_month")], False),
            ([(100, 46, "days_after_end_of_month")], True),
            # 45 days, then the end of the month.
            ([(100, 45, "days_end_of_month_on_the", "0")], False),
            ([(100, 46, "days_end_of_month_on_the", "0")], True),
            ([(100, 45, "days_end_of_month_on_the", "10")], True),
            ([(50, 30, "days_after"), (50, 90, "days_after")], True),
            ([(50, 30, "days_after"), (50, 60, "days_after")], False),
        ):
            with self.subTest(lines=lines):
                term = self._create_term(*lines)
                self.assertEqual(bool(term.collection_term_warning), is_flagged)

    def test_payment_term_form_shows_the_sentence(self):
        term = self._create_term((100, 90, "days_after"))
        with Form(term) as form:
            self.assertIn(
                "an invoice of 01/12/2026 would be due on 04/12/2026, at the latest "
                "03/17/2026 is allowed",
                form.collection_term_warning,
            )
            with form.line_ids.edit(0) as line:
                line.nb_days = 30
            self.assertFalse(form.collection_term_warning)
        arch = self.env["account.payment.term"].get_view(view_type="form")["arch"]
        banner = etree.fromstring(arch).xpath(
            "//div[@invisible='not collection_term_warning']"
        )
        self.assertIn("alert-warning", banner[0].get("class"))

    def test_payment_terms_of_another_law(self):
        self.company.country_id = self.env.ref("base.lu")
        term = self._create_term((100, 90, "days_after"))
        self.assertFalse(term.collection_term_warning)

    # === QUOTATIONS === #

    def test_quotation_warns_by_the_customers_rule(self):
        term = self._create_term((100, 45, "days_after"))
        order = self.env["sale.order"].create(
            {"partner_id": self.debtor.id, "payment_term_id": term.id}
        )
        self.assertFalse(order.collection_term_warning)
        self._set_rule("transport")
        order.invalidate_recordset()
        self.assertIn("exceed the legal ceiling", order.collection_term_warning)
        salesman = self._create_user(
            "terms_seller", "sales_team.group_sale_salesman_all_leads"
        )
        seen = order.with_user(salesman)
        seen.invalidate_recordset()
        self.assertTrue(seen.collection_term_warning)
        order.partner_id = self.person
        self.assertFalse(order.collection_term_warning)
        order.action_confirm()

    def test_quotation_form_warns_when_terms_are_chosen(self):
        term = self._create_term((100, 90, "days_after"))
        order = self.env["sale.order"].create({"partner_id": self.debtor.id})
        with Form(order) as form:
            self.assertFalse(form.collection_term_warning)
            form.payment_term_id = term
            self.assertTrue(form.collection_term_warning)
        order.action_confirm()
        self.assertFalse(order.collection_term_warning)
