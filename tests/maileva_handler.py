# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""HTTP of our own Maileva: one request, answered or spoilt."""

import json
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        """Answer one request, spoilt when a test asked for it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        self.server.calls.append(f"{method} {path}")
        fault = self.server.take_fault(f"{method} {path}")
        if fault and self.spoil(fault):
            return
        if path.endswith("/token"):
            result = self.server.give_token(self.headers, body)
        elif self.headers.get("Authorization") not in self.server.tokens:
            result = 401, {"code": "UNAUTHORIZED", "message": "token"}
        else:
            query = parse_qs(urlsplit(self.path).query)
            with self.server.lock:
                result = self.server.route(method, path, query, self.headers, body)
        if fault == "reset_after":
            return self.drop()
        if fault == "garbled":
            return self.send(200, b"{ not json", "application/json")
        status, content = result
        if isinstance(content, bytes):
            return self.send(status, content, "application/pdf")
        self.send(status, json.dumps(content).encode(), "application/json")

    def spoil(self, fault):
        """Answer badly before anything is done; False when it is to be done first."""
        if fault == "reset":
            self.drop()
        elif fault == "slow":
            time.sleep(self.server.slow_seconds)
            return False
        elif fault == "html":
            self.send(200, b"<html>maintenance</html>", "text/html")
        elif isinstance(fault, tuple):
            status, headers, content = fault
            self.send(status, json.dumps(content).encode(), "application/json", headers)
        else:
            return False
        return True

    def drop(self):
        """Close the line without a word."""
        self.close_connection = True
        self.connection.close()

    def send(self, status, content, kind, headers=()):
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True
