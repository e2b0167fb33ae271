"""The virtual environment in which Odoo and the tests run."""

import hashlib
import platform
import sys
from pathlib import Path

from .cache import building, say
from .commands import run

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements-dev.txt"


def requirements_key() -> str:
    """Return a short key of the pinned requirements and of this Python."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes())
    digest.update(f"{platform.python_version()} {sys.prefix}".encode())
    return digest.hexdigest()[:12]


def ensure_venv(cache: Path) -> Path:
    """Return the Python of the virtual environment, creating it when needed."""
    target = cache / f"venv-{requirements_key()}"
    if not target.is_dir():
        say("installing the Python packages")
        with building(target) as part:
            run([sys.executable, "-m", "venv", part], "creating the environment")
            command = [part / "bin/python", "-m", "pip", "install", "-q"]
            options = ["--disable-pip-version-check", "--no-input"]
            run([*command, *options, "-r", REQUIREMENTS], "installing the packages")
    return target / "bin/python"
