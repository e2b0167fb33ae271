"""Open the demo database in the browser."""

import socket
import subprocess
import sys

from . import sms_sink, smtp_sink
from .cache import SetupError, in_use
from .replay import named_site
from .workshop import Workshop

PORTS = range(8069, 8100)
IN_USE = "The demo is open in another make serve or make demo: end that one first."


def main() -> int:
    """Serve until interrupted."""
    workshop = Workshop.open()
    site = demo_site(workshop)
    port = next(filter(is_free, PORTS), None)
    if port is None:
        raise SetupError(f"No free port between {PORTS[0]} and {PORTS[-1]}.")
    with (
        in_use(site.folder, IN_USE) as lock,
        smtp_sink.Sink(site.folder / "mails") as sink,
        sms_sink.Sink(site.folder / "messages") as messages,
    ):
        workshop.server.query(
            site.database, f"UPDATE ir_mail_server SET smtp_port = {sink.port}"
        )
        workshop.server.query(
            site.database,
            f"UPDATE ir_config_parameter SET value = '{messages.endpoint}'"
            " WHERE key = 'sms.endpoint'",
        )
        print(f"http://127.0.0.1:{port}/odoo  user admin, password admin", flush=True)
        print("Menu Facturation > Recouvrement. Control-C stops.", flush=True)
        command = workshop.command(f"--http-port={port}", "--log-level=warn", site=site)
        try:
            return subprocess.run(
                command, env=workshop.environ(), pass_fds=[lock], check=False
            ).returncode
        except KeyboardInterrupt:
            return 0


def demo_site(workshop: Workshop):
    """Return the site of the demo.

    :raise SetupError: it was not made yet
    """
    site = named_site(workshop.cache, "demo")
    if site.database not in workshop.server.databases() or not site.config.is_file():
        raise SetupError("There is no demo database yet: run make demo first.")
    return workshop.site(site.folder, site.database)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot serve: {problem}")
