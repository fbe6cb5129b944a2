"""How many requests a model answers at a time, and who waits meanwhile."""

from __future__ import annotations

import heapq


class Slots:
    """The places of one model. Callers hold a lock.

    Whoever left early keeps its place until its reply would have ended: the engine isn't told of that.
    """

    def __init__(self, most: int, load: float) -> None:
        self._most = most
        self._load = load
        self._ends: list[float] = []

    def enter(self, now: float, seconds: float) -> tuple[float, float]:
        """How long a request that came now waits for its turn, and how many times as long it takes than its `seconds`
        alone. The load is that of when its turn comes."""
        ends = self._ends
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        starts = now if len(ends) < self._most else heapq.heappop(ends)
        factor = 1.0
        if self._most > 1:
            # llm-d-inference-sim: its `time-factor-under-load` is reached with the last place, linearly.
            factor += (self._load - 1) * len(ends) / (self._most - 1)
        heapq.heappush(ends, starts + seconds * factor)
        return starts - now, factor
