# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
from collections import Counter

from odoo.tests import tagged

from . import test_generated_ledger as generated
from .plain_ledger import FIRST, ONE_DAY, Ledger

DAYS = 30


@tagged("post_install", "-at_install")
class TestSimulationLived(generated.TestGeneratedLedger):
    """A ledger that nobody chose: what was simulated is what then happens."""

    # The ledger and its booking are wanted, not what is tested there.
    test_every_receivable_line_and_follow_up = None
    test_invariants_with_guards = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "account_collection.group_collection_user"
        cls.anna = cls._create_user("sim_anna", group, company=cls.companies[0])
        cls.paul = cls._create_user("sim_paul", group, company=cls.companies[0])
        files = cls.env["collection.debtor"]
        for number, debtor in enumerate(cls.debtors):
            for company in cls.companies:
                user = (cls.anna, cls.paul, cls.env["res.users"])[number % 3]
                files._get_file(company, debtor).collector_id = user
        cls.rapp.contact_budget = 1

    def _book_until(self, ledger, first):
        """Book both companies up to the day before the first one."""
        self._book(ledger, FIRST - 99 * ONE_DAY, first - ONE_DAY)
        # A ledger that has been followed up for a while: some positions, some open.
        for back in (20, 12, 5):
            date = first - back * ONE_DAY
            self._refresh_bank(date)
            self.engine.run(date=date, companies=self.companies)
            made = self.env["collection.followup"].search([("date", "=", date)])
            self._perform(made.filtered(lambda one: one.id % 4), date)

    def _refresh_bank(self, date):
        for company in self.companies:
            journal = self.journals[company]
            self._create_bank_line(-1, date, "Frais", journal_id=journal.id)

    def _live_day(self, date, is_worked):
        """Run a day for real; on a worked day perform everything.

        :return: entries that were made or performed, what was left alone
        """
        self._refresh_bank(date)
        entries, held = Counter(), {}
        everything = self.env["collection.followup"]
        for company in self.companies:
            result = self.engine.run(date=date, companies=company)
            held[company.id] = result["held"]
            self.assertFalse(result["failed"])
        states = ("planned", "to_confirm", "queued", "failed")
        domain = [("state", "in", states)] if is_worked else [("date", "=", date)]
        everything = everything.search(domain)
        for one in everything:
            key = (
                one.company_id.id,
                one.file_id.collector_id.id or 0,
                one.channel,
                one.level_id.code,
                one.date < date,
            )
            entries[key, "followups"] += 1
            entries[key, "receivables"] += len(one.line_ids.filtered("counted"))
            entries[key, "cents"] += round(one.amount * 100)
        self._perform(everything, date)
        return entries, held

    def _read_day(self, answer, number):
        """Return (entries, held) of a simulated day, as ``_live_day`` does."""
        entries, held = Counter(), {}
        for company in answer["companies"]:
            found = company["days"][number]
            held[company["company_id"]] = found["held"]
            for one in found["entries"]:
                key = (
                    company["company_id"],
                    one["collector_id"],
                    one["channel"],
                    one["level"],
                    one["is_open"],
                )
                entries[key, "followups"] += one["followups"]
                entries[key, "receivables"] += one["receivables"]
                entries[key, "cents"] += round(one["amount"] * 100)
        return entries, held

    def test_thirty_days_are_lived_as_they_were_simulated(self):
        """Guards on: holds end, the budget defers, week-ends shift, credits stand."""
        met, codes = set(), set()
        for seed, after in ((7, 40), (23, 43)):  # a Saturday, a Tuesday
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self._open_books()
                first = FIRST + datetime.timedelta(days=after)
                self._book_until(Ledger(seed, invoices=24, free_credits=4), first)
                answer = self.engine.simulate(
                    days=DAYS, companies=self.companies, date=first
                )
                for number in range(DAYS):
                    date = first + number * ONE_DAY
                    simulated, left = self._read_day(answer, number)
                    is_worked = answer["companies"][0]["days"][number]["is_working"]
                    lived, withheld = self._live_day(date, is_worked)
                    self._assert_same(simulated, lived, f"{date}: entry")
                    if is_worked or date == first:
                        self._assert_same(left, withheld, f"{date}: left alone")
                    met.update(key[:5] for key, _measure in simulated)
                    for held in left.values():
                        codes.update(held)
                savepoint.rollback()
        self.assertEqual({key[0] for key in met}, set(self.companies.ids))
        self.assertEqual({key[1] for key in met}, {0, self.anna.id, self.paul.id})
        self.assertGreaterEqual(
            {key[2] for key in met}, {"email", "call", "letter", "registered"}
        )
        self.assertEqual({key[4] for key in met}, {False, True})
        wanted = {"dispute", "probable_payment", "frequency", "minimum_total"}
        self.assertGreaterEqual(codes, wanted)
