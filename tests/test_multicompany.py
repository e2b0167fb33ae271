# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged, users
from odoo.tools import file_open

from .common import CollectionCommon
from .second_company import DAY, SecondCompanyCase


@tagged("post_install", "-at_install")
class TestMultiCompany(SecondCompanyCase):
    """A second company, as an ordinary collector, in English and in French."""

    # === SEPARATION === #

    def test_each_company_chases_its_own(self):
        result = self.engine.run(date=DAY, companies=self.company + self.second)
        self.assertEqual(result["followups"], 2)
        self.assertEqual(result["companies"], (self.company + self.second).ids)
        amounts = {
            one.company_id: one.amount
            for one in self.env["collection.followup"].search([])
        }
        self.assertEqual(amounts, {self.company: 1000.0, self.second: 2000.0})

    def test_same_debtor_has_a_file_and_a_case_in_each_company(self):
        self.engine.run(date=DAY, companies=self.company + self.second)
        files = self.env["collection.debtor"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.assertEqual(files.company_id, self.company + self.second)
        self.assertEqual(len(files.case_id), 2)

    def test_credit_of_another_company_is_not_deducted(self):
        self._receive(500, "2026-08-01")
        self.engine.run(date=DAY, companies=self.second)
        self.assertEqual(self.env["collection.followup"].search([]).amount, 2000)

    def test_stale_bank_of_one_company_stops_it_alone(self):
        self._create_bank_line(1, "2026-08-20")
        result = self.engine.run(date=DAY, companies=self.company + self.second)
        self.assertEqual((result["held"], result["followups"]), ({"bank_stale": 1}, 1))

    def test_settings_of_each_company(self):
        self.second.collection_minimum_amount = 2500
        result = self.engine.run(date=DAY, companies=self.company + self.second)
        self.assertEqual((result["held"], result["followups"]), ({"minimum": 1}, 1))

    def test_default_scenario_of_each_company(self):
        self.second.collection_scenario_id = self.env.ref(
            "account_collection.collection_scenario_strategic"
        )
        receivable = self._receivables(self.other, DAY)
        self.assertEqual(receivable.scenario_id, self.second.collection_scenario_id)
        self.assertFalse(receivable.due_step_id)

    # === A COLLECTOR OF THE SECOND COMPANY === #

    def test_collector_works_a_whole_case_in_the_second_company(self):
        """Without administrator's rights, in company 2, in English."""
        engine = self._as(self.collector, "collection.engine")
        followups = self._as(self.collector, "collection.followup")
        self.assertEqual(engine.run(date=DAY, preview=True)["followups"], 1)
        result = engine.run(date=DAY)
        self.assertEqual(result["companies"], self.second.ids)
        mail = followups.search([])
        self.assertEqual((mail.company_id, mail.state), (self.second, "queued"))
        with self.mock_mail_gateway():
            mail.sudo().mail_id.send()
        self.assertEqual(mail.state, "performed")
        mail.sudo().line_ids.performed_on = DAY
        mail.sudo().performed_on = DAY
        engine.run(date="2026-09-07")
        call = followups.search([("channel", "=", "call")])
        form = Form(
            self._as(self.collector, "collection.followup.perform").with_context(
                default_followup_ids=call.ids
            )
        )
        form.call_result = "promised"
        form.note = "Pays on Friday"
        form.save().action_record()
        self.assertRecordValues(
            call,
            [
                {
                    "state": "performed",
                    "call_result": "promised",
                    "performed_by_id": self.collector.id,
                }
            ],
        )
        engine.run(date="2026-09-15")
        letter = followups.search([("channel", "=", "letter")])
        letter.action_make_letters()
        self.assertTrue(letter.attachment_id)
        letter.action_open_document()
        wizard = self._as(self.collector, "collection.followup.perform").create(
            {"followup_ids": letter.ids, "posted_on": "2026-09-15"}
        )
        wizard.action_record()
        self.assertEqual(letter.state, "performed")
        receivable = (
            self._as(self.collector, "collection.receivable")
            .with_context(collection_date="2026-09-16")
            .search([])
        )
        self.assertEqual(
            (receivable.move_id, receivable.level_id.code), (self.other, "firm")
        )

    def test_collector_holds_and_releases(self):
        action = self._as(self.collector, "collection.receivable").search([])
        self.assertEqual(action.move_id, self.other)
        form = Form(
            self._as(self.collector, "collection.hold").with_context(
                **action.action_hold()["context"]
            ),
            "account_collection.collection_hold_view_form_new",
        )
        form.reason = "dispute"
        form.amount = 500
        hold = form.save()
        self.assertEqual((hold.company_id, hold.user_id), (self.second, self.collector))
        self.engine.run(date=DAY, companies=self.second)
        self.assertEqual(self.env["collection.followup"].search([]).amount, 1500)
        hold.action_end()
        action.action_exclude()
        self.assertTrue(self.other.no_followup)
        action.action_release()
        self.assertFalse(self.other.no_followup)

    def test_collector_never_sees_the_first_company(self):
        self.engine.run(date=DAY, companies=self.company + self.second)
        for model in (
            "collection.receivable",
            "collection.debtor",
            "collection.case",
            "collection.followup",
            "collection.followup.line",
        ):
            found = self._as(self.collector, model).search([])
            self.assertEqual(found.company_id, self.second, model)
        foreign = self.env["collection.followup"].search(
            [("company_id", "=", self.company.id)]
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.collector).read(["amount"])
        result = self._as(self.collector, "collection.engine").run(
            date=DAY, companies=self.company, preview=True
        )
        self.assertEqual(result["companies"], [])

    # === RIGHTS === #

    @users("seller2")
    def test_salespeople_have_no_access(self):
        for model in (
            "collection.receivable",
            "collection.debtor",
            "collection.case",
            "collection.followup",
            "collection.hold",
            "collection.scenario",
            "collection.probable.payment",
        ):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].search([])

    def test_reader_reads_and_changes_nothing(self):
        self.engine.run(date=DAY, companies=self.second)
        followup = self._as(self.reader, "collection.followup").search([])
        self.assertEqual(followup.amount, 2000)
        self.assertTrue(self._as(self.reader, "collection.receivable").search([]))
        for act in (
            followup.action_cancel,
            followup.action_confirm,
            followup.action_retry,
            followup.action_perform,
            followup.action_make_letters,
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            self._as(self.reader, "collection.hold").create(
                {"debtor_id": self.debtor.id, "reason": "other"}
            )
        receivable = self._as(self.reader, "collection.receivable").search([])
        with self.assertRaises(AccessError):
            receivable.action_exclude()

    def test_collector_does_not_change_the_policy(self):
        step = self._as(self.collector, "collection.step").search([], limit=1)
        with self.assertRaises(AccessError):
            step.delay_days = 3
        startup = self._as(self.collector, "collection.startup").create({})
        with self.assertRaises(AccessError):
            startup.action_go_live()

    def test_manager_changes_the_policy_and_goes_live(self):
        self.second.collection_live = False
        startup = self._as(self.manager, "collection.startup").create({})
        startup.action_go_live()
        self.assertTrue(self.second.collection_live)
        step = self.rapp.step_ids[0].with_user(self.manager)
        step.delay_days = -7
        self.assertEqual(self.rapp.step_ids.sorted("delay_days")[0].delay_days, -7)

    def test_accountant_who_posts_needs_no_collection_right(self):
        """Posting and paying keep working for who only invoices."""
        accountant = self._create_user("accountant", "account.group_account_invoice")
        invoice = self._create_invoice(100, post=False)
        invoice.with_user(accountant).action_post()
        self._create_bank_line(100, DAY, invoice.name)
        found = self.env["collection.probable.payment"].search(
            [("move_line_id.move_id", "=", invoice.id)]
        )
        self.assertEqual(found.reason, "document")

    def test_documents_follow_the_record_rules(self):
        self.engine.run(date=DAY, companies=self.company)
        followup = self.env["collection.followup"].search([])
        with self.assertRaises(AccessError):
            followup.with_user(self.collector).check_access("read")


@tagged("post_install", "-at_install")
class TestNeutralize(CollectionCommon):
    def test_nothing_leaves_a_copy_of_the_database(self):
        self._create_invoice(1000)
        self.engine.run(date=DAY)
        mail = self._followups().mail_id
        self.env.flush_all()
        with file_open("account_collection/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual(mail.state, "cancel")
        self.assertFalse(self.company.collection_live)
