# Part of account_collection. Licence LGPL-3, see the LICENSE file.

"""A Maileva of our own: answers as its OpenAPI descriptions say, or badly when asked.

It keeps what it gets in memory and speaks HTTP on a free port of this machine. A test
moves a sending on with ``process``, ``reject``... and reads ``submitted`` to see what
would have left. ``fail`` spoils the answers of some calls.
"""

import base64
import json
import re
import secrets
import threading
from email import message_from_bytes
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs

from .maileva_handler import Handler

PDF = b"%PDF-1.4 proof\n%%EOF"
LOGIN = ("app", "app-secret", "user", "user-secret")
MOMENT = "2026-10-01T07:21:40.757Z"


class MailevaServer(ThreadingHTTPServer):
    """A running server; use it in a ``with``."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.lock = threading.RLock()
        self.slow_seconds = 1.0
        self.reset()

    def reset(self):
        """Forget everything, as before the first call."""
        self.calls = []
        self.faults = []
        self.tokens = set()
        self.token_life = 3600
        self.page_limit = 500
        self.numbers = 0
        #: product path -> sending id -> sending
        self.products = {"mail/v2": {}, "registered_mail/v4": {}}

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

    # === FOR TESTS === #

    def fail(self, call, fault, times=1):
        """Spoil the next calls that match.

        :param call: regular expression of "METHOD path"
        :param fault: ``reset`` (nothing done), ``reset_after`` (done, no answer),
            ``slow``, ``garbled`` (done), ``html``, or (status, headers, content)
        """
        self.faults.append([re.compile(call), fault, times])

    def take_fault(self, call):
        for entry in self.faults:
            pattern, fault, times = entry
            if times and pattern.search(call):
                entry[2] -= 1
                return fault
        return None

    def count(self, call):
        return sum(bool(re.search(call, one)) for one in self.calls)

    @property
    def sendings(self):
        return [one for product in self.products.values() for one in product.values()]

    @property
    def submitted(self):
        """The references of the letters that would have left, in their order."""
        gone = [one for one in self.sendings if one["submissions"]]
        return [
            one["custom_id"] for one in gone for _number in range(one["submissions"])
        ]

    def process(self, sending, moment=MOMENT, number=None, proof=True):
        """Let a letter be posted, with its number and proof when it is registered."""
        sending.update(status="PROCESSED", processed_date=moment)
        recipient = sending["recipients"][0]
        recipient["status"] = "PROCESSED"
        if sending["product"].startswith("registered"):
            self.numbers += 1
            if number is None:
                number = f"1E{232062141 + self.numbers:011d}"
            recipient["registered_number"] = number
            recipient["postage_price"] = 5.74
            if proof:
                path = f"/sendings/{sending['id']}/recipients/{recipient['id']}"
                recipient["deposit_proof_date"] = moment
                recipient["deposit_proof_url"] = f"{path}/download_deposit_proof"

    def deliver(self, sending, code, moment="2026-10-03T08:00:00.000Z", **values):
        """Add a delivery status, and other facts of the recipient."""
        recipient = sending["recipients"][0]
        recipient.setdefault("delivery_statuses", []).append(
            {"code": code, "label": f"label {code}", "date": moment}
        )
        recipient.update(values)

    # === ANSWERS === #

    def give_token(self, headers, body):
        form = {key: value[0] for key, value in parse_qs(body.decode()).items()}
        client, secret, user, password = LOGIN
        basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
        if headers.get("Authorization") != f"Basic {basic}" or (
            form.get("grant_type"),
            form.get("username"),
            form.get("password"),
        ) != ("password", user, password):
            error = {"code": "CLIENT_ERROR", "message": "Authentication failed"}
            return 401, {"errors": [error]}
        token = secrets.token_hex(8)
        self.tokens.add(f"Bearer {token}")
        return 200, {"access_token": token, "expires_in": self.token_life}

    def route(self, method, path, query, headers, body):
        for product, sendings in self.products.items():
            prefix = f"/{product}/"
            if path.startswith(prefix):
                parts = path[len(prefix) :].split("/")
                return self.answer_product(
                    product, sendings, method, parts, query, headers, body
                )
        return 404, {"code": "NOT_FOUND", "message": path}

    def answer_product(self, product, sendings, method, parts, query, headers, body):
        if parts[0] == "global_deposit_proofs":
            return 200, PDF
        if len(parts) == 1:
            if method == "POST":
                return self.add(product, sendings, json.loads(body))
            return 200, self.page("sendings", list(sendings.values()), query)
        sending = sendings.get(parts[1])
        if not sending:
            return 404, {"code": "SENDING_NOT_FOUND", "message": "unknown"}
        if method != "GET" and sending["status"] != "DRAFT":
            error = {"code": "SENDING_STATUS_IS_NOT_DRAFT", "message": "not a draft"}
            return 400, {"errors": [error]}
        if len(parts) == 2:
            if method == "DELETE":
                del sendings[parts[1]]
                return 204, b""
            return 200, self.show(sending)
        return self.answer_below(sending, method, parts[2:], query, headers, body)

    def answer_below(self, sending, method, parts, query, headers, body):
        if parts[0] == "submit":
            return self.submit(sending)
        if parts[-1].startswith("download_"):
            return 200, PDF
        if parts[-1] == "delivery_statuses":
            rows = sending["recipients"][0].get("statuses_v2", [])
            return 200, {"delivery_statuses": rows, "paging": {}}
        return self.answer_part(sending, method, parts, query, headers, body)

    def add(self, product, sendings, values):
        if not values.get("name"):
            error = {"code": "EMPTY_NAME", "message": "no name"}
            return 400, {"errors": [error]}
        sending = {
            **values,
            "id": secrets.token_hex(16),
            "product": product,
            "status": "DRAFT",
            "documents": [],
            "recipients": [],
            "submissions": 0,
        }
        sendings[sending["id"]] = sending
        return 201, self.show(sending)

    def submit(self, sending):
        if not sending["documents"] or not sending["recipients"]:
            error = {"code": "DOCUMENT_NOT_FOUND", "message": "nothing to send"}
            return 400, {"errors": [error]}
        sending["status"] = "PENDING"
        sending["submissions"] += 1
        return 200, b""

    def answer_part(self, sending, method, parts, query, headers, body):
        """Documents and recipients of a draft."""
        kind = parts[0]
        rows = sending[kind]
        if method == "GET":
            shown = [
                {key: value for key, value in row.items() if key != "content"}
                for row in rows
            ]
            return 200, self.page(kind, shown, query)
        if method == "DELETE":
            rows[:] = [one for one in rows if parts[1:] and one["id"] != parts[1]]
            return 204, b""
        row = {"id": secrets.token_hex(16)}
        if kind == "documents":
            row.update(self.read_document(headers, body))
        else:
            row.update(json.loads(body), status="DRAFT")
            if sending["product"].startswith("registered"):
                row["delivery_statuses"] = []
            for line in range(1, 7):
                if len(row.get(f"address_line_{line}") or "") > 38:
                    code = f"ADDRESS_LINE_{line}_TOO_LONG"
                    return 400, {"errors": [{"code": code, "message": "38"}]}
        rows.append(row)
        return 201, {key: value for key, value in row.items() if key != "content"}

    @staticmethod
    def read_document(headers, body):
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="Content-Disposition"): part
            for part in message_from_bytes(head + body).get_payload()
        }
        metadata = json.loads(parts["metadata"].get_payload(decode=True))
        content = parts["document"].get_payload(decode=True)
        return {**metadata, "content": content, "size": len(content)}

    def page(self, key, rows, query):
        start = int(query.get("start_index", ["1"])[0]) - 1
        count = min(int(query.get("count", ["50"])[0]), self.page_limit)
        shown = [self.show(row) for row in rows[start : start + count]]
        return {key: shown, "paging": {"total_results": len(rows)}}

    @staticmethod
    def show(row):
        hidden = ("documents", "recipients", "submissions", "product", "statuses_v2")
        return {key: value for key, value in row.items() if key not in hidden}
