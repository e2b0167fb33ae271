# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from collections import Counter
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from .common import CollectionCommon, day
from .plain_ledger import (
    CENT,
    DEBTORS,
    FIRST,
    ONE_DAY,
    RATES,
    STEPS,
    TERMS,
    UNITS,
    WRITTEN,
    Books,
    Dispute,
    Document,
    Followup,
    Ledger,
    Line,
    Row,
    round_to,
)

#: days of the ledger's weeks on which nobody works
HOLIDAYS = (day("2026-07-14"), day("2026-08-15"))
#: messages and calls in a week, fewer than shipped so that it is met
BUDGET = 1
#: deferrals that the ledger with guards must meet
DEFERRALS = ("calendar", "frequency", "minimum_total", "prerequisite")


@tagged("post_install", "-at_install")
class TestGeneratedLedger(CollectionCommon):
    """A ledger that nobody chose, against an arithmetic that reads no Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        second = cls.env["res.company"].create(
            {
                "name": "Vauban Services",
                "country_id": cls.env.ref("base.fr").id,
                "email": "compta@vauban-services.example",
                "iap_enrich_auto_done": True,
                "collection_live": True,
            }
        )
        cls.env["account.chart.template"].try_loading("fr", second, install_demo=False)
        cls.companies = cls.company + second
        cls.journals = {cls.company: cls.bank_journal}
        cls.journals[second] = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", second.id)], limit=1
        )
        accounts = cls.env["account.account"]
        cls.accounts = {
            company: accounts.with_company(company).search(
                [("code", "=", "411100"), ("company_ids", "in", company.id)]
            )
            for company in cls.companies
        }
        cls.debtors = cls.env["res.partner"].browse(
            cls._create_debtor(f"Debtor {number}").id for number in range(DEBTORS)
        )
        cls._set_rates()
        cls.terms = {term: cls._create_term(term) for term in TERMS}

    @classmethod
    def _set_rates(cls):
        cls.currencies = {code: cls.env.ref(f"base.{code}") for code in UNITS}
        rates = cls.env["res.currency.rate"]
        rates.search([]).unlink()
        for code, months in RATES.items():
            cls.currencies[code].active = True
            for month, rate in months.items():
                rates.create(
                    {
                        "currency_id": cls.currencies[code].id,
                        "company_id": False,
                        "name": day(f"2026-{month:02}-01"),
                        "rate": float(rate),
                    }
                )

    @classmethod
    def _create_term(cls, term):
        return cls.env["account.payment.term"].create(
            {
                "name": "Instalments",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": float(percent),
                            "nb_days": days,
                        }
                    )
                    for percent, days in term
                ],
            }
        )

    def setUp(self):
        super().setUp()
        self._open_books()

    def _open_books(self) -> None:
        """Begin with nothing: no plain books, no entry known by its key."""
        self.books = Books()
        self.moves, self.keys = {}, {}

    # === BOOKING, HERE AND THERE === #

    def _live_days(self, ledger: Ledger, count: int):
        """Yield run days, each after its bookings."""
        after = FIRST - 99 * ONE_DAY
        for date in ledger.draw_days(count):
            self._book(ledger, after, date)
            yield date
            after = date

    def _book(self, ledger: Ledger, after, until) -> None:
        """Book what lies between two days (the first not included) in both books."""

        def pick(facts):
            return sorted(
                (fact for fact in facts if after < fact.day <= until),
                key=lambda fact: fact.day,
            )

        documents = pick(ledger.documents)
        self._post([one for one in documents if one.kind != "payment"])
        self._receive_all([one for one in documents if one.kind == "payment"])
        for document in documents:
            self.books.post(document)
        matches = pick(ledger.matches)
        self.env["account.move.line"]._reconcile_plan(
            [self._get_open_lines(one.invoice, one.credit) for one in matches]
        )
        for match in matches:
            self.books.match(match)
        disputes = pick(ledger.disputes)
        self.env["collection.hold"].create([self._hold_values(one) for one in disputes])
        self.books.disputes += disputes

    def _post(self, documents: list[Document]) -> None:
        moves = self.env["account.move"]
        moves = moves.create([self._move_values(one) for one in documents])
        moves.action_post()
        self._remember(documents, moves)

    def _remember(self, documents: list[Document], moves) -> None:
        keys = [one.key for one in documents]
        self.moves.update(zip(keys, moves, strict=True))
        self.keys.update(zip(moves.ids, keys, strict=True))

    def _move_values(self, document: Document) -> dict:
        is_invoice = document.kind == "invoice"
        term = self.terms.get(document.term)
        line = {
            "name": "Work",
            "quantity": 1,
            "price_unit": float(document.amount),
            "tax_ids": [Command.clear()],
        }
        return {
            "move_type": "out_invoice" if is_invoice else "out_refund",
            "company_id": self.companies[document.company].id,
            "partner_id": self.debtors[document.debtor].id,
            "currency_id": self.currencies[document.currency].id,
            "invoice_date": document.day,
            "date": document.day,
            "invoice_payment_term_id": term.id if term else False,
            "invoice_date_due": document.dues[-1],
            "invoice_line_ids": [Command.create(line)],
        }

    def _receive_all(self, payments: list[Document]) -> None:
        """Book bank lines whose counterpart is on the debtor's account."""
        lines = self.env["account.bank.statement.line"]
        lines = lines.create([self._bank_values(one) for one in payments])
        self._remember(payments, lines.move_id)

    def _bank_values(self, payment: Document) -> dict:
        company = self.companies[payment.company]
        values = {
            "journal_id": self.journals[company].id,
            "date": payment.day,
            "payment_ref": payment.key,
            "amount": float(payment.balance),
            "partner_id": self.debtors[payment.debtor].id,
            "counterpart_account_id": self.accounts[company].id,
        }
        if payment.currency != "EUR":
            values.update(
                foreign_currency_id=self.currencies[payment.currency].id,
                amount_currency=float(payment.amount),
            )
        return values

    def _get_open_lines(self, *keys: str):
        moves = self.env["account.move"].union(*(self.moves[key] for key in keys))
        return moves.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and not line.reconciled
            )
        )

    def _hold_values(self, dispute: Dispute) -> dict:
        return {
            "move_id": self.moves[dispute.invoice].id,
            "reason": "dispute",
            "date_start": dispute.day,
            "date_end": dispute.until,
            "amount": float(dispute.amount or 0),
        }

    # === COMPARING === #

    def _assert_same(self, found: dict, expected: dict, what: str) -> None:
        """Name what is missing, extra or different, with both values."""
        problems = [
            f"{what} {key}: {tell(found.get(key), expected.get(key))}"
            for key in sorted({*found, *expected}, key=str)
            if found.get(key) != expected.get(key)
        ]
        self.assertFalse(problems, "\n" + "\n".join(problems))

    def _as_dict(self, pairs) -> dict:
        """Return pairs as a dict; a key that comes twice is a failure."""
        pairs = list(pairs)
        twice = [
            key for key, count in Counter(k for k, _v in pairs).items() if count > 1
        ]
        self.assertFalse(twice, "Twice")
        return dict(pairs)

    def _name(self, move) -> str:
        return self.keys.get(move.id, f"unknown {move.name}")

    def _read_rows(self, date, **context) -> dict[tuple, Row]:
        receivables = self.env["collection.receivable"].with_context(
            collection_date=date, **context
        )
        return self._as_dict(
            (
                (self._name(one.move_id), one.date_due.isoformat()),
                Row(
                    *self._read_whose(one),
                    one.currency_id.name,
                    exact(one.amount_residual_currency),
                    exact(one.amount_residual),
                    exact(one.amount_held),
                    exact(one.amount_due),
                    one.hold_reason or None,
                    one.days_overdue,
                    one.bucket,
                ),
            )
            for one in receivables.search([])
        )

    def _read_whose(self, record) -> tuple[int, int]:
        """Return the numbers of a record's company and debtor."""
        debtor = self.debtors.ids.index(record.debtor_id.id)
        return self.companies.ids.index(record.company_id.id), debtor

    def _read_lines(self) -> dict[tuple, Line]:
        lines = self.env["collection.followup.line"].search([("counted", "=", True)])
        return self._as_dict(
            (
                (self._name(one.move_id), one.date_due.isoformat(), one.delay),
                Line(
                    one.date,
                    one.level_id.code,
                    one.channel,
                    one.currency_id.name,
                    exact(one.amount_residual),
                    exact(one.amount_due),
                ),
            )
            for one in lines
        )

    def _read_followups(self, date) -> dict[tuple, Followup]:
        """Return (company, debtor, channel) -> follow-up, its amount to the cent."""
        followups = self.env["collection.followup"].search([("date", "=", date)])
        return self._as_dict(
            (
                (*self._read_whose(one), one.channel),
                Followup(
                    one.level_id.code,
                    exact(one.amount),
                    len(one.line_ids),
                ),
            )
            for one in followups
        )

    # === PLAIN ARITHMETIC: NO GUARDS === #

    def _run_and_compare(self, date) -> None:
        """Compare the day's receivables, run, compare what the run said and made."""
        found = self._read_rows(date, collection_guards=False)
        self._assert_same(found, self.books.get_rows(date), f"{date}: receivable")
        engine = self.engine.with_context(collection_guards=False)
        result = engine.run(date=date, companies=self.companies)
        counts, followups = self.books.run(date)
        held = counts.pop("held")
        expected = {
            **counts,
            "date": date.isoformat(),
            "companies": self.companies.ids,
            "held": {"dispute": held} if held else {},
            "by_channel": Counter(channel for _c, _d, channel in followups),
            "by_level": Counter(one.level for one in followups.values()),
            "failed": 0,
        }
        self._assert_same(result, expected, f"{date}: result")
        self._assert_same(self._read_lines(), self.books.lines, f"{date}: line")
        made = self._read_followups(date)
        self._assert_same(made, followups, f"{date}: follow-up")

    def test_every_receivable_line_and_follow_up(self):
        """Three seeds, each a ledger of its own; exact, nothing missing or extra."""
        for seed in (19, 45, 441):
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self._open_books()
                for date in self._live_days(Ledger(seed, invoices=22), 16):
                    self._run_and_compare(date)
                steps = {key[2] for key in self.books.lines}
                self.assertEqual(steps, set(STEPS), "Each step is met")
                savepoint.rollback()

    # === WITH GUARDS: WHAT HOLDS ON ANY LEDGER === #

    def test_invariants_with_guards(self):
        """Holds, deferrals, folding and channels on; some messages never leave."""
        self.rapp.contact_budget = BUDGET
        held = Counter()
        for date in self._live_days(Ledger(7, invoices=20, free_credits=5), 24):
            for company in self.companies:
                self._create_bank_line(
                    -1, date, "Frais", journal_id=self.journals[company].id
                )
            due = {item.key: (item, step) for item, step in self.books.get_due(date)}
            result = self.engine.run(date=date, companies=self.companies)
            made = self.env["collection.followup"].search([("date", "=", date)])
            rows = self._read_rows(date)
            self._check_ledger_facts(rows, date)
            self._check_due(result, made.line_ids, due)
            self._check_contacts(made, date)
            for followup in made:
                self._check_amount(followup, rows)
            self._perform(made.filtered(lambda one: not self._is_stuck(one)), date)
            for line in made.line_ids.filtered("counted"):
                item, step = due[self._name(line.move_id), line.date_due.isoformat()]
                item.step, item.stepped_on = step, date
            held.update(result["held"])
        expected = {"dispute", "probable_payment", *DEFERRALS}
        self.assertGreaterEqual(held.keys(), expected)
        steps = {key[2] for key in self._read_lines()}
        self.assertEqual(steps, set(STEPS), "Each step is met")

    def _is_stuck(self, followup) -> bool:
        """Tell whether a message waits for ever: it reaches no level."""
        _company, debtor = self._read_whose(followup)
        return debtor < 3 and followup.state == "queued"

    def _check_ledger_facts(self, rows: dict, date) -> None:
        """Guards never change what is owed, since when, or by whom."""
        blank = {"held": None, "to_claim": None, "hold_reason": None}
        found = {key: row._replace(**blank) for key, row in rows.items()}
        expected = self.books.get_rows(date)
        expected = {key: row._replace(**blank) for key, row in expected.items()}
        self._assert_same(found, expected, f"{date}: receivable")
        for key, row in rows.items():
            self.assertEqual(row.held + row.to_claim, row.residual, key)

    def _check_due(self, result: dict, lines, due: dict) -> None:
        """What is due is made or withheld; a line is a due step of an open item."""
        counts = result["due"], result["lines"] + sum(result["held"].values())
        self.assertEqual(counts, (len(due), len(due)), result)
        self.assertEqual((result["lines"], result["failed"]), (len(lines), 0))
        found = {}
        for line in lines:
            key = self._name(line.move_id), line.date_due.isoformat()
            self.assertIn(key, due, f"{line.date} step {line.delay}: paid or not due")
            item, step = due[key]
            found[key] = line.delay, exact(line.amount_residual)
            claimable = item.residual - self.books.get_held(item, line.date)
            self.assertLessEqual(exact(line.amount_due), claimable, key)
            self.assertGreater(exact(line.amount_due), 0, key)
        expected = {key: (due[key][1], due[key][0].residual) for key in found}
        self._assert_same(found, expected, f"{result['date']}: line")

    def _check_contacts(self, made, date) -> None:
        """One written message a day, on working days, within the budget of a week."""
        if date.weekday() > 4 or date in HOLIDAYS:
            self.assertFalse(made, f"{date} is not worked")
        written = made.filtered(lambda one: one.channel in WRITTEN)
        self._as_dict((self._read_whose(one), one.channel) for one in written)
        week = self.env["collection.followup"].search(
            [
                ("channel", "in", ("email", "call")),
                ("date", "<", date),
                ("date", ">", date - 7 * ONE_DAY),
            ]
        )
        contacts = Counter(map(self._read_whose, week))
        for one in made.filtered(lambda one: one.channel in ("email", "call")):
            whose = self._read_whose(one)
            self.assertLess(contacts[whose], BUDGET, f"{date} {one.channel} to {whose}")
        for line in made.line_ids.filtered(lambda line: line.delay in (30, 45)):
            self._check_prerequisite(line)

    def _check_prerequisite(self, line) -> None:
        """A notice needs a written step a week before; a hand-over needs a notice."""
        earlier = self.env["collection.followup.line"].search(
            [
                ("move_line_id", "=", line.move_line_id.id),
                ("state", "=", "performed"),
                ("delay", ">", 0),
                ("date", "<=", line.date - 7 * ONE_DAY),
            ]
        )
        if line.delay == 30:
            earlier = earlier.filtered(lambda one: one.channel in WRITTEN)
        else:
            earlier = earlier.filtered("claimed")
        name = self._name(line.move_id)
        self.assertTrue(earlier, f"{name} {line.date}: step {line.delay} too early")

    def _check_amount(self, followup, rows: dict) -> None:
        """The amount is the receivables' that it claims, net of free credits."""
        level, whose = followup.level_id.code, self._read_whose(followup)
        lines = followup.line_ids
        if level == "notice":
            lines = lines.filtered(lambda line: line.delay == 30)
        own = {(self._name(one.move_id), one.date_due.isoformat()) for one in lines}
        total = Decimal()
        for key, row in rows.items():
            if row.residual < 0:
                counts = level != "courtesy"
            elif level == "courtesy":
                counts = key in own
            else:
                counts = row.days_overdue > 0 and not row.hold_reason
                is_open = level not in ("notice", "handoff")
                counts = counts and (is_open or key in own)
            if counts and row[:2] == whose:
                total += row.residual_company * row.to_claim / row.residual
        found = exact(followup.amount)
        what = f"{followup.date} {level} to {whose}"
        self.assertEqual(found, round_to(total, CENT), what)
        self.assertGreater(found, 0, what)


def exact(amount: float) -> Decimal:
    """Return the amount that the database holds, not rounded."""
    return Decimal(str(amount))


def tell(found, expected) -> str:
    """Say where two values differ; of records only the fields that differ."""
    if isinstance(found, tuple) and isinstance(expected, tuple):
        pairs = zip(found._fields, found, expected, strict=True)
        return ", ".join(
            f"{name} {one}, expected {two}" for name, one, two in pairs if one != two
        )
    return f"{found}, expected {expected}"
