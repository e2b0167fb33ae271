# Part of account_collection. Licence LGPL-3, see the LICENSE file.

from odoo.tests import tagged

from ..devtools.smtp_sink import Sink
from .process import ProcessCase

FATES = """SELECT state, count(*), count(mail_id) FROM collection_digest
            GROUP BY 1 ORDER BY 1"""
SEND = """
def send():
    made = env["collection.digest"]._send_week(
        env.company, "sales", env.company._get_collection_today(), "2026-W43")
    env.cr.commit()
    return len(made)
"""


@tagged("post_install", "-at_install")
class TestSalesProcess(ProcessCase):
    """Kill -9 around the weekly mail: made once, sent at most once."""

    def _seed(self, port):
        self.shell(
            f"""
users = env["res.users"].with_context(no_reset_password=True).create([
    {{"name": name, "login": name, "email": name + "@house.example"}}
    for name in ("anne", "boris")])
partners = seed(2)
for user, partner in zip(users, partners):
    env["account.move"].search([("partner_id", "=", partner.id)]).invoice_user_id = user
env["ir.mail_server"].create(
    {{"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": {port}}})
env.cr.commit()
"""
        )

    def test_killed_between_making_and_sending(self):
        with Sink() as sink:
            self._seed(sink.port)
            self.kill_at_mark(
                SEND
                + """
Digest = env.registry["collection.digest"]
original = Digest._queue_mails
def stop(digests, contents):
    original(digests, contents)
    env.flush_all()
    stop_here()
Digest._queue_mails = stop
send()
"""
            )
            # Nothing was committed: the next hour makes them, once.
            self.assertEqual(self.rows(FATES), [])
            self.assertIn("MADE 2", self.shell(SEND + 'print("MADE", send())'))
            self.assertIn("MADE 0", self.shell(SEND + 'print("MADE", send())'))
            self.assertEqual(self.rows(FATES), ["queued|2|2"])
            for _index in range(2):
                self.shell('env["mail.mail"].process_email_queue()')
            self.assertEqual(len(sink.kept), 2)
        self.assertEqual(self.rows(FATES), ["sent|2|0"])

    def _kill_while_sending(self, where):
        with Sink() as sink:
            self._seed(sink.port)
            self.shell(SEND + "send()")
            self.kill_at_mark(
                f"""
{where}
env["mail.mail"].process_email_queue()
"""
            )
            for _index in range(2):
                self.shell('env["mail.mail"].process_email_queue()')
            self.assertIn("MADE 0", self.shell(SEND + 'print("MADE", send())'))
            return [recipients for recipients, _content in sink.kept]

    def test_killed_between_taking_and_sending(self):
        sent = self._kill_while_sending(
            """
MailMail = env.registry["mail.mail"]
def stop(mail, *arguments, **options):
    stop_here()
MailMail._collection_send_digest = stop
"""
        )
        self.assertEqual(len(sent), 1)
        self.assertEqual(self.rows(FATES), ["failed|1|1", "sent|1|0"])

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
        self.assertEqual(self.rows(FATES), ["failed|1|1", "sent|1|0"])

    def test_server_that_is_down(self):
        self._seed(9)
        self.shell(
            SEND + 'send(); env["mail.mail"].process_email_queue(); env.cr.commit()'
        )
        self.assertEqual(self.rows(FATES), ["failed|2|2"])
