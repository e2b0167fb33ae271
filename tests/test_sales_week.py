# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .common import day
from .sales_common import MONDAY, SALES, SalesCommon


@tagged("post_install", "-at_install")
class TestSalesWeek(SalesCommon):
    """Made once a week, sent at most once, seen by a manager before it leaves."""

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
