# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import json

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import CollectionCommon, day

TODAY = day("2026-11-25")


class HabitCase(CollectionCommon):
    """A debtor with a ledger of payments, looked at on 25/11/2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, collection_date=TODAY))
        cls.file = cls.env["collection.debtor"]._get_file(cls.company, cls.debtor)

    @classmethod
    def _create_paid(cls, amount, due, paid, partner=None, **values):
        move = cls._create_invoice(amount, due, partner, **values)
        cls._pay(move, date=day(paid))
        return move

    def _habits(self, file=None):
        file = file or self.file
        self.env.flush_all()
        return file._read_habits()[file.id]


@tagged("post_install", "-at_install")
class TestHabits(HabitCase):
    """What the ledger shows of the last twelve months."""

    def test_nothing(self):
        self.assertEqual(
            self._habits(),
            {
                "invoices_paid": 0,
                "days_late": None,
                "payments": 0,
                "usual_days": [],
                "usual_day": None,
                "last_payment_date": None,
                "last_payment_amount": None,
            },
        )

    def test_figures(self):
        """1,000 paid 10 days late and 3,000 paid 2 days early: 4000 / 4000 = 1."""
        self._create_paid(1000, "2026-06-01", "2026-06-11")
        self._create_paid(3000, "2026-07-15", "2026-07-13")
        self._create_invoice(700, "2026-10-01")
        found = self._habits()
        self.assertEqual(found["invoices_paid"], 2)
        self.assertEqual(found["days_late"], 1.0)
        self.assertEqual(found["payments"], 2)
        self.assertEqual(found["last_payment_date"], "2026-07-13")
        self.assertEqual(found["last_payment_amount"], 3000.0)
        self.assertEqual(json.loads(json.dumps(found)), found)

    def test_part_payment_counts_for_its_amount(self):
        """250 on time and 750 20 days late: 15 days; the invoice is not paid yet."""
        move = self._create_invoice(2000, "2026-06-01")
        self._pay(move, 500, date=day("2026-06-01"))
        self._pay(move, 1000, date=day("2026-06-21"))
        found = self._habits()
        self.assertEqual((found["invoices_paid"], found["days_late"]), (0, 13.3))

    def test_twelve_months(self):
        self._create_paid(1000, "2025-11-20", "2025-11-25")
        self.assertEqual(self._habits()["payments"], 0)
        self._create_paid(1000, "2025-11-20", "2025-11-26")
        self.assertEqual(self._habits()["payments"], 1)
        self._create_paid(1000, "2026-11-20", "2026-11-26")
        self.assertEqual(self._habits()["payments"], 1)

    def test_credit_note_and_transfer_are_no_payment(self):
        move = self._create_invoice(1000, "2026-06-01")
        note = self._create_credit_note(1000, "2026-07-01")
        lines = (move + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        found = self._habits()
        self.assertEqual(
            (found["payments"], found["days_late"], found["invoices_paid"]),
            (0, None, 0),
        )

    def test_unmatched_receipt_is_a_payment(self):
        self._receive(123.45, day("2026-08-10"))
        found = self._habits()
        self.assertEqual(found["payments"], 1)
        self.assertEqual(found["last_payment_amount"], 123.45)
        self.assertIsNone(found["days_late"])

    def test_contact_s_invoice_is_the_debtor_s(self):
        contact = self._create_debtor(
            "Claire", parent_id=self.debtor.id, is_company=False
        )
        self._create_paid(1000, "2026-06-01", "2026-06-04", contact)
        self.assertEqual(self._habits()["days_late"], 3.0)

    def test_usual_day(self):
        for month in range(4, 9):
            self._receive(100, day(f"2026-{month:02d}-10"))
        self.assertEqual(self._habits()["usual_days"], [])
        self._receive(100, day("2026-09-11"))
        found = self._habits()
        self.assertEqual((found["usual_day"], found["usual_days"]), (10, [10]))

    def test_fields_of_the_file(self):
        self._create_paid(1000, "2026-06-01", "2026-06-11")
        self.assertRecordValues(
            self.file,
            [
                {
                    "habit_invoices": 1,
                    "habit_days_late": 10.0,
                    "habit_days": False,
                    "habit_last_date": day("2026-06-11"),
                    "habit_last_amount": 1000.0,
                }
            ],
        )

    def test_number_of_queries(self):
        files = self.file
        for number in range(12):
            partner = self._create_debtor(f"Payer {number}")
            self._create_paid(100, "2026-06-01", "2026-06-05", partner)
            files += files._get_file(self.company, partner)
        self.env.flush_all()
        for group in (files[:2], files):
            group.mapped("company_id.name")
            with self.assertQueryCount(2):
                self.assertEqual(set(group._read_habits()), set(group.ids))

    def test_second_company_has_its_own(self):
        self._create_paid(1000, "2026-06-01", "2026-06-11")
        other = self.env["res.company"].create({"name": "Vauban Services"})
        file = self.file._get_file(other, self.debtor)
        self.assertEqual(self._habits(file)["payments"], 0)
        both = (self.file + file)._read_habits()
        self.assertEqual(both[self.file.id]["payments"], 1)
        self.assertEqual(both[file.id]["payments"], 0)


@tagged("post_install", "-at_install")
class TestProposedDates(HabitCase):
    """The date that is proposed for a promise; it never holds anything back."""

    def _close(self, first, last, **values):
        return self.env["collection.closure"].create(
            {
                "file_id": self.file.id,
                "date_from": first,
                "date_to": last,
                **values,
            }
        )

    def _propose(self, after=None):
        return self.file._propose_payment_date(after and day(after)).isoformat()

    def test_nothing_known_is_five_working_days(self):
        self.assertEqual(self._propose(), "2026-12-02")
        self.assertEqual(self._propose("2026-12-22"), "2026-12-30")

    def test_stated_days_go_before_the_observed_one(self):
        for month in range(4, 10):
            self._receive(100, day(f"2026-{month:02d}-20"))
        self.assertEqual(self._propose(), "2026-12-21")
        self.file.payment_days = "10, 25"
        self.assertEqual(self._propose(), "2026-12-10")
        self.assertEqual(self._propose("2026-12-10"), "2026-12-28")
        self.file.is_paid_before = True
        self.assertEqual(self._propose("2026-12-10"), "2026-12-24")

    def test_closure_of_august(self):
        self.file.payment_days = "10, 25"
        self._close("2026-08-01", "2026-08-31", name="Summer", is_yearly=True)
        self.assertEqual(self._propose("2026-07-27"), "2026-09-10")
        self.assertEqual(self._propose("2027-07-26"), "2027-09-10")
        self.assertTrue(self.file._is_closed_on(day("2027-08-15")))
        self.assertFalse(self.file._is_closed_on(day("2027-09-01")))

    def test_closure_moves_the_default_too(self):
        self._close("2026-11-28", "2026-12-06")
        self.assertEqual(self._propose(), "2026-12-07")

    def test_closed_for_good_still_gets_a_date(self):
        self.file.payment_days = "10"
        self._close("2026-11-01", "2099-12-31")
        self.assertEqual(self._propose(), "2026-12-02")

    def test_form_shows_the_next_run_at_once(self):
        form = Form(self.file)
        form.payment_days = "fin de mois"
        self.assertEqual(form.next_payment_date, day("2026-11-30"))
        form.is_paid_before = True
        form.save()
        self.assertEqual(self.file.next_payment_date, day("2026-11-30"))

    def test_unreadable_days_are_refused_by_name(self):
        for text in ("10, soon", "32", "10-25"):
            with self.assertRaises(ValidationError) as caught:
                self.file.payment_days = text
            self.assertIn(self.debtor.name, str(caught.exception))
            self.assertIn(text.split(", ")[-1], str(caught.exception))

    def test_yearly_closure_is_shorter_than_a_year(self):
        with self.assertRaises(ValidationError):
            self._close("2026-01-01", "2027-01-01", is_yearly=True)

    def test_public_holidays_are_those_of_the_debtor(self):
        self.file.payment_days = "14"
        self.assertEqual(self._propose("2027-07-01"), "2027-07-15")
        self.debtor.country_id = self.env.ref("base.lu")
        self.assertEqual(self._propose("2027-07-01"), "2027-07-14")

    def test_own_closure_does_not_move_the_customer(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "We are closed",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": "2026-12-07 00:00:00",
                "date_to": "2026-12-11 22:00:00",
            }
        )
        self.file.payment_days = "10"
        self.assertEqual(self._propose(), "2026-12-10")

    def test_habits_hold_nothing_back(self):
        self.file.payment_days = "28"
        self._close("2026-08-01", "2026-12-31")
        self._create_invoice(1000)
        self.engine.run(date="2026-09-01", debtors=self.debtor)
        self.assertEqual(self._followups("2026-09-01").state, "queued")

    def test_dates_of_many_files_in_few_queries(self):
        files = self.file
        for number in range(10):
            files += files._get_file(
                self.company, self._create_debtor(f"Payer {number}")
            )
        self.env.flush_all()
        counts = []
        for group in (files[:2], files[:2], files):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            group._get_payment_dates()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestHabitRights(HabitCase):
    """Collectors write habits of their own portfolio; who reads only, reads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closure = cls.env["collection.closure"].create(
            {
                "file_id": cls.file.id,
                "date_from": "2026-12-24",
                "date_to": "2027-01-02",
            }
        )

    def _user(self, group, **values):
        return self._create_user(
            f"habit_{group}", f"account_collection.group_collection_{group}", **values
        )

    def test_reader(self):
        reader = self._user("readonly")
        file = self.file.with_user(reader)
        self.assertEqual(file.closure_ids, self.closure)
        self.assertEqual(file._read_habits()[file.id]["payments"], 0)
        with self.assertRaises(AccessError):
            file.payment_days = "10"
        with self.assertRaises(AccessError):
            self.closure.with_user(reader).unlink()

    def test_portfolio(self):
        self.file.collector_id = self._user("all")
        other = self._user("user")
        with self.assertRaises(AccessError):
            self.closure.with_user(other).read(["name"])
        self.file.collector_id = other
        self.closure.with_user(other).name = "Christmas"
        self.file.with_user(other).payment_days = "10"

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Vauban Services"})
        stranger = self._create_user(
            "habit_stranger",
            "account_collection.group_collection_manager",
            company,
        )
        self.assertFalse(
            self.env["collection.closure"].with_user(stranger).search_count([])
        )
