"""How use is counted against a limit: by a bucket that leaks all the time, as the API does, or by a sliding window."""

from __future__ import annotations

from collections import deque
from typing import Protocol

TICKS = 100_000
"""Ticks in a second. Times are whole ticks, so that sums of waits are exact."""


class Gauge(Protocol):
    """What has been used of one limit. Times are ticks, and never go back."""

    limit: int

    def used(self, now: int) -> int: ...

    def wait(self, now: int, amount: int) -> int:
        """Ticks until that much, which isn't more than the limit, may be taken; 0: now."""
        ...

    def take(self, now: int, amount: int) -> None: ...

    def reset(self, now: int) -> float:
        """Ticks until nothing is used any more."""
        ...


class Bucket:
    """Holds `limit` and leaks it in `seconds`, evenly. So the API counts, by what it says:

    "Limit 30000, Used 14567, Requested 24754. Please try again in 18.642s" is (14567 + 24754 - 30000) / 30000 of a
    minute, and 519 tokens of 10000 a minute reset in 3.114 s. After a pause there is room for the whole limit at once,
    while it goes on leaking: who bursts gets up to twice the limit in that minute. `used` is rounded up, and a wait
    goes by that: "Limit 3, Used 3, Requested 1" is told to wait for 20 s, however long ago the third was.
    """

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self._period = seconds * TICKS
        self._level = 0
        """In units of the limit times ticks: one that was taken counts as many as there are ticks in the period."""
        self._at = 0

    def used(self, now: int) -> int:
        return -(-self._left(now) // self._period)

    def wait(self, now: int, amount: int) -> int:
        if self._left(now) + amount * self._period <= self.limit * self._period:
            return 0
        return -(-(self.used(now) + amount - self.limit) * self._period // self.limit)

    def take(self, now: int, amount: int) -> None:
        self._level = self._left(now) + amount * self._period

    def reset(self, now: int) -> float:
        return self._left(now) / self.limit

    def _left(self, now: int) -> int:
        if now > self._at:
            self._level = max(0, self._level - (now - self._at) * self.limit)
            self._at = now
        return self._level


class Window:
    """Never more than `limit` in any `seconds`: what was taken counts for that long, and then no more."""

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit = limit
        self._period = seconds * TICKS
        self._taken: deque[tuple[int, int]] = deque()
        self._total = 0

    def used(self, now: int) -> int:
        while self._taken and self._taken[0][0] + self._period <= now:
            self._total -= self._taken.popleft()[1]
        return self._total

    def wait(self, now: int, amount: int) -> int:
        over, until = self.used(now) + amount - self.limit, now
        for at, taken in self._taken:
            if over <= 0:
                break
            over, until = over - taken, at + self._period
        return until - now

    def take(self, now: int, amount: int) -> None:
        self._total = self.used(now) + amount
        self._taken.append((now, amount))

    def reset(self, now: int) -> float:
        return self._taken[-1][0] + self._period - now if self.used(now) else 0
