# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Real second processes on a database of their own: what a crash really leaves."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from odoo.tests import BaseCase

#: a process that takes longer is stuck
SECONDS = 120
MARK = "REACHED"

SEED = """
def seed(count, channel_email=True):
    env.company.write({"collection_live": True, "email": "compta@company.example"})
    partners = env["res.partner"].create([
        {"name": f"Debtor {number}", "is_company": True, "lang": "en_US",
         "email": f"debtor{number}@debtor.example" if channel_email else False,
         "street": "1 rue", "zip": "69001", "city": "Lyon"}
        for number in range(count)])
    moves = env["account.move"].create([
        {"move_type": "out_invoice", "partner_id": partner.id,
         "invoice_date": "2026-08-01", "invoice_date_due": "2026-08-31",
         "invoice_line_ids": [(0, 0, {"name": "Work", "quantity": 1,
                               "price_unit": 1000, "tax_ids": [(5,)]})]}
        for partner in partners])
    moves.action_post()
    return partners
def commit(done, remaining):
    env.cr.commit()
    return True
def run():
    return env["collection.engine"]._run("2026-09-01", commit=commit).as_dict()
def stop_here():
    import sys, time
    print("REACHED", flush=True)
    time.sleep(600)
"""


class ProcessCase(BaseCase):
    """Clones the pristine database, runs Odoo's shell on it in real processes."""

    def setUp(self):
        super().setUp()
        self.folder = Path(os.environ["COLLECTION_TEST_SITE"])
        self.database = f"acol_process_{secrets.token_hex(4)}"
        pristine = os.environ["COLLECTION_TEST_PRISTINE"]
        self._call("createdb", "-T", pristine, self.database)
        self.addCleanup(self._call, "dropdb", "--force", self.database)
        self.processes = []
        self.addCleanup(self._kill_all)

    @staticmethod
    def _call(*words):
        subprocess.run(words, check=True, capture_output=True, text=True)

    def _kill_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()

    def start(self, script: str) -> subprocess.Popen:
        """Start Odoo's shell on a script."""
        command = [sys.executable, "-m", "odoo", "shell"]
        command += ["-c", str(self.folder / "odoo.conf"), "-d", self.database]
        command += ["--no-http", "--log-level=critical"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(SEED + script)
        process.stdin.close()
        self.processes.append(process)
        return process

    def finish(self, process: subprocess.Popen) -> str:
        """Wait for a process to end well, return what it printed."""
        deadline = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        output, errors = process.stdout.read(), process.stderr.read()
        self.assertEqual(process.poll(), 0, errors)
        self.assertNotIn("Traceback", errors)
        return output

    def shell(self, script: str) -> str:
        """Run a script to its end in its own process."""
        return self.finish(self.start(script))

    def kill_at_mark(self, script: str) -> None:
        """Start a script and kill it, without warning, where it prints the mark."""
        process = self.start(script)
        for line in process.stdout:
            if MARK in line:
                break
        else:
            self.fail(f"The mark was not reached:\n{process.stderr.read()}")
        process.send_signal(signal.SIGKILL)
        process.wait()

    def rows(self, query: str) -> list[str]:
        """Return what a query prints, columns separated by ``|``."""
        done = subprocess.run(
            ["psql", "-XAtqc", query, self.database],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.splitlines()
