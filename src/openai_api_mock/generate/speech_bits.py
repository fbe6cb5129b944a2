"""Bits written one field after another, the highest first."""

from __future__ import annotations


class Bits:
    """A growing row of bits."""

    __slots__ = ("_count", "_value")

    def __init__(self) -> None:
        self._value = 0
        self._count = 0

    def put(self, value: int, width: int) -> Bits:
        self._value = self._value << width | value
        self._count += width
        return self

    def align(self) -> Bits:
        return self.put(0, -self._count % 8)

    def __len__(self) -> int:
        return self._count

    def bytes(self) -> bytes:
        """All of them, with zeros up to a whole byte."""
        spare = -self._count % 8
        return (self._value << spare).to_bytes((self._count + spare) // 8, "big")
