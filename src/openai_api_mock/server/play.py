"""A reply that isn't written at once: it waits for its time, or for a client that reads slowly."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol

from uvicorn.protocols.http.flow_control import FlowControl

from ..clock import Clock, speed_of
from .pacing import Part, wait_until
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
        # As one piece, with where each part ends: as objects of their own they would weigh half as much again.
        self._data = b"".join([data for _, data in parts])
        self._ends = array("L", accumulate([len(data) for _, data in parts]))
        self._times = array("d", [at for at, _ in parts])
        self._next = self._sent = 0
        self._separate = separate
        self._done = done
        self._held = False
        self._task: asyncio.Task[None] | None = None
        self.over = False

    def start(self, clock: Clock, wheel: Wheel) -> None:
        self._wheel = wheel
        wheel.lag.open += 1
        speed = speed_of(clock)
        if speed is not None:
            self._started = time.monotonic()
            if speed != 1:
                self._times = array("d", [at / speed for at in self._times])
            self._advance()
        else:
            # Only the clock itself knows how long its waits are.
            self._started = clock.monotonic()
            self._task = self._outlet.loop.create_task(self._follow(clock))

    def resume(self) -> None:
        """The client has read; there is room again."""
        if self._held:
            self._held = False
            # What is late by now, is so by the client.
            self._advance(count=False)

    def stop(self) -> None:
        """Write no more."""
        self._end()
        if self._task is not None:
            self._task.cancel()

    def _advance(self, count: bool = True) -> None:
        if self.over:
            return
        if self._outlet.flow.write_paused:
            self._held = True
            return
        times, first = self._times, self._next
        elapsed = time.monotonic() - self._started
        at = times[first]
        if at <= elapsed:
            if at and count:
                self._wheel.lag.note(elapsed - at)
            last, whole = first + 1, len(times)
            while last < whole and times[last] <= elapsed and not self._separate:
                last += 1
            self._write(last)
            if last == whole:
                self._finish()
                return
            at = times[last]
            if at <= elapsed:
                # In another turn of the loop: writes of the same turn may leave together.
                self._outlet.loop.call_soon(self._advance)
                return
        self._wheel.at(self._started + at, self._advance)

    def _write(self, last: int) -> None:
        """The parts up to that one."""
        end = self._ends[last - 1]
        self._outlet.transport.write(self._data[self._sent : end])
        self._next, self._sent = last, end

    async def _follow(self, clock: Clock) -> None:
        for number, at in enumerate(self._times, 1):
            await wait_until(clock, self._started, at)
            await self._outlet.flow.drain()
            if self.over:
                return
            self._write(number)
        self._finish()

    def _finish(self) -> None:
        self._end()
        self._done()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self._wheel.lag.open -= 1
