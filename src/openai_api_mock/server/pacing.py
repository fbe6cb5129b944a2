"""A reply's parts and when they are due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ..clock import Clock
from ..wire import Stream, due_together

Part = tuple[float, bytes]
"""Seconds after the reply's start, and what is due then."""


def parts_of(stream: Stream, delay: float, separate: bool) -> list[Part]:
    """The stream's chunks, those due at the same instant joined unless they are to be kept `separate`."""
    if not separate:
        parts = due_together(stream)
    else:
        parts = list(zip(stream.times or [0.0] * len(stream.chunks), stream.chunks, strict=True))
    # An empty chunk would end an HTTP/1.1 body.
    return [(max(at, delay), chunk) for at, chunk in parts if chunk]


async def paced(clock: Clock, parts: Sequence[Part], started: float) -> AsyncIterator[bytes]:
    """Each part at its time after `started`, so that delays don't add up drift."""
    for at, chunk in parts:
        seconds = at - (clock.monotonic() - started) if at else 0.0
        if seconds > 0:
            await clock.sleep_async(seconds)
        yield chunk
