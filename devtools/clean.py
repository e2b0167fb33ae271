"""Remove the demo and replay databases of this checkout; with --all the whole cache."""

import shutil
import subprocess
import sys

from .cache import SetupError, cache_folder, locked, say
from .postgres import newest_binaries, owner
from .replay import named_site
from .workshop import Workshop


def main(arguments: list[str]) -> int:
    """Remove what was made."""
    if "--all" in arguments:
        return remove_everything()
    workshop = Workshop.open(with_template=False)
    for name in ("demo", "replay"):
        site = named_site(workshop, name)
        workshop.drop(site.database)
        shutil.rmtree(site.folder, ignore_errors=True)
        say(f"removed the {name} database of this checkout")
    return 0


def remove_everything() -> int:
    """Stop the private PostgreSQL and remove the cache."""
    cache = cache_folder()
    binaries = newest_binaries()
    with locked(cache):
        for data in cache.glob("pg-*/data"):
            if binaries:
                stop = [*owner(), binaries / "pg_ctl", "-D", data, "stop", "-m", "fast"]
                words = [str(word) for word in stop]
                subprocess.run(words, cwd="/", capture_output=True, check=False)
    shutil.rmtree(cache, ignore_errors=True)
    say(f"removed {cache}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as problem:
        sys.exit(f"Cannot clean: {problem}")
