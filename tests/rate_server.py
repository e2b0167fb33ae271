# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""Both sources of rates on a port of this machine: documented answers, or bad ones."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from ..core.rate_series import LEGAL_PRO_SERIES
from ..models.rate_client import BDF_PATH, ECB_PATH
from .rate_answers import ecb, webstat

KEY = "webstat-secret"
NOT_FOUND = b'{"title": "Not Found", "status": 404, "detail": "No Series was returned"}'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: one[0] for name, one in parse_qs(parts.query).items()}
        source = "bdf" if parts.path == BDF_PATH else "ecb"
        self.server.calls.append((source, query, dict(self.headers)))
        try:
            self.answer(source, parts.path, query)
        except OSError:
            self.close_connection = True

    def answer(self, source, path, query):
        fault = self.server.faults.get(source)
        if fault == "drop":
            self.close_connection = True
            self.connection.close()
        elif fault == "slow":
            time.sleep(self.server.slow_seconds)
            self.send(200, b"")
        elif fault == "trickle":
            self.trickle()
        elif fault == "cut":
            self.send(200, self.server.answers[source][:-20], short=20)
            self.close_connection = True
        elif isinstance(fault, tuple):
            self.send(*fault)
        else:
            self.send(*self.route(source, path, query))

    def route(self, source, path, query):
        """Answer as documented."""
        if source == "bdf":
            if self.headers["Authorization"] != f"Apikey {KEY}":
                return 401, b'{"error_code": "Unauthorized"}'
            if query.get("where") != f'series_key IN ("{LEGAL_PRO_SERIES}")':
                return 200, b"[]"
        elif path != f"{ECB_PATH}D.U2.EUR.4F.KR.MRR_FR.LEV":
            return 404, NOT_FOUND
        elif query.get("format") != "csvdata":
            return 406, b"<structure/>"
        return 200, self.server.answers[source]

    def send(self, status, content, short=0, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + short))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def trickle(self):
        """One byte now and then: never silent, never done."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _number in range(1000):
            self.wfile.write(b"K")
            time.sleep(0.05)


class RateServer(ThreadingHTTPServer):
    """A running server; use it in a ``with``.

    ``answers`` holds what each source says, ``faults`` how it goes wrong: ``drop``,
    ``slow``, ``trickle``, ``cut`` or (status, content).
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.slow_seconds = 1.0
        self.reset()

    def reset(self):
        self.calls = []
        self.faults = {}
        self.answers = {
            "bdf": webstat(("2026-S2", 2.75), ("2026-S1", 2.62)),
            "ecb": ecb(("2026-06-30", "2.15"), ("2026-07-01", "2.40")),
        }

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *arguments):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request, client_address):
        """A client that went away is part of the tests."""
