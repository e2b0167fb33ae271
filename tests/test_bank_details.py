# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from .common import CollectionCommon, day

DAY = day("2026-09-01")
#: as Odoo writes them
OLD = "FR76 3000 6000 0112 3456 7890 189"
NEW = "FR14 2004 1010 0505 0001 3M02 606"
ONE_DAY = datetime.timedelta(days=1)


class BankCase(MockEmail, CollectionCommon):
    """A company whose bank details are known, and a debtor to write to each day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bank = cls.env["res.bank"].create({"name": "Banque Lumière", "bic": "AGRIFRPP"})
        cls.account = cls.env["res.partner.bank"].create(
            {
                "acc_number": OLD,
                "partner_id": cls.company.partner_id.id,
                "bank_id": bank.id,
            }
        )
        cls.bank_journal.bank_account_id = cls.account
        cls.log = cls.env["collection.bank.detail"]
        group = "account_collection.group_collection_"
        cls.collector = cls._create_user("bank_collector", group + "all")
        cls.manager = cls._create_user("bank_manager", group + "manager")
        # Whoever else may be a manager in the template.
        others = cls.env.ref(group + "manager").all_user_ids - cls.manager
        cls.env.ref(group + "manager").user_ids -= others.filtered("active")
        cls.company.collection_manager_id = cls.manager
        cls.rapp.contact_budget = 99
        cls.engine.run(date=DAY - ONE_DAY)

    def _rows(self, date=DAY, company=None):
        """Return the company's log, as it is on a day."""
        log = self.log.with_context(collection_date=date)
        company = company or self.company
        return log.search([("company_id", "=", company.id)], order="id")

    def _change(self, number=NEW, user=None):
        """Write another number in the form of the bank account."""
        account = self.account.with_user(user).sudo() if user else self.account
        account.acc_number = number
        self.env.flush_all()

    def _change_by_sql(self, number=NEW):
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = %s, sanitized_acc_number = %s"
            " WHERE id = %s",
            [number, number, self.account.id],
        )
        self.env.invalidate_all()

    def _remind(self, date=DAY, partner=None, due=None, **options):
        """Run a day on which the friendly e-mail of a new invoice is due."""
        partner = partner or self._create_debtor(f"Debtor {self.env.cr.now()}")
        self._create_invoice(1000, due=due or date - ONE_DAY, partner=partner)
        self.engine.run(date=date, debtors=partner, **options)
        made = self._followups(date, partner)
        return made.with_context(collection_date=date)

    def _letter(self, date=DAY):
        """Return the letter of a new debtor without an e-mail address, queued."""
        return self._remind(date, self._create_debtor("Post", email=False))

    def _send(self, followup, date=DAY):
        """Let the mail queue send, as the scheduled action does."""
        with self.mock_mail_gateway():
            mail = followup.mail_id.with_context(collection_date=date)
            mail.send()
        return followup.state

    def _find_sent(self):
        """Return our messages that left; tasks write mails of their own."""
        return self._new_mails.filtered(
            lambda mail: mail.model == "collection.followup" and mail.state == "sent"
        )


@tagged("post_install", "-at_install")
class TestBankLog(BankCase):
    """What the log knows, whatever way the details were changed."""

    def test_first_details_are_the_baseline(self):
        [row] = self._rows()
        self.assertRecordValues(
            row,
            [
                {
                    "number": OLD,
                    "bic": "AGRIFRPP",
                    "holder": "Ateliers Vauban",
                    "kind": "baseline",
                    "date_from": DAY - ONE_DAY,
                    "is_pending": False,
                }
            ],
        )
        self.assertFalse(self.company._get_collection_bank_alert(DAY))
        self.assertEqual(self._remind().state, "queued")

    def test_no_account_at_first_is_no_baseline(self):
        self._rows().unlink()
        self.bank_journal.bank_account_id = False
        self.account.unlink()
        self.assertEqual(self._remind().state, "queued")
        self.assertFalse(self._rows())

    def test_change_is_noticed_by_the_run(self):
        for change in (self._change, self._change_by_sql, self._change_of_journal):
            with self.subTest(change=change.__name__), self.env.cr.savepoint() as point:
                change()
                followup = self._remind()
                row = self._rows()[-1:]
                self.assertEqual(
                    (row.kind, row.is_pending, row.date_from), ("change", True, DAY)
                )
                self.assertEqual(row.previous_id.number, OLD)
                self.assertEqual(row.previous_id.date_to, DAY)
                self.assertEqual(followup.state, "to_confirm")
                self.assertIn("FR••••0189", followup.warning)
                self.assertIn("FR••••2606", followup.warning)
                self.assertNotIn(NEW, followup.warning)
                point.rollback()

    def _change_of_journal(self):
        self.bank_journal.bank_account_id = self.env["res.partner.bank"].create(
            {"acc_number": NEW, "partner_id": self.company.partner_id.id}
        )

    def test_another_journal_that_comes_first(self):
        account = self.env["res.partner.bank"].create(
            {"acc_number": NEW, "partner_id": self.company.partner_id.id}
        )
        self.env["account.journal"].create(
            {
                "name": "Other bank",
                "code": "BNK9",
                "type": "bank",
                "sequence": -1,
                "bank_account_id": account.id,
            }
        )
        self.assertEqual(self._remind().state, "to_confirm")

    def test_holder_and_bic_count_spaces_and_a_missing_bic_do_not(self):
        unchanged = (
            ("acc_number", "fr76 3000 6000 0112 3456 7890 189"),
            ("acc_holder_name", " ateliers  VAUBAN"),
            ("bank_id", False),
        )
        changed = (
            ("acc_holder_name", "Vauban Invest"),
            ("bank_id", self.env["res.bank"].create({"name": "X", "bic": "BNPAFRPP"})),
        )
        for field, value in unchanged + changed:
            with self.subTest(value=value), self.env.cr.savepoint() as point:
                self.account[field] = value
                expected = "to_confirm" if (field, value) in changed else "queued"
                self.assertEqual(self._remind().state, expected)
                point.rollback()

    def test_back_to_the_known_ones_is_no_alert(self):
        self._change()
        waiting = self._remind()
        self._change(OLD)
        followup = self._remind(DAY + ONE_DAY)
        self.assertEqual(followup.state, "queued")
        self.assertEqual(self._rows()[-1:].kind, "return")
        self.assertFalse(self.company._get_collection_bank_alert(DAY + ONE_DAY))
        self.assertFalse(waiting.warning)
        self.assertFalse(self._rows()[1].activity_ids)

    def test_never_approved_ones_come_back_as_a_change(self):
        self._change()
        self._remind()
        self._change(OLD)
        self._remind(DAY + ONE_DAY)
        self._change()
        followup = self._remind(DAY + 20 * ONE_DAY)
        self.assertEqual(followup.state, "to_confirm")
        # The wait begins anew.
        last = self._rows(DAY + 49 * ONE_DAY)[-1:]
        self.assertEqual(last.wait_until, DAY + 50 * ONE_DAY)

    def test_approved_ones_come_back_without_an_alert(self):
        self._change()
        self._remind()
        self._rows()[-1:].with_user(self.manager)._approve("Read over the phone")
        self._change(OLD)
        self._remind(DAY + ONE_DAY)
        self._change()
        self.assertEqual(self._remind(DAY + 2 * ONE_DAY).state, "queued")

    def test_thirty_days_pass(self):
        self._change()
        self._remind()
        last, free = DAY + 29 * ONE_DAY, DAY + 30 * ONE_DAY
        self.assertTrue(self.company._get_collection_bank_alert(last))
        waiting = self._remind(last)
        self.assertEqual(waiting.state, "to_confirm")
        self.assertFalse(self.company._get_collection_bank_alert(free))
        self.assertEqual(self._remind(free).state, "queued")
        self.assertFalse(waiting.warning)

    def test_days_are_the_companys_and_zero_never_waits(self):
        self.company.collection_bank_change_days = 2
        self._change()
        self.assertEqual(self._remind().state, "to_confirm")
        self.assertEqual(self._remind(DAY + 2 * ONE_DAY).state, "queued")
        self.company.collection_bank_change_days = 0
        self._change("FR7612345678901234567890123")
        self.assertEqual(self._remind(DAY + 3 * ONE_DAY).state, "queued")
        self.assertEqual(self._rows()[-1:].kind, "change")

    def test_text_without_bank_details_leaves(self):
        step = self.rapp.step_ids.filtered(lambda step: step.delay_days == 1)
        template = step._get_template().copy()
        template.with_context(lang="fr_FR").body_html = "<p>Merci de régler</p>"
        step.template_id = template
        self._change()
        # Somebody may still get the text of another language.
        self.assertEqual(self._remind().state, "to_confirm")
        template.body_html = "<p>Please pay</p>"
        self.assertEqual(self._remind(DAY + ONE_DAY).state, "queued")

    def test_preview_says_so_and_writes_nothing(self):
        self._change()
        partner = self._create_debtor("Looked at")
        self._create_invoice(1000, due=DAY - ONE_DAY, partner=partner)
        preview = self.env["collection.preview"].with_user(self.collector)
        preview = preview.create({"date": DAY, "debtor_ids": partner.ids})
        preview.action_preview()
        self.assertEqual(preview.line_ids.outcome, "to_confirm")
        self.assertIn("FR••••2606", preview.summary)
        self.assertEqual(len(self._rows()), 1)
        self.assertIn(
            "FR••••2606",
            self.env["collection.startup"].create({}).bank_alert,
        )

    def test_simulation_counts_the_confirmations_until_the_wait_is_over(self):
        self.company.collection_bank_change_days = 7
        self._change()
        for due in (DAY - ONE_DAY, DAY + 9 * ONE_DAY):
            self._create_invoice(500, due=due, partner=self._create_debtor(f"D{due}"))
        answer = self.engine.simulate(days=14, date=DAY)
        found = [
            (one["date"], entry["to_confirm"])
            for one in answer["companies"][0]["days"]
            for entry in one["entries"]
            if entry["level"] == "friendly"
        ]
        self.assertEqual(found, [("2026-09-01", 1), ("2026-09-11", 0)])
        self.assertEqual(len(self._rows()), 1)

    def test_second_company_has_details_of_its_own(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        self.assertFalse(second._get_collection_bank_alert(DAY))
        self.env["res.partner.bank"].create(
            {"acc_number": NEW, "partner_id": second.partner_id.id}
        )
        self.engine.run(date=DAY, companies=second)
        self.assertEqual(self._rows(company=second).mapped("kind"), ["baseline"])
        second.partner_id.bank_ids.acc_number = "FR7612345678901234567890123"
        self.engine.run(date=DAY, companies=second)
        self.assertTrue(second._get_collection_bank_alert(DAY))
        self.assertFalse(self.company._get_collection_bank_alert(DAY))
        self.assertEqual(self._remind(companies=self.company).state, "queued")

    # === ROLES === #

    def test_manager_gets_the_task(self):
        self._change()
        self._remind()
        [task] = self._rows()[-1:].activity_ids
        self.assertEqual(task.user_id, self.manager)
        self.assertIn("FR••••2606", task.note)

    def test_everybody_of_collection_reads_nobody_writes(self):
        row = self._rows()
        reader = self._create_user(
            "bank_reader", "account_collection.group_collection_readonly"
        )
        for user in (reader, self.collector, self.manager):
            self.assertEqual(row.with_user(user).number, OLD)
            for mode in ("write", "create", "unlink"):
                self.assertFalse(row.with_user(user).has_access(mode))
        stranger = self._create_user(
            "bank_stranger",
            "account_collection.group_collection_manager",
            company=self.env["res.company"].create(
                {"name": "Elsewhere", "iap_enrich_auto_done": True}
            ),
        )
        with self.assertRaises(AccessError):
            row.with_user(stranger).read(["number"])


@tagged("post_install", "-at_install")
class TestBankApproval(BankCase):
    """Who may approve, and what leaves then."""

    def _pending(self, **options):
        self._change(**options)
        waiting = self._remind()
        return self._rows()[-1:], waiting

    def _open_form(self, row, user, **values):
        """Press Approve as a user, return the form."""
        action = row.with_user(user).action_approve()
        forms = self.env["collection.bank.approve"].with_user(user)
        forms = forms.with_context(**action["context"], collection_date=DAY)
        return forms.create(values)

    def test_manager_approves(self):
        row, waiting = self._pending()
        form = self._open_form(row, self.manager, note="Read over the phone")
        self.assertEqual((form.number, form.old_number), (NEW, OLD))
        form.action_approve()
        self.assertEqual(row.approved_by_id, self.manager)
        self.assertEqual(row.approval_note, "Read over the phone")
        self.assertFalse(row.is_pending)
        self.assertFalse(row.activity_ids)
        self.assertEqual((waiting.state, waiting.warning), ("to_confirm", False))
        self.assertEqual(self._remind(DAY + ONE_DAY).state, "queued")
        waiting.with_user(self.collector).action_confirm()
        self.assertEqual(waiting.state, "queued")
        with self.assertRaises(UserError):
            row.with_user(self.manager)._approve(None)

    def test_collector_neither_approves_nor_releases(self):
        row, waiting = self._pending()
        with self.assertRaises(AccessError):
            row.with_user(self.collector).action_approve()
        with self.assertRaises(AccessError):
            row.with_user(self.collector)._approve("I know it")
        with self.assertRaisesRegex(UserError, "FR••••0189.*Ask a collection manager"):
            waiting.with_user(self.collector).action_confirm()
        self.assertEqual(waiting.state, "to_confirm")

    def test_manager_releases_a_single_message(self):
        row, waiting = self._pending()
        waiting.with_user(self.manager).action_confirm()
        self.assertEqual((waiting.state, waiting.bank_detail_id), ("queued", row))
        self.assertEqual(waiting.bank_released_by_id, self.manager)
        self.assertEqual(self._send(waiting), "performed")
        self.assertTrue(row.is_pending)
        self.assertEqual(self._remind(DAY + ONE_DAY).state, "to_confirm")

    def test_release_ends_with_another_change(self):
        _row, waiting = self._pending()
        waiting.with_user(self.manager).action_confirm()
        self._change_by_sql("FR7612345678901234567890123")
        self.assertEqual(self._send(waiting), "cancelled")
        self.assertIn("bank details have changed", waiting.reason)

    def test_who_changed_them_does_not_approve(self):
        second = self._create_user(
            "bank_second", "account_collection.group_collection_manager"
        )
        row, waiting = self._pending(user=self.manager)
        self.assertEqual(row.changed_by_ids, self.manager)
        self.assertEqual(row.activity_ids.user_id, second)
        with self.assertRaisesRegex(
            UserError, "somebody else must approve.*bank_second"
        ):
            row.with_user(self.manager).action_approve()
        with self.assertRaises(UserError):
            row.with_user(self.manager)._approve("I changed it myself")
        with self.assertRaisesRegex(UserError, "changed them yourself"):
            waiting.with_user(self.manager).action_confirm()
        self._open_form(row, second).action_approve()
        self.assertEqual(row.approved_by_id, second)

    def test_single_manager_says_how_it_was_checked(self):
        row, waiting = self._pending(user=self.manager)
        form = self._open_form(row, self.manager)
        self.assertTrue(form.is_own_change)
        with self.assertRaisesRegex(UserError, "write how you checked"):
            form.action_approve()
        with self.assertRaisesRegex(UserError, "changed them yourself"):
            waiting.with_user(self.manager).action_confirm()
        form.note = "Statement of 31 August"
        form.action_approve()
        self.assertEqual(row.approval_note, "Statement of 31 August")

    def test_who_wrote_a_journal_may_be_the_author(self):
        journal = self.bank_journal.with_user(self.manager).sudo()
        other = self.env["res.partner.bank"].create(
            {"acc_number": NEW, "partner_id": self.company.partner_id.id}
        )
        journal.bank_account_id = other
        self.env.flush_all()
        self._remind()
        self.assertEqual(self._rows()[-1:].changed_by_ids, self.manager)

    def test_change_in_the_database_has_no_known_author(self):
        self._change_by_sql()
        self._remind()
        row = self._rows()[-1:]
        self.assertFalse(row.changed_by_ids)
        row.with_user(self.manager)._approve(None)
        self.assertFalse(row.is_pending)

    def test_messages_of_other_texts_are_confirmed_by_collectors(self):
        _row, waiting = self._pending()
        template = waiting.step_id._get_template().copy()
        for lang in ("en_US", "fr_FR"):
            template.with_context(lang=lang).body_html = "<p>No way to pay</p>"
        waiting.step_id.template_id = template
        waiting.with_user(self.collector).action_confirm()
        self.assertEqual(waiting.state, "queued")


@tagged("post_install", "-at_install")
class TestBankQueued(BankCase):
    """What was ready before the change was noticed does not leave."""

    def test_queued_mail_stops_and_is_planned_again(self):
        for change in (self._change, self._change_by_sql):
            with self.subTest(change=change.__name__), self.env.cr.savepoint() as point:
                partner = self._create_debtor("Queued")
                mail = self._remind(partner=partner)
                self.assertIn(OLD, mail.mail_id.body_html)
                change()
                self.assertEqual(self._send(mail), "cancelled")
                self.assertIn("bank details", mail.reason)
                self.assertFalse(self._find_sent())
                self.assertTrue(self._rows()[-1:].is_pending)
                self.engine.run(date=DAY + ONE_DAY, debtors=partner)
                again = self._followups(DAY + ONE_DAY, partner)
                self.assertEqual(again.state, "to_confirm")
                self.assertEqual(again.line_ids.delay, 1)
                point.rollback()

    def test_queued_mail_leaves_when_nothing_changed(self):
        self.assertEqual(self._send(self._remind()), "performed")

    def test_approved_meanwhile_the_old_text_does_not_leave(self):
        mail = self._remind()
        self._change()
        self._remind()
        self._rows()[-1:].with_user(self.manager)._approve(None)
        self.assertEqual(self._send(mail), "cancelled")

    def test_account_taken_away(self):
        mail = self._remind()
        self.bank_journal.bank_account_id = False
        self.account.unlink()
        self.assertEqual(self._send(mail), "cancelled")
        later = self._remind(DAY + ONE_DAY)
        self.assertEqual(self._send(later, DAY + ONE_DAY), "performed")

    def test_failed_mail_is_not_taken_up_by_itself(self):
        mail = self._remind()
        mail._update_state("failed", failure_code="connection", reason="No server")
        self._change()
        self.engine.run(date=DAY + ONE_DAY, debtors=mail.debtor_id)
        self.assertEqual(mail.state, "to_confirm")
        self.assertIn("FR••••2606", mail.warning)

    def test_collector_does_not_send_a_failed_mail_again(self):
        mail = self._remind()
        mail._update_state("failed", failure_code="other", reason="Refused")
        self._change()
        with self.assertRaises(UserError):
            mail.with_user(self.collector).action_retry()
        mail.with_user(self.manager).action_retry()
        self.assertEqual(mail.state, "queued")

    def test_letter_not_made_yet(self):
        letter = self._letter()
        self.assertEqual((letter.channel, letter.state), ("letter", "queued"))
        self._change()
        letter._make_letters()
        self.assertEqual(letter.state, "cancelled")
        self.assertIn("a manager must approve", letter.reason)
        self.engine.run(date=DAY + ONE_DAY, debtors=letter.debtor_id)
        again = self._followups(DAY + ONE_DAY, letter.debtor_id)
        self.assertEqual((again.channel, again.state), ("letter", "to_confirm"))

    def test_letter_made_and_not_printed(self):
        letter = self._letter()
        letter.action_make_letters()
        self._change_by_sql()
        with self.assertRaisesRegex(UserError, "No PDF is ready"):
            letter.with_user(self.collector).action_print()
        self.assertEqual(letter.state, "cancelled")

    def test_letter_is_made_again_with_approved_details(self):
        letter = self._letter()
        letter.action_make_letters()
        before, first = letter.sha256, letter.bank_detail_id
        self._change()
        self._remind()
        self._rows()[-1:].with_user(self.manager)._approve(None)
        letter.with_user(self.collector).action_print()
        self.assertEqual(letter.state, "queued")
        self.assertNotEqual(letter.sha256, before)
        self.assertEqual((first, letter.bank_detail_id), tuple(self._rows()))

    def test_letter_unchanged_is_printed_as_it_is(self):
        letter = self._letter()
        letter.action_make_letters()
        before = letter.attachment_id
        letter.with_user(self.collector).action_print()
        self.assertEqual(letter.attachment_id, before)

    def test_letter_that_a_manager_released(self):
        self._change()
        letter = self._letter()
        self.assertEqual(letter.state, "to_confirm")
        letter.with_user(self.manager).action_confirm()
        letter.with_user(self.manager).action_make_letters()
        letter.with_user(self.collector).action_print()
        self.assertTrue(letter.printed_at)

    def test_queries_of_a_run_do_not_depend_on_the_number_of_messages(self):
        def count(size):
            partners = [self._create_debtor(f"Q{size} {one}") for one in range(size)]
            for partner in partners:
                self._create_invoice(100, due=DAY, partner=partner)
            debtors = self.env["res.partner"].union(*partners)
            followups = self.env["collection.followup"]
            self.engine.run(date=DAY + ONE_DAY, debtors=debtors)
            made = followups.search([("debtor_id", "in", debtors.ids)])
            self.assertEqual(set(made.mapped("state")), {"queued"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            made._stamp_bank(made._notice_bank())
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(9))
