# Part of account_collection. Licence LGPL-3, see the LICENSE file.


from odoo.tests import Form, tagged

from .common import day
from .sales_common import MONDAY, SalesCommon


@tagged("post_install", "-at_install")
class TestSalesMail(SalesCommon):
    """One mail a week for each salesperson with overdue invoices of its customers."""

    def _get_body(self, user, **options):
        return self._send_sales(**options)[user].mail_id.body_html.replace("\xa0", " ")

    # === WHO === #

    def test_each_gets_the_invoices_of_its_customers(self):
        mine, other = self._sell(self.anne, 1000), self._sell(self.boris, 700)
        made = self._send_sales()
        self.assertEqual(set(made), {self.anne, self.boris})
        body = made[self.anne].mail_id.body_html
        self.assertIn(mine.name, body)
        self.assertNotIn(other.name, body)
        self.assertEqual(made[self.anne].line_ids, self._get_item(mine).ids)
        self.assertEqual(made[self.anne].mail_id.recipient_ids, self.anne.partner_id)

    def test_nothing_when_nothing_is_overdue(self):
        self._sell(self.anne, due=MONDAY)
        self._sell(self.anne, 3.0)
        self._pay(self._sell(self.anne))
        self._sell(self.anne, post=False)
        self._create_invoice(1000, invoice_user_id=False)
        self.assertFalse(self._send_sales())

    def test_who_does_not_get_it(self):
        portal = self._create_colleague("outside", "Outside", "base.group_portal")
        other = self.env["res.company"].create({"name": "Vauban Services"})
        away = self._create_colleague("away", "Away", "base.group_user", company=other)
        for user in (self.anne, self.boris, portal, away):
            self._sell(user)
        self.boris.active = False
        self.anne.with_user(self.anne).collection_weekly_mail = False
        self.assertFalse(self._send_sales())

    def test_another_company_s_invoices_stay_there(self):
        self._sell(self.anne)
        self.assertFalse(
            self.digests._send_week(
                self.env["res.company"].create({"name": "Vauban Services"}),
                "sales",
                MONDAY,
                "2026-W43",
            )
        )

    def test_without_an_address_it_says_so(self):
        self._sell(self.anne)
        self.anne.email = False
        digest = self._send_sales()[self.anne]
        self.assertEqual(digest.state, "failed")
        self.assertIn("Anne Moreau", digest.reason)
        self.assertFalse(digest.mail_id)

    def test_everybody_chooses_in_its_preferences(self):
        view = "base.view_users_form_simple_modif"
        with Form(self.anne.with_user(self.anne), view) as form:
            form.collection_weekly_mail = False
        self.assertFalse(self.anne.collection_weekly_mail)

    # === CONTENT === #

    def test_what_a_line_says(self):
        move = self._sell(self.anne)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        self._perform(self._followups("2026-09-01"), "2026-09-01")
        body = self._get_body(self.anne, today=day("2026-09-03"))
        for words in (
            "Menuiserie Durand",
            "followed up by",
            "Claire Martin",
            move.name,
            "31 Aug 2026",
            "1,000.00 €",
            "days late",
            "Friendly",
            "Call on 7 Sep 2026",
            "Denis Roux",
        ):
            self.assertIn(words, body)

    def test_next_step_of_who_was_never_followed_up(self):
        self._sell(self.anne)
        self.assertIn(
            "Friendly on 3 Sep 2026", self._get_body(self.anne, today=day("2026-09-03"))
        )

    def test_a_step_under_way_is_named(self):
        self._sell(self.anne)
        self._live("2026-09-01", "2026-09-06")
        self.engine.run(date="2026-09-07", debtors=self.debtor)
        body = self._get_body(self.anne, today=day("2026-09-08"))
        self.assertIn("Call, under way", body)

    def test_what_is_held_says_why_and_until_when(self):
        move = self._sell(self.anne)
        self.env["collection.hold"].create(
            {
                "move_id": move.id,
                "reason": "dispute",
                "date_end": "2026-11-02",
            }
        )
        body = self._get_body(self.anne)
        self.assertIn("Dispute until 2 Nov 2026", body)
        self.assertNotIn("Next:", body)

    def test_last_answer_is_recalled(self):
        move = self._sell(self.anne)
        for words in ("First word", "They wait for the delivery note"):
            self.notes._record(
                self.anne,
                self.company,
                self.debtor,
                "mail",
                kind="comment",
                comment=words,
                move_id=move.id,
            )
        body = self._get_body(self.anne)
        self.assertIn("They wait for the delivery note", body)
        self.assertNotIn("First word", body)

    def test_totals_of_each_currency_are_never_added_up(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self._sell(self.anne, 1000)
        self._sell(self.anne, 500, currency_id=dollar.id)
        digest = self._send_sales()[self.anne]
        self.assertIn("1,000.00 € and $ 500.00", digest.subject.replace("\xa0", " "))

    def test_the_balance_is_what_is_left(self):
        self._pay(self._sell(self.anne, 1000), 400)
        self.assertIn("600.00 €", self._get_body(self.anne))

    def test_french_reader_reads_french_figures(self):
        self._sell(self.boris, 1234.56)
        digest = self._send_sales()[self.boris]
        self.assertIn("1\xa0234,56\xa0€", digest.subject)
        self.assertIn("31/08/2026", digest.mail_id.body_html)

    # === LINKS === #

    def test_each_line_has_the_reader_s_own_link(self):
        moves = self._sell(self.anne) + self._sell(self.anne, 500)
        digest = self._send_sales()[self.anne]
        paths = self._get_paths(digest.mail_id.body_html)
        found = [self.links._read_token(path.rsplit("/", 1)[1]) for path in paths]
        self.assertEqual([link.line.move_id for link in found], list(moves))
        self.assertEqual({link.user for link in found}, {self.anne})
