# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import DUE, CollectionCommon, day

LATE = "Late payment bears interest"
FORTY = "flat indemnity of 40 euros"


@tagged("post_install", "-at_install")
@freeze_time("2026-08-01 10:00:00")
class TestMentions(CollectionCommon):
    """Documents carry what the law wants for the debtor's class, and it is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor.lang = "en_US"
        cls.person = cls._create_debtor("Paul Martin", is_company=False, lang="en_US")

    def _qualify(self, partner, debtor_class):
        file = self.env["collection.debtor"]._get_file(self.company, partner)
        file.own_class = debtor_class

    def _print(self, report, record):
        """Return the mentions that a report prints, None without."""
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, record.ids
        )
        found = html.fromstring(content).xpath("//div[@name='collection_mentions']")
        self.assertLessEqual(len(found), 1)
        return " ".join(found[0].text_content().split()) if found else None

    def _print_invoice(self, move):
        return self._print("account.report_invoice", move)

    def _create_order(self, partner=None, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.debtor).id,
                "order_line": [
                    Command.create({"name": "Work", "display_type": "line_note"})
                ],
                **values,
            }
        )

    # === CLASSES === #

    def test_professional_reads_everything(self):
        for code in ("trader", "professional", "foreign"):
            self._qualify(self.debtor, code)
            move = self._create_invoice()
            self.assertEqual(
                self._print_invoice(move),
                "Payment is due on 08/31/2026. No discount for early payment. Late "
                "payment bears interest, without a reminder, from the day after the "
                "due date at the rate applied by the European Central Bank to its most "
                "recent refinancing operation plus 10 percentage points. A flat "
                "indemnity of 40 euros for recovery costs is due as well (French "
                "Commercial Code, articles L441-9, L441-10 II and D441-5).",
            )

    def test_consumer_reads_neither_interest_nor_indemnity(self):
        move = self._create_invoice(partner=self.person)
        self.assertEqual(
            self._print_invoice(move),
            "Payment is due on 08/31/2026. No discount for early payment.",
        )
        # A company's own text is for professionals as well.
        self.company.collection_mentions_text = "Interest at 12 %, and 40 euros."
        move = self._create_invoice(partner=self.person)
        self.assertNotIn("12 %", self._print_invoice(move))

    def test_public_body_reads_its_own_rule(self):
        self._qualify(self.debtor, "public")
        text = self._print_invoice(self._create_invoice())
        self.assertIn("plus 8 percentage points", text)
        self.assertIn("flat indemnity of 40 euros", text)
        self.assertIn("articles R2192-31 and D2192-35", text)
        self.assertNotIn("L441-10", text)

    def test_values_are_those_of_the_day_of_the_document(self):
        self.env["collection.parameter"].create(
            {
                "key": "indemnity",
                "value": 52.5,
                "unit": "currency",
                "valid_from": "2026-08-15",
                "source": "Test",
            }
        )
        before = self._create_invoice(due="2026-09-13")
        after = self._create_invoice(due="2026-09-14")
        self.assertIn("indemnity of 40 euros", self._print_invoice(before))
        self.assertIn("indemnity of 52.5 euros", self._print_invoice(after))

    def test_missing_value_never_stops_an_invoice(self):
        self.env["collection.parameter"].search(
            [("key", "in", ("indemnity", "b2b_points"))]
        ).unlink()
        move = self._create_invoice()
        self.assertEqual(move.state, "posted")
        self.assertEqual(
            move.collection_mentions_shown,
            "Payment is due on 08/31/2026. No discount for early payment.",
        )

    # === OWN TEXTS === #

    def test_own_text_in_the_customers_language(self):
        company = self.company
        company.collection_mentions_text = "Our own terms."
        company.collection_discount_terms = "One percent before the 10th."
        french = company.with_context(lang="fr_FR")
        french.collection_mentions_text = "Nos conditions."
        french.collection_discount_terms = "Un pour cent avant le 10."
        self.assertEqual(
            self._print_invoice(self._create_invoice()),
            "Payment is due on 08/31/2026. One percent before the 10th. Our own terms.",
        )
        self.debtor.lang = "fr_FR"
        text = self._print_invoice(self._create_invoice())
        self.assertIn("Un pour cent avant le 10. Nos conditions.", text)
        self.assertIn("31/08/2026", text)

    def test_discount_of_the_payment_terms_wins(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2.5,
                "discount_days": 10,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        move = self._create_invoice(invoice_payment_term_id=term.id)
        text = self._print_invoice(move)
        self.assertIn("Discount of 2.5 % if paid by 08/11/2026.", text)
        self.assertNotIn("No discount", text)
        order = self._create_order(payment_term_id=term.id)
        text = self._print("sale.report_saleorder", order)
        self.assertIn("Payment: 2 % in 10 days.", text)
        self.assertIn("Discount of 2.5 % if paid within 10 days.", text)

    def test_every_instalment_has_its_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Three times",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 10), (30, 20), (40, 30))
                ],
            }
        )
        move = self._create_invoice(invoice_payment_term_id=term.id)
        self.assertIn(
            "Payment is due on 08/11/2026, 08/21/2026 and 08/31/2026.",
            self._print_invoice(move),
        )

    # === DOCUMENTS === #

    def test_quotation_and_order(self):
        order = self._create_order()
        text = self._print("sale.report_saleorder", order)
        self.assertIn("Payment is due on the date that the invoice shows.", text)
        self.assertIn(LATE, text)
        self.assertIn(FORTY, text)
        order.action_confirm()
        self.assertEqual(self._print("sale.report_saleorder", order), text)
        text = self._print("sale.report_saleorder", self._create_order(self.person))
        self.assertIn("No discount for early payment.", text)
        self.assertNotIn(FORTY, text)

    def test_switched_off(self):
        self.company.collection_mentions = False
        move = self._create_invoice()
        self.assertIsNone(self._print_invoice(move))
        self.assertFalse(move.collection_mentions_shown)
        self.assertIsNone(self._print("sale.report_saleorder", self._create_order()))

    def test_company_under_another_law_prints_none(self):
        self.company.country_id = self.env.ref("base.lu")
        self.assertIsNone(self._print_invoice(self._create_invoice()))

    def test_credit_notes_and_bills_carry_none(self):
        note = self._create_credit_note(10, DUE)
        bill = self._create_invoice(move_type="in_invoice")
        self.assertFalse(
            note.collection_mentions_shown or bill.collection_mentions_shown
        )
        self.assertIsNone(self._print_invoice(note))

    # === PROOF === #

    def test_printed_text_is_the_one_of_the_posting(self):
        draft = self._create_invoice(post=False)
        self.assertIn(LATE, self._print_invoice(draft))
        self.assertFalse(draft.collection_mentions_shown)
        draft.action_post()
        shown = draft.collection_mentions_shown
        self.assertIn(FORTY, shown)
        self.company.collection_mentions_text = "Changed."
        self._qualify(self.debtor, "consumer")
        self.assertEqual(self._print_invoice(draft), shown)
        self.assertFalse(draft.copy().collection_mentions_shown)
        # Posted anew, it is printed anew.
        draft.button_draft()
        draft.action_post()
        self.assertNotIn(FORTY, draft.collection_mentions_shown)
        self.assertEqual(draft.collection_mentions_class, "consumer")

    def test_frozen_text_is_in_the_database(self):
        move = self._create_invoice()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT collection_mentions_shown, collection_mentions_class"
            "  FROM account_move WHERE id = %s",
            [move.id],
        )
        text, code = self.env.cr.fetchone()
        self.assertIn(FORTY, text)
        self.assertEqual(code, "trader")

    def test_freezing_costs_no_query_per_invoice(self):
        debtors = [self._create_debtor(f"Customer {number}") for number in range(40)]
        moves = self.env["account.move"]
        for number, debtor in enumerate(debtors):
            due = f"2026-09-{number % 28 + 1:02}"
            moves |= self._create_invoice(due=due, partner=debtor)
        counts = []
        for group in (moves[:2], moves):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            group._collection_freeze_mentions()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)

    def test_biller_without_collection_rights_posts(self):
        biller = self._create_user("mentions_biller", "account.group_account_invoice")
        move = self._create_invoice(post=False).with_user(biller)
        move.action_post()
        self.assertIn(FORTY, move.collection_mentions_shown)

    # === CHECK === #

    def test_missing_mentions(self):
        shown = self._create_invoice()
        self.company.collection_mentions = False
        old = self._create_invoice()
        consumer = self._create_invoice(partner=self.person)
        draft = self._create_invoice(post=False)
        note = self._create_credit_note(10, DUE)
        moves = shown | old | consumer | draft | note
        self.assertEqual(moves._collection_get_missing_mentions(), old)
        moves.action_collection_mentions_elsewhere()
        self.assertFalse(moves._collection_get_missing_mentions())
        self.assertFalse((draft | note).filtered("collection_mentions_elsewhere"))

    def test_text_for_a_consumer_does_not_count_for_a_professional(self):
        move = self._create_invoice(partner=self.person)
        self.assertTrue(move.collection_mentions_shown)
        self.assertFalse(move._collection_get_missing_mentions())
        self._qualify(self.person, "trader")
        self.assertEqual(move._collection_get_missing_mentions(), move)

    def test_bulk_tick_from_the_list(self):
        self.company.collection_mentions = False
        moves = self._create_invoice() | self._create_invoice()
        action = self.env.ref(
            "account_collection.account_move_action_mentions_elsewhere"
        )
        context = {"active_model": "account.move", "active_ids": moves.ids}
        user = self._create_user(
            "mentions_user",
            "account_collection.group_collection_user,account.group_account_invoice",
        )
        action.with_user(user).with_context(**context).run()
        self.assertEqual(moves.mapped("collection_mentions_elsewhere"), [True, True])
        reader = self._create_user(
            "mentions_reader", "account_collection.group_collection_readonly"
        )
        with self.assertRaises(AccessError):
            moves.with_user(reader).action_collection_mentions_elsewhere()

    # === SETTINGS === #

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.collection_mentions)
        settings.collection_discount_terms = "Two percent."
        settings.execute()
        self.assertEqual(self.company.collection_discount_terms, "Two percent.")
        action = settings.action_collection_mentions()
        self.assertEqual(action["res_id"], self.company.id)

    def test_rate_words(self):
        words = self.company._get_collection_rate_words(day("2026-07-01"))
        self.assertTrue(words.endswith("plus 10 percentage points"), words)
        self.assertEqual(self.company._get_collection_rate_words(day("2000-01-01")), "")
