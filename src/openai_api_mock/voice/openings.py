"""Connections, told apart."""

from __future__ import annotations

import threading

from ..noise import Noise


class Openings:
    """Those of one kind."""

    def __init__(self, kind: str, seed: object) -> None:
        self._kind = kind
        self._seed = seed
        self._count = 0
        self._lock = threading.Lock()

    def noise(self) -> Noise:
        """That of the next one. May be asked for from any thread."""
        with self._lock:
            self._count += 1
            return Noise(f"{self._kind} {self._count} of {self._seed}".encode()[:64])
