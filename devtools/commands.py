"""Run commands with a readable error."""

import subprocess
from collections.abc import Sequence

from .cache import SetupError


def run(command: Sequence[str], what: str, **options) -> str:
    """Run a command, return its standard output.

    :param command: program and arguments
    :param what: what the command is for, used in the error
    :raise SetupError: the command failed; the text ends with its last lines
    """
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.STDOUT)
    try:
        done = subprocess.run(
            [str(word) for word in command], text=True, check=False, **options
        )
    except FileNotFoundError as error:
        raise SetupError(f"{what}: the program {error.filename} is missing.") from error
    if done.returncode:
        tail = "\n".join((done.stdout or "").strip().splitlines()[-15:])
        raise SetupError(f"{what} failed (exit code {done.returncode}).\n{tail}")
    return done.stdout or ""
