# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import DUE, CollectionCommon, day

DAY = day("2026-09-01")


@tagged("post_install", "-at_install")
class TestStartup(CollectionCommon):
    """Each point of "Before going live": counted, listed, brought to its end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls._create_user(
            "startup_collector", "account_collection.group_collection_user"
        )
        cls.manager = cls._create_user(
            "startup_manager", "account_collection.group_collection_manager"
        )
        accounts = cls.env["account.account"]
        cls.receivable_account = accounts.search([("code", "=", "411100")])
        cls.opening_account = accounts.search(
            [("account_type", "=", "equity")], limit=1
        )

    @classmethod
    def _import_balance(cls, amount, due=DUE, partner=None, post=True):
        """Book an opening balance as an import does: in a general journal."""
        entry = cls.env["account.move"].create(
            {
                "journal_id": cls.general_journal.id,
                "date": "2026-08-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.receivable_account.id,
                            "partner_id": (partner or cls.debtor).id,
                            "balance": amount,
                            "date_maturity": due,
                        }
                    ),
                    Command.create(
                        {"account_id": cls.opening_account.id, "balance": -amount}
                    ),
                ],
            }
        )
        if post:
            entry.action_post()
        return entry

    def _open(self, user=None):
        """Open the form as a user, as its menu does."""
        return Form(self.env["collection.startup"].with_user(user or self.manager))

    def _press(self, name, user=None):
        return getattr(self._open(user).save(), name)()

    def _counts(self, user=None):
        form = self._open(user)
        kinds = ("excluded", "credit", "undated", "duplicate", "private")
        return {kind: count for kind in kinds if (count := form[f"{kind}_count"])}

    def _listed(self, name, user=None):
        """Return the entries of the list that a button opens."""
        action = self._press(name, user)
        user = user or self.manager
        model = self.env[action["res_model"]].with_user(user)
        model = model.with_context(**action["context"])
        return model.search(action["domain"]).sudo().move_id

    def _state_of_run(self, partner):
        self.engine.run(date=DAY, debtors=partner)
        return self._followups(DAY, partner).mapped("state")

    # === COUNTED AND LISTED === #

    def test_a_healthy_ledger_has_nothing_to_look_at(self):
        self._create_invoice(1000)
        self._create_invoice(1000, due="2026-09-15")
        self.assertEqual(self._counts(), {})

    def test_imported_balances_are_counted_and_listed(self):
        entries = self._import_balance(500) + self._import_balance(700)
        self._import_balance(900, post=False)
        self._create_invoice(1000)
        self.assertEqual(self._counts(), {"excluded": 2})
        self.assertEqual(self._listed("action_open_excluded"), entries)

    def test_unmatched_credits_are_counted_until_matched(self):
        invoice = self._create_invoice(1000)
        payment = self._receive(400, "2026-08-20")
        note = self._create_credit_note(50, "2026-08-21")
        self._pay(self._create_invoice(300), date="2026-08-22")
        self.assertEqual(self._counts(), {"credit": 2})
        listed = self._listed("action_open_credits")
        self.assertEqual(listed, payment.move_id + note)
        for entry in (note, payment.move_id):
            lines = (invoice + entry).line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            lines.reconcile()
        self.assertEqual(self._counts(), {})
        self.assertEqual(self._receivables(invoice, DAY).amount_due, 550)

    def test_items_without_a_due_date_are_due_on_their_entry_s_day(self):
        undated = self._import_balance(500, due=False)
        self._import_balance(700)
        self._import_balance(-80, due=False)
        found = self._counts()
        self.assertEqual(found, {"excluded": 3, "undated": 1, "credit": 1})
        self.assertEqual(self._listed("action_open_undated"), undated)
        self.assertRecordValues(
            self._receivables(undated, "2026-08-08"),
            [{"date_due": day("2026-08-01"), "days_overdue": 7}],
        )
        undated.line_ids.filtered("partner_id").date_maturity = "2026-08-31"
        self.assertNotIn("undated", self._counts())
        self.assertEqual(self._receivables(undated, DAY).days_overdue, 1)

    def test_what_looks_booked_twice_is_listed(self):
        twice = self._create_invoice(1000) + self._create_invoice(1000)
        self._create_invoice(1000, due="2026-09-30")
        self._create_invoice(1000, partner=self._create_debtor("Other"))
        self._create_invoice(1001)
        self.assertEqual(self._counts(), {"duplicate": 2})
        self.assertEqual(self._listed("action_open_duplicates"), twice)
        twice[1].button_draft()
        twice[1].button_cancel()
        self.assertEqual(self._counts(), {})

    def test_two_items_of_one_entry_are_no_duplicates(self):
        entry = self._import_balance(500, post=False)
        entry.line_ids.copy()
        entry.action_post()
        self.assertEqual(len(self._receivables(entry)), 2)
        self.assertEqual(self._counts(), {"excluded": 2})

    def test_the_same_amount_in_two_currencies_is_no_duplicate(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self._create_invoice(1000)
        self._create_invoice(1000, currency_id=dollar.id)
        self.assertEqual(self._counts(), {})

    # === RELEASE === #

    def test_released_balances_are_followed_up(self):
        self._import_balance(500)
        self._import_balance(700)
        self.assertEqual(self.engine.run(date=DAY)["held"], {"excluded": 2})
        self._press("action_release_excluded", self.collector)
        self.assertEqual(self._counts(), {})
        result = self.engine.run(date=DAY)
        self.assertEqual((result["held"], result["lines"]), ({}, 2))
        self.assertEqual(self._followups(DAY).amount, 1200)

    def test_one_balance_is_released_from_the_list(self):
        released = self._import_balance(500)
        kept = self._import_balance(700)
        action = self._press("action_open_excluded", self.collector)
        listed = self.env[action["res_model"]].with_user(self.collector)
        listed = listed.search(action["domain"])
        listed.filtered(lambda one: one.amount_residual == 500).action_release()
        self.assertEqual(self._counts(), {"excluded": 1})
        self.assertEqual(self._listed("action_open_excluded"), kept)
        self.engine.run(date=DAY)
        self.assertEqual(self._followups(DAY).line_ids.move_id, released)

    def test_releasing_twice_says_that_nothing_is_left(self):
        """Somebody else has pressed the button meanwhile."""
        self._import_balance(500)
        check = self._open(self.collector).save()
        self._press("action_release_excluded")
        with self.assertRaises(UserError):
            check.action_release_excluded()

    # === PRIVATE INDIVIDUALS === #

    def _create_people(self):
        """Two persons without a segment among debtors that are none, or have one."""
        people = self.env["res.partner"]
        for name in ("Lea Martin", "Paul Petit"):
            people += self._create_debtor(name, is_company=False)
        trader = self._create_debtor("Trader", is_company=False, vat="FR23334175221")
        known = self._create_debtor("Known", is_company=False)
        paid = self._create_debtor("Paid", is_company=False)
        strategic = self.env.ref("account_collection.collection_segment_strategic")
        files = self.env["collection.debtor"]
        files._get_file(self.company, known).segment_id = strategic
        for partner in people + trader + known + self.debtor:
            self._create_invoice(1000, partner=partner)
        self._pay(self._create_invoice(1000, partner=paid))
        return people, known

    def test_private_individuals_become_consumers_in_one_click(self):
        people, known = self._create_people()
        self.assertEqual(self._counts(), {"private": 2})
        self._press("action_set_consumers")
        self.assertEqual(self._counts(), {})
        consumer = self.env.ref("account_collection.collection_segment_consumer")
        files = self.env["collection.debtor"].search([("segment_id", "=", consumer.id)])
        self.assertEqual(files.debtor_id, people)
        self.assertNotEqual(
            self.env["collection.debtor"]._get_file(self.company, known).segment_id,
            consumer,
        )

    def test_consumers_follow_their_own_steps(self):
        """Nothing on D+1, the e-mail on D+3; professionals get it on D+1."""
        people, _known = self._create_people()
        self._press("action_set_consumers")
        self.assertEqual(self.engine.run(date=DAY, debtors=people)["due"], 0)
        result = self.engine.run(date="2026-09-03", debtors=people)
        self.assertEqual((result["due"], result["by_channel"]), (2, {"email": 2}))
        scenario = self._followups("2026-09-03", people[0]).step_id.scenario_id
        self.assertEqual(scenario.code, "consumer")

    def test_an_archived_file_becomes_a_consumer_s_too(self):
        """Otherwise the count stays and the button does nothing."""
        person = self._create_debtor("Lea Martin", is_company=False)
        self._create_invoice(1000, partner=person)
        file = self.env["collection.debtor"]._get_file(self.company, person)
        file.active = False
        self.assertEqual(self._counts(), {"private": 1})
        self._press("action_set_consumers")
        self.assertEqual(file.segment_id.code, "consumer")
        self.assertEqual(self._counts(), {})

    # === GOING LIVE === #

    def test_automatic_steps_wait_before_and_leave_after(self):
        self.company.collection_live = False
        before, after = self._create_debtor("Before"), self._create_debtor("After")
        self._create_invoice(1000, partner=before)
        self._create_invoice(1000, partner=after)
        self.assertEqual(self._state_of_run(before), ["to_confirm"])
        self.assertFalse(self._followups(DAY, before).mail_id)
        self._press("action_go_live")
        self.assertTrue(self._open().is_live)
        self.assertEqual(self._state_of_run(after), ["queued"])
        self.assertEqual(self._followups(DAY, after).mail_id.state, "outgoing")
        self.assertEqual(self._followups(DAY, before).state, "to_confirm")
        self._followups(DAY, before).with_user(self.collector).action_confirm()
        self.assertEqual(self._followups(DAY, before).mail_id.state, "outgoing")

    def test_going_back_makes_them_wait_again(self):
        self._create_invoice(1000)
        self._press("action_stop")
        self.assertFalse(self._open().is_live)
        self.assertEqual(self._state_of_run(self.debtor), ["to_confirm"])

    # === THE COMPANY === #

    def test_what_the_letters_and_mails_need(self):
        def read():
            form = self._open()
            names = ("has_identity", "has_bank_account", "has_mail_server", "bank_day")
            return [form[name] for name in names]

        self.company.company_registry = False
        self.env["ir.mail_server"].search([]).active = False
        self.assertEqual(read(), [False, False, False, False])
        self.company.company_registry = "55208131766522"
        self.bank_journal.bank_account_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.env["ir.mail_server"].create({"name": "Out", "smtp_host": "localhost"})
        self._create_bank_line(1, "2026-08-28")
        self.assertEqual(read(), [True, True, True, day("2026-08-28")])

    # === RIGHTS === #

    def _buttons(self, user):
        model = self.env["collection.startup"].with_user(user)
        arch = model.get_view(view_type="form")["arch"]
        names = ("release_excluded", "set_consumers", "go_live", "stop")
        return {name for name in names if f'"action_{name}"' in arch}

    def test_each_sees_the_buttons_that_work_for_him(self):
        reader = self._create_user(
            "startup_reader", "account_collection.group_collection_readonly"
        )
        self.assertEqual(self._buttons(reader), set())
        self.assertEqual(self._buttons(self.collector), {"release_excluded"})
        everything = {"release_excluded", "set_consumers", "go_live", "stop"}
        self.assertEqual(self._buttons(self.manager), everything)

    def test_collector_neither_stops_nor_decides_who_is_a_consumer(self):
        person = self._create_debtor("Lea Martin", is_company=False)
        self._create_invoice(1000, partner=person)
        self.assertEqual(self._counts(self.collector), {"private": 1})
        for name in ("action_set_consumers", "action_stop"):
            with self.assertRaises(AccessError):
                self._press(name, self.collector)
        self.assertTrue(self.company.collection_live)
        self.assertEqual(self._counts(), {"private": 1})

    def test_reader_counts_and_releases_nothing(self):
        entry = self._import_balance(500)
        reader = self._create_user(
            "startup_reader", "account_collection.group_collection_readonly"
        )
        self.assertEqual(self._counts(reader), {"excluded": 1})
        self.assertEqual(self._listed("action_open_excluded", reader), entry)
        with self.assertRaises(AccessError):
            self._press("action_release_excluded", reader)
        self.assertEqual(self._counts(), {"excluded": 1})

    def test_who_only_invoices_is_refused(self):
        accountant = self._create_user(
            "startup_accountant", "account.group_account_invoice"
        )
        with self.assertRaises(AccessError):
            self._open(accountant)

    def test_manager_finds_it_in_the_menu(self):
        """Without being an accounting administrator."""
        menus = self.env["ir.ui.menu"].with_user(self.manager).load_menus(False)
        wanted = self.env.ref("account_collection.collection_startup_menu").id
        root = self.env.ref("account.menu_finance").id
        below, found = [root], set()
        while below:
            found.update(below)
            below = [one for menu in below for one in menus[menu]["children"]]
        self.assertIn(wanted, found)

    # === TWO COMPANIES === #

    def _create_stranger(self):
        second = self.env["res.company"].create(
            {"name": "Vauban Services", "iap_enrich_auto_done": True}
        )
        return self._create_user(
            "startup_stranger",
            "account_collection.group_collection_manager",
            company=second,
        )

    def test_manager_of_another_company_changes_nothing_here(self):
        self.company.collection_live = False
        stranger = self._create_stranger()
        with self.assertRaises(AccessError):
            check = (
                self.env["collection.startup"]
                .with_user(stranger)
                .create({"company_id": self.company.id})
            )
            check.action_go_live()
        self.assertFalse(self.company.collection_live)

    def test_manager_of_another_company_learns_nothing(self):
        self._create_invoice(1000)
        self._create_invoice(1000)
        self._import_balance(500)
        stranger = self._create_stranger()
        self.assertEqual(self._counts(), {"excluded": 1, "duplicate": 2})
        self.assertEqual(self._counts(stranger), {})
        check = self.env["collection.startup"].with_user(stranger)
        with self.assertRaises(AccessError):
            check.create({"company_id": self.company.id}).read(["duplicate_count"])
