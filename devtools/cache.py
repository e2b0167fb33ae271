"""The cache outside the checkout: where it is, its lock, atomic builds."""

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


class SetupError(Exception):
    """Something that the user must do; its text is one clear sentence."""


def say(text: str) -> None:
    """Print a line of progress on the error stream."""
    print(f"· {text}", file=sys.stderr, flush=True)


def cache_folder(environ=os.environ, is_root: bool | None = None) -> Path:
    """Return the cache folder.

    As root PostgreSQL runs as another user, who cannot enter root's home:
    the default is then a folder that everybody can enter.

    :param environ: mapping of environment variables
    :param is_root: whether the process runs as root (default: ask the system)
    """
    if environ.get("ACCOUNT_COLLECTION_CACHE"):
        return Path(environ["ACCOUNT_COLLECTION_CACHE"]).absolute()
    if os.geteuid() == 0 if is_root is None else is_root:
        return Path("/var/tmp/account_collection")
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / "account_collection"
    return Path(environ.get("HOME") or Path.home()) / ".cache" / "account_collection"


def open_lock(path: Path) -> TextIO:
    """Open the file of a lock, creating it and its folder.

    :raise SetupError: the system refuses it
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "w")
    except OSError as error:
        raise SetupError(
            f"The cache folder {path.parent} cannot be used ({error.strerror}): "
            "set ACCOUNT_COLLECTION_CACHE to another one."
        ) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of the cache, so that two runs do not build the same thing."""
    path = folder / "lock"
    while True:
        with open_lock(path) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another run that prepares the same cache")
                fcntl.flock(handle, fcntl.LOCK_EX)
            if is_file_at(path, handle):
                yield
                return


def is_file_at(path: Path, handle: TextIO) -> bool:
    """Tell whether an open file is the one at a path, or was removed meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def in_use(folder: Path, sentence: str) -> Iterator[int]:
    """Hold a folder for one run; yield the lock's descriptor.

    Who is given the descriptor holds the lock too: a server goes on holding it when
    the program that started it was killed.

    :param sentence: what to tell the user when another run holds it
    :raise SetupError: another run holds it
    """
    with open_lock(folder.with_name(folder.name + ".lock")) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(sentence) from None
        yield handle.fileno()


@contextlib.contextmanager
def building(target: Path) -> Iterator[Path]:
    """Yield ``target.part``; rename it when complete.

    An interrupted step leaves only the ``.part``, which the next run removes.
    """
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    yield part
    part.rename(target)
