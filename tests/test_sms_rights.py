# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .sms import SendingCase, SmsCommon

OURS = "collection.followup"
#: what nobody may write into a text message, and why
REFUSED = {
    "{{ object.company_id.name }}": "a field that is no word",
    "{{ object.debtor_id.credit }}": "what the words do not show",
    "{{ object.items_table }}": "a table",
    "{{ object.env['res.users'].search([]) }}": "code",
    "{{ user.password }}": "another object",
    "{{ 7 * 7 }}": "a sum",
    "{{ object.sms_link or 'x' }}": "an expression",
    "{{ object.sms_link.upper() }}": "a call",
    "Hello [you": "a bracket that does not end",
    "Hello [you [there]]": "a bracket in a bracket",
    "Привет": "letters that no message carries",
    "Hello 😀": "a picture",
    "x" * 400: "too long whatever is left out",
}


@tagged("post_install", "-at_install")
class TestSmsTexts(SmsCommon):
    """Who may write the texts, and what they may hold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = ("readonly", "user", "all", "manager")
        cls.users = {
            group: cls._create_user(
                f"sms_{group}", f"account_collection.group_collection_{group}"
            )
            for group in groups
        }
        # Not everybody is an editor of templates in Odoo's sense.
        editors = cls.env.ref("mail.group_mail_template_editor")
        internal = cls.env.ref("base.group_user")
        internal.implied_ids -= editors
        editors.user_ids -= cls.env["res.users"].union(*cls.users.values())
        cls.template = cls.env.ref("account_collection.sms_template_professional")

    def _as(self, group, record=None):
        return (record or self.template).with_user(self.users[group])

    def test_a_manager_writes_the_texts(self):
        form = Form(self._as("manager"))
        form.body = "{{ object.sms_company }}: [hello ]{{ object.sms_link }}"
        form.save()
        self._create_invoice(1000)
        self.assertRegex(self._plan().sms_body, r"^Ateliers Vauban: hello https://")

    def test_a_manager_makes_a_text_of_its_own(self):
        texts = self.env["sms.template"].with_user(self.users["manager"])
        model = self.env["ir.model"]._get_id(OURS)
        made = texts.create({"name": "Own", "model_id": model, "body": "Hello"})
        self.step.with_user(self.users["manager"]).sms_template_id = made
        self._create_invoice(1000)
        self.assertEqual(self._plan().sms_body, "Hello")

    def test_others_read_them(self):
        for group in ("readonly", "user", "all"):
            with self.subTest(group):
                self.assertTrue(self._as(group).body)
                with self.assertRaises(AccessError):
                    self._as(group).body = "Hello"

    def test_texts_of_other_applications_are_theirs(self):
        other = self.env["sms.template"].create(
            {
                "name": "Partner",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "Hello",
            }
        )
        with self.assertRaises(AccessError):
            self._as("manager", other).body = "Bye"
        with self.assertRaises(AccessError):
            other.with_user(self.users["manager"]).copy()

    def test_only_words_in_characters_that_are_sent(self):
        for body, why in REFUSED.items():
            for user in (self.users["manager"], self.env.ref("base.user_admin")):
                with (
                    self.subTest(why, user=user.login),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    self.template.with_user(user).body = body

    def test_a_translation_is_checked_too(self):
        for user in (self.users["manager"], self.env.ref("base.user_admin")):
            with (
                self.subTest(user=user.login),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.template.with_user(user).update_field_translations(
                    "body", {"fr_FR": "{{ object.env }}"}
                )

    def test_a_text_that_came_by_another_way_is_never_run(self):
        """Written into the table: the message is not made, with the reason."""
        self.env.cr.execute(
            "UPDATE sms_template SET body = jsonb_build_object('en_US', %s::text)"
            " WHERE id = %s",
            ["{{ object.env.user.sudo().write({'name': 'x'}) }}", self.template.id],
        )
        self.env.invalidate_all()
        self._create_invoice(1000)
        followup = self._plan()
        self.assertEqual(followup.failure_code, "rendering")
        self.assertIn("object.env", followup.reason)

    def test_the_form_lists_the_words_and_warns_about_debts(self):
        hint = self.template.collection_hint
        self.assertIn("{{ object.sms_claim }}", hint)
        self.assertRegex(hint, r"An example: .*FAC/2026/00123 of 1,234.50 EUR")
        self.assertRegex(hint, r"\d+ characters of 160")
        self.company.name = "V" * 100
        self.template.invalidate_recordset(["collection_hint"])
        self.assertIn("shorter name", self.template.collection_hint)
        self.assertIn("Private individuals get the discreet text", hint)
        consumer = self.env.ref("account_collection.sms_template_consumer")
        self.assertIn("it shows no debt", consumer.collection_hint)
        for template in self.env["sms.template"].search([("model", "=", OURS)]):
            self.assertIsNone(template._get_text_error(), template.name)

    def test_texts_of_other_models_are_left_alone(self):
        """They may hold what their own application allows."""
        made = self.env["sms.template"].create(
            {
                "name": "Partner",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "Привет {{ object.name }} [",
            }
        )
        self.assertFalse(made.collection_hint)


@tagged("post_install", "-at_install")
class TestSmsRoles(SendingCase):
    """What each role does with a text message; other companies stay apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "sms_collector", "account_collection.group_collection_user"
        )
        cls.reader = cls._create_user(
            "sms_reader", "account_collection.group_collection_readonly"
        )
        cls.second = cls.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        cls.stranger = cls._create_user(
            "sms_stranger",
            "account_collection.group_collection_manager",
            company=cls.second,
        )

    def test_a_collector_works_off_failures(self):
        followup = self.followup.with_user(self.collector)
        self._process(answer="incompatible_content")
        self.assertEqual(followup.state, "failed")
        followup.action_retry()
        self.assertEqual(followup.state, "queued")
        self._process(answer="insufficient_credit")
        followup.action_retry()
        self._process()
        self.assertEqual(followup.state, "performed")

    def test_a_collector_answers_an_unknown_fate(self):
        self.followup._set_unknown_fate()
        self.followup.with_user(self.collector).action_mark_sent()
        self.assertEqual(self.followup.state, "performed")
        self.assertIn(self.collector.name, self.followup.reason)

    def test_a_collector_cancels(self):
        self.followup.with_user(self.collector).action_cancel()
        self.assertEqual(self._message(self.followup).state, "canceled")

    def test_a_reader_only_looks(self):
        followup = self.followup.with_user(self.reader)
        self.assertTrue(followup.sms_body)
        self.assertTrue(followup.waits_for_text)
        self.assertIn(followup.sms_body, followup._get_preview_html())
        for act in ("action_cancel", "action_retry", "action_mark_sent"):
            with self.subTest(act), self.assertRaises(AccessError):
                getattr(followup, act)()

    def test_nobody_writes_the_proof(self):
        for user in (self.collector, self.reader):
            for values in (
                {"sms_state": "sent"},
                {"sms_uuid": "0" * 32},
                {"sms_body": "Hello"},
                {"link_token": "A" * 16},
                {"first_seen_on": "2026-09-03"},
            ):
                with self.subTest(values), self.assertRaises(UserError):
                    self.followup.with_user(user).write(values)

    def test_another_company_sees_nothing(self):
        followup = self.followup.with_user(self.stranger)
        for act in ("action_cancel", "action_confirm", "action_retry"):
            with self.subTest(act), self.assertRaises(UserError):
                getattr(followup, act)()
        with self.assertRaises(AccessError):
            followup.read(["sms_body", "link_token"])
        found = (
            self.env[OURS].with_user(self.stranger).search([("channel", "=", "sms")])
        )
        self.assertFalse(found)

    def test_a_debtor_of_the_portal_reads_no_follow_up(self):
        portal = new_test_user(
            self.env,
            "sms_portal",
            groups="base.group_portal",
            context={"no_reset_password": True},
        )
        with self.assertRaises(AccessError):
            self.followup.with_user(portal).read(["link_token"])

    def test_settings_are_kept(self):
        settings = self.env["res.config.settings"]
        form = Form(settings)
        form.collection_sms_name = "Vauban"
        form.collection_link_days = 12
        form.save().execute()
        self.assertRecordValues(
            self.company,
            [{"collection_sms_name": "Vauban", "collection_link_days": 12}],
        )
        self.assertNotEqual(self.second.collection_sms_name, "Vauban")

    def test_a_step_shows_its_text_message(self):
        shipped = self.env.ref("account_collection.sms_template_professional")
        self.assertEqual(self.step.used_sms_template_id, shipped)
        self.assertFalse(self.step.used_template_id)
        self.assertEqual(self.step.used_text, shipped.name)
        self.step.delay_days = -3
        self.assertEqual(
            self.step.used_sms_template_id,
            self.env.ref("account_collection.sms_template_courtesy"),
        )
        self.step.channel = "email"
        self.assertFalse(self.step.used_sms_template_id)
        self.assertTrue(self.step.used_template_id)
