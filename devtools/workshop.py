"""Everything prepared: Odoo, Python, PostgreSQL, databases.

``Workshop.open()`` prepares what is missing under the cache's lock; the rest of the
class makes databases from a template and runs Odoo on them.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from . import odoo_source, postgres, system, venv
from .cache import building, cache_folder, locked, say
from .commands import run

CHECKOUT = Path(__file__).resolve().parent.parent
ADDON = "account_collection"
#: what the template has besides the add-on's own dependencies: a French company
MODULES = ["account", "sale_management", "l10n_fr_account", "sms", "rating"]


@dataclasses.dataclass
class Site:
    """A folder with a configuration, and the database that goes with it."""

    folder: Path
    database: str

    @property
    def config(self) -> Path:
        return self.folder / "odoo.conf"

    @property
    def filestore(self) -> Path:
        return self.folder / "data/filestore"

    @property
    def addon(self) -> Path:
        return self.folder / "addons" / ADDON


class Workshop:
    """The prepared tools of this machine.

    :param cache: folder of everything that is fetched or built
    :param tree: Odoo's code
    :param python: Python of the virtual environment
    :param server: running PostgreSQL
    """

    def __init__(self, cache, tree, python, server):
        self.cache: Path = cache
        self.tree: odoo_source.OdooTree = tree
        self.python: Path = python
        self.server: postgres.Server = server

    @classmethod
    def open(cls, with_template: bool = True) -> "Workshop":
        """Prepare what is missing, return the workshop.

        :raise SetupError: something must be done by the user
        """
        cache = cache_folder()
        with locked(cache):
            system.ensure_packages()
            tree = odoo_source.find_odoo(cache)
            python = venv.ensure_venv(cache)
            server = postgres.ensure_server(cache, python)
            workshop = cls(cache, tree, python, server)
            if with_template:
                workshop.ensure_template()
        return workshop

    # === ODOO === #

    def environ(self, **extra: str) -> dict[str, str]:
        """Return the environment in which Odoo runs."""
        values = {**os.environ, **self.server.environ(), **extra}
        values["PYTHONPATH"] = str(self.tree.pythonpath)
        values["PYTHONDONTWRITEBYTECODE"] = "1"
        values.pop("ODOO_RC", None)
        return values

    def command(self, *words, site: Site | None = None) -> list[str]:
        """Return the words that run Odoo, on a site when given."""
        line = [self.python, "-m", "odoo", *words]
        if site:
            line += ["-c", site.config, "-d", site.database]
        return [str(word) for word in line]

    def odoo(self, *words, site: Site | None = None, what: str = "Odoo", **options):
        """Run Odoo to its end, return what it prints."""
        options.setdefault("env", self.environ())
        return run(self.command(*words, site=site), what, **options)

    def shell(self, site: Site, script: str, **environ: str) -> subprocess.Popen:
        """Start Odoo's shell on a script; its standard output is a pipe."""
        command = self.command("shell", "--no-http", "--log-level=warn", site=site)
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environ(**environ),
            text=True,
        )
        process.stdin.write(script)
        process.stdin.close()
        return process

    # === SITES === #

    def site(self, folder: Path, database: str) -> Site:
        """Write the configuration of a site in a folder, return the site.

        The add-on is linked under its technical name, whatever the checkout is called.
        """
        site = Site(folder, database)
        (folder / "addons").mkdir(parents=True, exist_ok=True)
        site.filestore.mkdir(parents=True, exist_ok=True)
        if site.addon.is_symlink():
            site.addon.unlink()
        site.addon.symlink_to(CHECKOUT)
        addons = [*self.tree.addons_path, folder / "addons"]
        options = {
            "addons_path": ",".join(map(str, addons)),
            "data_dir": folder / "data",
            "db_host": self.server.host,
            "db_port": self.server.port,
            "db_user": self.server.user,
            "http_interface": "127.0.0.1",
            "list_db": False,
            "screenshots": folder / "screenshots",
            "without_demo": True,
        }
        if self.server.password:
            options["db_password"] = self.server.password
        if self.server.bin:
            options["pg_path"] = self.server.bin
        lines = [f"{key} = {value}" for key, value in options.items()]
        site.config.write_text("[options]\n" + "\n".join(lines) + "\n")
        return site

    def template_site(self) -> Site:
        """Return the site of the template: a French company without the add-on."""
        facts = [self.tree.version, str(self.tree.pythonpath), *MODULES]
        facts += [venv.requirements_key(), self.server.host, self.server.port]
        key = hashlib.sha256(json.dumps(facts).encode())
        name = f"acol_template_{key.hexdigest()[:10]}"
        return Site(self.cache / name, name)

    def ensure_template(self) -> Site:
        """Create the template database once, return its site."""
        site = self.template_site()
        if site.folder.is_dir() and site.database in self.server.databases():
            return site
        shutil.rmtree(site.folder, ignore_errors=True)
        self.drop(site.database)
        with building(site.folder) as part:
            draft = self.site(part, site.database + "_part")
            self.drop(draft.database)
            say("creating the template database (about a minute)")
            country = ["--country", "FR", "--language", "fr_FR", draft.database]
            self.odoo("db", "-c", draft.config, "init", *country, what="odoo db init")
            self.odoo(
                "-i",
                ",".join(MODULES),
                "--load-language=en_US,fr_FR",
                "--stop-after-init",
                "--no-http",
                site=draft,
                what="installing Odoo's modules",
            )
            (draft.filestore / draft.database).rename(draft.filestore / site.database)
            rename = f'ALTER DATABASE "{draft.database}" RENAME TO "{site.database}"'
            self.server.query("postgres", rename)
        return site

    def clone(self, source: Site, target: Site) -> None:
        """Copy a database and its files."""
        self.server.client("createdb", "-T", source.database, target.database)
        files = source.filestore / source.database
        if files.is_dir():
            shutil.copytree(files, target.filestore / target.database)

    def drop(self, database: str) -> None:
        """Drop a database if it exists."""
        self.server.client("dropdb", "--if-exists", "--force", database)

    def install(self, site: Site) -> None:
        """Install the add-on on a site's database."""
        self.odoo(
            *["-i", ADDON, "--stop-after-init", "--no-http", "--log-level=warn"],
            site=site,
            what=f"installing {ADDON}",
        )

    @contextlib.contextmanager
    def temporary_site(self) -> Iterator[Site]:
        """Yield a site with the add-on installed; remove it afterwards."""
        name = f"acol_run_{secrets.token_hex(4)}"
        site = self.site(self.cache / "runs" / name, name)
        try:
            self.clone(self.template_site(), site)
            self.install(site)
            yield site
        finally:
            self.drop(site.database)
            shutil.rmtree(site.folder, ignore_errors=True)
