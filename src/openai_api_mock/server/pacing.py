"""A reply's parts and when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from ..clock import Clock, speed_of
from ..wire import Stream, due_together

GLANCE = 0.01
"""Real seconds between two looks for what somebody else's call brings about."""

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
        await wait_until(clock, started, at)
        yield chunk


async def live(clock: Clock, stream: Stream, separate: bool) -> AsyncIterator[bytes]:
    """What comes after what was known of a stream at first, as it happens."""
    while stream.then is not None and (following := stream.then()) is not None:
        stream = following
        async for chunk in paced(clock, parts_of(stream, 0.0, separate), clock.monotonic()):
            yield chunk
        if not stream.chunks:
            await lull(clock, stream)


async def lull(clock: Clock, stream: Stream) -> None:
    """Wait until it is worth asking a stream that had nothing yet again."""
    if stream.wait is None:
        await asyncio.sleep(GLANCE)
    else:
        await clock.sleep_async(stream.wait)


async def wait_until(clock: Clock, started: float, at: float) -> None:
    """Wait until `at` seconds after `started`; never less."""
    if not at:
        return
    while (seconds := at - (clock.monotonic() - started)) > 0:
        await clock.sleep_async(seconds)
        if speed_of(clock) is None:
            # It has waited as long as it wants to. A timer of uvloop may be a millisecond early.
            return
