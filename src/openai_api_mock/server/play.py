"""A reply that isn't written at once: it waits for its time, or for a client that reads slowly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from uvicorn.protocols.http.flow_control import FlowControl

from ..clock import Clock, speed_of
from .pacing import Part, paced
from .wheel import Wheel


class Outlet(Protocol):
    """Where a reply is written to: one connection."""

    transport: asyncio.Transport
    flow: FlowControl
    loop: asyncio.AbstractEventLoop


class Play:
    """Writes parts on the wire as they fall due, those that are due together in one write.

    Nothing is written before its time, or while the connection's write buffer is full: `resume` goes on then.
    """

    def __init__(self, outlet: Outlet, parts: Sequence[Part], separate: bool, done: Callable[[], None]) -> None:
        self._outlet = outlet
        self._parts = parts
        self._separate = separate
        self._done = done
        self._next = 0
        self._held = False
        self._task: asyncio.Task[None] | None = None
        self.over = False

    def start(self, clock: Clock, wheel: Wheel) -> None:
        self._started = clock.monotonic()
        speed = speed_of(clock)
        if speed is not None:
            self._clock, self._wheel, self._speed = clock, wheel, speed
            self._advance()
        else:
            # Only the clock itself knows how long its waits are.
            self._task = self._outlet.loop.create_task(self._follow(clock))

    def resume(self) -> None:
        """The client has read; there is room again."""
        if self._held:
            self._held = False
            self._advance()

    def stop(self) -> None:
        """Write no more."""
        self.over = True
        if self._task is not None:
            self._task.cancel()

    def _advance(self) -> None:
        if self.over:
            return
        if self._outlet.flow.write_paused:
            self._held = True
            return
        elapsed = self._clock.monotonic() - self._started
        parts, first = self._parts, self._next
        end = first
        while end < len(parts) and parts[end][0] <= elapsed and not (self._separate and end > first):
            end += 1
        if end > first:
            self._outlet.transport.write(b"".join([data for _, data in parts[first:end]]))
            self._next = end
        if end == len(parts):
            self._finish()
        elif parts[end][0] <= elapsed:
            # In another turn of the loop: writes of the same turn may leave together.
            self._outlet.loop.call_soon(self._advance)
        else:
            self._wheel.at((self._started + parts[end][0]) / self._speed, self._advance)

    async def _follow(self, clock: Clock) -> None:
        async for data in paced(clock, self._parts, self._started):
            await self._outlet.flow.drain()
            if self.over:
                return
            self._outlet.transport.write(data)
        self._finish()

    def _finish(self) -> None:
        self.over = True
        self._done()
