"""Find or fetch Odoo 19.

In this order: ``ODOO_PATH``, an installed one, the distribution's package
unpacked into the cache, a shallow clone (untried, see README).
"""

import dataclasses
import glob
import os
import re
import shutil
from pathlib import Path

from .cache import SetupError, building, say
from .commands import run

SERIES = "19.0"
CLONE_URL = "https://github.com/odoo/odoo.git"
#: what Debian takes out of Odoo's package; from the machine's own suite, because
#: newer versions no longer have the same files
COMPANIONS = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
#: left out by Debian for its licence; an empty file is enough for everything else
STUBS = ["addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"]


@dataclasses.dataclass(frozen=True)
class OdooTree:
    """Where Odoo's code is.

    :param pythonpath: folder that contains the package ``odoo``
    :param addons_path: folders of add-ons
    :param version: version as its release file says it
    :param origin: how it was found, for messages
    """

    pythonpath: Path
    addons_path: tuple[Path, ...]
    version: str
    origin: str


def read_version(package: Path) -> str | None:
    """Return the version written in ``odoo/release.py``, e.g. ``19.0``."""
    release = package / "release.py"
    if not release.is_file():
        return None
    found = re.search(
        r"^version_info\s*=\s*\((\d+),\s*(\d+),", release.read_text(), re.MULTILINE
    )
    return f"{found[1]}.{found[2]}" if found else None


def tree_at(folder: Path, origin: str) -> OdooTree | None:
    """Return the tree in a folder of either shape, None if it is no Odoo 19.

    A clone has ``odoo-bin`` and ``addons/`` beside ``odoo/``; a package keeps the
    add-ons inside ``odoo/addons``, below ``site-packages`` or ``dist-packages``.
    """
    for base in (folder, folder / "usr/lib/python3/dist-packages", folder.parent):
        package = base / "odoo"
        version = read_version(package)
        if version is None:
            continue
        if version != SERIES:
            return None
        addons = [package / "addons"]
        if not (package / "addons/account").is_dir():
            addons.append(base / "addons")
        if not any((path / "account").is_dir() for path in addons):
            return None
        return OdooTree(base, tuple(addons), version, origin)
    return None


def installed_tree() -> OdooTree | None:
    """Return an Odoo 19 that the machine has installed."""
    patterns = [
        "/usr/lib/python3/dist-packages",
        "/usr/local/lib/python3*/dist-packages",
        "/opt/odoo*",
    ]
    for pattern in patterns:
        for folder in sorted(glob.glob(pattern)):
            tree = tree_at(Path(folder), "installed")
            if tree:
                return tree
    return None


def find_odoo(cache: Path, environ=os.environ) -> OdooTree:
    """Return Odoo's tree, fetching it when there is none.

    :raise SetupError: ``ODOO_PATH`` is no Odoo 19, or nothing could be fetched
    """
    if environ.get("ODOO_PATH"):
        tree = tree_at(Path(environ["ODOO_PATH"]).absolute(), "ODOO_PATH")
        if not tree:
            raise SetupError(
                f"ODOO_PATH={environ['ODOO_PATH']} holds no Odoo {SERIES}: give the "
                "folder of a clone, or the folder that contains the package odoo."
            )
        return tree
    tree = installed_tree()
    if tree:
        return tree
    target = cache / "odoo"
    if not target.is_dir():
        try:
            with building(target) as part:
                unpack_debian_package(cache, part)
        except SetupError as problem:
            say(f"the distribution's package is not available: {problem}")
            with building(target) as part:
                clone(part)
    tree = tree_at(target, "cache")
    if not tree:
        raise SetupError(f"{target} is not an Odoo {SERIES}: remove it and run again.")
    return tree


def clone(target: Path) -> None:
    """Clone Odoo's branch without its history (untried)."""
    say(f"cloning Odoo {SERIES}, about 1 GB")
    run(
        ["git", "clone", "-q", "--depth", "1", "-b", SERIES, CLONE_URL, target],
        "cloning Odoo",
    )


# === DEBIAN PACKAGE === #


def apt(folder: Path, *words: str, options: tuple[str, ...] = ()) -> str:
    """Run apt-get with lists and cache of its own: needs no administrator."""
    (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
    (folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    settings = [
        f"Dir::State::lists={folder}/lists",
        f"Dir::Cache={folder}/cache",
        "APT::Sandbox::User=root",
        *options,
    ]
    command = ["apt-get", "-q"]
    for setting in settings:
        command += ["-o", setting]
    return run([*command, *words], f"apt-get {words[0]}", cwd=folder)


def unpack_debian_package(cache: Path, target: Path) -> None:
    """Download Debian's package of Odoo and unpack it, with what it links to.

    :raise SetupError: this is no Debian, or its mirror has no such package
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise SetupError("this machine has no apt-get")
    say("looking for the distribution's package of Odoo")
    own, sid = cache / "apt/own", cache / "apt/sid"
    shutil.rmtree(cache / "apt", ignore_errors=True)
    apt(own, "update")
    mirror = debian_mirror(own)
    sid.mkdir(parents=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = sid / "sources.list"
    sources.write_text(f"deb [signed-by={keyring}] {mirror} sid main\n")
    options = (f"Dir::Etc::sourcelist={sources}", "Dir::Etc::sourceparts=/nonexistent")
    apt(sid, "update", options=options)
    say("downloading Odoo (123 MB)")
    apt(sid, "download", "odoo-19", options=options)
    apt(own, "download", *COMPANIONS)
    say("unpacking Odoo")
    for archive in sorted([*sid.glob("*.deb"), *own.glob("*.deb")]):
        run(["dpkg-deb", "-x", archive, target], f"unpacking {archive.name}")
    complete_tree(target)
    shutil.rmtree(cache / "apt", ignore_errors=True)


def debian_mirror(folder: Path) -> str:
    """Return the mirror that this machine uses.

    :raise SetupError: the machine's sources are not Debian's
    """
    answer = apt(
        folder,
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        "Label: Debian",
    )
    mirrors = sorted({line.strip() for line in answer.splitlines() if "://" in line})
    if not mirrors:
        raise SetupError("this machine has no Debian mirror")
    return mirrors[0]


def complete_tree(target: Path) -> None:
    """Add the stubs, make absolute links relative, refuse a dangling link.

    With a missing library the login page is an error 500, and a test run stops
    before its browser tests while still saying that nothing failed.

    :raise SetupError: a library of the web client is missing
    """
    package = target / "usr/lib/python3/dist-packages/odoo"
    for stub in STUBS:
        path = package / stub
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("")
    dangling = []
    for folder in ("addons/web/static/lib", "addons/web/static/src/libs"):
        for path in (package / folder).rglob("*"):
            if not path.is_symlink():
                continue
            destination = os.readlink(path)
            if destination.startswith("/"):
                inside = target / destination.lstrip("/")
                path.unlink()
                path.symlink_to(os.path.relpath(inside, path.parent))
            if not path.exists():
                dangling.append(f"{path} -> {destination}")
    if dangling:
        raise SetupError("Odoo's package lacks " + ", ".join(dangling))
