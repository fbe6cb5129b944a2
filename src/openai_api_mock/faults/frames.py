"""What arrives over a WebSocket of a reply that faults have spoiled: text frames, and how the connection ends."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..answer import JSON
from ..errors import APIError
from ..wire import Reply, Stream

INTERNAL_ERROR = 1011
"""The code that a server closes a connection with which it can't go on with (RFC 6455)."""


def close_code(reply: Reply) -> int | None:
    """The code that the connection is closed with; None where it holds, be it that nothing more ever comes."""
    return None if reply.broken is None or reply.broken.how == "hang" else INTERNAL_ERROR


def arriving(reply: Reply, frames: Sequence[bytes]) -> Stream:
    """Those of its frames that come, and when. A message arrives whole or not at all, so one that is cut doesn't."""
    assert isinstance(reply.body, Stream)
    came = frames[:-1] if reply.broken is not None and frames and not _is_json(frames[-1]) else frames
    return Stream(came, reply.body.times and reply.body.times[: len(came)])


def as_scripted(reply: Reply) -> Stream:
    """The frames of what a script gave to be sent as it is, framed as in a stream of server-sent events."""
    assert isinstance(reply.body, Stream)
    frames = [data for chunk in reply.body.chunks if (data := chunk.partition(b"data: ")[2].rstrip(b"\n"))]
    return Stream(arriving(reply, frames).chunks)


def error_of(reply: Reply) -> JSON:
    """The error that a reply's body holds, or that stands for a body of somebody else's; None: there is no body."""
    assert isinstance(reply.body, bytes)
    if not reply.body:
        return None
    try:
        return msgspec.json.decode(reply.body)["error"]
    except (msgspec.DecodeError, LookupError, TypeError):
        return APIError(500, reply.body.decode("utf-8", "replace"), "server_error", code="mock_failed").body()["error"]


def _is_json(frame: bytes) -> bool:
    try:
        msgspec.json.decode(frame)
    except msgspec.DecodeError:
        return False
    return True
