"""A mail server that keeps what it gets: the catch-all of demo, replay and tests.

It can also behave badly, so that every failure of a real server can be seen.
"""

import socketserver
import threading
import time
from pathlib import Path

#: accept; refuse the recipient; accept and drop the line before saying so; wait
MODES = ("accept", "refuse", "drop", "slow")
SLOW_SECONDS = 30


class Handler(socketserver.StreamRequestHandler):
    """One SMTP conversation (RFC 5321, the commands that a client needs)."""

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        recipients: list[str] = []
        while line := self.rfile.readline():
            words = line.decode(errors="replace").strip()
            verb = words[:4].upper()
            if verb in ("EHLO", "HELO"):
                self.say("250 sink")
            elif verb == "RCPT" and self.server.mode == "refuse":
                self.say("550 5.1.1 user unknown")
            elif verb == "RCPT":
                recipients.append(words[8:].strip("<> "))
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                content = self.read_data()
                self.server.keep(recipients, content)
                recipients = []
                if self.server.mode == "drop":
                    return
                if self.server.mode == "slow":
                    time.sleep(SLOW_SECONDS)
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def read_data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class Sink(socketserver.ThreadingTCPServer):
    """A running sink on a free port of this machine.

    :param folder: where messages are kept, one file each; None = only counted
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path | None = None, mode: str = "accept"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.mode = mode
        self.kept: list[tuple[list[str], bytes]] = []
        self.lock = threading.Lock()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def keep(self, recipients: list[str], content: bytes) -> None:
        """Keep a message."""
        with self.lock:
            self.kept.append((recipients, content))
            if self.folder:
                path = self.folder / f"{len(self.kept):06d}.eml"
                path.write_bytes(content)

    def __enter__(self) -> "Sink":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self.shutdown()
        self.server_close()
