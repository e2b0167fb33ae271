# Part of account_collection. Licence LGPL-3, see the LICENSE file.

import datetime
import unittest

from odoo.tests import tagged

from ..core.rate_series import RateError
from ..models.rate_client import (
    BDF_URL,
    ECB_URL,
    Limits,
    fetch,
    get_ecb_url,
    get_key_headers,
    get_webstat_url,
)
from .rate_server import KEY, RateServer

FIRST = datetime.date(2024, 12, 25)


@tagged("post_install", "-at_install")
class TestRateClient(unittest.TestCase):
    """The client and its server; without Odoo, which makes short timeouts long."""

    def setUp(self):
        super().setUp()
        self.server = RateServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def _fetch_bdf(self, key=KEY, **limits):
        url = get_webstat_url(self.server.url)
        return fetch(url, get_key_headers(key), Limits(**limits))

    def _fetch_ecb(self, **limits):
        return fetch(get_ecb_url(self.server.url, FIRST), {}, Limits(**limits))

    def assert_fails(self, key, detail="", fault=None, **limits):
        self.server.faults["ecb"] = fault
        with self.assertRaises(RateError) as caught:
            self._fetch_ecb(**limits)
        self.assertEqual((caught.exception.key, caught.exception.detail), (key, detail))

    def test_the_documented_addresses(self):
        self.assertEqual(
            get_ecb_url(ECB_URL, FIRST),
            "https://data-api.ecb.europa.eu/service/data/FM/D.U2.EUR.4F.KR.MRR_FR.LEV"
            "?format=csvdata&startPeriod=2024-12-25",
        )
        self.assertEqual(
            get_webstat_url(BDF_URL + "/"),
            "https://webstat.banque-france.fr/api/explore/v2.1/catalog/datasets/"
            "observations/exports/json/?where=series_key%20IN%20%28%22"
            "FM.H.FR.EUR.FR2.LIR.IFRLEGAL_PROF.YLD%22%29",
        )

    def test_both_answer(self):
        self.assertEqual(self._fetch_ecb(), self.server.answers["ecb"])
        self.assertEqual(self._fetch_bdf(), self.server.answers["bdf"])
        (ecb, ecb_query, ecb_headers), (bdf, _query, bdf_headers) = self.server.calls
        self.assertEqual((ecb, bdf), ("ecb", "bdf"))
        self.assertEqual(ecb_query["startPeriod"], "2024-12-25")
        # The key goes to its own source alone.
        self.assertNotIn("Authorization", ecb_headers)
        self.assertEqual(bdf_headers["Authorization"], f"Apikey {KEY}")

    def test_wrong_key(self):
        with self.assertRaises(RateError) as caught:
            self._fetch_bdf(key="another-secret")
        self.assertEqual(caught.exception.key, "login")
        self.assertNotIn("secret", str(caught.exception))

    def test_keys_that_cannot_be_sent(self):
        for key, error in (
            ("", "no_key"),
            ("a\r\nHost: x", "bad_key"),
            ("clé", "bad_key"),
        ):
            with self.assertRaises(RateError) as caught:
                get_key_headers(key)
            self.assertEqual(str(caught.exception), error)
        self.assertEqual(self.server.calls, [])

    def test_statuses(self):
        for status, key in (
            (204, "refused"),
            (302, "moved"),
            (400, "refused"),
            (403, "login"),
            (404, "not_found"),
            (429, "busy"),
            (500, "server"),
            (503, "server"),
        ):
            with self.subTest(status=status):
                self.assert_fails(key, str(status), (status, b""))

    def test_a_redirection_does_not_take_the_key_elsewhere(self):
        with RateServer() as other:
            headers = [("Location", other.url)]
            self.server.faults["bdf"] = (302, b"", 0, headers)
            with self.assertRaises(RateError) as caught:
                self._fetch_bdf()
            self.assertEqual(caught.exception.key, "moved")
            self.assertEqual(other.calls, [])

    def test_lost_lines(self):
        self.assert_fails("unreachable", fault="drop")
        self.server.faults["ecb"] = "cut"
        with self.assertRaises(RateError) as caught:
            self._fetch_ecb()
        self.assertEqual(caught.exception.key, "lost")

    def test_slow_answers(self):
        self.assert_fails("timeout", fault="slow", timeout=0.2)
        # Each byte comes in time, the answer does not.
        self.assert_fails("timeout", fault="trickle", timeout=5, longest=0.3)

    def test_a_silence_within_the_answer(self):
        self.assert_fails("timeout", fault="trickle", timeout=0.02)

    def test_large_answers(self):
        self.assert_fails("large", "1 KiB", (200, b"K" * 1025), largest=1024)

    def test_nobody_there(self):
        url = self.server.url
        with RateServer() as gone:
            url = gone.url
        with self.assertRaises(RateError) as caught:
            fetch(get_ecb_url(url, FIRST), {})
        self.assertEqual(caught.exception.key, "unreachable")

    def test_only_encrypted_addresses(self):
        for url in ("http://example.com", "ftp://127.0.0.1", "https://[", "", "x"):
            with self.assertRaises(RateError) as caught:
                fetch(url, {})
            self.assertEqual(caught.exception.key, "insecure", url)
