"""A caption in the middle of a picture: where it stands, how large, and the rows of its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap

import msgspec

from . import pictures_font as font

# Pixels of the picture to one of the font. The larger ones are of JPEG's blocks, so that their edges stay sharp.
SCALES = (16, 8, 4, 3, 2, 1)
BLOCK = 8
_PITCH = font.HEIGHT + 2
"""Pixels of the font from one line to the next."""
_MARGIN = 3
"""Pixels of the font round the text."""
_SHARE = 0.8
"""Of the picture's width and height, how much the caption may take."""


class Caption(msgspec.Struct, frozen=True):
    """A text that is laid out."""

    lines: tuple[str, ...]
    """In the font's characters."""
    scale: int
    left: int
    """Of the panel on which it stands; so are the next three. In pixels of the picture."""
    top: int
    width: int
    height: int

    def cell(self, line: int, column: int) -> tuple[int, int]:
        """Where in the picture a character's upper left pixel is."""
        x, y = _MARGIN + column * font.ADVANCE, _MARGIN + line * _PITCH
        return self.left + x * self.scale, self.top + y * self.scale

    def rows(self, paper: int, ink: int, shown: int) -> list[bytes]:
        """The panel row for row, with the first `shown` lines in ink; rows that are alike are one object."""
        blank = bytes((paper,)) * self.width
        rows = [blank] * self.height
        y = _MARGIN * self.scale
        for line in self.lines[:shown]:
            for bits in font.rows(line):
                rows[y : y + self.scale] = [self._row(bits, paper, ink)] * self.scale
                y += self.scale
            y += (_PITCH - font.HEIGHT) * self.scale
        return rows[: self.height]

    def _row(self, bits: list[int], paper: int, ink: int) -> bytes:
        pixels = _spread(self.scale, paper, ink)
        margin = bytes((paper,)) * (_MARGIN * self.scale)
        return (margin + b"".join([pixels[each] for each in bits])).ljust(self.width, bytes((paper,)))[: self.width]


def laid_out(text: str, width: int, height: int) -> Caption | None:
    """The text as large as it fits a picture of that size; cut short, with dots, where it doesn't. None for no text."""
    text = font.drawable(text)
    fitting = (_at(scale, text, width, height) for scale in _scales(width, height))
    return next((caption for caption in fitting if caption is not None), None) if text else None


def _scales(width: int, height: int) -> Sequence[int]:
    smallest = 2 if min(width, height) >= 512 else 1
    return [scale for scale in SCALES if scale >= smallest]


def _at(scale: int, text: str, width: int, height: int) -> Caption | None:
    """The caption at that scale; None where it doesn't fit and a smaller one may."""
    columns = max(1, int(width * _SHARE / scale - 2 * _MARGIN) // font.ADVANCE)
    most = max(1, int(height * _SHARE / scale - 2 * _MARGIN) // _PITCH)
    last = scale == _scales(width, height)[-1]
    if not last and (len(text) > columns * most or max(map(len, text.split(" "))) > columns):
        return None
    lines = wrap(text[: 2 * columns * most], columns)
    if len(lines) > most or len(text) > 2 * columns * most:
        if not last:
            return None
        lines = lines[:most]
        lines[-1] = lines[-1][: max(0, columns - 3)] + "..."[:columns]
    return _centred(tuple(lines), scale, width, height)


def _centred(lines: tuple[str, ...], scale: int, width: int, height: int) -> Caption:
    across = (max(map(len, lines)) * font.ADVANCE - 1 + 2 * _MARGIN) * scale
    down = (len(lines) * _PITCH - (_PITCH - font.HEIGHT) + 2 * _MARGIN) * scale
    across, down = min(across, width), min(down, height)
    return Caption(lines, scale, _on_a_block((width - across) // 2), _on_a_block((height - down) // 2), across, down)


def _on_a_block(pixel: int) -> int:
    return pixel - pixel % BLOCK


@lru_cache(maxsize=32)
def _spread(scale: int, paper: int, ink: int) -> list[bytes]:
    """A character's row of pixels, and the gap after it, by its bits."""
    dots = (bytes((paper,)) * scale, bytes((ink,)) * scale)
    places = range(font.WIDTH - 1, -1, -1)
    return [b"".join(dots[bits >> place & 1] for place in places) + dots[0] for bits in range(1 << font.WIDTH)]
