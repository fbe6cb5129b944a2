"""The parts of a reply that faults take hold of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..wire import Reply, Stream
from .spelling import Fault

# Chat's finish reason; a response's last event, in Realtime too; and what ends a picture, a sound or a transcript.
_FINISHES = re.compile(
    rb'"finish_reason":"|"type":"response\.(?:completed|incomplete|failed|done)"'
    rb'|"type":"(?!response\.|conversation\.)[\w.]+\.(?:completed|done)"'
)

_ADDS = re.compile(rb'"delta":(?:"|\{"(?:content|refusal|tool_calls|function_call)":(?!""|null))')
"""In an event that adds to what is said: a response's, or chat's."""


def size_of(body: bytes | Stream) -> int:
    return len(body) if isinstance(body, bytes) else sum(map(len, body.chunks))


def size_of_first(stream: Stream, count: int) -> int:
    """Bytes of the first so many events."""
    return sum(map(len, stream.chunks[:count]))


def first(body: bytes | Stream, size: int) -> bytes | Stream:
    """What its first bytes leave of a body."""
    if isinstance(body, bytes):
        return body[:size]
    kept: list[bytes] = []
    for chunk in body.chunks:
        if size <= 0:
            break
        kept.append(chunk[:size])
        size -= len(chunk)
    return Stream(kept, None if body.times is None else body.times[: len(kept)])


def times(stream: Stream, delay: float) -> Sequence[float]:
    """When its chunks are due, in seconds after the reply was given."""
    return stream.times if stream.times is not None else [delay] * len(stream.chunks)


def place_of_finish(stream: Stream) -> int:
    """The event that finishes what is said: chat's with the finish reason, a response's last."""
    events = stream.chunks
    last = place_of_done(stream)
    return next((at for at, event in enumerate(events[:last]) if _FINISHES.search(event)), last - 1)


def place_of_done(stream: Stream) -> int:
    """`[DONE]`, or the end where there is none."""
    events = stream.chunks
    return len(events) - (bool(events) and events[-1].startswith(b"data: [DONE]"))


def which(stream: Stream, fault: Fault) -> int:
    """The event that a fault is about, or the last where there are fewer."""
    at: int | None = fault.get("chunk")
    if at is None:
        adding = [index for index, event in enumerate(stream.chunks) if _ADDS.search(event)]
        at = adding[1] if len(adding) > 1 else 2
    return max(min(at, place_of_done(stream) - 1), 0)


def put(reply: Reply, stream: Stream, at: int, event: bytes) -> None:
    """Put an event in another's place."""
    reply.body = Stream([*stream.chunks[:at], event, *stream.chunks[at + 1 :]], stream.times)


def rearrange(reply: Reply, stream: Stream, order: Sequence[int]) -> None:
    """Send the events in this order; whatever is n-th is due when the n-th was, or as the last."""
    due = stream.times
    if due is not None:
        due = [due[min(at, len(due) - 1)] for at in range(len(order))]
    reply.body = Stream([stream.chunks[at] for at in order], due)


def set_header(reply: Reply, name: str, value: str) -> None:
    """Say this, in the place where it was said, else last."""
    at = next((at for at, header in enumerate(reply.headers) if header[0] == name), None)
    if at is None:
        reply.headers = [*reply.headers, (name, value)]
    else:
        reply.headers = [*reply.headers[:at], (name, value), *reply.headers[at + 1 :]]
