# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from odoo.tests import BaseCase, tagged

from ..devtools import cache, clean, postgres
from ..devtools.cache import SetupError
from ..devtools.replay import named_site

#: a process that takes longer is stuck
SECONDS = 20


class CleanCase(BaseCase):
    """A folder for the cache, and processes that stand for servers."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name).resolve() / "cache"

    def start(self, data, works_in=None, script="pass"):
        """Start a process that works in a folder, as a server does in its data.

        :param works_in: another folder than that in which its number is written
        """
        data.mkdir(parents=True, exist_ok=True)
        wait = f"import time; {script}; print(flush=True); time.sleep(600)"
        process = subprocess.Popen(
            [sys.executable, "-c", wait],
            cwd=works_in or data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        process.stdout.readline()
        (data / "postmaster.pid").write_text(f"{process.pid}\n{data}\n")
        return process


@tagged("post_install", "-at_install")
class TestDevtoolsStop(CleanCase):
    """A server is stopped without its programs and without its user."""

    def test_it_is_interrupted_and_waited_for(self):
        data = self.cache / "data"
        process = self.start(data)
        postgres.stop_server(data, SECONDS)
        self.assertIsNotNone(process.wait(SECONDS))

    def test_one_that_does_not_end_is_said(self):
        data = self.cache / "data"
        ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
        process = self.start(data, script=ignore)
        with self.assertRaisesRegex(SetupError, f"process {process.pid}.* not end"):
            postgres.stop_server(data, 0)

    def test_another_process_that_has_its_number_is_left_alone(self):
        data = self.cache / "data"
        process = self.start(data, works_in=self.cache.parent)
        postgres.stop_server(data)
        self.assertIsNone(process.poll())

    def test_without_a_server_there_is_nothing_to_stop(self):
        self.cache.mkdir()
        postgres.stop_server(self.cache)
        for text in ("", "no number", str(2**22 + 1)):
            (self.cache / "postmaster.pid").write_text(text)
            postgres.stop_server(self.cache)


@tagged("post_install", "-at_install")
class TestDevtoolsClean(CleanCase):
    """What was made is removed, unless it is in use; nothing is prepared for it."""

    def setUp(self):
        super().setUp()
        self.workshop = SimpleNamespace(drop=mock.Mock())
        self.opened = mock.Mock(return_value=self.workshop)
        self.said = io.StringIO()
        environ = {"ACCOUNT_COLLECTION_CACHE": str(self.cache)}
        for patcher in (
            mock.patch.dict("os.environ", environ),
            mock.patch.object(clean.Workshop, "open", self.opened),
            contextlib.redirect_stderr(self.said),
        ):
            patcher.__enter__()
            self.addCleanup(patcher.__exit__, None, None, None)

    def make(self, *names):
        """Make sites of this checkout on paper."""
        sites = [named_site(self.cache, name) for name in names]
        for site in sites:
            site.folder.mkdir(parents=True)
        return sites

    def test_without_a_cache_nothing_is_done(self):
        for arguments in ([], ["--all"]):
            self.assertEqual(clean.main(arguments), 0)
            self.assertFalse(self.cache.exists())
        self.opened.assert_not_called()
        self.assertEqual(self.said.getvalue().count("nothing to remove"), 2)

    def test_the_sites_that_were_made_are_removed_while_they_are_held(self):
        held = []

        def drop(database):
            folder = self.cache / database
            with contextlib.suppress(SetupError), cache.in_use(folder, "Held."):
                self.fail("two runs at once")
            held.append(database)

        self.workshop.drop = drop
        for names in (["demo"], ["replay"], ["demo", "replay"]):
            held.clear()
            sites = self.make(*names)
            self.assertEqual(clean.main([]), 0)
            self.assertEqual(held, [site.database for site in sites])
            self.assertFalse([site for site in sites if site.folder.exists()])
        self.opened.assert_called_with(with_template=False)

    def test_what_is_in_use_is_left_alone(self):
        """Nothing else is removed either."""
        sites = self.make("demo", "replay")
        for site in sites:
            for arguments in ([], ["--all"]):
                with (
                    cache.in_use(site.folder, "This one."),
                    self.assertRaisesRegex(SetupError, "first|wait for its end"),
                ):
                    clean.main(arguments)
        self.opened.assert_not_called()
        self.assertTrue(all(site.folder.is_dir() for site in sites))

    def test_all_stops_the_servers_and_removes_the_cache_under_its_lock(self):
        """The private cluster's and that of the wheel."""
        servers = [self.start(self.cache / name) for name in ("pg-15/data", "pg-wheel")]

        def remove(folder, **options):
            self.assertFalse([one for one in servers if one.poll() is None])
            with open(self.cache / "lock") as handle, self.assertRaises(OSError):
                cache.fcntl.flock(handle, cache.fcntl.LOCK_EX | cache.fcntl.LOCK_NB)
            rmtree(folder, **options)

        rmtree = shutil.rmtree
        with mock.patch("shutil.rmtree", remove):
            self.assertEqual(clean.main(["--all"]), 0)
        self.assertFalse(self.cache.exists())
        self.opened.assert_not_called()
