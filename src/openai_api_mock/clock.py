"""The engine's clock: what time it is, and how a front end waits. The engine itself never waits."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Protocol


class Clock(Protocol):
    def time(self) -> float:
        """Seconds since the epoch: what `created` and its like say."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, for measuring waits."""
        ...

    def sleep(self, seconds: float) -> None: ...

    async def sleep_async(self, seconds: float) -> None: ...


class RealClock:
    """Waiting takes the time it says."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        if _in_trio():
            import trio

            await trio.sleep(seconds)
        else:
            await asyncio.sleep(seconds)


class InstantClock(RealClock):
    """Nobody waits: a stream that would take a minute arrives at once, in the same chunks."""

    def sleep(self, seconds: float) -> None:
        pass

    async def sleep_async(self, seconds: float) -> None:
        await super().sleep_async(0)


class FrozenClock(InstantClock):
    """Nobody waits and it is always the same time, so that whole replies repeat to the byte."""

    def __init__(self, at: float = 1_767_225_600.0) -> None:
        self.at = at

    def time(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        """Let that much time have passed."""
        self.at += seconds


def _in_trio() -> bool:
    if "trio" not in sys.modules:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def clock_named(clock: str | Clock) -> Clock:
    if not isinstance(clock, str):
        return clock
    return CLOCKS[clock]()


CLOCKS: dict[str, type[RealClock]] = {"real": RealClock, "instant": InstantClock, "frozen": FrozenClock}
