"""Replies under which the connection fails: what goes on the wire until then, and how it fails."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

from ..errors import APIError
from ..wire import Break, Reply, Stream
from .framing import CHUNKED, HeadWriter, frame
from .pacing import Part, parts_of

RESETS = frozenset(("refused", "dns", "tls", "reset"))
"""A server that has taken the connection can't refuse it, and none without TLS can fail at that: it resets instead."""
_AT_ONCE = struct.pack("ii", 1, 0)
_SOON = 0.001
"""Seconds until it is looked again whether all has left."""


def parts_under(reply: Reply, broken: Break, heads: HeadWriter, *, chunks: bool, separate: bool) -> list[Part]:
    """What goes on the wire before the connection fails, and when. `chunks`: whether the client knows HTTP's chunks."""
    if broken.headless:
        return [(reply.delay, broken.raw)]
    body, length = reply.body, broken.length
    if isinstance(body, bytes):
        length = len(body) if length is None else length
        body = Stream([body])
    framed = length is None and chunks
    ending = b"content-length: %d\r\n" % length if length is not None else CHUNKED if framed else b""
    parts = parts_of(body, reply.delay, separate)
    if framed:
        parts = [(at, frame(data)) for at, data in parts]
    last = parts[-1][0] if parts else reply.delay
    return [(reply.delay, heads.write(reply.status, reply.headers, ending)), *parts, (last, broken.raw)]


def reset(transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
    """Reset the connection once all that was written has left."""
    if transport.is_closing():
        return
    if transport.get_write_buffer_size():
        loop.call_later(_SOON, reset, transport, loop)
        return
    # Of a copy: the transport's own socket is hidden. The option is the connection's.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as copy:
        copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def not_here(broken: Break) -> APIError:
    """The refusal of a server that can't do this to its connections."""
    return APIError(
        501,
        f"this fault ({broken.how}) is below HTTP, and needs the connection itself: an ASGI application doesn't have "
        "it. `openai-api-mock serve` and the mock in process do.",
        "server_error",
        code="mock_not_possible",
        headers=(("x-should-retry", "false"),),
    )
