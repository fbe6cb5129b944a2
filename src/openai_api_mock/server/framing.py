"""Replies as HTTP/1.1 puts them on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from ..wire import Headers

LAST_CHUNK = b"0\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
CLOSE = b"connection: close\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# What the engine writes anew for every reply comes first: date, content type, time taken, request id, ray.
_FRESH = 5


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")


STATUS_LINES = {status: _status_line(status) for status in range(100, 1000)}


def has_body(status: int) -> bool:
    return status not in (204, 304) and status >= 200


def frame(data: bytes) -> bytes:
    """One HTTP chunk. Never for no data: that would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def whole(head: bytes, chunks: Sequence[bytes]) -> bytes:
    """A reply whose chunks are all due, in one HTTP chunk: it is copied once."""
    size = sum(map(len, chunks))
    if not size:
        return head + LAST_CHUNK
    return b"".join([head, b"%x\r\n" % size, *chunks, b"\r\n", LAST_CHUNK])


class HeadWriter:
    """Writes the heads of replies. Remembers what most of them have in common."""

    def __init__(self) -> None:
        self._standing: dict[int, tuple[Headers, bytes]] = {}

    def write(self, status: int, headers: Headers, ending: bytes) -> bytes:
        """The whole head; `ending` is the lines that the server adds.

        Raises UnicodeEncodeError where a header can't be sent.
        """
        fresh = "".join([f"{name}: {value}\r\n" for name, value in headers[:_FRESH]]).encode("latin-1")
        return b"%b%b%b%b\r\n" % (STATUS_LINES[status], fresh, self._rest(headers), ending)

    def _rest(self, headers: Headers) -> bytes:
        # The engine's replies share their standing headers, so that this compares identities.
        rest = headers[_FRESH:]
        known = self._standing.get(len(rest))
        if known is not None and known[0] == rest:
            return known[1]
        written = "".join([f"{name}: {value}\r\n" for name, value in rest]).encode("latin-1")
        self._standing[len(rest)] = rest, written
        return written
