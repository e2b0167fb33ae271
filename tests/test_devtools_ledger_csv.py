# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import ast
import contextlib
import datetime
import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..devtools import replay
from ..devtools.cache import SetupError, in_use
from ..devtools.ledger_csv import (
    LARGEST,
    LAST_STEP_DAYS,
    BadFile,
    LedgerRow,
    bounds,
    read_ledger,
)

HEADER = "customer,invoice,invoice_date,due_date,amount,currency"
FULL = f"{HEADER},customer_name,company,paid_date,disputed"
GOOD = "C1,F1,2026-08-01,2026-08-31,1000.00,EUR"
#: code -> decimal places
CURRENCIES = {"EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}
BELOW = f"it must be below {LARGEST}"
RESULT = 'RESULT {"steps": {}}\n'


def row(number=1, **values):
    """Return a good line of the file, but for these values."""
    facts = {
        "customer": "C1",
        "invoice": f"F{number}",
        "invoice_date": "2026-08-01",
        "due_date": "2026-08-31",
        "amount": "1000.00",
        "currency": "EUR",
        **values,
    }
    return ",".join(facts.values())


class LedgerCase(BaseCase):
    """Writes ledgers and reads them."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "ledger.csv"

    def read_lines(self, *lines, header=HEADER, encoding="utf-8", end="\n"):
        text = "".join(line + end for line in (header, *lines))
        self.path.write_bytes(text.encode(encoding))
        return read_ledger(self.path, CURRENCIES)

    def assertRefused(self, words, *lines, **options):
        """Expect that the file is refused in one sentence that names it."""
        with self.assertRaises(BadFile) as caught:
            self.read_lines(*lines, **options)
        text = str(caught.exception)
        self.assertTrue(text.startswith(str(self.path)), text)
        self.assertRegex(text, r"^.*\.$")
        self.assertIn(words, text)


@tagged("post_install", "-at_install")
class TestDevtoolsLedgerRows(LedgerCase):
    """Good rows as they are, each bad row with its line and reason."""

    def test_a_good_row(self):
        rows, bad = self.read_lines(GOOD)
        expected = LedgerRow(
            line=2,
            customer="C1",
            customer_name="C1",
            company="",
            invoice="F1",
            invoice_date=datetime.date(2026, 8, 1),
            due_date=datetime.date(2026, 8, 31),
            amount=Decimal("1000.00"),
            currency="EUR",
            paid_date=None,
            is_disputed=False,
        )
        self.assertEqual((rows, bad), ([expected], []))

    def test_a_row_with_everything(self):
        rows, bad = self.read_lines(
            f'{GOOD},"Menuiserie Durand, père et fils",Vauban,2026-09-04,1', header=FULL
        )
        self.assertEqual(bad, [])
        (found,) = rows
        self.assertEqual(found.customer_name, "Menuiserie Durand, père et fils")
        self.assertEqual(found.company, "Vauban")
        self.assertEqual(found.paid_date, datetime.date(2026, 9, 4))
        self.assertIs(found.is_disputed, True)

    def test_what_a_spreadsheet_may_write(self):
        """A BOM, Windows' line ends, spaces, empty lines, another order of columns."""
        header = "currency,note,amount,due_date,invoice_date,invoice,customer"
        line = " eur ,some note, 12.5 ,2026-08-31,2026-08-01, F1 , C1 "
        for encoding in ("utf-8", "utf-8-sig"):
            rows, bad = self.read_lines(
                "", line, "", header=header, encoding=encoding, end="\r\n"
            )
            self.assertEqual(bad, [])
            (found,) = rows
            self.assertEqual(
                (found.line, found.customer, found.invoice, found.currency),
                (3, "C1", "F1", "EUR"),
            )
            self.assertEqual(found.amount, Decimal("12.5"))

    def test_each_bad_row_with_its_line_and_reason(self):
        for values, reason in (
            ({"currency": "XYZ"}, "currency XYZ is unknown"),
            ({"currency": "USD"}, "currency USD is unknown"),
            (
                {"due_date": "2026-07-31"},
                "the due date lies before the invoice date",
            ),
            ({"amount": "much"}, "amount 'much' is not a number"),
            ({"amount": "1 000"}, "amount '1 000' is not a number"),
            ({"amount": '"1000,50"'}, "amount '1000,50' is not a number"),
            ({"amount": "NaN"}, "amount 'NaN' is not a number"),
            ({"amount": "Infinity"}, "amount 'Infinity' is not a number"),
            ({"amount": "-1000"}, "amount -1000 is not positive"),
            ({"amount": "0.00"}, "amount 0.00 is not positive"),
            ({"amount": "1000,50"}, "it has more cells than the file has columns"),
            ({"currency": "EUR,"}, "it has more cells than the file has columns"),
            ({"amount": "10.005"}, "amount 10.005 has more decimals than EUR: 2"),
            (
                {"amount": "50.50", "currency": "jpy"},
                "amount 50.50 has more decimals than JPY: 0",
            ),
            (
                {"amount": "1.0005", "currency": "KWD"},
                "amount 1.0005 has more decimals than KWD: 3",
            ),
            (
                {"amount": f"0.{'0' * 40}1"},
                f"amount 0.{'0' * 40}1 has more decimals than EUR: 2",
            ),
            ({"amount": "1e30"}, f"amount 1e30 is too large: {BELOW}"),
            ({"amount": "9" * 29}, f"amount {'9' * 29} is too large: {BELOW}"),
            ({"amount": f"{LARGEST}"}, f"amount {LARGEST} is too large: {BELOW}"),
            ({"amount": f"1e{'9' * 20}"}, f"amount '1e{'9' * 20}' is not a number"),
            (
                {"due_date": "9999-12-31"},
                "due_date 9999-12-31 is not between 1970 and 2099",
            ),
            (
                {"invoice_date": "01/08/2026"},
                "invoice_date '01/08/2026' is not a date (YYYY-MM-DD)",
            ),
            (
                {"due_date": "2026-02-30"},
                "due_date '2026-02-30' is not a date (YYYY-MM-DD)",
            ),
            ({"customer": ""}, "customer is empty"),
            ({"invoice": "  "}, "invoice is empty"),
            ({"invoice_date": ""}, "invoice_date is empty"),
            ({"due_date": ""}, "due_date is empty"),
            ({"amount": ""}, "amount is empty"),
            ({"currency": ""}, "currency is empty"),
        ):
            with self.subTest(reason):
                rows, bad = self.read_lines(row(1), row(2, **values), row(3))
                self.assertEqual(bad, [(3, reason)])
                self.assertEqual([good.invoice for good in rows], ["F1", "F3"])

    def test_amounts_that_are_good(self):
        for amount, currency in (
            ("50.00", "JPY"),
            ("0.005", "KWD"),
            (f"{LARGEST - 1}.99", "EUR"),
        ):
            rows, bad = self.read_lines(row(1, amount=amount, currency=currency))
            self.assertEqual(bad, [])
            self.assertEqual([one.amount for one in rows], [Decimal(amount)])

    def test_bad_optional_fields(self):
        for optional, reason in (
            ("Durand,Vauban,soon,0", "paid_date 'soon' is not a date (YYYY-MM-DD)"),
            ("Durand,Vauban,,perhaps", "disputed 'perhaps' is neither 0 nor 1"),
        ):
            rows, bad = self.read_lines(f"{GOOD},{optional}", header=FULL)
            self.assertEqual((rows, bad), ([], [(2, reason)]))

    def test_words_for_disputed(self):
        for word, expected in (
            ("1", True),
            ("TRUE", True),
            ("oui", True),
            ("0", False),
            ("no", False),
            ("", False),
        ):
            rows, _bad = self.read_lines(f"{GOOD},,,,{word}", header=FULL)
            self.assertEqual([one.is_disputed for one in rows], [expected], word)

    def test_a_row_that_stops_early(self):
        self.assertEqual(self.read_lines("C1,F1"), ([], [(2, "invoice_date is empty")]))

    def test_the_same_invoice_twice(self):
        rows, bad = self.read_lines(row(1), row(2), row(1, amount="7.00"), row(1))
        self.assertEqual([good.amount for good in rows], [Decimal("1000.00")] * 2)
        reason = "invoice F1 stands twice in the file"
        self.assertEqual(bad, [(4, reason), (5, reason)])

    def test_a_number_may_recur_at_another_customer_or_company(self):
        lines = [
            f"{row(1, customer=code)},,{company},," for code in "AB" for company in "XY"
        ]
        rows, bad = self.read_lines(*lines, header=FULL)
        self.assertEqual((len(rows), bad), (4, []))

    def test_a_bad_row_does_not_make_its_correction_a_duplicate(self):
        rows, bad = self.read_lines(row(1, amount="?"), row(1))
        self.assertEqual([good.line for good in rows], [3])
        self.assertEqual(bad, [(2, "amount '?' is not a number")])

    def test_lines_are_counted_as_an_editor_counts_them(self):
        """Also after empty lines, a field of two lines, a character that is no end."""
        rows, bad = self.read_lines(
            "",
            '"C1\nC2",F1,2026-08-01,2026-08-31,1,EUR',
            row(2, customer="C1\u2028\vC2"),
            "",
            "C1,F2",
        )
        self.assertEqual(
            [(good.line, good.customer) for good in rows],
            [(4, "C1\nC2"), (5, "C1\u2028\vC2")],
        )
        self.assertEqual(bad, [(7, "invoice_date is empty")])


@tagged("post_install", "-at_install")
class TestDevtoolsLedgerFiles(LedgerCase):
    """Files that are no ledger at all."""

    def test_a_missing_column(self):
        names = HEADER.split(",")
        for name in names:
            header = ",".join(one for one in names if one != name)
            with self.subTest(name):
                self.assertRefused(f"lacks the columns: {name}.", header=header)

    def test_all_missing_columns_are_named(self):
        self.assertRefused(
            "columns: due_date, currency.",
            header="customer,invoice,invoice_date,amount",
        )

    def test_semicolons(self):
        self.assertRefused(
            "lacks the columns",
            GOOD.replace(",", ";"),
            header=HEADER.replace(",", ";"),
        )

    def test_a_quote_that_is_not_closed(self):
        """It would make one field of the rows after it."""
        for lines in (
            (row(1), row(2, customer='"C1'), row(3)),
            (row(1), row(2, customer='"C1'), row(3, customer='"C2"')),
        ):
            self.assertRefused("cannot be read after line 2", *lines)
        self.assertRefused("cannot be read after line 0", header=f'"{HEADER}')

    def test_a_character_that_no_text_has(self):
        self.assertRefused("NUL", row(1, customer="C\0"))
        self.assertRefused("NUL", row(1), encoding="utf-16-le")

    def test_an_empty_file(self):
        self.path.write_bytes(b"")
        with self.assertRaisesRegex(BadFile, "lacks the columns: customer, "):
            read_ledger(self.path, CURRENCIES)

    def test_another_encoding(self):
        line = row(customer="Médoc")
        for encoding in ("latin-1", "utf-16"):
            with self.subTest(encoding):
                self.assertRefused("not a text file in UTF-8", line, encoding=encoding)

    def test_no_such_file(self):
        with self.assertRaisesRegex(BadFile, r"^\S+: No such file or directory\.$"):
            read_ledger(self.path, CURRENCIES)
        with self.assertRaisesRegex(BadFile, r"^\S+: Is a directory\.$"):
            read_ledger(self.folder, CURRENCIES)


class FakeWorkshop:
    """Databases that exist on paper; the shell remembers its script.

    :param output: what the shell prints
    :param code: the shell's exit code
    """

    def __init__(self, cache, output=(RESULT,), code=0):
        self.cache, self.output, self.code = cache, output, code
        lines = [f"{code}|{places}" for code, places in CURRENCIES.items()]
        self.server = SimpleNamespace(query=lambda *_words: lines)
        self.done = []

    def template_site(self):
        return SimpleNamespace(database="template")

    def site(self, folder, database):
        return SimpleNamespace(folder=folder, database=database)

    def drop(self, database):
        self.done.append(f"drop {database}")

    def clone(self, source, target):
        self.done.append(f"clone {source.database} {target.database}")

    def install(self, site):
        self.done.append(f"install {site.database}")

    def shell(self, _site, script):
        self.done.append("shell")
        call = ast.parse(script).body[-1].value
        self.options = json.loads(ast.literal_eval(call.args[1]))
        return SimpleNamespace(stdout=self.output, wait=lambda: self.code)


@tagged("post_install", "-at_install")
class TestDevtoolsReplay(LedgerCase):
    """The command: refused whole, or imported without the bad rows."""

    def setUp(self):
        super().setUp()
        self.workshop = FakeWorkshop(self.folder)
        self.printed, self.said = io.StringIO(), io.StringIO()

    def write_lines(self, *lines):
        self.path.write_text("\n".join((HEADER, *lines)))

    def replay(self, *words, guards="off"):
        """Run the command as the Makefile does."""
        with (
            mock.patch.object(replay.Workshop, "open", return_value=self.workshop),
            contextlib.redirect_stdout(self.printed),
            contextlib.redirect_stderr(self.said),
        ):
            return replay.main([str(self.path), "--guards", guards, *words])

    @contextlib.contextmanager
    def assertSentence(self, *words):
        """Expect an error for the user: one line that names these words."""
        with self.assertRaises(SetupError) as caught:
            yield
        text = str(caught.exception)
        self.assertRegex(text, r"^.*\.$")
        for word in words:
            self.assertIn(word, text)

    def test_a_good_ledger_is_lived(self):
        self.write_lines(GOOD)
        self.assertEqual(self.replay(), 0)
        expected = {
            "csv": str(self.path),
            "guards": False,
            "first": "2026-08-01",
            "last": "2026-10-15",
            "rejected": 0,
            "smtp_port": None,
        }
        self.assertEqual(self.workshop.options, expected)
        verbs = [words.split()[0] for words in self.workshop.done]
        self.assertEqual(verbs, ["drop", "clone", "install", "shell"])
        self.assertEqual(self.printed.getvalue(), RESULT)

    def test_with_guards_mails_go_to_the_catch_all(self):
        self.write_lines(GOOD)
        self.assertEqual(self.replay(guards=""), 0)
        self.assertIs(self.workshop.options["guards"], True)
        self.assertGreater(self.workshop.options["smtp_port"], 0)

    def test_a_bad_row_refuses_the_whole_file(self):
        self.write_lines(row(1), row(2, amount="x"), row(3, currency="XYZ"))
        for skip_bad in ("", "0"):
            self.said.truncate(self.said.seek(0))
            with self.assertSentence(
                "2 bad rows of 3", "nothing was imported", "SKIP_BAD=1"
            ):
                self.replay("--skip-bad", skip_bad)
            self.assertEqual(
                self.said.getvalue().splitlines(),
                [
                    "line 3: amount 'x' is not a number",
                    "line 4: currency XYZ is unknown",
                ],
            )
        self.assertEqual(self.workshop.done, [])

    def test_with_skip_bad_the_good_rows_are_imported(self):
        self.write_lines(row(1), row(2, amount="x"), row(3, currency="XYZ"))
        self.assertEqual(self.replay("--skip-bad", "1"), 0)
        self.assertEqual(self.workshop.options["rejected"], 2)
        self.assertIn("line 3: amount 'x' is not a number\n", self.said.getvalue())
        self.assertIn("line 4: currency XYZ is unknown\n", self.said.getvalue())
        self.assertIn("living through 1 invoices", self.said.getvalue())

    def test_the_bad_rows_are_all_listed_in_order(self):
        self.write_lines(*(row(number, amount="x") for number in range(500)))
        with self.assertSentence("500 bad rows"):
            self.replay()
        expected = [
            f"line {line}: amount 'x' is not a number" for line in range(2, 502)
        ]
        self.assertEqual(self.said.getvalue().splitlines(), expected)

    def test_a_file_without_any_good_row_makes_no_database(self):
        for lines in ((), (row(amount="x"),)):
            self.write_lines(*lines)
            with self.assertSentence(str(self.path), "no row to import"):
                self.replay("--skip-bad", "1")
        self.assertEqual(self.workshop.done, [])

    def test_a_file_that_is_no_ledger_makes_no_database(self):
        self.path.write_text(HEADER.replace(",", ";"))
        with self.assertRaises(BadFile):
            self.replay("--skip-bad", "1")
        self.assertEqual(self.workshop.done, [])

    def test_the_exit_code_is_that_of_the_life(self):
        self.write_lines(GOOD)
        self.workshop.code = 3
        self.assertEqual(self.replay(), 3)

    def test_a_life_without_its_result_is_a_failure(self):
        self.write_lines(GOOD)
        self.workshop.output = ("something else\n",)
        with self.assertSentence("stopped before its end"):
            self.replay()

    def test_a_second_replay_leaves_the_first_one_alone(self):
        self.write_lines(GOOD)
        folder = replay.named_site(self.folder, "replay").folder
        with (
            in_use(folder, "This one."),
            self.assertSentence(replay.IN_USE),
        ):
            self.replay()
        self.assertEqual(self.workshop.done, [])
        self.assertEqual(self.replay(), 0)

    # === COMMAND LINE === #

    def test_bounds_that_are_no_dates(self):
        for name in ("FROM", "TO"):
            for text, reason in (
                ("soon", "'soon' is not a date"),
                ("2026-02-30", "'2026-02-30' is not a date"),
                ("31/08/2026", "'31/08/2026' is not a date"),
                ("2026", "'2026' is not a date"),
                ("2026-08-31T09:00", "'2026-08-31T09:00' is not a date"),
                ("0206-08-31", "0206-08-31 is not between 1970 and 2099"),
            ):
                with self.subTest(text), self.assertSentence(f"{name} {reason}"):
                    replay.parse(["x.csv", f"--{name.lower()}", text])

    def test_bounds_that_are_dates_or_nothing(self):
        options = replay.parse(["x.csv", "--from", "2026-08-01", "--to", ""])
        expected = (datetime.date(2026, 8, 1), None)
        self.assertEqual((options.first, options.last), expected)

    def test_a_life_that_ends_before_it_begins(self):
        """Said at once, or when the file has told the other bound."""
        with self.assertSentence("2026-09-01", "2026-08-31", "FROM or TO"):
            replay.parse(["x.csv", "--from", "2026-09-01", "--to", "2026-08-31"])
        self.write_lines(GOOD)
        for option, text in (("--from", "2026-10-16"), ("--to", "2026-07-31")):
            with self.assertSentence(text, "FROM or TO"):
                self.replay(option, text)
        self.assertEqual(self.workshop.done, [])
        one_day = ("--from", "2026-09-01", "--to", "2026-09-01")
        self.assertEqual(self.replay(*one_day), 0)

    def test_bounds_reach_the_life(self):
        self.write_lines(GOOD)
        self.replay("--from", "2026-08-10", "--to", "2026-09-20")
        options = self.workshop.options
        self.assertEqual(
            (options["first"], options["last"]), ("2026-08-10", "2026-09-20")
        )

    def test_without_a_file_the_command_says_how_to_name_one(self):
        with self.assertSentence("make replay CSV=file"):
            replay.parse([""])

    def test_guards_are_on_or_off(self):
        for word, expected in (("", True), ("on", True), ("off", False)):
            found = replay.parse(["x.csv", "--guards", word]).guards
            self.assertIs(found, expected)
        with self.assertSentence("GUARDS is on or off"):
            replay.parse(["x.csv", "--guards", "maybe"])

    def test_bad_rows_are_skipped_or_not(self):
        for word, expected in (("", False), ("0", False), ("1", True)):
            found = replay.parse(["x.csv", "--skip-bad", word]).skip_bad
            self.assertIs(found, expected)
        for word in ("no", "false", "2", "yes"):
            with self.assertSentence("SKIP_BAD is 0 or 1"):
                replay.parse(["x.csv", "--skip-bad", word])

    def test_each_ledger_has_its_own_place_in_the_cache(self):
        names = {
            replay.named_site(self.folder, name).folder for name in ("demo", "replay")
        }
        self.assertEqual(len(names), 2)
        with mock.patch.object(replay, "CHECKOUT", self.folder):
            self.assertNotIn(replay.named_site(self.folder, "demo").folder, names)


@tagged("post_install", "-at_install")
class TestDevtoolsReplayBounds(LedgerCase):
    """The days that are lived."""

    def bounds(self, *lines, first=None, last=None, header=HEADER):
        rows, _bad = self.read_lines(*lines, header=header)
        return bounds(rows, first, last)

    def test_from_the_first_invoice_to_the_last_step(self):
        lines = (row(1), row(2, invoice_date="2026-07-15"), row(3, amount="x"))
        last = datetime.date(2026, 8, 31) + datetime.timedelta(days=LAST_STEP_DAYS)
        self.assertEqual(self.bounds(*lines), (datetime.date(2026, 7, 15), last))

    def test_to_the_last_payment_when_it_is_later(self):
        line = f"{GOOD},,,2027-01-15,"
        _first, last = self.bounds(line, header=FULL)
        self.assertEqual(last, datetime.date(2027, 1, 15))

    def test_bounds_that_are_given_win(self):
        first, last = datetime.date(2026, 8, 10), datetime.date(2026, 9, 20)
        self.assertEqual(self.bounds(GOOD, first=first, last=last), (first, last))
        self.assertEqual(self.bounds(GOOD, first=first)[0], first)
        self.assertEqual(
            self.bounds(GOOD, last=last), (datetime.date(2026, 8, 1), last)
        )
