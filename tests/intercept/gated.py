"""A clock by which a test decides when each chunk is due, to show that none waits for the next."""

from __future__ import annotations

import asyncio
import threading

from openai_api_mock.clock import RealClock


class GatedClock(RealClock):
    """Whoever waits, waits until the test opens."""

    def __init__(self) -> None:
        self._gate = threading.Semaphore(0)

    def monotonic(self) -> float:
        return 0.0

    async def sleep_async(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.get_running_loop().run_in_executor(None, self._gate.acquire)

    def open(self) -> None:
        """Let one waiter pass."""
        self._gate.release()
