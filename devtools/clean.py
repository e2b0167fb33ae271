"""Remove the demo and replay databases of this checkout; with --all the whole cache."""

import contextlib
import shutil
import sys

from .cache import SetupError, cache_folder, in_use, locked, say
from .postgres import stop_server
from .replay import IN_USE as REPLAY_IN_USE
from .replay import named_site
from .serve import IN_USE as DEMO_IN_USE
from .workshop import Workshop

SENTENCES = {"demo": DEMO_IN_USE, "replay": REPLAY_IN_USE}


def main(arguments: list[str]) -> int:
    """Remove what was made."""
    return remove_everything() if "--all" in arguments else remove_sites()


def remove_sites() -> int:
    """Remove the databases of this checkout; prepare nothing when there is none."""
    cache = cache_folder()
    sites = {name: named_site(cache, name) for name in SENTENCES}
    sites = {name: site for name, site in sites.items() if site.folder.is_dir()}
    if not sites:
        say("nothing to remove: this checkout has no demo and no replay")
        return 0
    with contextlib.ExitStack() as stack:
        for name, site in sites.items():
            stack.enter_context(in_use(site.folder, SENTENCES[name]))
        workshop = Workshop.open(with_template=False)
        for name, site in sites.items():
            workshop.drop(site.database)
            shutil.rmtree(site.folder, ignore_errors=True)
            say(f"removed the {name} database of this checkout")
    return 0


def remove_everything() -> int:
    """Stop the private PostgreSQL and remove the cache, unless it is in use."""
    cache = cache_folder()
    if not cache.is_dir():
        say(f"nothing to remove: there is no {cache}")
        return 0
    with locked(cache), contextlib.ExitStack() as stack:
        for lock in sorted(cache.glob("acol_*.lock")):
            folder = lock.with_suffix("")
            sentence = f"{folder} is in use: end its make demo, serve or replay first."
            stack.enter_context(in_use(folder, sentence))
        for pattern in ("pg-*/data", "pg-wheel"):
            for data in cache.glob(pattern):
                stop_server(data)
        shutil.rmtree(cache, ignore_errors=True)
    say(f"removed {cache}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as problem:
        sys.exit(f"Cannot clean: {problem}")
