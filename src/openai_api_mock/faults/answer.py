"""Faults in the answer: what arrives of a finished reply, and how."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import msgspec

from ..wire import Break, Reply, Stream
from .body import (
    first,
    place_of_done,
    place_of_finish,
    put,
    rearrange,
    set_header,
    size_of,
    size_of_first,
    times,
    which,
)
from .spelling import Fault

Spoil = Callable[[Reply, Fault], None]


def spoil(reply: Reply, faults: Sequence[Fault]) -> None:
    """Have a reply suffer these faults, one after the other. Those that aren't of the answer have struck already; to be
    empty comes last, since it leaves nothing to spoil."""
    for fault in sorted(faults, key=lambda fault: fault.name == "empty_body"):
        strike = SPOILS.get(fault.name)
        if strike is not None and not reply.broken:
            if reply.file is not None:
                reply.body, reply.file = reply.file.read(), None
            strike(reply, fault)


# When it arrives


def _slow_headers(reply: Reply, fault: Fault) -> None:
    seconds = fault.get("seconds")
    reply.delay += seconds
    body = reply.body
    if isinstance(body, Stream) and body.times is not None:
        reply.body = msgspec.structs.replace(body, times=[at + seconds for at in body.times])


def _stall(reply: Reply, fault: Fault) -> None:
    body, seconds = reply.body, fault.get("seconds")
    if seconds is None:
        half = size_of(body) // 2
        _break(reply, "hang", size_of_first(body, fault.get("chunks")) if isinstance(body, Stream) else half)
        return
    stream = body if isinstance(body, Stream) else Stream([body[: len(body) // 2], body[len(body) // 2 :]])
    begin = min(fault.get("chunks"), len(stream.chunks) - 1)
    due = times(stream, reply.delay)
    reply.body = Stream(stream.chunks, [at + seconds * (index >= begin) for index, at in enumerate(due)])


def _dribble(reply: Reply, fault: Fault) -> None:
    body, size, seconds = reply.body, fault.get("bytes"), fault.get("seconds")
    stream = body if isinstance(body, Stream) else Stream([body])
    pieces: list[bytes] = []
    due: list[float] = []
    for chunk, at in zip(stream.chunks, times(stream, reply.delay), strict=True):
        for start in range(0, len(chunk), size):
            pieces.append(chunk[start : start + size])
            due.append(max(at, due[-1] + seconds) if due else at)
    reply.body = Stream(pieces, due)


# How much of it arrives


def _cut(reply: Reply, fault: Fault) -> None:
    body, at = reply.body, fault.get("at")
    how = "reset" if fault.get("reset") else "close"
    if at == "character":
        _cut_in_character(reply, how)
        return
    size = size_of(body) // 2
    if fault.get("bytes") is not None:
        size = fault.get("bytes")
    elif isinstance(body, Stream) and fault.get("chunks") is not None:
        size = size_of_first(body, fault.get("chunks"))
    elif isinstance(body, Stream) and at is not None:
        size = size_of_first(body, place_of_finish(body) if at == "finish" else place_of_done(body))
    _break(reply, how, size)


def _break(reply: Reply, how: str, size: int) -> None:
    """Leave so many bytes of the body, never all of one in one piece."""
    body = reply.body
    length = None
    if isinstance(body, bytes):
        length, size = len(body), min(size, len(body) - 1)
    reply.body = first(body, size)
    reply.broken = Break(how, length=length)  # type: ignore[arg-type]  # one of its words


def _cut_in_character(reply: Reply, how: str) -> None:
    """End in the middle of a character; where the text has none of several bytes, in that of an é put there."""
    body = reply.body
    whole = body if isinstance(body, bytes) else body.join()
    # From the middle on, so that something comes before; a lead byte begins a character of several.
    found = next((at for at in range(len(whole) // 2, len(whole)) if whole[at] >= 0xC0), None)
    if found is None:
        found = next((at for at in range(len(whole) // 2) if whole[at] >= 0xC0), None)
    if found is not None:
        _break(reply, how, found + 1)
        return
    _break(reply, how, len(whole) // 2)
    kept = reply.body
    half = "é".encode()[:1]
    if isinstance(kept, bytes):
        reply.body = kept + half
    elif kept.chunks:
        reply.body = Stream([*kept.chunks[:-1], kept.chunks[-1] + half], kept.times)


def _empty_body(reply: Reply, fault: Fault) -> None:
    reply.body = b""


# How it is framed


def _malformed_chunk(reply: Reply, fault: Fault) -> None:
    body = reply.body
    if isinstance(body, Stream):
        reply.body = first(body, size_of_first(body, fault.get("chunks")))
    else:
        reply.body = Stream([body[: len(body) // 2]])
    reply.broken = Break("bad_chunk", raw=b"This is no chunk.\r\n")


def _wrong_length(reply: Reply, fault: Fault) -> None:
    body = reply.body
    size = size_of(body)
    told = max(size + fault.get("by"), 0)
    if told >= size:
        reply.broken = Break("close", length=told)
        return
    whole = body if isinstance(body, bytes) else body.join()
    reply.body = first(body, told)
    reply.broken = Break("short_length", length=told, raw=whole[told:])


def _wrong_content_type(reply: Reply, fault: Fault) -> None:
    set_header(reply, "content-type", fault.get("type"))


def _corrupt_gzip(reply: Reply, fault: Fault) -> None:
    body = reply.body
    whole = body if isinstance(body, bytes) else body.join()
    packer = zlib.compressobj(wbits=31)
    packed = bytearray(packer.compress(whole) + packer.flush())
    # The first byte behind gzip's header: no block of deflate begins so, and nothing is unpacked before that is seen.
    packed[10] = 0xFF
    reply.body = bytes(packed) if isinstance(body, bytes) else Stream([bytes(packed)], body.times and body.times[-1:])
    set_header(reply, "content-encoding", "gzip")


# What its events say


def _malformed_json(reply: Reply, fault: Fault) -> None:
    body = reply.body
    if isinstance(body, bytes):
        reply.body = _half(body)
        return
    at = which(body, fault)
    head, data, event = body.chunks[at].partition(b"data: ")
    if data:
        put(reply, body, at, head + data + _half(event.rstrip(b"\n")) + b"\n\n")
    else:  # a WebSocket's frame
        put(reply, body, at, _half(head))


def _half(text: bytes) -> bytes:
    """Its first half, in whole characters."""
    return text[: len(text) // 2].decode("utf-8", "ignore").encode()


def _duplicate_chunk(reply: Reply, fault: Fault) -> None:
    body = reply.body
    assert isinstance(body, Stream)
    at = which(body, fault)
    order = [*range(at + 1), *range(at, len(body.chunks))]
    rearrange(reply, body, order)


def _swap_chunks(reply: Reply, fault: Fault) -> None:
    body = reply.body
    assert isinstance(body, Stream)
    at = max(which(body, fault), 1)
    order = list(range(len(body.chunks)))
    order[at - 1 : at + 1] = reversed(order[at - 1 : at + 1])
    rearrange(reply, body, order)


def _drop_chunk(reply: Reply, fault: Fault) -> None:
    body = reply.body
    assert isinstance(body, Stream)
    at = which(body, fault)
    rearrange(reply, body, [index for index in range(len(body.chunks)) if index != at])


def _comments(reply: Reply, fault: Fault) -> None:
    body = reply.body
    assert isinstance(body, Stream)
    reply.body = Stream([b": keep-alive\n\n" + chunk for chunk in body.chunks], body.times)


def _long_line(reply: Reply, fault: Fault) -> None:
    body = reply.body
    assert isinstance(body, Stream)
    at = which(body, fault)
    before, brace, after = body.chunks[at].rpartition(b"}")
    if brace:
        put(reply, body, at, before + b" " * fault.get("bytes") + brace + after)


SPOILS: dict[str, Spoil] = {
    "slow_headers": _slow_headers,
    "cut": _cut,
    "stall": _stall,
    "dribble": _dribble,
    "duplicate_chunk": _duplicate_chunk,
    "swap_chunks": _swap_chunks,
    "drop_chunk": _drop_chunk,
    "malformed_json": _malformed_json,
    "malformed_chunk": _malformed_chunk,
    "wrong_length": _wrong_length,
    "empty_body": _empty_body,
    "wrong_content_type": _wrong_content_type,
    "corrupt_gzip": _corrupt_gzip,
    "comments": _comments,
    "long_line": _long_line,
}
