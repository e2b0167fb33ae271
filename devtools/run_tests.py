"""Run all the tests on a database of their own; a skipped test fails the run."""

import subprocess
import sys
import time
from xml.etree import ElementTree

from .cache import SetupError, say
from .workshop import ADDON, Site, Workshop

WORKERS = "2"
#: The processes share one folder of files. At the end of a class Odoo removes the files
#: that no attachment of its own database names: those of the other process's tests.
CONFTEST = """
from odoo.tests.common import TransactionCase

TransactionCase._gc_filestore = classmethod(lambda cls: None)
"""


def main(arguments: list[str]) -> int:
    """Run the tests, return the exit code.

    :param arguments: passed on to pytest, e.g. ``-k ladder``
    """
    start = time.monotonic()
    workshop = Workshop.open()
    with workshop.temporary_site() as site:
        # Tests with real processes clone this one: nothing is connected to it.
        pristine = Site(site.folder, f"{site.database}_pristine")
        workshop.clone(site, pristine)
        try:
            code = run_pytest(workshop, site, pristine, arguments)
        finally:
            workshop.drop(pristine.database)
            for worker in range(int(WORKERS)):
                workshop.drop(f"{site.database}-gw{worker}")
    say(f"tests took {time.monotonic() - start:.0f} s")
    return code


def run_pytest(workshop, site, pristine, arguments) -> int:
    """Run pytest on the add-on under its technical name."""
    report = site.folder / "report.xml"
    (site.folder / "conftest.py").write_text(CONFTEST)
    chosen = [word for word in arguments if word]
    parallel = [] if "-s" in chosen else ["-n", WORKERS, "--dist", "loadfile"]
    command = [
        workshop.python,
        "-m",
        "pytest",
        f"--odoo-config={site.config}",
        f"--odoo-database={site.database}",
        "--odoo-http",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *parallel,
        *chosen,
        site.folder / "addons" / ADDON,
    ]
    environ = workshop.environ(
        COLLECTION_TEST_SITE=str(site.folder),
        COLLECTION_TEST_PRISTINE=pristine.database,
    )
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=site.folder, env=environ, check=False)
    return done.returncode or count_skipped(report)


def count_skipped(report) -> int:
    """Return 1 when a test was skipped or none ran: what did not run proves nothing."""
    if not report.is_file():
        say("pytest wrote no report: no test ran, the run fails")
        return 1
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    totals = [(int(suite.get("tests")), int(suite.get("skipped"))) for suite in suites]
    tests = sum(tests for tests, _skipped in totals)
    skipped = sum(skipped for _tests, skipped in totals)
    if skipped or not tests:
        say(f"{skipped} skipped of {tests} tests: the run fails")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as problem:
        sys.exit(f"Cannot run the tests: {problem}")
