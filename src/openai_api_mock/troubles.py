"""What can't go on for an error: it is told once, and tried again later, so that nothing is given up for a moment's
trouble, such as a database that somebody else has locked."""

from __future__ import annotations

import threading

import msgspec

from .clock import Clock

FIRST, LONGEST = 1.0, 60.0
"""Seconds on the engine's clock until it is tried again: twice as many each time."""


class Trouble(msgspec.Struct):
    """Of one job."""

    error: Exception
    again: float
    """When it is to be tried again, in seconds since the epoch."""
    seconds: float
    """How long that was."""
    shown: bool = False
    """Whether somebody who looked was told."""


class Troubles:
    """Those of one engine's jobs, by their paths. May be asked from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._troubles: dict[str, Trouble] = {}

    def note(self, path: str, error: Exception) -> bool:
        """It can't go on just now; whether that is news."""
        with self._lock:
            before = self._troubles.get(path)
            seconds = FIRST if before is None else min(LONGEST, 2 * before.seconds)
            is_news = before is None or repr(before.error) != repr(error)
            shown = before is not None and before.shown and not is_news
            self._troubles[path] = Trouble(error, self._clock.time() + seconds, seconds, shown)
            return is_news

    def wait(self, path: str) -> float:
        """Seconds until it is to be tried again; 0: it can be."""
        with self._lock:
            trouble = self._troubles.get(path)
            return 0.0 if trouble is None else max(0.0, trouble.again - self._clock.time())

    def unshown(self, path: str) -> Exception | None:
        """The error that nobody who looked has been told of. From now on, somebody has."""
        with self._lock:
            trouble = self._troubles.get(path)
            if trouble is None or trouble.shown:
                return None
            trouble.shown = True
            return trouble.error

    def forget(self, path: str) -> None:
        """It goes on, or another way."""
        with self._lock:
            self._troubles.pop(path, None)
