"""What the engine and its front ends share: a request, a reply, and a reply that is still to come.

The engine is pure: it turns a `Request` into a `Reply` and never waits, opens a socket or imports an HTTP library. A
front end (a patched client, a server) makes the one and plays out the other on the engine's clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import IO, Any

import msgspec

Headers = list[tuple[str, str]]


class Request(msgspec.Struct):
    """One HTTP request, as it came."""

    method: str
    path: str
    """Percent-encoded and without the query; what a base URL puts before `/v1` is already gone."""
    query: str = ""
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes | IO[bytes] = b""
    """Bytes, or a file where the front end spooled a large upload to disk."""
    azure: bool = False
    """Whether the host is one of Azure's, so that its forms apply even where the path doesn't say so."""


class Stream(msgspec.Struct, frozen=True):
    """A body in parts. `times[i]` is when chunk i is due, in seconds after the reply was given; None: all at once."""

    chunks: Sequence[bytes]
    times: Sequence[float] | None = None

    def join(self) -> bytes:
        return b"".join(self.chunks)


class Reply(msgspec.Struct):
    """What to send back."""

    status: int
    headers: Headers
    body: bytes | Stream
    delay: float = 0.0
    """Seconds from the engine's reply to the first byte of the head."""


class Pending(msgspec.Struct):
    """A reply that waits for a user's coroutine: await `awaitable`, then `resume(value)` gives the reply.

    If the awaitable raises, `fail(exception)` records that and gives what to raise instead.
    """

    awaitable: Awaitable[Any]
    resume: Callable[[Any], Reply]
    fail: Callable[[BaseException], Exception]


def due_together(stream: Stream) -> list[tuple[float, bytes]]:
    """The stream's chunks as (seconds, bytes), those that are due at the same instant joined into one."""
    if stream.times is None:
        return [(0.0, stream.join())]
    runs: list[tuple[float, list[bytes]]] = []
    for at, chunk in zip(stream.times, stream.chunks, strict=True):
        if runs and runs[-1][0] == at:
            runs[-1][1].append(chunk)
        else:
            runs.append((at, [chunk]))
    return [(at, b"".join(chunks)) for at, chunks in runs]
