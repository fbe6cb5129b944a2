"""HTTP/1.1 by hand, so that a test sees what is on the wire and when it came."""

from __future__ import annotations

import json
import socket
import time
from typing import Any, NamedTuple

PATIENCE = 10.0
"""Seconds after which a server that doesn't answer fails the test."""


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection to a server on 127.0.0.1."""

    def __init__(self, port: int, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self._buffer = b""

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes, method: str = "POST") -> Response:
        self.send(data)
        return self.response(method)

    def response(self, method: str = "POST") -> Response:
        """The next whole response to a request with that method."""
        status, headers = self.head()
        if method == "HEAD" or status in (204, 304):
            return Response(status, headers, b"")
        if "content-length" in headers:
            return Response(status, headers, self.exactly(int(headers["content-length"])))
        if headers.get("transfer-encoding") == "chunked":
            return Response(status, headers, b"".join(iter(self.chunk, b"")))
        return Response(status, headers, self.rest())

    def head(self) -> tuple[int, dict[str, str]]:
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").splitlines()[:-1]
        fields = [line.split(": ", 1) for line in lines]
        return int(first.split()[1]), {name: value for name, value in fields}  # noqa: C416  # the later wins

    def chunk(self) -> bytes:
        """The next chunk of a chunked body; empty: it was the last."""
        data = self.exactly(int(self.until(b"\r\n"), 16))
        assert self.exactly(2) == b"\r\n"
        return data

    def event(self) -> tuple[float, str]:
        """When the next server-sent event of a chunked body had come, and its data."""
        data = self.chunk()
        now = time.monotonic()
        assert data.startswith(b"data: "), data
        assert data.endswith(b"\n\n"), data
        return now, data[6:-2].decode()

    def until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._receive()
        data, found, self._buffer = self._buffer.partition(end)
        return data + found

    def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def rest(self) -> bytes:
        """All that comes until the server closes the connection."""
        data = self._buffer
        self._buffer = b""
        while received := self.socket.recv(65536):
            data += received
        return data

    def _receive(self) -> None:
        received = self.socket.recv(65536)
        assert received, f"the server closed the connection after {self._buffer!r}"
        self._buffer += received


def post(body: object = None, *lines: str, path: str = "/v1/chat/completions", version: str = "1.1") -> bytes:
    """A request for a chat completion, or with another body, with further header lines."""
    content = body if isinstance(body, bytes) else json.dumps(chat() if body is None else body).encode()
    head = [f"POST {path} HTTP/{version}", "Host: mock", "Content-Type: application/json"]
    return "\r\n".join([*head, f"Content-Length: {len(content)}", *lines, "", ""]).encode() + content


def get(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: mock", *lines, "", ""]).encode()


def chat(content: str = "Hello!", **arguments: object) -> dict[str, object]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": content}], **arguments}


def said(response: Response) -> str:
    """The text of a chat completion."""
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def events(response: Response) -> list[str]:
    """The data of all server-sent events."""
    return [event.removeprefix("data: ") for event in response.body.decode().split("\n\n")[:-1]]
