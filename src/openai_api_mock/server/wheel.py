"""One timer for all timed streams of a loop: it wakes once per millisecond in which something is due.

A timer per stream costs each chunk a trip through the event loop; a thousand streams then spend more time there than
writing (measured: 1,200 streams held, against 1,900 with a wheel).
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections.abc import Callable

from .lag import Lag

_TICKS = 1000.0
"""Per second."""


class Wheel:
    """Calls back at times of `time.monotonic()`, never before them. Belongs to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lag: Lag | None = None) -> None:
        self._loop = loop
        self.lag = lag or Lag()
        self._slots: dict[int, list[Callable[[], None]]] = {}
        self._ticks: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0

    def at(self, due: float, call: Callable[[], None]) -> None:
        tick = math.ceil(due * _TICKS)
        slot = self._slots.get(tick)
        if slot is not None:
            slot.append(call)
            return
        self._slots[tick] = [call]
        heapq.heappush(self._ticks, tick)
        if self._timer is None or tick < self._armed_for:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._ticks:
            return
        self._armed_for = self._ticks[0]
        # A timer of uvloop may fire early by more than a millisecond: `_turn` then looks at the clock and waits on.
        seconds = self._armed_for / _TICKS - time.monotonic()
        self._timer = self._loop.call_later(max(seconds, 0.001), self._turn)

    def _turn(self) -> None:
        # While this runs, the handle that called it stands for an armed timer: what is added meanwhile is armed below.
        self._armed_for = 0
        now = time.monotonic() * _TICKS
        while self._ticks and self._ticks[0] <= now:
            for call in self._slots.pop(heapq.heappop(self._ticks)):
                self._make(call)
        self._timer = None
        self._arm()

    def _make(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:
            self._loop.call_exception_handler({"message": "a timed reply failed", "exception": error})
