"""What is drawn, before it is a file: pixels that are numbers of colours."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

Color = tuple[int, int, int, int]
"""Red, green, blue and alpha, each from 0 to 255."""


class Raster(msgspec.Struct, frozen=True):
    """A picture of at most 256 colours. Rows that look the same should be one object: encoders do each once."""

    width: int
    height: int
    colors: Sequence[Color]
    rows: Sequence[bytes]
    """From the top; one byte for each pixel, the number of its colour."""

    @property
    def opaque(self) -> bool:
        return all(alpha == 255 for *_, alpha in self.colors)

    def channel(self, number: int) -> bytes:
        """Red, green, blue or alpha by a colour's number, for `bytes.translate`."""
        return bytes(color[number] for color in self.colors).ljust(256, b"\0")
