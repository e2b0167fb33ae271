"""Programs of the distribution: wkhtmltopdf, Chromium, poppler, fonts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .cache import SetupError, say
from .commands import run

#: what must be there -> (how to see it, the Debian package that brings it)
NEEDED = {
    "wkhtmltopdf": "wkhtmltopdf",
    "chromium": "chromium",
    "pdftotext": "poppler-utils",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf": (
        "fonts-liberation"
    ),
}
#: other names under which distributions install the same program
ALIASES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}


def is_present(thing: str) -> bool:
    """Tell whether a program (by name) or a file (by absolute path) is there."""
    if thing.startswith("/"):
        return Path(thing).exists()
    return any(shutil.which(name) for name in ALIASES.get(thing, (thing,)))


def missing_packages() -> list[str]:
    """Return the distribution's packages that bring what is missing."""
    packages = [package for thing, package in NEEDED.items() if not is_present(thing)]
    if not has_venv():
        packages.append("python3-venv")
    return packages


def has_venv() -> bool:
    """Tell whether this Python can create a virtual environment with pip."""
    code = "import venv, ensurepip"
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def administrator() -> list[str] | None:
    """Return the words to put before a command of the administrator."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        done = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if done.returncode == 0:
            return ["sudo", "-n"]
    return None


def ensure_packages() -> None:
    """Install the distribution's packages that are missing.

    :raise SetupError: something is missing and this user may not install it
    """
    packages = missing_packages()
    if not packages:
        return
    prefix = administrator()
    words = " ".join(packages)
    if prefix is None or not shutil.which("apt-get"):
        raise SetupError(
            f"Install these packages of your distribution, then run again: {words} "
            f"(on Debian: sudo apt-get install {words})."
        )
    say(f"installing {words}")
    # By env, because sudo does not pass on variables.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    options = ["-y", "-q", "--no-install-recommends"]
    run([*apt, "update", "-q"], "apt-get update")
    run([*apt, "install", *options, *packages], "apt-get install")
