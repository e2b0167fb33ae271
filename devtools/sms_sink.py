"""An SMS service that keeps what it gets: the catch-all of demo and tests.

It answers as Odoo's own service does (JSON-RPC over HTTP, ``/api/sms/3/send``), and can
behave badly, so that every failure of a real service can be seen.
"""

import http.server
import json
import threading
import time
from pathlib import Path

#: accept; answer the state that follows; answer an error of the service; drop the line
#: after having kept the messages; answer what is no answer; wait
MODES = ("accept", "state", "error", "drop", "rubbish", "slow", "broken")
SLOW_SECONDS = 30


class Handler(http.server.BaseHTTPRequestHandler):
    """One call of the service."""

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        call = json.loads(self.rfile.read(size))
        mode = self.server.mode
        if mode == "broken":
            self.answer({"error": "proxy"}, status=502)
            return
        if mode == "error":
            error = {"data": {"name": "odoo.exceptions.ValidationError"}}
            self.answer({"jsonrpc": "2.0", "id": call.get("id"), "error": error})
            return
        results = self.server.keep(call.get("params") or {})
        if mode == "drop":
            self.close_connection = True
            return
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
        if mode == "rubbish":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Welcome to the hotel's network</html>")
            return
        self.answer({"jsonrpc": "2.0", "id": call.get("id"), "result": results})

    def answer(self, content: dict, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words) -> None:
        """Say nothing: the server's terminal is the demo's."""


class Sink(http.server.ThreadingHTTPServer):
    """A running sink on a free port of this machine.

    :param folder: where messages are kept, one file each; None = only counted
    :param mode: see ``MODES``
    :param state: what ``state`` answers for every number
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path | None = None,
        mode: str = "accept",
        state: str = "success",
    ):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.mode = mode
        self.state = state
        self.calls: list[dict] = []
        self.kept: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def endpoint(self) -> str:
        """Address for the parameter ``sms.endpoint`` of a database."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def keep(self, params: dict) -> list[dict]:
        """Keep the messages of a call, return what is answered for each."""
        results = []
        with self.lock:
            self.calls.append(params)
            for message in params.get("messages", ()):
                for number in message["numbers"]:
                    results.append(self.keep_one(number, message["content"]))
        return results

    def keep_one(self, number: dict, content: str) -> dict:
        state = "success"
        if self.mode == "state":
            state = self.state
        if state == "success":
            self.kept.append((number["number"], content))
            if self.folder:
                path = self.folder / f"{len(self.kept):06d}.txt"
                path.write_text(f"{number['number']}\n{content}\n", encoding="utf-8")
        return {"uuid": number["uuid"], "state": state, "credit": 1}

    def __enter__(self) -> "Sink":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self.shutdown()
        self.server_close()
