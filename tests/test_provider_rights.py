# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.misc import file_path

from ..models import collection_postal_provider
from .provider_common import DAY, ProviderCommon

SECRETS = ("client_id", "client_secret", "username", "password")


@tagged("post_install", "-at_install")
class TestProviderRights(ProviderCommon):
    """Who sees and does what, in which company; settings, consent, copies."""

    def test_logins_are_for_administrators(self):
        collector = self._create_user(
            "post_collector", "account_collection.group_collection_manager"
        )
        theirs = self.provider.with_user(collector)
        self.assertEqual(theirs.name, "Maileva")
        for name in SECRETS:
            with self.assertRaises(AccessError):
                theirs.read([name])
        self.assertFalse(set(SECRETS) & set(theirs.fields_get()))
        with self.assertRaises(AccessError):
            theirs.write({"name": "Mine"})
        with self.assertRaises(AccessError):
            theirs.action_check()
        with self.assertRaises(AccessError):
            theirs.search([("password", "=like", "user%")])

    def test_logins_are_neither_exported_nor_copied_nor_kept_in_messages(self):
        admin = self.provider.with_user(self.env.ref("base.user_admin"))
        for name in SECRETS:
            with self.assertRaises(UserError):
                admin.export_data(["name", name])
            self.assertFalse(admin.fields_get([name])[name]["exportable"])
            self.assertFalse(self.provider.copy()[name])
        company = self.company.with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(UserError):
            company.export_data(["name", "collection_letter_provider_id/password"])
        self.assertEqual(len(admin.export_data(["name", "kind"])["datas"]), 1)
        self.provider.password = "another-secret"
        words = " ".join(self.provider.message_ids.mapped("body"))
        self.assertNotIn("another-secret", words)

    def test_each_role_works_letters(self):
        letter = self._letter()
        self._hand_over()
        reader = self._create_user(
            "post_reader", "account_collection.group_collection_readonly"
        )
        collector = self._create_user(
            "post_user", "account_collection.group_collection_user"
        )
        theirs = letter.with_user(reader)
        self.assertEqual(theirs.provider_state, "submitted")
        self.assertEqual(theirs.provider_id.name, "Maileva")
        for action in ("action_ask_provider", "action_post_by_hand"):
            with self.assertRaises(AccessError):
                getattr(theirs, action)()
        self.server.process(self._sending(letter))
        letter.with_user(collector).action_ask_provider()
        self.assertEqual(letter.state, "performed")

    def test_two_companies_two_providers(self):
        other = self.env["res.company"].create(
            {"name": "Autre SARL", "country_id": self.env.ref("base.fr").id}
        )
        theirs = self._create_provider(other, name="Maileva 2", username="nobody")
        with self.assertRaises(ValidationError):
            self.company.collection_letter_provider_id = theirs
        other.collection_letter_provider_id = theirs
        self.assertEqual(other._get_collection_provider("letter"), theirs)
        self.assertFalse(other._get_collection_provider("registered"))
        collector = self._create_user(
            "post_other", "account_collection.group_collection_manager", other
        )
        found = self.env["collection.postal.provider"].with_user(collector).search([])
        self.assertEqual(found, theirs)
        letter = self._letter()
        self.assertEqual(letter.provider_id, self.provider)
        # The other's pass touches nothing of ours, and its trouble is its own.
        self._hand_over(theirs)
        self.assertEqual(self.server.calls, [])
        self._hand_over()
        self.assertEqual(len(self.server.submitted), 1)
        with self.assertRaises(UserError):
            letter.provider_id = theirs

    # === SETTINGS === #

    def test_connection_is_tested(self):
        action = self.provider.action_check()
        self.assertEqual(action["params"]["type"], "success")
        self.assertTrue(self.provider.last_success_at)
        self.assertEqual(self.server.count("GET /mail/v2/sendings"), 1)
        self.assertEqual(self.server.count("GET /registered_mail/v4/sendings"), 1)
        self.provider.password = "wrong"
        action = self.provider.action_check()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("Authentication failed", action["params"]["message"])
        self.provider.password = False
        with self.assertRaises(UserError) as caught:
            self.provider.action_check()
        self.assertIn("Password", str(caught.exception))

    def test_addresses_follow_the_environment_and_are_encrypted(self):
        form = Form(self.env["collection.postal.provider"])
        self.assertEqual(form.environment, "sandbox")
        self.assertEqual(form.api_url, "https://api.sandbox.maileva.net")
        form.environment = "production"
        self.assertEqual(form.api_url, "https://api.maileva.com")
        self.assertEqual(form.auth_url, "https://connexion.maileva.com")
        with self.assertRaises(ValidationError):
            self.provider.api_url = "http://api.maileva.com"

    def test_settings_choose_the_provider(self):
        settings = self.env["res.config.settings"].create(
            {"collection_letter_provider_id": False}
        )
        settings.execute()
        self.assertFalse(self.company.collection_letter_provider_id)
        self.assertFalse(self._letter().provider_id)
        self.provider.serves_letter = False
        with self.assertRaises(ValidationError):
            self.company.collection_letter_provider_id = self.provider

    def test_neutralized_copies_post_nothing(self):
        self._letter()
        with open(file_path("account_collection/data/neutralize.sql")) as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.provider.active)
        self.assertIn(".invalid", self.provider.api_url)
        self.assertFalse(any(self.provider[name] for name in SECRETS))
        with self.enter_registry_test_mode():
            cron = self.env.ref("account_collection.ir_cron_hand_over")
            cron.method_direct_trigger()
        self.assertEqual(self.server.calls, [])

    # === CONSENT === #

    def _make_electronic(self):
        return patch.object(
            collection_postal_provider.CollectionPostalProvider,
            "_get_electronic_kinds",
            lambda provider: {"maileva"},
        )

    def test_electronic_letters_need_the_consent_of_private_individuals(self):
        person = self._create_debtor("Paul Martin", is_company=False)
        with self._make_electronic():
            self.env.invalidate_all()
            letter = self._letter("registered", person)
            self.assertFalse(letter.provider_id)
            self.assertIn("consent", letter.provider_error)
            self.assertTrue(letter.file_id.shows_electronic_consent)
            letter.file_id.has_electronic_consent = True
            self.assertTrue(letter.file_id.electronic_consent_on)
            letter.action_give_to_provider()
            self.assertEqual(letter.provider_id, self.provider)
            # A professional need not agree.
            other = self._letter("registered")
            self.assertEqual(other.provider_id, self.provider)

    def test_paper_needs_no_consent(self):
        person = self._create_debtor("Paul Martin", is_company=False)
        letter = self._letter("registered", person)
        self.assertEqual(letter.provider_id, self.provider)
        self.assertFalse(letter.file_id.shows_electronic_consent)

    def test_planning_costs_no_more_queries_with_a_provider(self):
        def count(size):
            partners = self.env["res.partner"]
            for number in range(size):
                partners |= self._create_debtor(f"Client {size}-{number}")
            for partner in partners:
                self._create_invoice(partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.engine.run(date=DAY, debtors=partners)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        step = self.rapp.step_ids.filtered(lambda one: one.level_id.code == "firm")
        step.is_entry = True
        count(1)
        few, many = count(2), count(12)
        self.assertLessEqual(many - few, 4)
