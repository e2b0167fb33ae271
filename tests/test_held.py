# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import Form, tagged

from .common import day
from .sales_common import MONDAY, SalesCommon

WEEK = "2026-W43"


@tagged("post_install", "-at_install")
class TestHeld(SalesCommon):
    """Money that is not chased: on a screen, and in a weekly mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.disputed = cls._create_invoice(1000)
        cls.excluded = cls._create_invoice(500, "2026-11-30")
        cls.free = cls._create_invoice(700)
        holds = cls.env["collection.hold"].with_context(collection_date=MONDAY)
        cls.dispute = holds.with_user(cls.claire).create(
            {
                "move_id": cls.disputed.id,
                "reason": "dispute",
                "amount": 400,
                "date_review": "2026-10-12",
            }
        )
        cls.agreement = holds.with_user(cls.manager).create(
            {
                "move_id": cls.excluded.id,
                "reason": "agreement",
                "date_end": "2026-12-31",
            }
        )
        cls.ledger = cls._create_invoice(50)
        cls._get_item(cls.ledger).no_followup = True

    def _get_held(self, user=None):
        held = self.env["collection.held.report"].with_context(collection_date=MONDAY)
        return held.with_user(user or self.manager).search([])

    def _send_held(self):
        return self._send_sales(kind="held")

    # === SCREEN === #

    def test_what_is_held_how_much_by_whom(self):
        found = {line.move_id: line for line in self._get_held()}
        self.assertEqual(set(found), {self.disputed, self.excluded, self.ledger})
        self.assertRecordValues(
            found[self.disputed],
            [
                {
                    "reason": "dispute",
                    "amount_held": 400.0,
                    "amount_overdue_company": 400.0,
                    "user_id": self.claire.id,
                    "date_review": day("2026-10-12"),
                    "review": "late",
                    "hold_id": self.dispute.id,
                    "days_overdue": 49,
                }
            ],
        )
        self.assertRecordValues(
            found[self.excluded],
            [
                {
                    "reason": "excluded",
                    "decision": "agreement",
                    "amount_held": 500.0,
                    "amount_overdue_company": 0.0,
                    "user_id": self.manager.id,
                    "hold_until": day("2026-12-31"),
                    "review": "planned",
                }
            ],
        )
        self.assertRecordValues(
            found[self.ledger],
            [
                {
                    "reason": "excluded",
                    "decision": False,
                    "user_id": False,
                    "review": "none",
                }
            ],
        )

    def test_amounts_are_the_ledger_s_of_this_moment(self):
        self._pay(self.disputed, 800)
        self._pay(self.excluded, 100)
        found = {line.move_id: line.amount_held for line in self._get_held()}
        self.assertEqual(found[self.disputed], 200.0)
        self.assertEqual(found[self.excluded], 400.0)

    def test_a_foreign_amount_is_worth_what_the_ledger_says(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 2.0}
        )
        move = self._create_invoice(300, currency_id=dollar.id)
        self.env["collection.hold"].create(
            {"move_id": move.id, "reason": "dispute", "amount": 100}
        )
        line = self._get_held().filtered(lambda one: one.move_id == move)
        self.assertEqual((line.amount_held, line.amount_held_company), (100.0, 50.0))

    def test_each_held_receivable_stands_there_once(self):
        """Two holds on one invoice: its money is not counted twice."""
        self.env["collection.hold"].create(
            {"debtor_id": self.debtor.id, "reason": "check"}
        )
        found = self._get_held()
        receivables = (
            self.env["collection.receivable"]
            .with_context(collection_date=MONDAY)
            .search([("hold_reason", "!=", False), ("amount_residual", ">", 0)])
        )
        self.assertEqual(sorted(found.ids), sorted(receivables.ids))
        self.assertEqual(
            sum(found.mapped("amount_held_company")),
            sum(receivables.mapped("amount_residual")),
        )

    def test_authors_are_those_of_the_holds_that_hold(self):
        """Every receivable that a hold keeps has an author, and no other has."""
        self.env["collection.hold"].create(
            {"debtor_id": self._create_debtor("Else").id, "reason": "check"}
        )
        self._create_bank_line(700, "2026-10-16", self.free.name, self.debtor)
        found = self._get_held()
        by_hold = found.filtered("hold_id").move_id
        self.assertEqual(by_hold, self.disputed + self.excluded)
        others = {line.reason for line in found.filtered(lambda one: not one.hold_id)}
        self.assertEqual(others, {"excluded", "probable_payment"})

    def test_an_ended_hold_is_forgotten(self):
        self.dispute.action_end()
        self.assertNotIn(self.disputed, self._get_held().move_id)

    def test_groups_and_pivot(self):
        groups = dict(
            self.env["collection.held.report"]
            .with_context(collection_date=MONDAY)
            ._read_group([], ["reason"], ["amount_held_company:sum"])
        )
        self.assertEqual(groups, {"dispute": 400.0, "excluded": 550.0})

    def test_it_opens_the_invoice_and_the_hold(self):
        line = self._get_held().filtered(lambda one: one.move_id == self.disputed)
        self.assertEqual(line.action_open_move()["res_id"], self.disputed.id)
        self.assertEqual(line.action_open_hold()["res_id"], self.dispute.id)

    def test_roles(self):
        stranger = self._create_colleague(
            "stranger", "Stranger", "account_collection.group_collection_user"
        )
        other = self.env["res.company"].create({"name": "Vauban Services"})
        abroad = self._create_colleague(
            "abroad",
            "Abroad",
            "account_collection.group_collection_manager",
            company=other,
        )
        held = self.env["collection.held.report"]
        self.assertTrue(self._get_held(self.claire))
        self.assertFalse(self._get_held(stranger))
        self.assertFalse(held.with_user(abroad).search([]))
        self.assertFalse(held.with_user(self.anne).has_access("read"))

    # === WEEKLY MAIL === #

    def test_the_manager_gets_all_and_each_author_its_own(self):
        made = self._send_held()
        self.assertEqual(set(made), {self.manager, self.claire})
        manager = made[self.manager].mail_id.body_html.replace("\xa0", " ")
        author = made[self.claire].mail_id.body_html.replace("\xa0", " ")
        self.assertIn("950.00 €", made[self.manager].subject.replace("\xa0", " "))
        self.assertIn("400.00 €", made[self.claire].subject.replace("\xa0", " "))
        for words in (self.ledger.name, "The ledger", "By author"):
            self.assertIn(words, manager)
            self.assertNotIn(words, author)
        for body in (manager, author):
            for words in (self.disputed.name, "To review now", "12 Oct 2026"):
                self.assertIn(words, body)

    def test_what_is_to_review_comes_first(self):
        body = self._send_held()[self.manager].mail_id.body_html
        places = [
            body.index(words)
            for words in (
                "To review now",
                self.disputed.name,
                "Neither an end nor a review day",
                self.ledger.name,
                "By reason",
                "By author",
            )
        ]
        self.assertEqual(places, sorted(places))

    def test_figures_by_reason(self):
        contents = self.digests._get_contents(self.company, "held", MONDAY)
        values = next(one.values for one in contents if one.user == self.manager)
        table = values["tables"][0]["rows"]
        plain = [
            {key: str(value).replace("\xa0", " ") for key, value in row.items()}
            for row in table
        ]
        self.assertEqual(
            plain,
            [
                {
                    "name": "Agreement with the debtor",
                    "count": "1",
                    "amount": "500.00 €",
                    "overdue": "0.00 €",
                    "oldest": "0",
                },
                {
                    "name": "Dispute",
                    "count": "1",
                    "amount": "400.00 €",
                    "overdue": "400.00 €",
                    "oldest": "49",
                },
                {
                    "name": "Excluded",
                    "count": "1",
                    "amount": "50.00 €",
                    "overdue": "50.00 €",
                    "oldest": "49",
                },
            ],
        )

    def test_nothing_when_nothing_is_held(self):
        (self.dispute + self.agreement).action_end()
        self._get_item(self.ledger).no_followup = False
        self.assertFalse(self._send_held())

    def test_not_twice_in_a_week(self):
        self.assertEqual(len(self._send_held()), 2)
        self.assertFalse(self._send_held())

    def test_who_may_no_longer_read_gets_nothing(self):
        self.claire.group_ids = self.env.ref("base.group_user")
        self.assertEqual(set(self._send_held()), {self.manager})

    def test_who_opted_out_gets_nothing(self):
        self.claire.collection_weekly_mail = False
        self.assertEqual(set(self._send_held()), {self.manager})

    def test_in_the_reader_s_language(self):
        self.manager.lang = "fr_FR"
        body = self._send_held()[self.manager].mail_id.body_html
        self.assertIn("12/10/2026", body)
        self.assertIn("400,00\xa0€", body)

    def test_a_manager_previews_it(self):
        form = Form(self.env["collection.digest.preview"].with_user(self.manager))
        form.kind = "held"
        preview = form.save()
        preview.action_preview()
        self.assertEqual(preview.line_ids.user_id, self.manager + self.claire)
        self.assertFalse(self.digests.search([]))

    def test_a_long_list_is_cut_and_says_so(self):
        for number in range(42):
            move = self._create_invoice(10, partner=self._create_debtor(f"C {number}"))
            self._get_item(move).no_followup = True
        body = self._send_held()[self.manager].mail_id.body_html
        self.assertIn("and 3 others", body)
