# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import json
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.collection_engine_apply import DayWriter
from .common import CollectionCommon, day

DAY = day("2026-09-01")


@tagged("post_install", "-at_install")
class TestEngine(CollectionCommon):
    # === RESULT === #

    def test_result_is_the_documented_dict(self):
        self._create_invoice(1000)
        self._create_invoice(2000)
        held = self._create_invoice(3000)
        self.env["collection.hold"].create({"move_id": held.id, "reason": "dispute"})
        result = self.engine.run(date=DAY, debtors=self.debtor)
        self.assertEqual(
            result,
            {
                "date": "2026-09-01",
                "companies": [self.company.id],
                "receivables": 3,
                "due": 3,
                "held": {"dispute": 1},
                "debtors": 1,
                "cases_opened": 1,
                "cases_closed": 0,
                "followups": 1,
                "lines": 2,
                "by_channel": {"email": 1},
                "by_level": {"friendly": 1},
                "failed": 0,
            },
        )
        self.assertEqual(json.loads(json.dumps(result)), result)

    def test_arguments_may_be_ids_or_records_or_text(self):
        self._create_invoice()
        for debtors, companies in (
            (self.debtor, self.company),
            (self.debtor.ids, self.company.ids),
            (self.debtor.id, None),
        ):
            result = self.engine.run(
                date="2026-09-01", companies=companies, debtors=debtors, preview=True
            )
            self.assertEqual(result["followups"], 1)

    def test_a_contact_stands_for_its_company(self):
        self._create_invoice()
        contact = self.env["res.partner"].create(
            {"name": "Claire", "parent_id": self.debtor.id}
        )
        self.assertEqual(self.engine.run(date=DAY, debtors=contact)["followups"], 1)

    # === SAME DAY TWICE, PREVIEW === #

    def test_second_run_of_the_day_writes_nothing(self):
        self._create_invoice()
        self.engine.run(date=DAY)
        before = self._count_all()
        result = self.engine.run(date=DAY)
        self.assertEqual((result["followups"], result["due"]), (0, 0))
        self.assertEqual(self._count_all(), before)

    def test_preview_says_what_the_run_does_and_writes_nothing(self):
        self._create_invoice()
        held = self._create_invoice()
        held.no_followup = True
        before = self._count_all()
        preview = self.engine.run(date=DAY, preview=True)
        self.assertEqual(self._count_all(), before)
        self.assertEqual(preview, self.engine.run(date=DAY))

    def _count_all(self):
        models = ("debtor", "case", "followup", "followup.line")
        counts = [self.env[f"collection.{model}"].search_count([]) for model in models]
        counts.append(self.env["mail.mail"].search_count([]))
        return counts + [
            sum(self.env["collection.debtor"].search([]).mapped("version"))
        ]

    # === CASES === #

    def test_case_opens_after_the_due_date_and_closes_when_paid(self):
        invoice = self._create_invoice(due="2026-09-07")
        self.assertEqual(self.engine.run(date="2026-09-02")["cases_opened"], 0)
        self._perform(self._followups("2026-09-02"), day("2026-09-02"))
        self.assertEqual(self.engine.run(date="2026-09-08")["cases_opened"], 1)
        case = self._followups("2026-09-08").case_id
        self.assertEqual((case.state, case.date_open), ("open", day("2026-09-08")))
        self.assertEqual(case.file_id.case_id, case)
        self._pay(invoice, date="2026-09-09")
        self.assertEqual(self.engine.run(date="2026-09-10")["cases_closed"], 1)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "closed",
                    "date_close": day("2026-09-10"),
                    "outcome": "settled",
                }
            ],
        )
        self.assertFalse(case.file_id.case_id)

    def test_one_case_for_all_the_invoices_of_a_debtor(self):
        self._create_invoice()
        self.engine.run(date=DAY)
        self._create_invoice(due="2026-09-01")
        self.assertEqual(self.engine.run(date="2026-09-02")["cases_opened"], 0)
        self.assertEqual(len(self._followups().case_id), 1)

    # === FILES, LOCKS, SHARDS === #

    def test_run_bumps_the_version_of_the_files_it_writes(self):
        self._create_invoice()
        self.engine.run(date=DAY)
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        self.assertEqual(file.version, 1)

    def test_shards_share_the_debtors(self):
        partners = self._create_ledger(6, 1)
        made = []
        for shard in range(3):
            result = self.engine.run(date=DAY, shard=(shard, 3))
            self.assertEqual(result["followups"], 2)
            found = self.env["collection.followup"].search(
                [("debtor_id", "in", partners.ids), ("id", "not in", made)]
            )
            self.assertEqual({one.debtor_id.id % 3 for one in found}, {shard})
            made += found.ids
        self.assertEqual(len(made), 6)

    def test_archived_file_is_not_created_again(self):
        self._create_invoice()
        file = self.env["collection.debtor"]._get_file(self.company, self.debtor)
        file.active = False
        self.assertEqual(self.engine.run(date=DAY)["followups"], 1)

    # === ONE BAD DEBTOR === #

    def test_one_bad_debtor_never_stops_the_others(self):
        partners = self._create_ledger(5, 1)
        bad = partners[2]
        original = DayWriter._insert_followups

        def fail(writer, pairs, figures):
            if bad.id in {plan.debtor_id for plan, _planned in pairs}:
                raise ValueError("A broken record")
            return original(writer, pairs, figures)

        with (
            patch.object(DayWriter, "_insert_followups", fail),
            mute_logger("odoo.addons.account_collection.models.collection_engine"),
        ):
            result = self.engine.run(date=DAY, debtors=partners)
        self.assertEqual((result["followups"], result["failed"]), (4, 1))
        followups = self.env["collection.followup"].search(
            [("debtor_id", "in", partners.ids)]
        )
        self.assertEqual(followups.debtor_id, partners - bad)
        file = self.env["collection.debtor"]._get_file(self.company, bad)
        self.assertIn("A broken record", file.activity_ids.note)
        self.assertEqual(self.engine.run(date=DAY, debtors=partners)["followups"], 1)

    def test_broken_text_fails_its_follow_up_alone(self):
        """The reason stands on the follow-up; the others leave; a retry re-uses it."""
        partners = self._create_ledger(3, 1)
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == 1)
        template = step.level_id.template_id
        broken = template.copy({"body_html": "<p t-out='object.nothing_like_this'/>"})
        other = self.rapp.copy({"name": "Broken"})
        other.step_ids.filtered(lambda step: step.delay_days == 1).template_id = broken
        file = self.env["collection.debtor"]._get_file(self.company, partners[0])
        file.scenario_id = other
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            result = self.engine.run(date=DAY, debtors=partners)
        self.assertEqual((result["followups"], result["failed"]), (3, 1))
        followup = self._followups(partner=partners[0])
        self.assertRecordValues(
            followup, [{"state": "failed", "failure_code": "rendering"}]
        )
        self.assertTrue(followup.reason)
        self.assertTrue(followup.line_ids.counted)
        self.assertEqual(
            self._followups(partner=partners[1]).mapped("state"), ["queued"]
        )
        broken.body_html = template.body_html
        followup.action_retry()
        self.assertEqual(followup.state, "queued")
        self.assertEqual(self.engine.run(date=DAY, debtors=partners)["followups"], 0)

    # === QUERIES === #

    def test_queries_do_not_grow_with_the_receivables(self):
        """5,000 due receivables of 500 debtors: at most 60 queries, mails included."""
        partners = self._create_ledger(500, 10)
        # Another run first: the server's own caches (views, metadata) are filled.
        self.engine.run(date=DAY, debtors=self._create_ledger(2, 1))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = self.engine.run(date=DAY, debtors=partners)
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual((result["lines"], result["followups"]), (5000, 500))
        self.assertEqual(result["failed"], 0)
        self.assertLessEqual(queries, 60)

    def test_queries_are_the_same_for_one_and_for_many_debtors(self):
        """What may grow is what Odoo inserts by hundreds."""
        small = self._create_ledger(5, 2)
        large = self._create_ledger(50, 20)
        self.engine.run(date=DAY, debtors=self._create_ledger(2, 1))
        counts = []
        for partners in (small, large):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.engine.run(date=DAY, debtors=partners)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # === RIGHTS === #

    def test_only_collectors_run_and_readers_preview(self):
        self._create_invoice()
        reader = self._create_user(
            "reader", "account_collection.group_collection_readonly"
        )
        seller = self._create_user("seller", "sales_team.group_sale_salesman")
        collector = self._create_user(
            "collector", "account_collection.group_collection_user"
        )
        for user in (reader, seller):
            with self.assertRaises(AccessError):
                self.engine.with_user(user).run(date=DAY)
        with self.assertRaises(AccessError):
            self.engine.with_user(seller).run(date=DAY, preview=True)
        preview = self.engine.with_user(reader).run(date=DAY, preview=True)
        self.assertEqual(preview["followups"], 1)
        self.assertEqual(self.engine.with_user(collector).run(date=DAY)["followups"], 1)

    # === SCHEDULED ACTION === #

    def test_scheduled_action_runs_every_company_and_reports_progress(self):
        self._create_invoice(due=datetime.date.today() - datetime.timedelta(days=3))
        working = self.env["collection.calendar"]._get_calendar(self.company)
        today = self.company._get_collection_today()
        cron = self.env.ref("account_collection.ir_cron_run")
        with self.enter_registry_test_mode():
            cron.sudo().method_direct_trigger()
        made = len(self._followups())
        self.assertEqual(made, 1 if working.is_working(today) else 0)

    def test_as_many_scheduled_actions_as_shards(self):
        settings = self.env["res.config.settings"].create({"collection_shards": 3})
        settings.set_values()
        crons = self.env["ir.cron"].with_context(active_test=False)
        found = crons.search([("code", "like", "model._cron_run(")], order="id")
        self.assertEqual(
            found.mapped("code"),
            [f"model._cron_run({number}, 3)" for number in range(3)],
        )
        settings.collection_shards = 1
        settings.set_values()
        self.assertEqual(found.mapped("active"), [True, False, False])
        self.assertEqual(found[0].code, "model._cron_run(0, 1)")
