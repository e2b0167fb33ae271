# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from ..devtools.sms_sink import Sink
from .process import ProcessCase

FATES = """SELECT state, COALESCE(failure_code, ''), COALESCE(sms_state, ''), count(*)
             FROM collection_followup GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
#: D+3 of the seeded invoices, and an hour in which everybody may be written to
SETUP = """
import datetime
from odoo import Command
Company = env.registry["res.company"]
Company._get_collection_now = lambda company: datetime.datetime(2026, 9, 3, 10, 30)
def prepare(count, endpoint):
    partners = seed(count)
    for number, partner in enumerate(partners):
        partner.phone = f"+336120000{number:02d}"
    level = env.ref("account_collection.collection_level_friendly")
    env.company.collection_scenario_id = env["collection.scenario"].create(
        {"name": "SMS", "step_ids": [Command.create(
            {"delay_days": 3, "level_id": level.id, "channel": "sms"})]})
    env["ir.config_parameter"].set_param("sms.endpoint", endpoint)
    env["collection.engine"]._run("2026-09-03", commit=commit)
    env.cr.commit()
def work():
    env["sms.sms"]._process_queue()
    env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestSmsProcess(ProcessCase):
    """Odoo's own client against a service on this machine, in real processes."""

    def _prepare(self, count, sink):
        self.shell(f"{SETUP}\nprepare({count}, {sink.endpoint!r})")

    def _work(self):
        """Let the queue work twice, in a process of its own: nothing leaves twice."""
        self.shell(f"{SETUP}\nwork()\nenv.invalidate_all()\nwork()")

    def test_a_service_that_accepts(self):
        with Sink() as sink:
            self._prepare(3, sink)
            self._work()
            self.assertEqual(len(sink.kept), 3)
            self.assertEqual(len(sink.calls), 1)
            number, text = sink.kept[0]
            self.assertEqual(number, "+33612000000")
            self.assertIn("1,000.00 EUR", text)
            self.assertTrue(sink.calls[0]["webhook_url"].endswith("/sms/status"))
        self.assertEqual(self.rows(FATES), ["performed||pending|3"])

    def test_a_service_that_accepts_and_drops_the_line(self):
        """It may have them: nothing is sent again by itself."""
        with Sink(mode="drop") as sink:
            self._prepare(2, sink)
            self._work()
            self.assertEqual(len(sink.kept), 2)
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate||2"])

    def test_a_service_that_answers_something_else(self):
        """A hotel's network answers 200 and a page: nobody knows what left."""
        with Sink(mode="rubbish") as sink:
            self._prepare(1, sink)
            self._work()
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate||1"])

    def test_a_service_that_fails(self):
        with Sink(mode="broken") as sink:
            self._prepare(2, sink)
            self._work()
            self.assertFalse(sink.kept)
        self.assertEqual(self.rows(FATES), ["failed|connection||2"])

    def test_a_service_that_is_down(self):
        with Sink() as sink:
            self._prepare(2, sink)
        self._work()
        self.assertEqual(self.rows(FATES), ["failed|connection||2"])
        tasks = "SELECT count(*) FROM mail_activity WHERE res_model = 'res.partner'"
        self.assertEqual(self.rows(tasks), ["1"])

    def test_a_service_that_refuses_a_number(self):
        with Sink(mode="state", state="wrong_number_format") as sink:
            self._prepare(1, sink)
            self._work()
        self.assertEqual(self.rows(FATES), ["failed|address||1"])
        refused = "SELECT kind, value FROM collection_undeliverable"
        self.assertEqual(self.rows(refused), ["phone|+33612000000"])

    def _kill_while_sending(self, where, count=2):
        with Sink() as sink:
            self._prepare(count, sink)
            self.kill_at_mark(f"{SETUP}\n{where}\nwork()")
            self._work()
            return sink.kept

    def test_killed_between_taking_and_handing_over(self):
        """They may have left or not: a person looks, nothing is sent by itself."""
        kept = self._kill_while_sending(
            """
Sms = env.registry["sms.sms"]
def stop(messages):
    stop_here()
Sms._collection_hand_over = stop
"""
        )
        self.assertEqual(kept, [])
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate||2"])

    def test_killed_after_the_service_accepted(self):
        kept = self._kill_while_sending(
            """
from odoo.addons.sms.tools.sms_api import SmsApi
original = SmsApi._contact_iap
def stop(api, *arguments, **options):
    original(api, *arguments, **options)
    stop_here()
SmsApi._contact_iap = stop
"""
        )
        self.assertEqual(len(kept), 2)
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate||2"])

    def test_killed_between_two_calls(self):
        """Those of the first call are performed, the others leave later."""
        kept = self._kill_while_sending(
            """
from odoo.addons.account_collection.models import sms_sms
sms_sms.TOGETHER = 2
Sms = env.registry["sms.sms"]
original = Sms._collection_check
calls = []
def stop(messages):
    calls.append(messages)
    if len(calls) == 2:
        stop_here()
    return original(messages)
Sms._collection_check = stop
""",
            count=4,
        )
        self.assertEqual(len(kept), 4)
        self.assertEqual(len(set(kept)), 4)
        self.assertEqual(self.rows(FATES), ["performed||pending|4"])

    def test_two_queues_at_once(self):
        with Sink() as sink:
            self._prepare(50, sink)
            flag = self.folder / f"go_{self.database}"
            self.addCleanup(flag.unlink, missing_ok=True)
            script = f"""{SETUP}
import pathlib, time
print("READY", flush=True)
while not pathlib.Path({str(flag)!r}).exists():
    time.sleep(0.01)
work()
"""
            processes = [self.start(script) for _number in range(2)]
            for process in processes:
                self.assertIn("READY", process.stdout.readline())
            flag.touch()
            for process in processes:
                self.finish(process)
            self._work()
            self.assertEqual(len(sink.kept), 50)
            self.assertEqual(len(set(sink.kept)), 50)
        self.assertEqual(self.rows(FATES), ["performed||pending|50"])
