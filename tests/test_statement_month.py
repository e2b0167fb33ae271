# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import day
from .dispatch_case import DispatchCase
from .test_letters import pdf_text

#: Monday 5 October 2026: the shipped day of the month
MONDAY = "2026-10-05"
DUE = "2026-09-30"


@tagged("post_install", "-at_install")
class TestStatementMonth(DispatchCase):
    """Monthly statements: to whom, when, once, apart from reminders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        context = {k: v for k, v in cls.env.context.items() if k != "collection_date"}
        cls.env = cls.env(context=context)
        cls.company = cls.company.with_env(cls.env)
        cls.company.collection_statement_policy = "everyone"
        cls.debtor = cls.debtor.with_env(cls.env)
        cls.dispatches = cls.env["collection.dispatch"]
        cls.statements = cls.env["collection.statement"].sudo()

    def _work(self, date=MONDAY, hour="08:00:00"):
        """Let the scheduled action work on a day."""
        with freeze_time(f"{date} {hour}"), self.enter_registry_test_mode():
            cron = self.env.ref("account_collection.ir_cron_statements")
            cron.sudo().method_direct_trigger()
        self.env.invalidate_all()
        return self.dispatches.search([], order="debtor_id")

    def _mail(self, date=MONDAY):
        with freeze_time(f"{date} 09:00:00"):
            return self._work_queue()

    def _preview(self, date=MONDAY, user=None):
        """Return the preview of the month: debtor name -> (outcome, why not)."""
        model = self._as(
            user or self.collector, self.env["collection.statement.preview"]
        )
        with freeze_time(f"{date} 08:00:00"):
            action = model.action_open()
        preview = model.browse(action["res_id"])
        self.preview = preview
        return {
            line.debtor_id.name: (line.outcome, line.reason or None)
            for line in preview.line_ids
        }

    # === WHEN === #

    def test_off_as_shipped(self):
        company = self.env["res.company"].create(
            {"name": "New", "iap_enrich_auto_done": True}
        )
        self.assertEqual(company.collection_statement_policy, "off")
        self.company.collection_statement_policy = "off"
        self._create_invoice(1000, DUE)
        self.assertFalse(self._work())

    def test_its_day_and_not_before(self):
        self._create_invoice(1000, DUE)
        self.assertFalse(self._work("2026-10-02"))
        dispatch = self._work()
        self.assertRecordValues(
            dispatch,
            [
                {
                    "state": "queued",
                    "origin": "monthly",
                    "month": day("2026-10-01"),
                    "channel": "email",
                    "recipient_address": "durand@debtor.example",
                    "amount": 1000,
                    "user_id": False,
                }
            ],
        )
        self.assertFalse(dispatch.mail_id.scheduled_date)
        sent = self._mail()
        self.assertEqual(len(sent), 1)
        self.assertEqual(dispatch.state, "sent")
        text = pdf_text(sent[0]["attachments"][0][1])
        self.assertIn("1 000,00 €", text)

    def test_day_that_is_not_worked(self):
        """Sunday 1 November 2026 is put off to Monday."""
        self.company.collection_statement_day = 1
        self._create_invoice(1000, DUE)
        self.assertFalse(self._work("2026-11-01"))
        self.assertEqual(len(self._work("2026-11-02")), 1)

    def test_month_that_lacks_the_day(self):
        """31 in a February that ends on a Saturday: Friday 27."""
        self.company.collection_statement_day = 31
        self._create_invoice(1000, DUE)
        self.assertFalse(self._work("2026-02-26"))
        dispatch = self._work("2026-02-27")
        self.assertEqual(dispatch.month, day("2026-02-01"))

    def test_action_that_was_stopped_on_its_day_works_later(self):
        self._create_invoice(1000, DUE)
        self.assertFalse(self._work("2026-10-10"))  # a Saturday
        self.assertEqual(len(self._work("2026-10-12")), 1)

    def test_bank_that_is_not_up_to_date_waits(self):
        self._create_invoice(1000, DUE)
        self._create_bank_line(1, "2026-09-21")
        self.assertFalse(self._work())
        self.assertEqual(self._preview()["Menuiserie Durand"], ("email", None))
        self.assertIn("bank is not up to date", self.preview.summary)
        self._create_bank_line(1, "2026-10-05")
        self.assertEqual(len(self._work("2026-10-06")), 1)

    def test_settings_are_checked(self):
        for values in (
            {"collection_statement_day": 0},
            {"collection_statement_day": 32},
            {"collection_statement_minimum": -1},
            {"collection_size_limit": 0},
        ):
            with self.assertRaisesRegex(Exception, "Ateliers Vauban"):
                self.company.write(values)
            self.company.invalidate_recordset()

    # === ONCE === #

    def test_once_a_month(self):
        self._create_invoice(1000, DUE)
        self._work()
        self._mail()
        other = self._create_debtor("Nouveau Client")
        self._create_invoice(70, DUE, other)
        for date in (MONDAY, "2026-10-06", "2026-10-30"):
            self.assertEqual(len(self._work(date)), 1)
        self.assertFalse(self._mail("2026-10-30"))
        self.assertEqual(len(self._work("2026-11-05")), 3)
        self.assertEqual(len(self._mail("2026-11-05")), 2)

    def test_stopped_between_the_records_and_the_mails(self):
        """What was planned and not made is made by the next call."""
        self._create_invoice(1000, DUE)
        with freeze_time(f"{MONDAY} 08:00:00"):
            state = self.statements._get_month_state(self.company)
            self.statements._plan_month(self.company, state, day(MONDAY), True)
        dispatch = self.dispatches.search([])
        self.assertEqual((dispatch.state, dispatch.mail_id.id), ("queued", False))
        self._work()
        self.assertTrue(dispatch.mail_id)
        self.assertEqual(len(self._mail()), 1)

    def test_stopped_in_the_middle_of_the_planning(self):
        """Those who have no record yet are looked at again, the others are not."""
        partners = [self._create_debtor(f"Client {number}") for number in range(3)]
        for partner in partners:
            self._create_invoice(100, DUE, partner)
        with freeze_time(f"{MONDAY} 08:00:00"):
            state = self.statements._get_month_state(self.company)
            decisions = self.statements._decide(self.company, day(MONDAY))
            some = [one for one in decisions if one.debtor_id == partners[1].id]
            self.statements._write_month(self.company, state, day(MONDAY), some, True)
        found = self._work()
        self.assertEqual(len(found), 3)
        self.assertEqual(found.debtor_id.ids, [partner.id for partner in partners])
        self.assertEqual(len(self._mail()), 3)

    def test_month_is_unique_in_the_database(self):
        self._create_invoice(1000, DUE)
        dispatch = self._work()
        with self.assertRaisesRegex(Exception, "month_uniq"), self.cr.savepoint():
            dispatch.sudo().copy({"month": dispatch.month})
            self.env.flush_all()

    def test_reminders_are_not_touched(self):
        self.rapp.contact_budget = 1
        invoice = self._create_invoice(1000, DUE)
        self._work()
        self._mail()
        self.engine.run(date=day("2026-10-06"), debtors=self.debtor)
        self.assertEqual(self._followups().state, "queued")
        self.assertFalse(self._receivables(invoice).level_id)

    # === WHO === #

    def test_segments_and_debtors_may_say_otherwise(self):
        calm = self.env["collection.segment"].create(
            {"name": "Calm", "scenario_id": self.rapp.id, "monthly_statement": "no"}
        )
        partners = {}
        for name in ("Plain", "Segment", "Debtor", "Own"):
            partners[name] = self._create_debtor(name)
            self._create_invoice(100, DUE, partners[name])
        self._file(partners["Segment"]).segment_id = calm
        self._file(partners["Debtor"]).write(
            {"segment_id": calm.id, "monthly_statement": "yes"}
        )
        self._file(partners["Own"]).monthly_statement = "no"
        no = ("nothing", "not_wanted")
        expected = {
            "Plain": ("email", None),
            "Segment": no,
            "Debtor": ("email", None),
            "Own": no,
        }
        self.assertEqual(self._preview(), expected)
        self.company.collection_statement_policy = "chosen"
        expected["Plain"] = no
        self.assertEqual(self._preview(), expected)
        self.assertEqual(self._work().debtor_id.mapped("name"), ["Debtor"])

    def test_why_the_others_get_none(self):
        names = ("Rien", "Petit", "Remis", "Juridique", "Retour", "Liste", "Nulle part")
        partners = {name: self._create_debtor(name) for name in names}
        self._file(partners["Rien"])
        for name in names[2:]:
            self._create_invoice(100, DUE, partners[name])
        self._create_invoice(9.99, DUE, partners["Petit"])
        holds = self.env["collection.hold"]
        holds.create({"debtor_id": partners["Remis"].id, "reason": "handed_over"})
        invoice = self._create_invoice(50, DUE, partners["Juridique"])
        holds.create({"move_id": invoice.id, "reason": "legal"})
        self.env["collection.undeliverable"].create(
            {
                "partner_id": partners["Retour"].id,
                "kind": "email",
                "value": partners["Retour"].email,
                "date": DUE,
                "company_id": self.company.id,
            }
        )
        self.env["mail.blacklist"]._add(partners["Liste"].email)
        partners["Nulle part"].write({"email": False, "street": False})
        expected = {
            "Rien": ("nothing", "nothing_open"),
            "Petit": ("nothing", "minimum"),
            "Remis": ("nothing", "handed_over"),
            "Juridique": ("nothing", "legal"),
            "Retour": ("nothing", "address"),
            "Liste": ("nothing", "address"),
            "Nulle part": ("nothing", "no_address"),
        }
        self.assertEqual(self._preview(), expected)
        found = self._work()
        self.assertEqual(
            {one.debtor_id.name: (one.state, one.skip_code) for one in found},
            {
                name: ("skipped", reason)
                for name, (_outcome, reason) in expected.items()
                if name not in ("Rien", "Petit")
            },
        )
        self.assertFalse(self._mail())

    def test_holds_that_ended_or_are_about_something_else(self):
        self._create_invoice(100, DUE)
        holds = self.env["collection.hold"]
        holds.create(
            {
                "debtor_id": self.debtor.id,
                "reason": "legal",
                "date_end": "2026-10-01",
            }
        )
        holds.create({"debtor_id": self.debtor.id, "reason": "agreement"})
        self.assertEqual(self._preview()["Menuiserie Durand"], ("email", None))

    def test_credits_alone_are_worth_a_statement(self):
        """What we owe them is told as well; a debt and a credit are not netted."""
        self._create_credit_note(80, "2026-09-05")
        self.assertEqual(self._preview()["Menuiserie Durand"], ("email", None))
        self._create_invoice(80, DUE)
        self.assertEqual(self._preview()["Menuiserie Durand"], ("email", None))

    def test_left_out_and_then_corrected(self):
        self._create_invoice(100, DUE)
        self.env["mail.blacklist"]._add(self.debtor.email)
        dispatch = self._work()
        self.assertEqual(dispatch.skip_code, "address")
        self.debtor.email = "compta@debtor.example"
        self._as(self.collector, dispatch).action_retry()
        self.assertEqual(dispatch.state, "queued")
        self._work()
        self.assertIn("compta@", self._mail()[0]["email_to"][0])

    # === CHECKED BEFORE IT LEAVES === #

    def test_contact_s_new_address_is_followed(self):
        self._create_invoice(100, DUE)
        dispatch = self._work()
        self.debtor.email = "new@debtor.example"
        self.assertIn("new@", self._mail()[0]["email_to"][0])
        self.assertEqual(dispatch.recipient_address, "new@debtor.example")

    def test_address_refused_meanwhile_stays_on_the_list(self):
        self._create_invoice(100, DUE)
        dispatch = self._work()
        self.env["mail.blacklist"]._add(self.debtor.email)
        self.assertFalse(self._mail())
        self.assertEqual((dispatch.state, dispatch.failure_code), ("failed", "address"))
        self._as(self.collector, dispatch).action_retry()
        self.assertEqual((dispatch.state, dispatch.skip_code), ("skipped", "address"))

    def test_paid_before_the_pdf_was_made(self):
        invoice = self._create_invoice(1000, DUE)
        with freeze_time(f"{MONDAY} 08:00:00"):
            state = self.statements._get_month_state(self.company)
            self.statements._plan_month(self.company, state, day(MONDAY), True)
        self._pay(invoice, date=MONDAY)
        dispatch = self._work()
        self.assertEqual(dispatch.state, "cancelled")
        self.assertIn("Nothing is open", dispatch.reason)

    # === LETTERS === #

    def test_without_email_by_post_in_one_pdf(self):
        names = ("Zo\u00e9 Papier", "Aline Papier")
        for name in names:
            partner = self._create_debtor(name, email=False)
            self._create_invoice(100, DUE, partner)
        found = self._work()
        self.assertEqual(set(found.mapped("channel")), {"letter"})
        self.assertEqual(len(found.document_ids), 2)
        self.assertFalse(self._mail())
        self._preview()
        self.assertEqual(self.preview.letter_count, 2)
        with freeze_time(f"{MONDAY} 10:00:00"):
            action = self.preview.action_print_letters()
            order = [int(x) for x in action["url"].split("ids=")[1].split(",")]
            self.assertEqual(
                self.dispatches.browse(order).debtor_id.mapped("name"),
                ["Aline Papier", "Zo\u00e9 Papier"],
            )
            self.assertTrue(all(found.mapped("printed_at")))
            self._as(self.collector, found).action_posted()
        self.assertEqual(set(found.mapped("state")), {"sent"})
        self.assertEqual(set(found.mapped("posted_on")), {day(MONDAY)})

    # === BEFORE THE COMPANY IS LIVE === #

    def test_not_live_waits_for_a_manager(self):
        self.company.collection_live = False
        self._create_invoice(100, DUE)
        dispatch = self._work()
        self.assertEqual(dispatch.state, "to_confirm")
        self.assertFalse(dispatch.document_ids)
        self.assertFalse(self._mail())
        with self.assertRaises(AccessError):
            self._as(self.collector, dispatch).action_confirm()
        self._as(self.manager, dispatch).action_confirm()
        self._work()
        self.assertEqual(len(self._mail()), 1)
        self.assertEqual(dispatch.state, "sent")
        act = self.env["collection.act"].search([("kind", "=", "confirm")])
        self.assertEqual(act.user_id, self.manager)

    def test_manager_sends_the_month_at_once(self):
        """Whatever the day, the bank and the policy: a person decided."""
        self.company.write(
            {"collection_live": False, "collection_statement_policy": "off"}
        )
        self._create_bank_line(1, "2026-09-01")
        self._create_invoice(100, DUE)
        self.assertEqual(
            self._preview("2026-10-02", self.manager)["Menuiserie Durand"],
            ("email", None),
        )
        with freeze_time("2026-10-02 08:00:00"):
            with self.assertRaises(AccessError):
                self._as(self.collector, self.preview).action_send()
            self.preview.action_send()
            self.assertEqual(self.preview.line_ids.outcome, "made")
        self._work("2026-10-02")
        self.assertEqual(len(self._mail("2026-10-02")), 1)
        self.assertFalse(self.preview.ready_count)

    def test_cancelled_by_a_person_does_not_come_back(self):
        self._create_invoice(100, DUE)
        dispatch = self._work()
        self._as(self.collector, dispatch).action_cancel()
        self.assertEqual(dispatch.state, "cancelled")
        self.assertFalse(self._mail())
        self.assertEqual(len(self._work("2026-10-06")), 1)
        with self.assertRaises(UserError):
            self._as(self.collector, dispatch).action_retry()

    # === SETS === #

    def test_one_bad_debtor_does_not_stop_the_others(self):
        good, bad = self._create_debtor("Bon"), self._create_debtor("Mauvais")
        for partner in (bad, good):
            self._create_invoice(100, DUE, partner)
        model = type(self.env["collection.statement"])
        original = model._render_page

        def render(records, company, statement, recipient, facts):
            if recipient == bad:
                raise ValueError("broken")
            return original(records, company, statement, recipient, facts)

        self.patch(model, "_render_page", render)
        with self.assertLogs("odoo.addons.account_collection", "ERROR"):
            found = self._work()
        states = {one.debtor_id.name: (one.state, one.reason or "") for one in found}
        self.assertEqual(states["Bon"], ("queued", ""))
        self.assertEqual(states["Mauvais"], ("failed", "broken"))
        self.assertEqual(len(self._mail()), 1)

    def test_number_of_queries_does_not_grow(self):
        partners = [self._create_debtor(f"Client {number}") for number in range(26)]
        for partner in partners:
            self._create_invoice(100, DUE, partner)
            self._create_invoice(50, "2026-10-31", partner)

        def count(some):
            ids = [partner.id for partner in some]
            with freeze_time(f"{MONDAY} 08:00:00"):
                state = self.statements._get_month_state(self.company)
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found = self.statements._decide(self.company, day(MONDAY), ids)
                self.statements._write_month(
                    self.company, state, day(MONDAY), found, True
                )
                made = self.dispatches.sudo().search([("debtor_id", "in", ids)])
                made._make_monthly()
                self.env.flush_all()
                return self.env.cr.sql_log_count - before

        count(partners[:1])
        few = count(partners[1:6])
        many = count(partners[6:])
        self.assertLessEqual(many, few + 2, (few, many))

    def test_statements_of_fifty_debtors_take_one_call(self):
        partners = [self._create_debtor(f"Client {number}") for number in range(51)]
        for partner in partners:
            self._create_invoice(100, DUE, partner)
        calls = []
        model = type(self.env["ir.actions.report"])
        original = model._run_wkhtmltopdf

        def run(report, bodies, *args, **kwargs):
            calls.append(len(bodies))
            return original(report, bodies, *args, **kwargs)

        self.patch(model, "_run_wkhtmltopdf", run)
        found = self._work()
        self.assertEqual(len(found.filtered("mail_id")), 51)
        self.assertEqual(len(calls), 2)

    # === COMPANIES === #

    def test_each_company_has_its_own_month(self):
        second = self.env["res.company"].create(
            {
                "name": "Vauban Services",
                "country_id": self.env.ref("base.fr").id,
                "email": "compta@vauban-services.example",
                "iap_enrich_auto_done": True,
                "collection_live": True,
                "collection_statement_policy": "everyone",
                "collection_statement_day": 6,
            }
        )
        self.env["account.chart.template"].try_loading("fr", second, install_demo=False)
        invoice = (
            self.env["account.move"]
            .with_company(second)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": second.id,
                    "partner_id": self.debtor.id,
                    "invoice_date": "2026-08-01",
                    "invoice_date_due": DUE,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Service",
                                "quantity": 1,
                                "price_unit": 2000,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        invoice.action_post()
        self._create_invoice(1000, DUE)
        first = self._work()
        self.assertEqual((first.company_id, first.amount), (self.company, 1000))
        other = self._work("2026-10-06") - first
        self.assertEqual((other.company_id, other.amount), (second, 2000))
        text = pdf_text(other.document_ids.attachment_id.raw)
        self.assertIn("Vauban Services", text)
        self.assertNotIn("1 000,00", text)
        self.assertFalse(self._as(self.collector, self.dispatches).search([]) & other)
