"""Baseline JPEG (ITU-T T.81), colours in full resolution.

Written for flat pictures: each row of blocks is a restart interval, so that equal ones are the same bytes, and the
Huffman codes are the plainest that the format takes: short for "no change" and "no detail", of one length for the rest.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from functools import lru_cache

from .pictures_raster import Raster

Quantization = Sequence[int]
_Coded = tuple[int, str]
"""A block's first coefficient, which is coded by its difference from the block before, and the bits of the others."""

_ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, i % 8 if (i // 8 + i % 8) % 2 == 0 else i // 8))
_BASIS = [
    [math.cos((2 * x + 1) * u * math.pi / 16) * (math.sqrt(1 / 8) if u == 0 else 0.5) for x in range(8)]
    for u in range(8)
]
# How coarse a coefficient may be at quality 50: at no frequency, and more for each step up; brightness, then colour.
_COARSENESS = ((10, 6), (14, 12))
# Red, green and blue to brightness and two differences of colour, as JFIF has it.
_YCC = ((0.299, 0.587, 0.114, 0), (-0.168736, -0.331264, 0.5, 128), (0.5, -0.418688, -0.081312, 128))

_END, _SIXTEEN_ZEROS = 0x00, 0xF0
_DC_LENGTHS = {0: 1, **dict.fromkeys(range(1, 12), 5)}
_AC_LENGTHS = {
    _END: 2,
    _SIXTEEN_ZEROS: 8,
    **{zeros << 4 | size: 8 for zeros in range(16) for size in range(1, 11)},
}


def encode(raster: Raster, quality: int) -> bytes:
    """The raster at a quality from 0 to 100; whatever is transparent in it is not."""
    tables = [_quantization(quality, *coarseness) for coarseness in _COARSENESS]
    across = -(-raster.width // 8)
    head = [
        _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        *(_segment(0xDB, bytes([n, *(table[i] for i in _ZIGZAG)])) for n, table in enumerate(tables)),
        _segment(0xC0, struct.pack(">BHHB", 8, raster.height, raster.width, 3) + _COMPONENTS),
        _segment(0xC4, b"\x00" + _described(_DC_LENGTHS)),
        _segment(0xC4, b"\x10" + _described(_AC_LENGTHS)),
        _segment(0xDD, struct.pack(">H", across)),
        _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0"),
    ]
    return b"\xff\xd8" + b"".join(head) + _Scan(raster, tables).encode() + b"\xff\xd9"


# Id, samples across and down, and quantization table, of each component.
_COMPONENTS = b"\1\x11\0\2\x11\1\3\x11\1"


class _Scan:
    """The blocks of one picture. Equal blocks, and equal rows of blocks, are coded once."""

    def __init__(self, raster: Raster, tables: list[Quantization]) -> None:
        self._raster = raster
        self._tables = (tables[0], tables[1], tables[1])
        self._components = [_component(raster, weights) for weights in _YCC]
        self._blocks: dict[bytes, list[_Coded]] = {}

    def encode(self) -> bytes:
        rows = self._raster.rows
        intervals: dict[tuple[bytes, ...], bytes] = {}
        parts: list[bytes] = []
        for top in range(0, len(rows), 8):
            eight = tuple(rows[top : top + 8])
            eight += eight[-1:] * (8 - len(eight))
            interval = intervals.get(eight)
            if interval is None:
                interval = intervals[eight] = self._interval(eight)
            parts.append(interval)
            parts.append(bytes((0xFF, 0xD0 + top // 8 % 8)))
        return b"".join(parts[:-1])

    def _interval(self, rows: tuple[bytes, ...]) -> bytes:
        beyond = -self._raster.width % 8
        rows = tuple(row + row[-1:] * beyond for row in rows)
        bits: list[str] = []
        last = [0, 0, 0]
        for left in range(0, len(rows[0]), 8):
            key = b"".join([row[left : left + 8] for row in rows])
            block = self._blocks.get(key)
            if block is None:
                block = self._blocks[key] = [self._coded(key, number) for number in range(3)]
            for number, (first, others) in enumerate(block):
                bits.append(_first(first - last[number]))
                bits.append(others)
                last[number] = first
        return _packed("".join(bits))

    def _coded(self, key: bytes, number: int) -> _Coded:
        quantization = self._tables[number]
        values = self._components[number]
        if key.count(key[0]) == 64:
            return round((values[key[0]] - 128) * 8 / quantization[0]), _AC[_END]
        samples = [values[pixel] - 128 for pixel in key]
        rows = [_transform(tuple(samples[at : at + 8])) for at in range(0, 64, 8)]
        columns = [_transform(column) for column in zip(*rows, strict=True)]
        coefficients = [round(columns[i % 8][i // 8] / quantization[i]) for i in _ZIGZAG]
        return coefficients[0], _others(coefficients[1:])


def _component(raster: Raster, weights: tuple[float, float, float, float]) -> list[float]:
    """One component of each colour."""
    red, green, blue, offset = weights
    return [red * r + green * g + blue * b + offset for r, g, b, _ in raster.colors]


@lru_cache(maxsize=4096)
def _transform(samples: tuple[float, ...]) -> tuple[float, ...]:
    """The cosine transform of eight samples. In a flat picture the same ones come again and again."""
    a, b, c, d, e, f, g, h = samples
    return tuple([a * s + b * t + c * u + d * v + e * w + f * x + g * y + h * z for s, t, u, v, w, x, y, z in _BASIS])


def _quantization(quality: int, lowest: int, step: int) -> Quantization:
    """What each coefficient is divided by, in rows; quality scales it as the reference implementation's does."""
    quality = max(1, min(quality, 100))
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    return [max(1, min(round((lowest + step * (i // 8 + i % 8)) * percent / 100), 255)) for i in range(64)]


# The bits


def _ranked(lengths: dict[int, int]) -> list[int]:
    return [symbol for symbol, _ in sorted(lengths.items(), key=lambda each: each[1])]


def _canonical(lengths: dict[int, int]) -> dict[int, str]:
    """Codes of these lengths, in the order that the format gives them."""
    codes: dict[int, str] = {}
    code = length = 0
    for symbol in _ranked(lengths):
        code <<= lengths[symbol] - length
        length = lengths[symbol]
        codes[symbol] = f"{code:0{length}b}"
        code += 1
    return codes


def _described(lengths: dict[int, int]) -> bytes:
    """How many codes there are of each length up to 16, then the symbols."""
    counts = [sum(1 for each in lengths.values() if each == length) for length in range(1, 17)]
    return bytes(counts) + bytes(_ranked(lengths))


_DC = _canonical(_DC_LENGTHS)
_AC = _canonical(_AC_LENGTHS)


@lru_cache(maxsize=4096)
def _first(difference: int) -> str:
    size = abs(difference).bit_length()
    return _DC[size] + _amplitude(difference, size)


def _others(coefficients: list[int]) -> str:
    bits: list[str] = []
    zeros = 0
    for value in coefficients:
        if not value:
            zeros += 1
            continue
        bits.append(_AC[_SIXTEEN_ZEROS] * (zeros // 16))
        size = abs(value).bit_length()
        bits.append(_AC[zeros % 16 << 4 | size] + _amplitude(value, size))
        zeros = 0
    if zeros:
        bits.append(_AC[_END])
    return "".join(bits)


def _amplitude(value: int, size: int) -> str:
    return f"{value if value > 0 else value + (1 << size) - 1:0{size}b}" if size else ""


def _packed(bits: str) -> bytes:
    """The bits in bytes, filled up with ones; a byte of ones is followed by zero, lest it be taken for a marker."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
