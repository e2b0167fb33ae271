# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from ..devtools.smtp_sink import Sink
from .process import ProcessCase

COUNTED = """SELECT count(*), count(DISTINCT debtor_id) FROM collection_followup
              WHERE state <> 'cancelled'"""
LINES = """SELECT count(*), count(DISTINCT (move_line_id, step_id))
             FROM collection_followup_line WHERE counted"""
FATES = """SELECT state, COALESCE(failure_code, ''), count(*)
             FROM collection_followup GROUP BY 1, 2 ORDER BY 1, 2"""


@tagged("post_install", "-at_install")
class TestProcess(ProcessCase):
    """Kill -9 and two processes at once: nothing twice, nothing lost."""

    def _seed(self, count, port=1):
        self.shell(
            f"""
seed({count})
env["ir.mail_server"].create(
    {{"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": {port}}})
env.cr.commit()
"""
        )

    def test_killed_while_planning(self):
        self._seed(3)
        self.kill_at_mark(
            """
from odoo.addons.account_collection.models.collection_engine_apply import DayWriter
original = DayWriter._insert_lines
def stop(writer, pairs, followups):
    original(writer, pairs, followups)
    stop_here()
DayWriter._insert_lines = stop
run()
"""
        )
        self.assertEqual(self.rows(COUNTED), ["0|0"])
        self.shell("print(run())")
        self.assertEqual(self.rows(COUNTED), ["3|3"])
        self.assertEqual(self.rows(LINES), ["3|3"])
        self.assertEqual(self.rows("SELECT count(*) FROM mail_mail"), ["3"])

    def test_killed_between_two_batches(self):
        """What was committed stays; the next run goes on with the others."""
        self._seed(4)
        self.kill_at_mark(
            """
from odoo.addons.account_collection.models import collection_engine
collection_engine.BATCH = 2
def commit(done, remaining):
    env.cr.commit()
    if done:
        stop_here()
    return True
env["collection.engine"]._run("2026-09-01", commit=commit)
"""
        )
        self.assertEqual(self.rows(COUNTED), ["2|2"])
        self.shell("run()")
        self.assertEqual(self.rows(COUNTED), ["4|4"])
        self.assertEqual(self.rows(LINES), ["4|4"])

    def _kill_while_sending(self, where):
        """Kill the mail queue at a place; then let another process work it off."""
        with Sink() as sink:
            self._seed(2, sink.port)
            self.shell("run()")
            self.kill_at_mark(
                f"""
{where}
env["mail.mail"].process_email_queue()
"""
            )
            self.assertEqual(self.rows(COUNTED), ["2|2"])
            self.shell('env["mail.mail"].process_email_queue()')
            self.shell('env["mail.mail"].process_email_queue()')
            return [recipients for recipients, _content in sink.kept]

    def test_killed_between_taking_and_sending(self):
        """One message may have left or not: it is never sent again by itself."""
        sent = self._kill_while_sending(
            """
MailMail = env.registry["mail.mail"]
def stop(mail, *arguments, **options):
    stop_here()
MailMail._collection_send_taken = stop
"""
        )
        self.assertEqual(len(sent), 1)
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate|1", "performed||1"])

    def test_killed_after_the_server_accepted(self):
        sent = self._kill_while_sending(
            """
Server = env.registry["ir.mail_server"]
original = Server.send_email
def stop(server, *arguments, **options):
    original(server, *arguments, **options)
    stop_here()
Server.send_email = stop
"""
        )
        self.assertEqual(len(sent), 2)
        self.assertEqual(len({tuple(one) for one in sent}), 2)
        self.assertEqual(self.rows(FATES), ["failed|unknown_fate|1", "performed||1"])
        # It is listed for a person, who answers; the ladder does not wait for ever.
        self.shell(
            """
unknown = env["collection.followup"].search([("failure_code", "=", "unknown_fate")])
unknown.action_mark_sent()
env.cr.commit()
"""
        )
        self.assertEqual(self.rows(FATES), ["performed||2"])

    def test_server_that_accepts_and_drops_the_line(self):
        with Sink(mode="drop") as sink:
            self._seed(1, sink.port)
            self.shell('run(); env["mail.mail"].process_email_queue()')
            self.assertEqual(self.rows(FATES), ["failed|unknown_fate|1"])
            self.shell('env["mail.mail"].process_email_queue()')
            self.assertEqual(len(sink.kept), 1)

    def test_server_that_refuses_the_recipient(self):
        with Sink(mode="refuse") as sink:
            self._seed(1, sink.port)
            self.shell('run(); env["mail.mail"].process_email_queue()')
            self.assertEqual(len(sink.kept), 0)
        self.assertEqual(
            self.rows(
                "SELECT state, reason LIKE '%user unknown%' FROM collection_followup"
            ),
            ["failed|t"],
        )

    def test_server_that_is_down(self):
        self._seed(1, 9)
        # The scheduled action commits at its end.
        self.shell('run(); env["mail.mail"].process_email_queue(); env.cr.commit()')
        self.assertEqual(self.rows(FATES), ["failed|connection|1"])

    def test_killed_while_rendering(self):
        """The letter is made again and stored once."""
        self.shell("seed(2, channel_email=False); env.cr.commit()")
        self.shell("run()")
        self.assertEqual(self.rows(FATES), ["queued||2"])
        self.kill_at_mark(
            """
Followup = env.registry["collection.followup"]
original = Followup._convert_letters
def stop(letters, pages):
    original(letters, pages)
    stop_here()
Followup._convert_letters = stop
env["collection.followup"]._cron_make_letters()
"""
        )
        made = "SELECT count(*), count(attachment_id) FROM collection_followup"
        self.assertEqual(self.rows(made), ["2|0"])
        self.shell('env["collection.followup"]._cron_make_letters()')
        self.assertEqual(self.rows(made), ["2|2"])
        stored = (
            "SELECT count(*) FROM ir_attachment WHERE res_model = 'collection.followup'"
        )
        self.assertEqual(self.rows(stored), ["2"])

    def test_two_runs_at_once(self):
        """They share the debtors: each is planned by one of them, once."""
        self._seed(40)
        script = """
import pathlib, time
from odoo.addons.account_collection.models import collection_engine
collection_engine.BATCH = 5
print("READY", flush=True)
while not pathlib.Path(%r).exists():
    time.sleep(0.01)
print(run()["failed"])
"""
        self._race(script)
        self.assertEqual(self.rows(COUNTED), ["40|40"])
        self.assertEqual(self.rows(LINES), ["40|40"])
        self.assertEqual(
            self.rows(
                "SELECT count(*), count(DISTINCT debtor_id) FROM collection_case"
            ),
            ["40|40"],
        )
        self.assertEqual(self.rows("SELECT count(*) FROM mail_mail"), ["40"])

    def test_two_mail_queues_at_once(self):
        with Sink() as sink:
            self._seed(25, sink.port)
            self.shell("run()")
            script = """
import pathlib, time
print("READY", flush=True)
while not pathlib.Path(%r).exists():
    time.sleep(0.01)
env["mail.mail"].process_email_queue()
"""
            self._race(script)
            self.shell('env["mail.mail"].process_email_queue()')
            self.assertEqual(len(sink.kept), 25)
            self.assertEqual(len({tuple(one) for one, _content in sink.kept}), 25)
        self.assertEqual(self.rows(FATES), ["performed||25"])

    def _race(self, script):
        """Start two processes on a script, let them go at the same moment."""
        flag = self.folder / f"go_{self.database}"
        self.addCleanup(flag.unlink, missing_ok=True)
        processes = [self.start(script % str(flag)) for _number in range(2)]
        for process in processes:
            self.assertIn("READY", process.stdout.readline())
        flag.touch()
        for process in processes:
            self.finish(process)
