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
from .ledger_csv import BadFile, read_ledger
from .smtp_sink import Sink
from .workshop import ADDON, CHECKOUT, Site, Workshop

SHOWN = 30


def main(arguments: list[str]) -> int:
    """Check the file, create the database, live through it."""
    options = parse(arguments)
    workshop = Workshop.open()
    template = workshop.template_site()
    currencies = set(
        workshop.server.query(template.database, "SELECT name FROM res_currency")
    )
    rows, bad = read_ledger(options.csv, currencies)
    for line, reason in bad[:SHOWN]:
        print(f"line {line}: {reason}", file=sys.stderr)
    if len(bad) > SHOWN:
        print(f"... and {len(bad) - SHOWN} more", file=sys.stderr)
    if bad and not options.skip_bad:
        raise SetupError(
            f"{len(bad)} bad rows of {len(rows) + len(bad)}: nothing was imported. "
            "Correct them, or import without them by SKIP_BAD=1."
        )
    if not rows:
        raise SetupError(f"{options.csv} has no row to import.")
    guards = options.guards != "off"
    with contextlib.ExitStack() as stack:
        folder = named_site(workshop, "replay").folder
        stack.enter_context(in_use(folder, "Another replay runs: wait for its end."))
        site = fresh_site(workshop, "replay")
        say(f"living through {len(rows)} invoices in the database {site.database}")
        sink = stack.enter_context(Sink()) if guards else None
        inside = {
            "csv": str(options.csv),
            "guards": guards,
            "first": options.first,
            "last": options.last,
            "rejected": len(bad),
            "smtp_port": sink.port if sink else None,
        }
        script = (
            f"from odoo.addons.{ADDON}.devtools.inside import replay\n"
            f"replay.run(env, {json.dumps(inside)!r})\n"
        )
        return follow(workshop, site, script)


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
    site = named_site(workshop, name)
    workshop.drop(site.database)
    shutil.rmtree(site.folder, ignore_errors=True)
    site = workshop.site(site.folder, site.database)
    workshop.clone(workshop.template_site(), site)
    workshop.install(site)
    return site


def named_site(workshop: Workshop, name: str) -> Site:
    """Return the site of that name of this checkout, whether it exists or not."""
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:6]
    database = f"acol_{name}_{key}"
    return Site(workshop.cache / database, database)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; empty values are those of make."""
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__)
    parser.add_argument("csv")
    parser.add_argument("--guards", default="on")
    parser.add_argument("--skip-bad", default="")
    parser.add_argument("--from", dest="first", default="")
    parser.add_argument("--to", dest="last", default="")
    options = parser.parse_args(arguments)
    if not options.csv:
        raise SetupError("Name the ledger: make replay CSV=file.")
    options.csv = Path(options.csv).absolute()
    options.guards = options.guards or "on"
    if options.guards not in ("on", "off"):
        raise SetupError("GUARDS is on or off.")
    for name in ("first", "last"):
        text = getattr(options, name) or None
        try:
            setattr(
                options, name, text and datetime.date.fromisoformat(text).isoformat()
            )
        except ValueError:
            raise SetupError(f"{text} is not a date: write YYYY-MM-DD.") from None
    return options


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupError, BadFile) as problem:
        sys.exit(f"Cannot replay: {problem}")
