# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import file_open, mute_logger

from .common import day
from .sales_common import MONDAY, SALES, SalesCommon


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

    # === ONCE === #

    def test_not_twice_in_a_week(self):
        self._sell(self.anne)
        self.assertEqual(len(self._send_sales()), 1)
        self._sell(self.boris)
        self.assertEqual(set(self._send_sales()), {self.boris})
        self.assertEqual(len(self._send_sales(week="2026-W44")), 2)

    def test_two_processes_cannot_make_the_same(self):
        self._sell(self.anne)
        digest = self._send_sales()[self.anne]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            digest.copy()
            self.env.flush_all()

    def test_it_leaves_once_and_is_deleted(self):
        self._sell(self.anne)
        digest = self._send_sales()[self.anne]
        mail = digest.mail_id
        self.assertEqual((digest.state, mail.state), ("queued", "outgoing"))
        sent = self._deliver(mail)
        self.assertEqual(len(sent), 1)
        self.assertIn("anne@vauban.example", sent[0]["email_to"][0])
        self.assertEqual(digest.state, "sent")
        self.assertFalse(mail.exists())

    def test_one_that_was_taken_is_never_sent_again_by_itself(self):
        self._sell(self.anne)
        digest = self._send_sales()[self.anne]
        digest.claimed_at = "2026-10-19 05:00:00"
        self.assertFalse(self._deliver(digest.mail_id))
        self.assertEqual(digest.state, "failed")
        self.assertIn("interrupted", digest.reason)

    def test_a_cancelled_one_does_not_leave(self):
        self._sell(self.anne)
        digest = self._send_sales()[self.anne]
        digest.state = "cancelled"
        self.assertFalse(self._deliver(digest.mail_id))

    def test_a_failed_one_is_made_anew(self):
        move = self._sell(self.anne, 1000)
        digest = self._send_sales()[self.anne]
        digest.write({"state": "failed", "reason": "Refused"})
        self._pay(move, 400)
        with self.assertRaises(AccessError):
            digest.with_user(self.claire).action_retry()
        digest.with_user(self.manager).action_retry()
        again = self.digests.search([("user_id", "=", self.anne.id)])
        self.assertEqual(again.state, "queued")
        self.assertIn("600.00", again.mail_id.body_html)
        with self.assertRaises(UserError):
            again.with_user(self.manager).action_retry()

    def test_one_that_cannot_be_made_stops_no_other(self):
        self._sell(self.anne)
        self._sell(self.boris)
        render = type(self.digests)._render

        def fail(digests, content, digest=None):
            if content.user == self.anne:
                raise ValueError("Broken view")
            return render(digests, content, digest)

        with (
            patch.object(type(self.digests), "_render", fail),
            mute_logger("odoo.addons.account_collection.models.collection_digest"),
        ):
            made = self._send_sales()
        self.assertEqual(made[self.anne].state, "failed")
        self.assertEqual(made[self.anne].reason, "Broken view")
        self.assertEqual(made[self.boris].state, "queued")

    # === SCHEDULED ACTION === #

    def _run_cron(self, moment):
        """Let the scheduled action run at a moment, UTC (Paris is two hours later)."""
        cron = self.env.ref("account_collection.ir_cron_weekly")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.digests.search([("company_id", "=", self.company.id)])

    def test_it_leaves_on_monday_morning_of_the_company(self):
        self.company.resource_calendar_id.tz = "Europe/Paris"
        self._sell(self.anne)
        self.assertFalse(self._run_cron("2026-10-19 04:59:00"))
        made = self._run_cron("2026-10-19 05:01:00")
        self.assertRecordValues(
            made,
            [
                {
                    "user_id": self.anne.id,
                    "kind": "sales",
                    "week": "2026-W43",
                    "date": MONDAY,
                }
            ],
        )
        self.assertEqual(self._run_cron("2026-10-19 06:01:00"), made)
        self.assertEqual(self._run_cron("2026-10-22 06:01:00"), made)
        self.assertEqual(len(self._run_cron("2026-10-26 09:00:00")), 2)

    def test_the_settings_decide(self):
        self._sell(self.anne)
        for values in (
            {"collection_sales_mail": False},
            {"collection_live": False},
            {"collection_weekly_day": "3"},
        ):
            before = {name: self.company[name] for name in values}
            with self.subTest(values):
                self.company.write(values)
                self.assertFalse(self._run_cron("2026-10-19 09:00:00"))
                self.company.write(before)
        self.assertTrue(self._run_cron("2026-10-19 09:00:00"))

    def test_nothing_is_queued_on_a_neutralised_copy(self):
        self._sell(self.anne)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("database.is_neutralized", True)
        self.assertFalse(self._run_cron("2026-10-19 09:00:00"))

    def test_what_was_queued_does_not_leave_a_neutralised_copy(self):
        self._sell(self.anne)
        digest = self._send_sales()[self.anne]
        mail = digest.mail_id
        self.env.flush_all()
        with file_open("account_collection/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual((mail.state, digest.state), ("cancel", "cancelled"))
        self.assertFalse(self._deliver(mail))

    def test_one_company_that_fails_stops_no_other(self):
        other = self.env["res.company"].create(
            {"name": "Aaa Services", "collection_live": True}
        )
        self._sell(self.anne)
        send = type(self.digests)._send_week

        def fail(digests, company, *arguments):
            if company.id == other.id:
                raise ValueError("No")
            return send(digests, company, *arguments)

        with (
            patch.object(type(self.digests), "_send_week", fail),
            mute_logger("odoo.addons.account_collection.models.collection_digest"),
        ):
            self.assertEqual(self._run_cron("2026-10-19 09:00:00").user_id, self.anne)

    # === SETS === #

    def test_queries_do_not_grow_with_invoices(self):
        """300 receivables of 30 salespeople cost the queries of 30 of the same 30."""
        users = self.env["res.users"].browse()
        for number in range(30):
            users += self._create_colleague(
                f"seller{number}", f"Seller {number}", SALES
            )
        partners = [self._create_debtor(f"Customer {number}") for number in range(10)]

        def sell(rounds):
            moves = self.env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partners[(index + number) % 10].id,
                        "invoice_user_id": user.id,
                        "invoice_date": "2026-08-01",
                        "invoice_date_due": "2026-08-31",
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "name": "Work",
                                    "quantity": 1,
                                    "price_unit": 100,
                                    "tax_ids": [Command.clear()],
                                }
                            )
                        ],
                    }
                    for index, user in enumerate(users)
                    for number in range(rounds)
                ]
            )
            moves.action_post()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            made = self.digests._send_week(
                self.company, "sales", MONDAY, f"2026-W{self.env.cr.sql_log_count}"
            )
            self.env.flush_all()
            self.assertEqual(len(made), 30)
            self.assertFalse(made.filtered(lambda one: one.state != "queued"))
            return (
                sum(len(one.line_ids) for one in made),
                self.env.cr.sql_log_count - start,
            )

        sell(1)
        count()  # fills the caches that outlive a transaction
        few, queries_few = count()
        sell(9)
        many, queries_many = count()
        self.assertEqual((few, many), (30, 300))
        self.assertLessEqual(queries_many, queries_few + 3)

    # === PREVIEW === #

    def _preview(self, user=None, kind="sales"):
        preview = self.env["collection.digest.preview"].with_user(user or self.manager)
        return preview.create({"kind": kind})

    def test_a_manager_sees_who_would_get_what(self):
        move = self._sell(self.anne, 1000, due="2026-08-31")
        preview = self._preview()
        with freeze_time("2026-10-21 09:00:00"):
            preview.action_preview()
            self.assertEqual(preview.week, "2026-W43")
        line = preview.line_ids
        self.assertRecordValues(
            line,
            [
                {
                    "user_id": self.anne.id,
                    "email": "anne@vauban.example",
                    "is_sent": False,
                }
            ],
        )
        self.assertIn("51 days late", line.summary)
        self.assertIn(move.name, line.body)
        self.assertFalse(self._get_paths(line.body))
        self.assertFalse(self.digests.search([]))

    def test_a_manager_sends_what_was_not_sent(self):
        self._sell(self.anne)
        preview = self._preview()
        preview.action_preview()
        preview.action_send()
        self.assertEqual(self.digests.search([]).user_id, self.anne)
        with self.assertRaises(UserError):
            preview.action_send()
        preview.action_preview()
        self.assertTrue(preview.line_ids.is_sent)

    def test_nobody_else_previews_or_sends(self):
        for user in (self.claire, self.anne):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._preview(user)
        other = self.env["res.company"].create({"name": "Vauban Services"})
        preview = self._preview()
        preview.sudo().company_id = other
        with self.assertRaises(AccessError):
            preview.action_send()

    def test_day_of_the_figures(self):
        self._sell(self.anne)
        digest = self._send_sales(today=MONDAY + datetime.timedelta(days=1))[self.anne]
        self.assertIn("50", digest.mail_id.body_html)
        self.assertEqual(digest.date, day("2026-10-20"))
