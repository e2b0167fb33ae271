# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import Form, freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.models import ir_cron
from odoo.addons.mail.tests.common import MockEmail

from ..models import collection_engine
from .common import DUE, CollectionCommon, day
from .test_mail import BOUNCE

DAY = day("2026-09-01")
#: in the time zone of the company's calendar, whichever it is
MORNING = "2026-09-01 09:00:00"


@tagged("post_install", "-at_install")
class TestSettings(CollectionCommon):
    """What is typed in the settings is what the next run does."""

    def _save(self, **values):
        """Press Save on settings that were filled in."""
        self.env["res.config.settings"].create(values).execute()

    def _run(self, date=DAY):
        return self.engine.run(date=date, debtors=self.debtor)

    def test_form_keeps_everything(self):
        manager = self._create_user(
            "settings_chief", "account_collection.group_collection_manager"
        )
        values = {
            "collection_live": False,
            "collection_scenario_id": self.env.ref(
                "account_collection.collection_scenario_public"
            ),
            "collection_manager_id": manager,
            "collection_minimum_amount": 12.34,
            "collection_minimum_total": 56.78,
            "collection_bank_stale_days": 9,
            "collection_probable_days": 8,
            "collection_probable_hold_days": 7,
            "collection_legal_line": "SARL au capital de 1 000 €",
            "collection_mediator": "Mediator of Lyon",
        }
        form = Form(self.env["res.config.settings"])
        for name, value in values.items():
            form[name] = value
        form.collection_shards = 2
        form.save().execute()
        self.assertEqual({name: self.company[name] for name in values}, values)
        again = Form(self.env["res.config.settings"])
        self.assertEqual({name: again[name] for name in values}, values)
        self.assertEqual(again.collection_shards, 2)

    # === CARRIED THROUGH === #

    def test_live(self):
        self._save(collection_live=False)
        self._create_invoice(1000)
        self._run()
        self.assertEqual(self._followups().state, "to_confirm")
        self._save(collection_live=True)
        self._create_invoice(1000, due="2026-09-01")
        self._run("2026-09-02")
        self.assertEqual(self._followups("2026-09-02").state, "queued")

    def test_default_scenario(self):
        """Strategic customers: nothing on D+1, the e-mail on D+3."""
        strategic = self.env.ref("account_collection.collection_scenario_strategic")
        self._create_invoice(1000)
        self.assertEqual(self._preview_lines(DAY), 1)
        self._save(collection_scenario_id=strategic.id)
        self.assertEqual(self._preview_lines(DAY), 0)
        self.assertEqual(self._preview_lines("2026-09-03"), 1)

    def _preview_lines(self, date):
        return self.engine.run(date=date, debtors=self.debtor, preview=True)["lines"]

    def test_small_amounts(self):
        self._save(collection_minimum_amount=50.0, collection_minimum_total=80.0)
        self._create_invoice(49.99)
        self.assertEqual(self._run()["held"], {"minimum": 1})
        self._create_invoice(79.99)
        self.assertEqual(self._run()["held"], {"minimum": 1, "minimum_total": 1})

    def test_days_without_a_bank_line(self):
        """Four working days lie between the line and the run."""
        self._create_invoice(1000)
        self._create_bank_line(1, "2026-08-26")
        self._save(collection_bank_stale_days=3)
        self.assertEqual(self._run()["held"], {"bank_stale": 1})
        self._save(collection_bank_stale_days=4)
        self.assertEqual(self._run()["lines"], 1)

    def test_days_in_which_payments_are_looked_for(self):
        """An older receipt no longer asks for a person."""
        invoice = self._create_invoice(1000)
        self._create_bank_line(1000, "2026-08-21", invoice.name)
        self._save(collection_probable_days=30, collection_bank_stale_days=30)
        self._run()
        self.assertEqual(self._followups().state, "to_confirm")
        self._followups().action_cancel()
        self._save(collection_probable_days=9)
        self._run()
        self.assertEqual(self._followups().mapped("state"), ["cancelled", "queued"])

    def test_days_of_a_probable_payment(self):
        invoice = self._create_invoice(1000)
        self._save(collection_probable_hold_days=2)
        self._create_bank_line(1000, "2026-09-01", invoice.name)
        self.assertRecordValues(
            self._receivables(invoice, DAY),
            [{"hold_reason": "probable_payment", "hold_until": day("2026-09-03")}],
        )
        self.assertFalse(self._receivables(invoice, "2026-09-04").hold_reason)

    def test_manager_signs_and_gets_the_tasks(self):
        manager = self._create_user(
            "settings_manager",
            "account_collection.group_collection_manager",
            name="Camille Roux",
        )
        self._save(collection_manager_id=manager.id)
        self._create_invoice(1000)
        self._run()
        self.assertIn("Camille Roux", self._followups().mail_id.body_html)
        self.assertEqual(self.company._get_collection_manager(), manager)

    def test_lines_of_the_letters(self):
        self._save(
            collection_legal_line="SAS au capital de 1 000 €",
            collection_mediator="Mediator of Lyon",
        )
        self._create_invoice(1000)
        self._run()
        followup = self._followups()
        self.assertIn("SAS au capital de 1 000 €", followup._get_page_notes()[1])
        self.assertIn("Mediator of Lyon", followup.mediator_paragraph)

    def test_settings_belong_to_the_company(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        self._save(collection_minimum_total=80.0)
        self.assertEqual(self.company.collection_minimum_total, 80)
        self.assertEqual(second.collection_minimum_total, 10)

    # === SCHEDULED ACTIONS === #

    def _crons(self, **context):
        crons = self.env["ir.cron"].with_context(**context)
        return crons.search([("code", "like", "model._cron_run(")], order="id")

    def test_number_of_scheduled_actions_is_bounded(self):
        form = Form(self.env["res.config.settings"])
        for typed, kept in ((40, 16), (0, 1), (-2, 1), (5, 5)):
            form.collection_shards = typed
            self.assertEqual(form.collection_shards, kept)

    def test_bounds_hold_for_every_client(self):
        """A form's onchange does not run for who writes through the API."""
        self._save(collection_shards=40)
        self.assertLessEqual(len(self._crons(active_test=False)), 16)

    def test_more_and_fewer_and_more_again(self):
        counts = []
        for number in (3, 1, 2):
            self._save(collection_shards=number)
            active = self._crons()
            counts.append(len(self._crons(active_test=False)))
            self.assertEqual(
                active.mapped("code"),
                [f"model._cron_run({one}, {number})" for one in range(number)],
            )
        self.assertEqual(counts, [3, 3, 3])

    def test_stopped_collection_stays_stopped(self):
        self.env.ref("account_collection.ir_cron_run").active = False
        self._save(collection_shards=3)
        self.assertFalse(self._crons())

    def test_saving_other_settings_leaves_the_scheduled_actions_alone(self):
        """Odoo refuses to write one that runs: nothing could be saved meanwhile."""
        self._save(collection_shards=2)
        crons = type(self.env["ir.cron"])
        with patch.object(crons, "write", autospec=True) as write:
            self._save(collection_minimum_total=80.0)
        self.assertFalse(write.called)


@tagged("post_install", "-at_install")
@freeze_time(MORNING)
class TestScheduledAction(CollectionCommon):
    """The scheduled actions, run as Odoo's scheduler does, on a Tuesday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("account_collection.ir_cron_run")
        cls.partners = cls.env["res.partner"].union(
            *[cls._create_debtor(f"Customer {number}") for number in range(4)]
        )
        cls.moves = cls.env["account.move"].union(
            *[cls._create_invoice(1000, partner=partner) for partner in cls.partners]
        )

    def test_messages_leave_in_working_hours(self):
        self.assertEqual(
            (self.cron.nextcall.hour, self.cron.interval_type), (6, "days")
        )

    @classmethod
    def _create_second_company(cls):
        """Create a company with one receivable, without the cost of a chart."""
        second = cls.env["res.company"].create(
            {
                "name": "Vauban Services",
                "email": "compta@vauban-services.example",
                "iap_enrich_auto_done": True,
                "collection_live": True,
            }
        )
        env = cls.env(context=dict(cls.env.context, allowed_company_ids=second.ids))
        receivable, income = env["account.account"].create(
            [
                {
                    "name": "Customers",
                    "code": "4110",
                    "account_type": "asset_receivable",
                },
                {"name": "Sales", "code": "7010", "account_type": "income"},
            ]
        )
        journal = env["account.journal"].create(
            {"name": "Opening", "code": "OPEN", "type": "general"}
        )
        partner = {"partner_id": cls.debtor.id, "date_maturity": DUE}
        entry = env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": "2026-08-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "balance": 2000,
                            "no_followup": False,
                            **partner,
                        }
                    ),
                    Command.create({"account_id": income.id, "balance": -2000}),
                ],
            }
        )
        entry.action_post()
        return second

    def _trigger(self, crons, *patches):
        with contextlib.ExitStack() as stack:
            for one in patches:
                stack.enter_context(one)
            stack.enter_context(self.enter_registry_test_mode())
            for cron in crons.sudo():
                cron.method_direct_trigger()
        self.assertEqual(set(crons.mapped("failure_count")), {0})

    def _trigger_short(self, crons=None):
        """Let every run end after its first batch, of one debtor: time is over."""
        self._trigger(
            crons or self.cron,
            patch.object(ir_cron, "MIN_TIME_PER_JOB", 0),
            patch.object(collection_engine, "BATCH", 1),
        )

    def _made(self):
        return self.env["collection.followup"].search([]).sorted("id").debtor_id

    def _count_made(self):
        return self.env["collection.followup"].search_count([])

    def test_whole_day_in_one_run(self):
        self._trigger(self.cron)
        self.assertEqual(self._made(), self.partners)
        followups = self.env["collection.followup"].search([])
        self.assertEqual(set(followups.mapped("date")), {DAY})
        progress = self.env["ir.cron.progress"].search(
            [("cron_id", "=", self.cron.id)], order="id desc", limit=1
        )
        self.assertRecordValues(progress, [{"done": 4, "remaining": 0}])

    def test_every_company_has_its_day(self):
        second = self._create_second_company()
        self._trigger(self.cron)
        companies = self.env["collection.followup"].search([]).company_id
        self.assertEqual(companies, self.company + second)

    def test_shares_of_two_scheduled_actions(self):
        settings = self.env["res.config.settings"].create({"collection_shards": 2})
        settings.execute()
        crons = self.env["ir.cron"].search(
            [("code", "like", "model._cron_run(")], order="id"
        )
        for number, cron in enumerate(crons):
            before = self._made()
            self._trigger(cron)
            share = self._made() - before
            self.assertEqual({debtor.id % 2 for debtor in share}, {number})
        self.assertEqual(self._count_made(), 4)
        self._trigger(crons)
        self.assertEqual(self._count_made(), 4)

    # === RECEIPTS OF NOBODY KNOWN === #

    def _create_receipt_without_a_partner(self):
        """Import a bank line that names the first customer's invoice, and no one."""
        return self._create_bank_line(1000, "2026-09-01", self.moves[0].name)

    def test_shares_agree_on_a_receipt_without_a_partner(self):
        line = self._create_receipt_without_a_partner()
        self.env["res.config.settings"].create({"collection_shards": 2}).execute()
        crons = self.env["ir.cron"].search([("code", "like", "model._cron_run(")])
        self._trigger(crons)
        self._trigger(crons)
        found = self.env["collection.probable.payment"].search([])
        self.assertEqual(found.statement_line_id, line)
        self.assertEqual(found.mapped("debtor_id"), self.partners[0])
        self.assertEqual(self._made(), self.partners[1:])

    def test_another_customer_s_invoice_is_posted_meanwhile(self):
        self._create_receipt_without_a_partner()
        invoice = self._create_invoice(500, partner=self.partners[1])
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(
            self.engine.run(date=DAY, debtors=self.partners[1])["followups"], 1
        )

    # === TIME IS OVER === #

    def test_run_that_is_cut_short_goes_on(self):
        self._trigger_short()
        self.assertEqual(self._made(), self.partners)
        self.assertEqual(self._count_made(), 4)

    def test_held_debtors_do_not_stop_those_behind_them(self):
        """A run that begins anew must not spend its time on the same ones again."""
        self.env["collection.hold"].create(
            {"debtor_id": self.partners[0].id, "reason": "other"}
        )
        self._trigger_short()
        self.assertEqual(self._made(), self.partners[1:])

    def test_second_company_has_its_day_when_the_first_takes_long(self):
        second = self._create_second_company()
        self._trigger_short()
        companies = self.env["collection.followup"].search([]).company_id
        self.assertEqual(companies, self.company + second)

    def test_cases_are_closed_when_the_run_takes_long(self):
        self.engine.run(date="2026-09-01", debtors=self.partners[0])
        case = self._followups(partner=self.partners[0]).case_id
        self.assertEqual(case.state, "open")
        self._pay(self.moves[0], date=DAY)
        self._trigger_short()
        self.assertEqual(case.state, "closed")


@tagged("post_install", "-at_install")
class TestUndeliverable(MockEmail, CollectionCommon):
    """Who cannot be reached is listed with the reason, until the address is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.collector = cls._create_user(
            "undeliverable_collector", "account_collection.group_collection_user"
        )
        file = cls.env["collection.debtor"]._get_file(cls.company, cls.debtor)
        file.collector_id = cls.collector
        cls.file = file

    def _listed(self, xmlid):
        """Return what a menu shows at first: its domain and its default filters."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"account_collection.{xmlid}"
        )
        model = self.env[action["res_model"]].with_user(self.collector)
        arch = etree.fromstring(model.get_view(view_type="search")["arch"])
        domain = Domain(safe_eval(action["domain"] or "[]"))
        for key in safe_eval(action["context"]):
            name = key.removeprefix("search_default_")
            for node in arch.xpath(f"//filter[@name='{name}']"):
                domain &= Domain(safe_eval(node.get("domain")))
        return model.search(domain)

    def _send(self, date=DAY, partner=None):
        """Run a day and let its e-mail leave, return the follow-up."""
        self.engine.run(date=date, debtors=partner or self.debtor)
        followup = self._followups(date, partner)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue(followup.mail_id.ids)
        return followup

    def _bounce(self, followup):
        text = BOUNCE.format(
            bounce=self.company.alias_domain_id.bounce_email,
            email=followup.recipient_address,
            message_id=followup.mail_id.message_id,
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(False, text)

    def _send_and_bounce(self):
        self._create_invoice(1000)
        followup = self._send()
        self._bounce(followup)
        return followup

    def test_returned_address_is_listed_with_its_reason(self):
        followup = self._send_and_bounce()
        self.assertRecordValues(
            self._listed("collection_undeliverable_action").sudo(),
            [
                {
                    "partner_id": self.debtor.id,
                    "kind": "email",
                    "value": "durand@debtor.example",
                    "reason": "durand@debtor.example returned the message.",
                    "followup_id": followup.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertIn(followup, self._listed("collection_followup_action_todo"))

    def test_who_follows_the_debtor_is_asked_to_correct_it(self):
        self._send_and_bounce()
        self.assertRecordValues(
            self.file.activity_ids,
            [
                {
                    "user_id": self.collector.id,
                    "summary": "Correct the address durand@debtor.example",
                }
            ],
        )

    def test_corrected_address_is_used_by_the_next_run(self):
        self.debtor.write({"street": False, "city": False})
        self._send_and_bounce()
        self.debtor.email = "right@debtor.example"
        again = self._send("2026-09-02")
        self.assertRecordValues(
            again,
            [
                {
                    "recipient_address": "right@debtor.example",
                    "state": "performed",
                    "amount": 1000.0,
                }
            ],
        )
        self.assertEqual(again.line_ids.delay, 1)

    def test_corrected_address_leaves_nothing_to_do(self):
        self._send_and_bounce()
        self.debtor.email = "right@debtor.example"
        self._send("2026-09-02")
        self.assertFalse(self._listed("collection_followup_action_todo"))

    def test_corrected_address_is_no_longer_listed(self):
        self._send_and_bounce()
        self.debtor.email = "right@debtor.example"
        self._send("2026-09-02")
        self.assertFalse(self._listed("collection_undeliverable_action"))

    def test_bad_address_is_bad_for_everybody(self):
        """Two customers with one accountant: the second is not written there."""
        self._send_and_bounce()
        other = self._create_debtor("Other", email="durand@debtor.example")
        self._create_invoice(1000, partner=other)
        result = self.engine.run(date=DAY, debtors=other)
        self.assertEqual(result["by_channel"], {"letter": 1})
        self.assertEqual(len(self._listed("collection_undeliverable_action")), 1)

    def test_only_collectors_free_an_address(self):
        self._send_and_bounce()
        address = self._listed("collection_undeliverable_action")
        reader = self._create_user(
            "undeliverable_reader", "account_collection.group_collection_readonly"
        )
        with self.assertRaises(AccessError):
            address.with_user(reader).action_free()
        address.action_free()
        self.assertFalse(self._listed("collection_undeliverable_action"))

    def test_debtor_without_any_address_becomes_a_task(self):
        """Nobody would see otherwise that it is never written to."""
        self.debtor.write({"email": False, "street": False, "city": False})
        self._create_invoice(1000)
        for _time in range(2):
            result = self.engine.run(date=DAY, debtors=self.debtor)
            self.assertEqual(result["held"], {"no_address": 1})
        self.assertEqual(self.file.activity_ids.user_id, self.collector)
        self.assertEqual(len(self.file.activity_ids), 1)
