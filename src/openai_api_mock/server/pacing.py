"""A reply's parts and when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from ..clock import Clock, speed_of
from ..intercept.live import GLANCE
from ..wire import Stream, due
from .lag import Lag

Part = tuple[float, bytes]
"""Seconds after the reply's start, and what is due then."""


def parts_of(stream: Stream, delay: float, separate: bool) -> list[Part]:
    """The stream's chunks, those due at the same instant joined unless they are to be kept `separate`."""
    # An empty chunk would end an HTTP/1.1 body.
    return [(max(at, delay), chunk) for at, chunk in due(stream, separate) if chunk]


class Beat:
    """The times of one reply, from when this was made. They don't add up drift."""

    def __init__(self, clock: Clock, lag: Lag) -> None:
        self._clock = clock
        self._lag = lag
        self._started = clock.monotonic()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While it is, the reply counts as open."""
        self._lag.open += 1
        try:
            yield
        finally:
            self._lag.open -= 1

    async def wait(self, at: float) -> None:
        """Wait until `at` seconds after the start, and note how late that became.

        What was due already when it was asked for isn't noted: that is the lateness of what was sent before it, or of
        a client that reads slowly.
        """
        if not at or self._clock.monotonic() - self._started >= at:
            return
        await wait_until(self._clock, self._started, at)
        speed = speed_of(self._clock)
        if speed is not None:
            self._lag.note((self._clock.monotonic() - self._started - at) / speed)

    async def each(self, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        """Each part at its time."""
        for at, chunk in parts:
            await self.wait(at)
            yield chunk

    async def after(self, stream: Stream, separate: bool) -> AsyncIterator[bytes]:
        """What comes after what was known of a stream at first, as it happens."""
        while stream.then is not None and (following := stream.then()) is not None:
            stream = following
            async for chunk in Beat(self._clock, self._lag).each(parts_of(stream, 0.0, separate)):
                yield chunk
            if not stream.chunks:
                await lull(self._clock, stream)


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
