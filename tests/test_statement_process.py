# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from ..devtools.smtp_sink import Sink
from .process import ProcessCase

STATES = """SELECT state, COALESCE(failure_code, ''), count(*),
                   count(DISTINCT debtor_id)
              FROM collection_dispatch GROUP BY 1, 2 ORDER BY 1, 2"""
MADE = """SELECT count(mail_id), (SELECT count(*) FROM collection_dispatch_document),
                 (SELECT count(*) FROM ir_attachment
                   WHERE res_model = 'collection.dispatch')
            FROM collection_dispatch"""
#: Monday 5 October 2026, the shipped day of the month
MONTHLY = """
def monthly():
    local = env["collection.statement"].with_context(collection_date="2026-10-05")
    local._cron_monthly()
    env.cr.commit()
def send():
    mails = env["mail.mail"].with_context(collection_date="2026-10-05")
    mails.process_email_queue()
    env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestStatementProcess(ProcessCase):
    """Kill -9 in the month: nobody gets it twice, nobody is forgotten."""

    def _seed(self, count, port=1):
        self.shell(
            f"""
seed({count})
env.company.collection_statement_policy = "everyone"
env["ir.mail_server"].create(
    {{"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": {port}}})
env.cr.commit()
"""
        )

    def _finish(self, sink):
        """Let other processes work it off, more than once; return who got a mail."""
        self.shell(MONTHLY + "monthly(); send(); monthly(); send()")
        return sorted(str(recipients) for recipients, _content in sink.kept)

    def test_killed_in_the_middle_of_the_planning(self):
        with Sink() as sink:
            self._seed(5, sink.port)
            self.kill_at_mark(
                MONTHLY
                + """
from odoo.addons.account_collection.models import collection_statement_month as month
month.BATCH = 2
model = env.registry["collection.statement"]
original = model._write_month
def write(self, company, state, today, decisions, confirmed):
    if env["collection.dispatch"].search_count([]):
        stop_here()
    original(self, company, state, today, decisions, confirmed)
model._write_month = write
monthly()
"""
            )
            self.assertEqual(self.rows(STATES), ["queued||2|2"])
            sent = self._finish(sink)
        self.assertEqual((len(sent), len(set(sent))), (5, 5))
        self.assertEqual(self.rows(STATES), ["sent||5|5"])

    def test_killed_between_the_records_and_the_mails(self):
        with Sink() as sink:
            self._seed(3, sink.port)
            self.kill_at_mark(
                MONTHLY
                + """
model = env.registry["collection.dispatch"]
def stop(self, *arguments):
    stop_here()
model._make_waiting = stop
monthly()
"""
            )
            self.assertEqual(self.rows(STATES), ["queued||3|3"])
            self.assertEqual(self.rows(MADE), ["0|0|0"])
            sent = self._finish(sink)
        self.assertEqual((len(sent), len(set(sent))), (3, 3))
        self.assertEqual(self.rows(MADE), ["3|3|3"])

    def test_killed_while_the_pdfs_are_made(self):
        with Sink() as sink:
            self._seed(3, sink.port)
            self.kill_at_mark(
                MONTHLY
                + """
model = env.registry["collection.dispatch"]
original = model._make_monthly
def make(self):
    original(self)
    stop_here()
model._make_monthly = make
monthly()
"""
            )
            self.assertEqual(self.rows(MADE), ["0|0|0"])
            sent = self._finish(sink)
        self.assertEqual((len(sent), len(set(sent))), (3, 3))
        self.assertEqual(self.rows(MADE), ["3|3|3"])

    def test_killed_after_the_server_accepted(self):
        """One may have left or not: a person looks, and nobody gets it twice."""
        with Sink() as sink:
            self._seed(3, sink.port)
            self.shell(MONTHLY + "monthly()")
            self.kill_at_mark(
                MONTHLY
                + """
Server = env.registry["ir.mail_server"]
original = Server.send_email
def stop(server, *arguments, **options):
    original(server, *arguments, **options)
    stop_here()
Server.send_email = stop
send()
"""
            )
            sent = self._finish(sink)
        self.assertEqual((len(sent), len(set(sent))), (3, 3))
        self.assertEqual(self.rows(STATES), ["failed|unknown_fate|1|1", "sent||2|2"])
