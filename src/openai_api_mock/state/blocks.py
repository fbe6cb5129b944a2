"""A sorted collection that stays quick at any size: blocks of keys, each short enough to shift in no time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", int, str)

FULL = 512
"""Keys per block: shifting that many takes a tenth of a microsecond."""


class SortedBlocks(Generic[Key]):
    """Distinct keys in ascending order. Adding, removing and finding cost about a microsecond among a million."""

    __slots__ = ("_blocks", "_lasts")

    def __init__(self) -> None:
        self._blocks: list[list[Key]] = []
        self._lasts: list[Key] = []  # the last key of each block

    def add(self, key: Key) -> None:
        """Put in a key that isn't there."""
        lasts = self._lasts
        if not lasts or (key > lasts[-1] and len(self._blocks[-1]) >= FULL):
            self._blocks.append([key])
            lasts.append(key)
            return
        at = min(bisect_left(lasts, key), len(lasts) - 1)
        block = self._blocks[at]
        insort(block, key)
        lasts[at] = block[-1]
        if len(block) > 2 * FULL:
            self._split(at)

    def remove(self, key: Key) -> None:
        """Take out a key that is there."""
        at = bisect_left(self._lasts, key)
        block = self._blocks[at]
        block.pop(bisect_left(block, key))
        if block:
            self._lasts[at] = block[-1]
            return
        del self._blocks[at]
        del self._lasts[at]

    def first(self) -> Key:
        """The smallest; IndexError if there is none."""
        return self._blocks[0][0]

    def ascending(self, start: Key | None = None) -> Iterator[Key]:
        """From `start` (or the first) upwards. Don't change the collection meanwhile."""
        if start is None:
            for block in self._blocks:
                yield from block
            return
        at = bisect_left(self._lasts, start)
        for number in range(at, len(self._blocks)):
            block = self._blocks[number]
            yield from block[bisect_left(block, start) :] if number == at else block

    def descending(self, start: Key | None = None) -> Iterator[Key]:
        """From `start` (or the last) downwards. Don't change the collection meanwhile."""
        if start is None:
            for block in reversed(self._blocks):
                yield from reversed(block)
            return
        at = min(bisect_left(self._lasts, start), len(self._blocks) - 1)
        for number in range(at, -1, -1):
            block = self._blocks[number]
            yield from reversed(block[: bisect_right(block, start)] if number == at else block)

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        self._blocks[at : at + 1] = [block[:FULL], block[FULL:]]
        self._lasts[at : at + 1] = [block[FULL - 1], block[-1]]
