"""A thread that goes on with what takes time, so that a batch ends and its webhook leaves though nobody asks for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import CancelledError, Future
from typing import Any

from ..clock import InstantClock, speed_of
from ..delivery.courier import deliver_due, equip
from ..engine import Engine
from ..intercept.loop import Loop, coroutine
from ..jobs import Later

logger = logging.getLogger("openai_api_mock")

PATIENCE = 50
"""Pieces of work, such as lines of a batch, that are done at a time: meanwhile others may have to wait."""
AGAIN = 1.0
"""Seconds after which it is tried again where nothing can go on by itself, as where a database is locked."""
GLANCE = 0.05
"""Seconds between two looks at a clock that doesn't run by itself: nobody else knows when it moves."""


class Worker:
    """Works for engines, from the first time that one of them has something to do until `stop`."""

    def __init__(self, engines: Callable[[], Iterable[Engine]]) -> None:
        self._engines = engines
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._told = ""
        """The latest error, which isn't told again."""
        self._loop = Loop()
        self._awaited: Future[Any] | None = None

    def employ(self, engine: Engine) -> None:
        """Be told by this engine, and go on with what an earlier process left unfinished."""
        engine.jobs.patience = PATIENCE
        engine.jobs.listeners.append(self.wake)
        engine.inside.wait = self._wait_for
        equip(engine)
        if engine.jobs.any() or engine.webhooks.any_pending():
            self.wake()

    def dismiss(self, engine: Engine) -> None:
        """Leave the engine to go on when it is looked at."""
        if self.wake in engine.jobs.listeners:
            engine.jobs.patience = None
            engine.jobs.listeners.remove(self.wake)
            engine.inside.wait = None

    def wake(self) -> None:
        """There is something to do. May be called from any thread, and never waits."""
        with self._lock:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._work, name="openai-api-mock-worker", daemon=True)
                self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """Finish the piece at hand and end."""
        with self._lock:
            self._stopped = True
            thread = self._thread
            if self._awaited is not None:
                self._awaited.cancel()
        self._wake.set()
        if thread is not None:
            thread.join()
        self._loop.stop()
        for engine in self._engines():
            self.dismiss(engine)

    def _wait_for(self, awaitable: Awaitable[Any]) -> Any:
        """What a user's coroutine gives. Only the worker waits: the server's loop has others to answer."""
        with self._lock:
            if threading.current_thread() is not self._thread or self._stopped:
                raise Later
            self._awaited = asyncio.run_coroutine_threadsafe(coroutine(awaitable), self._loop.start())
        try:
            return self._awaited.result()
        except CancelledError:
            if self._stopped:
                raise Later from None  # the next process asks anew
            raise

    def _work(self) -> None:
        while not self._stopped:
            self._wake.clear()
            waits = [wait for engine in self._engines() for wait in self._go_on(engine)]
            self._wake.wait(min((wait for wait in waits if wait is not None), default=None))

    def _go_on(self, engine: Engine) -> tuple[float | None, ...]:
        """`_go_on`, which this thread outlives: without it, nothing would go on until the next process."""
        try:
            waits = _go_on(engine)
        except Exception as error:
            if repr(error) != self._told:
                self._told = repr(error)
                logger.exception("nothing can go on just now; it is tried again")
            return (AGAIN,)
        self._told = ""
        return waits


def _go_on(engine: Engine) -> tuple[float | None, float | None]:
    """Work and deliver; the real seconds until there is more to do of each."""
    # Whoever made something finds it as it was made, unless somebody waits to be told of its end.
    unasked = engine.webhooks.endpoints.any_at_once()
    return _wait(engine, engine.jobs.run_due(PATIENCE, unasked=unasked)), _wait(
        engine, deliver_due(engine, thread=True)
    )


def _wait(engine: Engine, seconds: float | None) -> float | None:
    if seconds is None or type(engine.clock) is InstantClock:
        return seconds
    speed = speed_of(engine.clock)
    return min(seconds, GLANCE) if speed is None else seconds / speed
