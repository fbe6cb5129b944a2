"""The lines of batches in the journal: the latest ones, beside the calls.

A batch has tens of thousands, which would crowd the calls out.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .wire import Stream

if TYPE_CHECKING:
    from .journal import Entry

LINES = 1_000
"""Lines that are kept."""


class Lines:
    """What doesn't fit is forgotten altogether, the oldest first."""

    def __init__(self, limit: int) -> None:
        """`limit` is bytes of their bodies and replies."""
        self._limit = limit
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._entries)

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def begin(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += entry.weight()
        self._forget()

    def end(self, entry: Entry, body: bytes | Stream) -> None:
        if entry.is_whole:  # else it is forgotten already
            self._bytes += entry.answered(body)
            self._forget()

    def clear(self) -> None:
        self._entries.clear()
        self._bytes = 0

    def _forget(self) -> None:
        while self._entries and (len(self._entries) > LINES or self._bytes > self._limit):
            oldest = self._entries.popleft()
            self._bytes -= oldest.weight()
            oldest.let_go()
