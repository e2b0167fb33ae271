# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..devtools import demo, lint, run_tests, serve, shell
from ..devtools.cache import SetupError, in_use
from ..devtools.commands import run
from ..devtools.replay import named_site
from ..devtools.workshop import CHECKOUT

MAKEFILE = (CHECKOUT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([\w.-]+)\s*:(?![=:])", MAKEFILE, re.MULTILINE)) - {
    ".PHONY"
}
#: a real process that takes longer is stuck
SECONDS = 60
#: tests of which one says something: the others are skipped, each in its own way
SKIPPING = """
import unittest
import pytest

class TestSome(unittest.TestCase):
    def test_good(self):
        pass

    @unittest.skip("by a mark")
    def test_mark(self):
        pass

    def test_inside(self):
        self.skipTest("in its middle")

    @unittest.expectedFailure
    def test_expected_to_fail(self):
        self.fail()

class TestNone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("a whole class")

    def test_class(self):
        pass

@pytest.mark.skipif(True, reason="on a condition")
def test_condition():
    pass
"""
SKIPPING_FILE = 'import pytest\npytest.importorskip("no_such_module")\n'
PASSING = "def test_good():\n    pass\n"


class RunnerCase(BaseCase):
    """A folder for the test, and what is said."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.said = io.StringIO()
        catcher = contextlib.redirect_stderr(self.said)
        catcher.__enter__()
        self.addCleanup(catcher.__exit__, None, None, None)

    def write_report(self, *suites):
        """Write what pytest reports: (tests, skipped) of each suite."""
        lines = [
            f'<testsuite tests="{tests}" skipped="{skipped}" failures="0" errors="0"/>'
            for tests, skipped in suites
        ]
        path = self.folder / "report.xml"
        path.write_text(f"<testsuites>{''.join(lines)}</testsuites>")
        return path


@tagged("post_install", "-at_install")
class TestDevtoolsSkipped(RunnerCase):
    """What did not run proves nothing: it fails the run."""

    def test_a_report_is_counted(self):
        for suites, expected in (
            ([(7, 0)], 0),
            ([(7, 1)], 1),
            ([(7, 7)], 1),
            ([(0, 0)], 1),
            ([], 1),
            ([(7, 0), (2, 1)], 1),
            ([(7, 0), (0, 0)], 0),
        ):
            with self.subTest(suites=suites):
                self.assertEqual(
                    run_tests.count_skipped(self.write_report(*suites)), expected
                )

    def test_the_number_is_said(self):
        run_tests.count_skipped(self.write_report((7, 1), (5, 2)))
        self.assertIn("3 skipped of 12 tests: the run fails", self.said.getvalue())

    def test_a_good_report_says_nothing(self):
        run_tests.count_skipped(self.write_report((7, 0)))
        self.assertEqual(self.said.getvalue(), "")

    def pytest(self, *words, **files):
        """Run the real pytest on these files; return its report."""
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)
        report = self.folder / "real.xml"
        words = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", *words]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, "."],
            cwd=self.folder,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return report

    def test_pytest_is_content_with_skipped_tests_and_the_run_is_not(self):
        parallel = ["-p", "xdist.plugin", "-n", "2", "--dist", "loadfile"]
        report = self.pytest(*parallel, test_some=SKIPPING, test_file=SKIPPING_FILE)
        self.assertEqual(run_tests.count_skipped(report), 1)
        self.assertIn("6 skipped of 7 tests", self.said.getvalue())

    def test_a_real_good_report(self):
        self.assertEqual(run_tests.count_skipped(self.pytest(test_good=PASSING)), 0)


class FakeWorkshop:
    """The runner's databases on paper."""

    def __init__(self, folder):
        self.folder = folder
        self.python = Path("/fake/venv/bin/python")
        self.server = SimpleNamespace(databases=lambda: {"postgres"}, query=mock.Mock())
        self.cache = folder
        self.done = []

    @contextlib.contextmanager
    def temporary_site(self):
        self.done.append("site")
        yield SimpleNamespace(
            folder=self.folder, database="acol_run", config=self.folder / "odoo.conf"
        )
        self.done.append("site removed")

    def clone(self, source, target):
        self.done.append(f"clone {source.database} {target.database}")

    def drop(self, database):
        self.done.append(f"drop {database}")

    def environ(self, **extra):
        return extra

    def site(self, folder, database):
        return SimpleNamespace(folder=folder, database=database)

    def command(self, *words, site):
        return ["odoo", *words, site.database]


@tagged("post_install", "-at_install")
class TestDevtoolsRunTests(RunnerCase):
    """The exit code of the run, and what it leaves behind."""

    def setUp(self):
        super().setUp()
        self.workshop = FakeWorkshop(self.folder)
        patcher = mock.patch.object(
            run_tests.Workshop, "open", return_value=self.workshop
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def run_tests(self, *arguments, code=0, report=((7, 0),)):
        """Run with a pytest that ends with this code and report."""

        def pytest(words, **options):
            self.words, self.options = words, options
            if report is not None:
                self.write_report(*report)
            if isinstance(code, BaseException):
                raise code
            return SimpleNamespace(returncode=code)

        with mock.patch("subprocess.run", pytest):
            return run_tests.main(list(arguments))

    def test_the_exit_code(self):
        for code, report, expected in (
            (0, [(7, 0)], 0),
            (0, [(7, 1)], 1),
            (0, [(0, 0)], 1),
            (1, [(7, 0)], 1),
            (1, [(7, 2)], 1),
            (2, [(7, 0)], 2),
            (5, [(0, 0)], 5),
            (-9, [(7, 0)], -9),
        ):
            with self.subTest(code=code, report=report):
                self.assertEqual(self.run_tests(code=code, report=report), expected)

    def test_the_whole_add_on_is_run_under_its_name_with_its_browser_tests(self):
        self.run_tests()
        self.assertEqual(self.words[1:3], ["-m", "pytest"])
        self.assertEqual(
            self.words[-1], str(self.folder / "addons" / "account_collection")
        )
        self.assertLess(
            {"--odoo-http", "--odoo-database=acol_run", "-n", "-rs"}, set(self.words)
        )
        environ = {"COLLECTION_TEST_SITE", "COLLECTION_TEST_PRISTINE"}
        self.assertEqual(set(self.options["env"]), environ)

    def test_a_run_without_a_report_fails(self):
        """pytest is content when it only shows its help."""
        for code, expected in ((0, 1), (4, 4)):
            self.assertEqual(self.run_tests("--help", code=code, report=None), expected)
        self.assertEqual(self.said.getvalue().count("wrote no report"), 1)

    def test_arguments_reach_pytest(self):
        self.run_tests("-k", "ladder or mail", "")
        self.assertEqual(self.words[-3:-1], ["-k", "ladder or mail"])
        self.assertNotIn("", self.words)

    def test_a_debugger_needs_one_process(self):
        self.run_tests("-s")
        self.assertNotIn("-n", self.words)

    def test_the_databases_are_dropped_whatever_happens(self):
        for outcome in (0, 1, KeyboardInterrupt(), OSError("no pytest")):
            self.workshop.done.clear()
            expected = contextlib.nullcontext()
            if isinstance(outcome, BaseException):
                expected = self.assertRaises(type(outcome))
            with self.subTest(outcome=outcome), expected:
                self.run_tests(code=outcome)
            names = [f"acol_run{end}" for end in ("_pristine", "-gw0", "-gw1")]
            dropped = [word.split()[1] for word in self.workshop.done if "drop" in word]
            self.assertEqual(dropped, names)


@tagged("post_install", "-at_install")
class TestDevtoolsCommands(RunnerCase):
    """A command that fails says so, by its text and by its exit code."""

    def test_what_a_command_prints_is_returned(self):
        script = "import sys; print('out'); print('err', file=sys.stderr)"
        output = run([sys.executable, "-u", "-c", script], "trying")
        self.assertEqual(output, "out\nerr\n")

    def test_a_failed_command_shows_its_last_lines(self):
        script = "print(*range(100), sep='\\n'); raise SystemExit(3)"
        with self.assertRaises(SetupError) as caught:
            run([sys.executable, "-c", script], "trying")
        first, *lines = str(caught.exception).splitlines()
        self.assertEqual(first, "trying failed (exit code 3).")
        self.assertEqual(lines, [str(number) for number in range(85, 100)])

    def test_a_missing_program_is_named(self):
        with self.assertRaisesRegex(
            SetupError, r"^trying: the program no-such-program is missing\.$"
        ):
            run(["no-such-program"], "trying")

    def start(self, *words, path=None):
        """Start a program of the command line in a machine without any program."""
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=CHECKOUT,
            env={
                "PATH": path or str(self.folder / "no programs"),
                "HOME": str(self.folder),
                "ACCOUNT_COLLECTION_CACHE": str(self.folder / "cache"),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_each_program_ends_by_one_sentence_and_the_exit_code_1(self):
        """When it cannot start: nothing is installed, nobody may install it."""
        processes = {
            name: self.start(f"devtools.{name}", *words)
            for name, words in {
                "demo": [],
                "lint": [],
                "replay": ["ledger.csv"],
                "run_tests": ["-k", "ladder"],
                "serve": [],
                "shell": [],
                "translations": [],
            }.items()
        }
        for name, process in processes.items():
            output, errors = process.communicate(timeout=SECONDS)
            with self.subTest(name):
                self.assertEqual((process.returncode, output), (1, ""), errors)
                lines = [
                    line for line in errors.splitlines() if not line.startswith("·")
                ]
                self.assertEqual(len(lines), 1, errors)
                self.assertRegex(
                    lines[0], r"^Cannot [a-z ]+: Install these packages .*\.$"
                )

    def test_replay_refuses_its_command_line_before_it_prepares_anything(self):
        for words, sentence in (
            ([""], "Name the ledger: make replay CSV=file."),
            (["x.csv", "--to", "soon"], "TO 'soon' is not a date (YYYY-MM-DD)."),
            (["x.csv", "--guards", "maybe"], "GUARDS is on or off."),
            (["x.csv", "--skip-bad", "no"], "SKIP_BAD is 0 or 1."),
        ):
            process = self.start("devtools.replay", *words)
            _output, errors = process.communicate(timeout=SECONDS)
            self.assertEqual(errors, f"Cannot replay: {sentence}\n")
            self.assertEqual(process.returncode, 1)
        self.assertFalse((self.folder / "cache").exists())

    def test_clean_needs_nothing_and_removes_the_cache_when_asked(self):
        (self.folder / "cache/odoo").mkdir(parents=True)
        for words, is_left in (([], True), (["--all"], False), (["--all"], False)):
            process = self.start("devtools.clean", *words)
            _output, errors = process.communicate(timeout=SECONDS)
            self.assertEqual(process.returncode, 0, errors)
            self.assertEqual((self.folder / "cache").exists(), is_left)

    def test_what_needs_the_demo_says_how_to_make_it(self):
        """Also when only its database or only its folder is there."""
        workshop = FakeWorkshop(self.folder)
        site = named_site(self.folder, "demo")
        site.folder.mkdir()
        for names, has_config in (
            (set(), False),
            (set(), True),
            ({site.database}, False),
        ):
            workshop.server.databases = lambda names=names: names
            site.config.unlink(missing_ok=True)
            if has_config:
                site.config.touch()
            for command in (serve, shell):
                with (
                    mock.patch.object(command.Workshop, "open", return_value=workshop),
                    self.assertRaisesRegex(
                        SetupError, r"^\S.*: run make demo first\.$"
                    ),
                ):
                    command.main()

    def test_a_demo_that_is_open_is_not_made_anew(self):
        workshop = FakeWorkshop(self.folder)
        folder = named_site(self.folder, "demo").folder
        with (
            mock.patch.object(demo.Workshop, "open", return_value=workshop),
            in_use(folder, "This one."),
            self.assertRaisesRegex(SetupError, f"^{re.escape(serve.IN_USE)}$"),
        ):
            demo.main()
        self.assertEqual(workshop.done, [])

    def test_serving_holds_the_demo_and_passes_on_odoos_exit_code(self):
        workshop = FakeWorkshop(self.folder)
        site = named_site(self.folder, "demo")

        def odoo(_words, pass_fds, **_options):
            self.assertEqual(len(pass_fds), 1)
            with self.assertRaises(SetupError), in_use(site.folder, "It is open."):
                self.fail("two runs at once")
            return SimpleNamespace(returncode=3)

        with (
            mock.patch.object(serve.Workshop, "open", return_value=workshop),
            mock.patch.object(serve, "demo_site", return_value=site),
            mock.patch("subprocess.run", odoo),
            contextlib.redirect_stdout(io.StringIO()) as printed,
        ):
            self.assertEqual(serve.main(), 3)
        self.assertRegex(printed.getvalue(), r"http://127\.0\.0\.1:80\d\d/odoo ")

    def test_the_shell_passes_on_odoos_exit_code(self):
        site = SimpleNamespace(database="acol_demo")
        done = SimpleNamespace(returncode=3)
        with (
            mock.patch.object(
                shell.Workshop, "open", return_value=FakeWorkshop(self.folder)
            ),
            mock.patch.object(shell, "demo_site", return_value=site),
            mock.patch("subprocess.run", return_value=done) as started,
        ):
            self.assertEqual(shell.main(), 3)
        self.assertEqual(started.call_args.args[0][:2], ["odoo", "shell"])

    def test_lint_fails_by_any_of_its_checks(self):
        good = {
            "tracked": [],
            "check_machine_paths": [],
            "run": True,
            "check_exported": True,
            "check_translations": [],
        }
        for name, outcome, expected in (
            ("tracked", [], 0),
            ("check_machine_paths", ["x.py:1: path of a machine"], 1),
            ("run", False, 1),
            ("check_exported", False, 1),
            ("check_translations", ["fr.po: 'text'"], 1),
        ):
            checks = {
                key: mock.Mock(return_value=value)
                for key, value in {**good, name: outcome}.items()
            }
            with (
                self.subTest(name),
                mock.patch.object(lint.Workshop, "open"),
                mock.patch.multiple(lint, **checks),
                contextlib.redirect_stdout(io.StringIO()) as printed,
            ):
                self.assertEqual(lint.main(), expected)
            if name.startswith("check_") and isinstance(outcome, list):
                self.assertIn(outcome[0], printed.getvalue())

    def test_lint_finds_the_path_of_a_machine(self):
        text = "fine = 'var/lib/thing'\nbad = '/{}/ada/thing'\n"
        for name in ("home", "root", "tmp"):
            (self.folder / f"{name}.py").write_text(text.format(name))
        with mock.patch.object(lint, "CHECKOUT", self.folder):
            found = lint.check_machine_paths(["home.py", "root.py", "tmp.py"])
        self.assertEqual(
            found,
            [f"{name}.py:2: path of a machine" for name in ("home", "root", "tmp")],
        )


@tagged("post_install", "-at_install")
class TestDevtoolsMakefile(RunnerCase):
    """The targets of the Makefile, by make itself."""

    def make(self, *words):
        """Run make, as from a fresh shell."""
        return subprocess.run(
            ["make", "--no-print-directory", *words],
            cwd=CHECKOUT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def words(self, *words):
        """Return the words with which a target calls its program."""
        done = self.make(*words, "PYTHON=printf '%s\\n'")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split("\n")[:-1]

    def test_help_lists_every_target_once_with_its_purpose(self):
        done = self.make("help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(sorted(line.split()[0] for line in lines), sorted(TARGETS))
        for line in lines:
            self.assertRegex(line, r"^[a-z]+ +[A-Z]\S* \S")

    def test_make_alone_is_help(self):
        self.assertEqual(self.make().stdout, self.make("help").stdout)

    def test_no_target_is_a_file(self):
        (phony,) = re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)
        self.assertEqual(set(phony.split()), TARGETS)

    def test_each_target_calls_a_program_that_exists(self):
        called = {}
        for target in TARGETS - {"help"}:
            option, called[target], *_rest = self.words(target)
            self.assertEqual(option, "-m")
        self.assertEqual(called["test"], "devtools.run_tests")
        for target, module in called.items():
            name = f"odoo.addons.account_collection.{module}"
            with self.subTest(target):
                self.assertTrue(importlib.util.find_spec(name))

    def test_the_exit_code_of_a_program_is_that_of_its_target(self):
        for target in TARGETS - {"help"}:
            self.assertEqual(self.make(target, "PYTHON=true").returncode, 0)
            self.assertEqual(self.make(target, "PYTHON=false").returncode, 2)

    def test_an_unknown_target_fails(self):
        self.assertEqual(self.make("no-such-target").returncode, 2)

    def test_arguments_of_test(self):
        self.assertEqual(self.words("test")[2:], [])
        self.assertEqual(
            self.words("test", 'ARGS=-k "ladder or mail"')[2:], ["-k", "ladder or mail"]
        )

    def test_arguments_of_replay(self):
        names = ["--guards", "--skip-bad", "--from", "--to"]
        for values in (
            ["", "", "", "", ""],
            ["my ledger.csv", "off", "1", "2026-08-01", "2026-09-30"],
        ):
            given = zip(
                ("CSV", "GUARDS", "SKIP_BAD", "FROM", "TO"), values, strict=True
            )
            found = self.words("replay", *(f"{key}={value}" for key, value in given))
            options = [
                word for pair in zip(names, values[1:], strict=True) for word in pair
            ]
            self.assertEqual(found[2:], [values[0], *options])

    def test_clean_removes_everything_when_asked(self):
        self.assertEqual(self.words("clean")[2:], [])
        self.assertEqual(self.words("clean", "ALL=1")[2:], ["--all"])
