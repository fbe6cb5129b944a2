"""An event loop in a thread of its own, for the coroutines of users whose client is synchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


class Loop:
    """Started when first needed; stopped with the mock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, awaitable: Awaitable[_T]) -> _T:
        """What the awaitable gives, from another thread than the loop's."""
        return asyncio.run_coroutine_threadsafe(coroutine(awaitable), self.start()).result()

    def start(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="openai-api-mock", daemon=True)
                self._thread.start()
            return self._loop

    def stop(self) -> None:
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def coroutine(awaitable: Awaitable[_T]) -> _T:
    """An awaitable of whatever kind as a coroutine, which alone can be given to another thread's loop."""
    return await awaitable
