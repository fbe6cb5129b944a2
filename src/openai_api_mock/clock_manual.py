"""A clock that stands still until somebody advances it, on which those who sleep wait for that."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from .clock import NEW_YEAR, Clock, in_trio
from .errors import MockError, UsageError

PATIENCE = 60.0
_NANO = 1_000_000_000


_FOR_EVER = 1e9
"""Seconds, thirty years of them: who would sleep longer sleeps as long."""


class _Sleeper:
    """One who sleeps. `wake` may be called from any thread."""

    is_woken = False

    def __init__(self, due: int, wake: Callable[[], None]) -> None:
        self.due = due
        self.wake = wake


class ManualClock(Clock):
    """Time passes when `advance` is called, and only then; who sleeps wakes when it has come to his time.

    It counts whole nanoseconds, so ten times 0.1 is 1. It may be advanced from any thread, and be slept on by threads,
    asyncio and trio, in several event loops at once. Sleepers that one `advance` wakes are woken in the order of their
    times, and among equals in that in which they fell asleep; what threads do next, the system orders. The time jumps
    there in one go: a stream that wakes finds all that has fallen due by then, and gives it at once. `advance_to_next`
    goes step by step.

    A thread that sleeps blocks, and so does a test that asks a synchronous client in the thread that was to advance the
    clock: after `patience` real seconds, such a sleep raises MockError. Coroutines sleep for as long as it takes.
    """

    def __init__(self, at: float = NEW_YEAR, *, patience: float = PATIENCE) -> None:
        """`at` is the time that it begins at, in seconds since the epoch."""
        self._began = at
        self._now = 0
        self._patience = patience
        self._sleepers: list[tuple[int, int, _Sleeper]] = []
        self._ordinals = itertools.count()
        self._changed = threading.Condition()
        self._turn = threading.RLock()
        """Of who advances: two threads' sleepers don't mix."""

    # What time it is

    def time(self) -> float:
        return self._began + self._now / _NANO

    def monotonic(self) -> float:
        return self._now / _NANO

    def set(self, time: float) -> None:
        """Let it be that time, in seconds since the epoch. Raises UsageError where that has passed."""
        with self._turn:
            self.advance(time - self.time())

    def advance(self, seconds: float) -> None:
        if not 0 <= seconds < float("inf"):
            raise UsageError(f"a clock can't be advanced by {seconds!r}: it takes seconds, 0 or more")
        with self._turn:
            self._advance_to(self._now + round(seconds * _NANO))

    def advance_to_next(self) -> float:
        with self._turn:
            before = self._now
            with self._changed:
                due = self._sleepers[0][0] if self._sleepers else before
            self._advance_to(due)
            return (due - before) / _NANO

    def _advance_to(self, now: int) -> None:
        with self._changed:
            self._now = now
            due = []
            while self._sleepers and self._sleepers[0][0] <= now:
                sleeper = heapq.heappop(self._sleepers)[2]
                sleeper.is_woken = True
                due.append(sleeper)
        for sleeper in due:
            sleeper.wake()

    # Who sleeps

    @property
    def sleepers(self) -> int:
        """How many sleep now."""
        return len(self._sleepers)

    def wait_for_sleepers(self, count: int = 1, *, timeout: float = 5.0) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._sleepers) >= count, timeout):
                raise AssertionError(f"{len(self._sleepers)} sleep on the clock after {timeout:g} s, not {count}")

    def sleep(self, seconds: float) -> None:
        over = threading.Event()
        with self._asleep(seconds, over.set) as waits:
            if waits and not over.wait(self._patience):
                raise MockError(
                    f"a thread has slept on the manual clock for {self._patience:g} real seconds, and nobody advanced "
                    f"it by the {seconds:g} s that it sleeps: advance it from another thread, or take clock='instant'"
                )

    async def sleep_async(self, seconds: float) -> None:
        if in_trio():
            await self._sleep_in_trio(seconds)
            return
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(end)

        with self._asleep(seconds, wake) as waits:
            await (over if waits else asyncio.sleep(0))

    async def _sleep_in_trio(self, seconds: float) -> None:
        import trio

        token, over = trio.lowlevel.current_trio_token(), trio.Event()

        def wake() -> None:
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(over.set)

        with self._asleep(seconds, wake) as waits:
            await (over.wait() if waits else trio.lowlevel.checkpoint())

    @contextmanager
    def _asleep(self, seconds: float, wake: Callable[[], None]) -> Iterator[bool]:
        """Sleep meanwhile; whether there is something to wait for. Whoever leaves earlier isn't asleep any more."""
        with self._changed:
            sleeper = _Sleeper(self._now + round(min(max(seconds, 0.0), _FOR_EVER) * _NANO), wake)
            waits = sleeper.due > self._now
            if waits:
                heapq.heappush(self._sleepers, (sleeper.due, next(self._ordinals), sleeper))
                self._changed.notify_all()
        try:
            yield waits
        finally:
            if waits and not sleeper.is_woken:
                with self._changed:
                    self._sleepers = [entry for entry in self._sleepers if entry[2] is not sleeper]
                    heapq.heapify(self._sleepers)
