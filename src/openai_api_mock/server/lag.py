"""How late the server writes what is due: whether the mock is the bottleneck of a load test."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

_LEAST, _STEP, _STEPS = 0.0001, 1.2, 64
BOUNDS = [_LEAST * _STEP**step for step in range(_STEPS)]
"""Seconds, from 0.1 ms to 10 s: each bound a fifth above the one before."""


class Lag:
    """Of one server, since it started or was cleared. Belongs to one event loop at a time."""

    def __init__(self) -> None:
        self.open = 0
        """Timed replies that are being sent."""
        self.clear()

    def clear(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        """Seconds."""
        self.most = 0.0
        """Seconds."""

    def note(self, seconds: float) -> None:
        """Something was written so long after it was due."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds
        if seconds > self.most:
            self.most = seconds

    @property
    def writes(self) -> int:
        """How often something timed was written."""
        return sum(self._counts)

    def quantile(self, share: float) -> float:
        """Seconds that this share of all writes was late by at most, a fifth more at worst; 0 where there was none."""
        wanted = share * self.writes
        for bound, reached in zip([*BOUNDS, self.most], accumulate(self._counts), strict=True):
            if reached >= wanted:
                return min(bound, self.most)
        return self.most

    def to_dict(self) -> dict[str, float]:
        """In milliseconds."""
        return {
            "open_streams": self.open,
            "writes": self.writes,
            "p50_ms": round(self.quantile(0.5) * 1000, 3),
            "p99_ms": round(self.quantile(0.99) * 1000, 3),
            "max_ms": round(self.most * 1000, 3),
        }

    def to_prometheus(self) -> str:
        """In Prometheus' text format."""
        lag = "openai_api_mock_stream_lag_seconds"
        return (
            "# HELP openai_api_mock_open_streams Timed replies that are being sent.\n"
            "# TYPE openai_api_mock_open_streams gauge\n"
            f"openai_api_mock_open_streams {self.open}\n"
            f"# HELP {lag} How long after it was due something timed was written.\n"
            f"# TYPE {lag} summary\n"
            f'{lag}{{quantile="0.5"}} {self.quantile(0.5):.6f}\n'
            f'{lag}{{quantile="0.99"}} {self.quantile(0.99):.6f}\n'
            f'{lag}{{quantile="1"}} {self.most:.6f}\n'
            f"{lag}_sum {self.total:.6f}\n"
            f"{lag}_count {self.writes}\n"
        )
