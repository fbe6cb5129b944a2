"""What a picture shows: a symmetric pattern in colours of its own, and a caption upon it."""

from __future__ import annotations

from colorsys import hls_to_rgb

from ..noise import Noise
from .pictures import Picture
from .pictures_caption import BLOCK, laid_out
from .pictures_raster import Color, Raster

SHADES = 3
"""Steps of brightness of each hue."""
_CELLS = 12
"""Cells of the pattern along the shorter side."""
_ROWS = 80
"""Rows of cells at most: more would take more than 256 colours."""
_PAPER, _INK = 0, 1
_PATTERN = 2
"""The number of the pattern's first colour."""
_CLEAR: Color = (0, 0, 0, 0)
# Without hue, so that JPEG has nothing but brightness to code in a caption.
_PAPER_COLOR: Color = (250, 250, 250, 255)
_INK_COLOR: Color = (20, 20, 20, 255)


def draw(picture: Picture, shades: int = SHADES, missing: int = 0) -> Raster:
    """The picture's pixels, in so many shades of each hue: one leaves the pattern plain."""
    width, height = picture.width, picture.height
    noise = Noise(picture.look)
    cell = _cell(width, height) << missing
    down, across = -(-height // cell), -(-width // cell)
    colors = [_PAPER_COLOR, _INK_COLOR, *_pattern_colors(picture, down, noise)]
    pattern = _pattern(noise, across, down, shades, picture.transparent)
    backdrop = [b"".join(bytes((number,)) * cell for number in line)[:width] for line in pattern]
    rows = [backdrop[y // cell] for y in range(height)]
    _write(rows, picture, missing)
    return Raster(width, height, colors, rows)


def _cell(width: int, height: int) -> int:
    """How many pixels are the side of a cell."""
    return BLOCK * max(-(-min(width, height) // (_CELLS * BLOCK)), -(-height // (_ROWS * BLOCK)))


def _pattern_colors(picture: Picture, down: int, noise: Noise) -> list[Color]:
    """From the top to the bottom, one hue turns into another; each row has its shades."""
    hue, turn = noise.random(), 0.08 + noise.random() * 0.3
    saturation = 0.25 if picture.natural else 0.65
    colors: list[Color] = []
    for line in range(down):
        at = line / max(1, down - 1)
        for shade in range(SHADES):
            lightness = 0.36 + 0.14 * at + 0.07 * shade
            red, green, blue = hls_to_rgb((hue + turn * at) % 1, lightness, saturation)
            colors.append((int(red * 255), int(green * 255), int(blue * 255), 255))
        if picture.transparent:
            colors[-SHADES] = _CLEAR
    return colors


def _pattern(noise: Noise, across: int, down: int, shades: int, transparent: bool) -> list[list[int]]:
    """The numbers of the cells' colours. Left and right mirror one another; round what is transparent, all is."""
    half = -(-across // 2)
    lines: list[list[int]] = []
    for line in range(down):
        left = [each * SHADES // 256 % shades for each in noise.randbytes(half)]
        if transparent:
            left = [0] * half if line in (0, down - 1) else [0, *left[1:]]
        numbers = [_PATTERN + line * SHADES + shade for shade in left]
        lines.append(numbers + numbers[across - half - 1 :: -1] if across > half else numbers)
    return lines


def _write(rows: list[bytes], picture: Picture, missing: int) -> None:
    caption = laid_out(picture.caption, picture.width, picture.height)
    if caption is None:
        return
    shown = len(caption.lines) >> missing
    right = caption.left + caption.width
    made: dict[tuple[bytes, bytes], bytes] = {}
    for y, text in enumerate(caption.rows(_PAPER, _INK, shown), caption.top):
        key = rows[y], text
        if key not in made:
            made[key] = rows[y][: caption.left] + text + rows[y][right:]
        rows[y] = made[key]
