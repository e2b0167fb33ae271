"""Create the demo database, live through its last 90 days, run for the last day."""

import datetime
import json
import os
import sys

from . import sms_sink, smtp_sink
from .cache import SetupError, in_use, say
from .replay import follow, fresh_site, named_site, read_bound
from .serve import IN_USE
from .workshop import ADDON, Workshop


def main() -> int:
    """Create the demo, return the exit code."""
    today = read_bound("TODAY", os.environ.get("TODAY"))
    workshop = Workshop.open()
    with in_use(named_site(workshop.cache, "demo").folder, IN_USE):
        return make_demo(workshop, today)


def make_demo(workshop: Workshop, today: datetime.date | None) -> int:
    """Make the demo anew, return the exit code.

    :param today: None = the machine's
    """
    site = fresh_site(workshop, "demo")
    letters = site.folder / "letters"
    with (
        smtp_sink.Sink(site.folder / "mails") as sink,
        sms_sink.Sink(site.folder / "messages") as messages,
    ):
        options = {
            "smtp_port": sink.port,
            "sms_endpoint": messages.endpoint,
            "letters": str(letters),
            "today": today and today.isoformat(),
        }
        script = (
            f"from odoo.addons.{ADDON}.devtools.inside import demo\n"
            f"demo.run(env, {json.dumps(options)!r})\n"
        )
        code = follow(workshop, site, script)
        say(f"{len(sink.kept)} mails in {site.folder / 'mails'}")
        say(f"{len(messages.kept)} text messages in {site.folder / 'messages'}")
        say("make serve opens it")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot make the demo: {problem}")
