"""An application that takes webhooks over HTTP, on a port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from openai import OpenAI

READER = OpenAI(api_key="x")


class Hooks:
    """Remembers what it was sent, and answers with the statuses that it is given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.events: list[tuple[str, str]] = []
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.secret: str | None = None
        """What it verifies by; None: it doesn't."""
        self.changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks?from=mock"

    def wait(self, count: int = 1, timeout: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.sent) >= count, timeout), self.events

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self.changed:
            self.sent.append(({**headers, ":path": path}, body))
            if self.secret is not None:
                event: Any = READER.webhooks.unwrap(body, headers, secret=self.secret)
                self.events.append((event.type, event.data.id))
            self.changed.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = hooks.take(self.path, headers, body)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", hooks.url)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    made = Hooks()
    yield made
    made.close()
