# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import unittest

from odoo.tests import tagged

from ..postal.contract import (
    Address,
    Options,
    Order,
    PostalLoginRefused,
    PostalNotFound,
    PostalRefused,
    PostalUnavailable,
    PostalUnknown,
)
from ..postal.http_session import HttpSession, Login, is_safe
from ..postal.maileva import PATHS, TOKEN_PATH, Maileva
from .maileva_server import LOGIN, PDF, MailevaServer

LETTER = b"%PDF-1.4 a letter\n%%EOF"
SENDER = Address(
    ("Ateliers Vauban", "", "", "12 rue des Forges", "", "69007 LYON"), "FR"
)
RECIPIENT = Address(
    ("Menuiserie Durand", "", "", "3 quai Perrache", "", "69002 LYON"), "FR"
)
BUSY = (429, [("Retry-After", "7")], {"code": "TOO_MANY", "message": "slow down"})
DOWN = (503, [], {"code": "DOWN", "message": "maintenance"})


class ClientCase(unittest.TestCase):
    """A client and its server; without Odoo, which blocks and slows requests down."""

    def setUp(self):
        super().setUp()
        self.server = MailevaServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.pauses = []
        self.now = 0.0
        self.client = self._client()

    def _client(self, login=LOGIN, owner="db-1", timeout=5.0):
        session = HttpSession(
            self.server.url,
            self.server.url + TOKEN_PATH,
            Login(*login),
            timeout=timeout,
            sleep=self.pauses.append,
            clock=lambda: self.now,
        )
        return Maileva(session, PATHS, owner)

    @staticmethod
    def _order(reference="REC000001-000001", channel="registered", **values):
        values = {
            "document": LETTER,
            "document_name": f"{reference}-abc.pdf",
            "recipient": RECIPIENT,
            "sender": SENDER,
            **values,
        }
        return Order(channel=channel, reference=reference, **values)

    def _place(self, **values):
        """Do what the hand-over does; return the server's sending."""
        order = self._order(**values)
        made = self.client.open_draft(order)
        self.client.fill(made.ref, order)
        self.client.submit(order.channel, made.ref)
        return self.server.products[PATHS[order.channel]][made.ref]


@tagged("post_install", "-at_install")
class TestMailevaClient(ClientCase):
    """The documented conversation, word by word."""

    def test_a_registered_letter_is_ordered(self):
        sending = self._place(
            options=Options(is_colour=True, is_duplex=False, has_receipt=True)
        )
        self.assertEqual(self.server.submitted, ["REC000001-000001"])
        self.assertEqual(sending["custom_id"], "REC000001-000001")
        self.assertEqual(sending["custom_data"], "db-1")
        expected = {
            "acknowledgement_of_receipt": True,
            "color_printing": True,
            "duplex_printing": False,
            "optional_address_sheet": True,
            "print_sender_address": True,
            "reference_to_print_enabled": False,
            "returned_mail_scanning": False,
            "postage_type": "FAST",
            "archiving_duration": 3,
            "sender_address_line_1": "Ateliers Vauban",
            "sender_address_line_6": "69007 LYON",
            "sender_country_code": "FR",
        }
        self.assertEqual({key: sending[key] for key in expected}, expected)
        self.assertEqual(sending["documents"][0]["content"], LETTER)
        self.assertEqual(sending["documents"][0]["priority"], 1)
        recipient = sending["recipients"][0]
        self.assertEqual(recipient["address_line_1"], "Menuiserie Durand")
        self.assertEqual(recipient["address_line_6"], "69002 LYON")
        self.assertEqual(recipient["country_code"], "FR")

    def test_a_simple_letter_is_another_product(self):
        sending = self._place(channel="letter", options=Options(postage="economic"))
        self.assertEqual(sending["product"], "mail/v2")
        self.assertEqual(sending["postage_type"], "ECONOMIC")
        self.assertNotIn("acknowledgement_of_receipt", sending)

    def test_one_login_serves_many_calls_until_it_ends(self):
        self.server.token_life = 600
        self._place()
        self.assertEqual(self.server.count("token"), 1)
        self.now = 541
        self.client.check(["letter"])
        self.client.find("letter", set())
        self.assertEqual(self.server.count("token"), 2)
        self.now += 541
        self.client.find("letter", set())
        self.assertEqual(self.server.count("token"), 3)

    def test_a_token_that_is_refused_is_renewed_once(self):
        sending = self._place()
        self.server.tokens.clear()
        self.assertEqual(
            self.client.look_up("registered", sending["id"]).phase, "submitted"
        )
        self.assertEqual(self.server.count("token"), 2)
        # A provider that refuses every token is not asked for ever.
        refuse = (401, [], {"code": "UNAUTHORIZED", "message": "no"})
        self.server.fail("sendings", refuse, times=99)
        before = len(self.server.calls)
        with self.assertRaises(PostalLoginRefused):
            self.client.look_up("registered", sending["id"])
        self.assertEqual(len(self.server.calls) - before, 3)

    def test_wrong_login(self):
        client = self._client(login=("app", "wrong", "user", "user-secret"))
        with self.assertRaises(PostalLoginRefused) as caught:
            client.check(["letter"])
        self.assertIn("Authentication failed", caught.exception.detail)
        self.assertEqual(self.server.count("sendings"), 0)

    def test_logins_are_not_shown(self):
        shown = repr(Login("app", "hidden-1", "user", "hidden-2"))
        self.assertNotIn("hidden", shown)
        order = repr(self._order())
        self.assertNotIn("%PDF", order)

    def test_a_login_never_travels_in_clear(self):
        self.assertTrue(is_safe("https://api.maileva.com"))
        self.assertTrue(is_safe("http://127.0.0.1:8000"))
        for url in ("http://api.maileva.com", "ftp://127.0.0.1", "", "https://"):
            self.assertFalse(is_safe(url), url)
        with self.assertRaises(PostalRefused) as caught:
            HttpSession("http://api.maileva.com", "https://x", Login("a", "b"))
        self.assertEqual(caught.exception.key, "insecure")

    # === TROUBLE === #

    def test_harmless_calls_are_made_again(self):
        sending = self._place()
        self.server.fail("GET .*/sendings/", DOWN, times=1)
        self.server.fail("GET .*/sendings/", "reset", times=1)
        self.assertEqual(
            self.client.look_up("registered", sending["id"]).phase, "submitted"
        )
        self.assertEqual(self.pauses, [1.0, 4.0])

    def test_a_pause_that_is_asked_for_is_made(self):
        sending = self._place()
        self.server.fail("GET .*/sendings/", BUSY, times=1)
        self.client.look_up("registered", sending["id"])
        self.assertEqual(self.pauses, [7.0])
        # One that is too long is left to the next pass.
        long = (429, [("Retry-After", "600")], {})
        self.server.fail("GET .*/sendings/", long, times=1)
        with self.assertRaises(PostalUnavailable) as caught:
            self.client.look_up("registered", sending["id"])
        self.assertEqual(caught.exception.retry_after, 600)
        self.assertEqual(self.pauses, [7.0])

    def test_the_number_of_tries_ends(self):
        sending = self._place()
        self.server.fail("GET .*/sendings/", DOWN, times=99)
        with self.assertRaises(PostalUnavailable):
            self.client.look_up("registered", sending["id"])
        self.assertEqual(self.server.count("GET .*/sendings/"), 2 + 3)

    def test_acts_are_never_repeated(self):
        """Whatever the trouble, one attempt to create makes one sending at most."""
        for fault, error, made in (
            ("reset", PostalUnknown, 0),
            ("reset_after", PostalUnknown, 1),
            ("garbled", PostalUnknown, 1),
            (DOWN, PostalUnknown, 0),
            ("html", PostalUnknown, 0),
            (BUSY, PostalUnavailable, 0),
        ):
            with self.subTest(fault=fault):
                self.server.products["registered_mail/v4"].clear()
                before = self.server.count("POST .*/sendings$")
                self.server.fail("POST .*/sendings$", fault, times=1)
                with self.assertRaises(error):
                    self.client.open_draft(self._order())
                self.assertEqual(self.server.count("POST .*/sendings$"), before + 1)
                self.assertEqual(len(self.server.sendings), made)

    def test_slow_answers(self):
        sending = self._place()
        client = self._client(timeout=0.3)
        client.check([])
        self.server.fail("POST .*/sendings$", "slow", times=1)
        with self.assertRaises(PostalUnknown) as caught:
            client.open_draft(self._order("REC000001-000002"))
        self.assertEqual(caught.exception.key, "timeout")
        self.server.fail("GET", "slow", times=3)
        with self.assertRaises(PostalUnavailable):
            client.look_up("registered", sending["id"])

    def test_no_server_at_all_means_that_nothing_was_done(self):
        client = self._client()
        client.check([])
        self.server.shutdown()
        self.server.server_close()
        # The line that is kept open dies with the server's thread.
        client._session._http.close()
        with self.assertRaises(PostalUnavailable) as caught:
            client.open_draft(self._order())
        self.assertEqual(caught.exception.key, "unreachable")

    def test_line_dropped_while_submitting(self):
        """The letter left; submitting it again makes no second one."""
        order = self._order()
        made = self.client.open_draft(order)
        self.client.fill(made.ref, order)
        self.server.fail("POST .*/submit$", "reset_after", times=1)
        with self.assertRaises(PostalUnknown):
            self.client.submit("registered", made.ref)
        self.client.submit("registered", made.ref)
        self.assertEqual(self.server.submitted, [order.reference])

    def test_refusals_say_the_fields(self):
        bad = Address(("x" * 39, *RECIPIENT.lines[1:]), "FR")
        order = self._order(recipient=bad)
        made = self.client.open_draft(order)
        with self.assertRaises(PostalRefused) as caught:
            self.client.fill(made.ref, order)
        self.assertEqual(caught.exception.codes, ("ADDRESS_LINE_1_TOO_LONG",))
        self.assertIn("ADDRESS_LINE_1_TOO_LONG", caught.exception.detail)

    def test_unknown_sendings(self):
        with self.assertRaises(PostalNotFound):
            self.client.look_up("registered", "abc")
        self.client.delete("registered", "abc")
        with self.assertRaises(PostalUnavailable):
            self.client.look_up("registered", "../../token")

    def test_documents_must_be_documents(self):
        sending = self._place()
        self.server.process(sending)
        path = self.client.look_up("registered", sending["id"]).deposit
        self.assertEqual(self.client.download("registered", path), PDF)
        self.server.fail("download", "html", times=1)
        with self.assertRaises(PostalUnavailable) as caught:
            self.client.download("registered", path)
        self.assertIn("text/html", caught.exception.detail)
        for elsewhere in ("https://evil.example/x", "//evil.example", "/../token"):
            with self.assertRaises(PostalUnavailable):
                self.client.download("registered", elsewhere)
