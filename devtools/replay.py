"""Live through a receivables ledger day by day, on a fresh database."""

import argparse
import contextlib
import datetime
import hashlib
import json
import shutil
import sys
from pathlib import Path

from .cache import SetupError, in_use, say
from .ledger_csv import BadFile, LedgerRow, bounds, read_date, read_ledger
from .smtp_sink import Sink
from .workshop import ADDON, CHECKOUT, Site, Workshop

IN_USE = "Another replay runs: wait for its end."


def main(arguments: list[str]) -> int:
    """Check the file, create the database, live through it."""
    options = parse(arguments)
    workshop = Workshop.open()
    rows, bad = read_ledger(options.csv, read_currencies(workshop))
    refuse_bad(options, rows, bad)
    first, last = bounds(rows, options.first, options.last)
    check_order(first, last)
    folder = named_site(workshop.cache, "replay").folder
    with contextlib.ExitStack() as stack:
        stack.enter_context(in_use(folder, IN_USE))
        site = fresh_site(workshop, "replay")
        say(f"living through {len(rows)} invoices in the database {site.database}")
        sink = stack.enter_context(Sink()) if options.guards else None
        inside = {
            "csv": str(options.csv),
            "guards": options.guards,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "rejected": len(bad),
            "smtp_port": sink.port if sink else None,
        }
        script = (
            f"from odoo.addons.{ADDON}.devtools.inside import replay\n"
            f"replay.run(env, {json.dumps(inside)!r})\n"
        )
        return follow(workshop, site, script)


def read_currencies(workshop: Workshop) -> dict[str, int]:
    """Return code -> decimal places of the currencies that Odoo knows."""
    query = "SELECT name, decimal_places FROM res_currency"
    lines = workshop.server.query(workshop.template_site().database, query)
    pairs = (line.split("|") for line in lines)
    return {name: int(places) for name, places in pairs}


def refuse_bad(
    options: argparse.Namespace, rows: list[LedgerRow], bad: list[tuple[int, str]]
) -> None:
    """List the bad rows; refuse the file unless it goes without them.

    :raise SetupError: nothing is to be imported
    """
    for line, reason in bad:
        print(f"line {line}: {reason}", file=sys.stderr)
    if bad and not options.skip_bad:
        raise SetupError(
            f"{len(bad)} bad rows of {len(rows) + len(bad)}: nothing was imported. "
            "Correct them, or import without them by SKIP_BAD=1."
        )
    if not rows:
        raise SetupError(f"{options.csv} has no row to import.")


def follow(workshop: Workshop, site: Site, script: str) -> int:
    """Run a script in Odoo's shell and pass on what it prints."""
    process = workshop.shell(site, script)
    found = False
    for line in process.stdout:
        found = found or line.startswith("RESULT ")
        print(line, end="", flush=True)
    code = process.wait()
    if not found:
        raise SetupError("It stopped before its end: see the messages above.")
    return code


def fresh_site(workshop: Workshop, name: str) -> Site:
    """Return a site of this checkout with a new database and the add-on installed."""
    site = named_site(workshop.cache, name)
    workshop.drop(site.database)
    shutil.rmtree(site.folder, ignore_errors=True)
    site = workshop.site(site.folder, site.database)
    workshop.clone(workshop.template_site(), site)
    workshop.install(site)
    return site


def named_site(cache: Path, name: str) -> Site:
    """Return the site of that name of this checkout, whether it exists or not."""
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:6]
    database = f"acol_{name}_{key}"
    return Site(cache / database, database)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; empty values are those of make.

    :raise SetupError: a value is not one of those that the command knows
    """
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__)
    parser.add_argument("csv")
    parser.add_argument("--guards", default="")
    parser.add_argument("--skip-bad", default="")
    parser.add_argument("--from", dest="first", default="")
    parser.add_argument("--to", dest="last", default="")
    options = parser.parse_args(arguments)
    if not options.csv:
        raise SetupError("Name the ledger: make replay CSV=file.")
    options.csv = Path(options.csv).absolute()
    if options.guards not in ("", "on", "off"):
        raise SetupError("GUARDS is on or off.")
    options.guards = options.guards != "off"
    if options.skip_bad not in ("", "0", "1"):
        raise SetupError("SKIP_BAD is 0 or 1.")
    options.skip_bad = options.skip_bad == "1"
    options.first = read_bound("FROM", options.first)
    options.last = read_bound("TO", options.last)
    if options.first and options.last:
        check_order(options.first, options.last)
    return options


def read_bound(name: str, text: str | None) -> datetime.date | None:
    """Return the day that a variable of make gives, None when it is empty.

    :raise SetupError: it is no date
    """
    try:
        return read_date(name, text) if text else None
    except ValueError as error:
        raise SetupError(f"{error}.") from None


def check_order(first: datetime.date, last: datetime.date) -> None:
    """Refuse a life that ends before it begins.

    :raise SetupError: it does
    """
    if first > last:
        raise SetupError(
            f"The first day to live, {first}, lies after the last, {last}: correct "
            "FROM or TO."
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupError, BadFile) as problem:
        sys.exit(f"Cannot replay: {problem}")
