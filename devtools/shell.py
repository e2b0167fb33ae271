"""Odoo's shell on the demo database; reads a script from standard input if given."""

import subprocess
import sys

from .cache import SetupError
from .serve import demo_site
from .workshop import Workshop


def main() -> int:
    """Open the shell, return its exit code."""
    workshop = Workshop.open()
    site = demo_site(workshop)
    command = workshop.command("shell", "--no-http", "--log-level=warn", site=site)
    return subprocess.run(command, env=workshop.environ(), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as problem:
        sys.exit(f"Cannot open the shell: {problem}")
