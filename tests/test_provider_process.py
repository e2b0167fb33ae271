# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from .maileva_server import LOGIN, MailevaServer
from .process import ProcessCase

STATES = """SELECT state, COALESCE(provider_state, ''), COALESCE(failure_code, '')
              FROM collection_followup ORDER BY id"""
PASS = """
env["collection.postal.provider"]._cron_hand_over()
env.cr.commit()
"""
#: the quarter of an hour during which a lost order may still appear has passed
LATER = """
env.cr.execute(
    "UPDATE collection_followup SET provider_next_at = now() - interval '1h'")
env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestProviderProcess(ProcessCase):
    """Kill -9 between taking a letter and knowing its fate: it leaves once."""

    def setUp(self):
        super().setUp()
        self.server = MailevaServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def _seed(self, count=1):
        """Make letters that wait for their provider."""
        client, secret, user, password = LOGIN
        self.shell(
            f"""
seed({count}, channel_email=False)
env.company.write({{"street": "12 rue des Forges", "zip": "69007", "city": "Lyon",
                   "country_id": env.ref("base.fr").id}})
provider = env["collection.postal.provider"].create({{
    "name": "Maileva", "environment": "production",
    "api_url": "{self.server.url}", "auth_url": "{self.server.url}",
    "client_id": "{client}", "client_secret": "{secret}",
    "username": "{user}", "password": "{password}"}})
env.company.collection_letter_provider_id = provider
run()
env["collection.followup"]._cron_make_letters()
env.cr.commit()
"""
        )
        self.assertEqual(self.rows(STATES), ["queued||"] * count)

    def _kill(self, where):
        self.kill_at_mark(f"{where}\n{PASS}")

    def _wrap(self, method, before=False):
        """Stop where a method of the client is called, before or after its work."""
        return f"""
from odoo.addons.account_collection.postal.maileva import Maileva
original = Maileva.{method}
def stop(client, *arguments):
    {"" if before else "original(client, *arguments)"}
    stop_here()
Maileva.{method} = stop
"""

    def _finish(self):
        """Let the next passes work; the letter leaves once."""
        self.shell(PASS)
        self.shell(LATER + PASS)
        self.shell(LATER + PASS)
        self.assertEqual(len(self.server.submitted), 1)
        self.assertEqual(len(self.server.sendings), 1)
        state = self.rows(STATES)[0]
        self.assertEqual(state, "queued|submitted|")

    def test_killed_before_the_provider_heard_of_it(self):
        self._seed()
        self._kill(self._wrap("open_draft", before=True))
        self.assertEqual(self.rows(STATES), ["queued|claimed|"])
        self.assertEqual(self.server.sendings, [])
        # A pass that comes at once leaves it alone: the order may still be under way.
        self.shell(PASS)
        self.assertEqual(self.server.sendings, [])
        self._finish()

    def test_killed_after_the_draft_was_made(self):
        self._seed()
        self._kill(self._wrap("open_draft"))
        self.assertEqual(self.rows(STATES), ["queued|claimed|"])
        self.assertEqual(len(self.server.sendings), 1)
        self._finish()

    def test_killed_while_filling(self):
        self._seed()
        self._kill(self._wrap("fill"))
        self.assertEqual(self.rows(STATES), ["queued|draft|"])
        self._finish()
        self.assertEqual(len(self.server.sendings[0]["documents"]), 1)

    def test_killed_after_it_was_submitted(self):
        """The provider has it, we do not know: asking is enough."""
        self._seed()
        self._kill(self._wrap("submit"))
        self.assertEqual(self.rows(STATES), ["queued|draft|"])
        self.assertEqual(len(self.server.submitted), 1)
        self._finish()

    def test_two_passes_at_once(self):
        self._seed(6)
        flag = self.folder / f"go_{self.database}"
        self.addCleanup(flag.unlink, missing_ok=True)
        script = f"""
import pathlib, time
print("READY", flush=True)
while not pathlib.Path({str(flag)!r}).exists():
    time.sleep(0.01)
{PASS}
"""
        processes = [self.start(script) for _number in range(2)]
        for process in processes:
            self.assertIn("READY", process.stdout.readline())
        flag.touch()
        for process in processes:
            self.finish(process)
        self.shell(LATER + PASS)
        self.assertEqual(len(self.server.submitted), 6)
        self.assertEqual(len(set(self.server.submitted)), 6)
        self.assertEqual(len(self.server.sendings), 6)
