"""The engine's clock: what time it is, and how a front end waits. The engine itself never waits."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Callable

from .errors import UsageError

NEW_YEAR = 1_767_225_600.0
"""2026-01-01T00:00:00Z: where clocks begin that don't go by the real time."""


class Clock:
    """What a clock can be asked. One of your own may be any object with the first four of these methods."""

    def time(self) -> float:
        """Seconds since the epoch: what `created` and its like say."""
        raise NotImplementedError

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, for measuring waits."""
        raise NotImplementedError

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    async def sleep_async(self, seconds: float) -> None:
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let that much time have passed. Raises UsageError on a clock that runs by itself."""
        raise self._runs_by_itself("advanced", "'manual' or 'frozen'")

    def advance_to_next(self) -> float:
        """Let time pass until the first of those who sleep is due, and give the seconds that took; 0 where nobody
        sleeps. Raises UsageError on a clock on which nobody waits for that."""
        raise self._runs_by_itself("advanced to the next who sleeps", "'manual'")

    def wait_for_sleepers(self, count: int = 1, *, timeout: float = 5.0) -> None:
        """Wait until at least `count` sleep. Raises AssertionError after `timeout` real seconds, and UsageError on a
        clock on which nobody waits to be woken. In a coroutine: `await asyncio.to_thread(clock.wait_for_sleepers)`."""
        raise self._runs_by_itself("asked who sleeps", "'manual'")

    def _runs_by_itself(self, what: str, instead: str) -> UsageError:
        return UsageError(f"a {type(self).__name__} can't be {what}: that takes mock_openai(clock={instead})")


class RealClock(Clock):
    """Waiting takes the time it says."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        if in_trio():
            import trio

            await trio.sleep(seconds)
        else:
            await asyncio.sleep(seconds)


class ScaledClock(RealClock):
    """Time passes `factor` times as fast, from when it was made: on `ScaledClock(60)` a minute takes a second."""

    def __init__(self, factor: float) -> None:
        if not (math.isfinite(factor) and factor > 0):
            raise UsageError(f"ScaledClock({factor!r}) can't be: it takes a number greater than 0")
        self.factor = factor
        self._time, self._monotonic = time.time(), time.monotonic()

    def time(self) -> float:
        return self._time + (time.monotonic() - self._monotonic) * self.factor

    def monotonic(self) -> float:
        return time.monotonic() * self.factor

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / self.factor)

    async def sleep_async(self, seconds: float) -> None:
        await super().sleep_async(seconds / self.factor)


class InstantClock(RealClock):
    """Nobody waits: a stream that would take a minute arrives at once, in the same chunks."""

    def sleep(self, seconds: float) -> None:
        pass

    async def sleep_async(self, seconds: float) -> None:
        await super().sleep_async(0)


class FrozenClock(InstantClock):
    """Nobody waits and it is always the same time, so that whole replies repeat to the byte."""

    def __init__(self, at: float = NEW_YEAR) -> None:
        self.at = at

    def time(self) -> float:
        return self.at

    def set(self, time: float) -> None:
        """Let it be that time, in seconds since the epoch."""
        self.at = time

    def advance(self, seconds: float) -> None:
        if not seconds >= 0:
            raise UsageError(f"a clock can't be advanced by {seconds!r}: it takes seconds, 0 or more")
        self.at += seconds


def speed_of(clock: Clock) -> float | None:
    """How many of its seconds pass in a real one; None where its waits are its own affair."""
    if type(clock) is RealClock:
        return 1.0
    return clock.factor if type(clock) is ScaledClock else None


def in_trio() -> bool:
    """Whether who asks runs in trio, and not in asyncio."""
    if "trio" not in sys.modules:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def clock_of(clock: object) -> Clock:
    """The clock that a name means, or the one that is given. Raises UsageError."""
    if isinstance(clock, str):
        name, colon, factor = clock.partition(":")
        if clock in CLOCKS:
            return CLOCKS[clock]()
        if name == "scaled" and colon:
            try:
                return ScaledClock(float(factor))
            except (ValueError, UsageError):
                raise UsageError(
                    f"clock={clock!r} can't be: scaled takes a number greater than 0: 'scaled:60' makes a minute of "
                    "every second"
                ) from None
        names = ", ".join(map(repr, CLOCKS))
        raise UsageError(f"clock={clock!r} can't be: it takes {names}, 'scaled:60', or a clock object")
    if not all(hasattr(clock, method) for method in ("time", "monotonic", "sleep", "sleep_async")):
        raise UsageError(f"clock={clock!r} can't be: a clock has time(), monotonic(), sleep() and sleep_async()")
    return clock  # type: ignore[return-value]  # checked by its methods


def _manual() -> Clock:
    from .clock_manual import ManualClock

    return ManualClock()


CLOCKS: dict[str, Callable[[], Clock]] = {
    "real": RealClock,
    "instant": InstantClock,
    "frozen": FrozenClock,
    "manual": _manual,
}
