"""Lossless WebP (VP8L, RFC 9649): a colour table, and pixels as literals or as copies from the left or from above.

Prefix codes aren't made to measure: the symbols that occur get codes of two lengths at most, the frequent ones the
shorter. Flat pictures are nearly all copies, so that hardly matters.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from functools import lru_cache

from .pictures_raster import Raster

_LENGTHS = 256
"""The first symbol of the green alphabet that is a length and not a literal."""
_GREEN, _CHANNEL, _DISTANCES = 280, 256, 40
_ABOVE, _LEFT = 0, 1
"""The prefix symbols of the distance codes 1 and 2, which mean the pixel above and the one to the left."""
_LONGEST = 4096
_WORTH_COPYING = 4
_COLOR_INDEXING = 3
_SIXTEEN_AND_ONE = 17
"""Tables of up to 16 colours would make the decoder expect several pixels in a byte."""
# The order in which the lengths of the code-length code come.
_CODE_LENGTH_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_RUN = re.compile(rb"(.)\1*", re.DOTALL)

_Token = tuple[int, str, int]
"""A symbol of the green alphabet; for a length, its extra bits and the distance's symbol, which is else -1."""


def encode(raster: Raster) -> bytes:
    """The raster, exactly."""
    bits = [
        _bits(raster.width - 1, 14),
        _bits(raster.height - 1, 14),
        _bits(not raster.opaque, 1),
        _bits(0, 3),
        *_color_table(raster),
        "0",  # no further transform
        "0",  # no colour cache
        "0",  # one group of prefix codes for the whole picture
        *_pixels(raster),
    ]
    data = b"\x2f" + _packed("".join(bits))
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _color_table(raster: Raster) -> list[str]:
    """The table as a picture of one row, in which each colour is the difference from the one before."""
    colors = [*raster.colors, *[(0, 0, 0, 0)] * (_SIXTEEN_AND_ONE - len(raster.colors))]
    pairs = zip([(0, 0, 0, 0), *colors], colors, strict=False)
    steps = [tuple((b - a) % 256 for a, b in zip(before, after, strict=True)) for before, after in pairs]
    sizes = (_CHANNEL, _GREEN, _CHANNEL, _CHANNEL)
    codes = [_Code(size, Counter(step[i] for step in steps)) for i, size in enumerate(sizes)]
    red, green, blue, alpha = codes
    bits = ["1", _bits(_COLOR_INDEXING, 2), _bits(len(colors) - 1, 8), "0"]
    bits += [code.description for code in (green, red, blue, alpha, _Code(_DISTANCES, Counter((0,))))]
    return bits + [green.bits[step[1]] + red.bits[step[0]] + blue.bits[step[2]] + alpha.bits[step[3]] for step in steps]


def _pixels(raster: Raster) -> list[str]:
    """The numbers of the colours, which are the picture's green."""
    tokens = _tokens(raster)
    green = _Code(_GREEN, Counter(symbol for symbol, _, _ in tokens))
    distances = _Code(_DISTANCES, Counter(distance for _, _, distance in tokens if distance >= 0) or Counter((0,)))
    unused = _Code(_CHANNEL, Counter((0,)))
    bits = [code.description for code in (green, unused, unused, unused, distances)]
    for symbol, extra, distance in tokens:
        bits.append(green.bits[symbol])
        if distance >= 0:
            bits.append(extra)
            bits.append(distances.bits[distance])
    return bits


def _tokens(raster: Raster) -> list[_Token]:
    tokens: list[_Token] = []
    known: dict[bytes, list[_Token]] = {}
    repeated = 0
    above = None
    for row in raster.rows:
        if row == above:
            repeated += len(row)
            continue
        tokens += _copies(repeated, _ABOVE)
        repeated = 0
        if row not in known:
            known[row] = _row(row)
        tokens += known[row]
        above = row
    return [*tokens, *_copies(repeated, _ABOVE)]


def _row(row: bytes) -> list[_Token]:
    tokens: list[_Token] = []
    for run in _RUN.finditer(row):
        literal: _Token = (row[run.start()], "", -1)
        length = run.end() - run.start()
        if length <= _WORTH_COPYING:
            tokens += [literal] * length
        else:
            tokens.append(literal)
            tokens += _copies(length - 1, _LEFT)
    return tokens


@lru_cache(maxsize=4096)
def _copies(length: int, distance: int) -> tuple[_Token, ...]:
    """Copies of that many pixels in all, each as long as the format allows."""
    whole, rest = divmod(length, _LONGEST)
    return (_copy(_LONGEST, distance),) * whole + ((_copy(rest, distance),) if rest else ())


def _copy(length: int, distance: int) -> _Token:
    """A length is a symbol for its two highest bits and where they stand, and the bits below as they are."""
    value = length - 1
    if value < 4:
        return _LENGTHS + value, "", distance
    below = value.bit_length() - 2
    return _LENGTHS + 2 * (below + 1) + (value >> below & 1), _bits(value & (1 << below) - 1, below), distance


class _Code:
    """A prefix code for the symbols of an alphabet that occur."""

    def __init__(self, alphabet: int, counts: Counter[int]) -> None:
        ranked = [symbol for symbol, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
        if len(ranked) == 1:
            # A lone symbol takes no bits, and is named outright.
            self.bits = {ranked[0]: ""}
            self.description = "101" + _bits(ranked[0], 8)
            return
        longest = (len(ranked) - 1).bit_length()
        shorter = (1 << longest) - len(ranked)
        lengths = {symbol: longest - (rank < shorter) for rank, symbol in enumerate(ranked)}
        self.bits = _canonical(lengths)
        self.description = _described([lengths.get(symbol, 0) for symbol in range(alphabet)])


def _described(lengths: list[int]) -> str:
    """The length of each symbol's code, in a code of its own."""
    used = sorted({0, *lengths})
    own = _canonical(dict.fromkeys(used, 1) if len(used) == 2 else {0: 1, used[1]: 2, used[2]: 2})
    own_lengths = [len(own.get(length, "")) for length in _CODE_LENGTH_ORDER]
    given = max(i + 1 for i, length in enumerate(own_lengths) if length)
    head = ["0", _bits(given - 4, 4), *(_bits(length, 3) for length in own_lengths[:given])]
    return "".join([*head, "0", *(own[length] for length in lengths)])


def _canonical(lengths: dict[int, int]) -> dict[int, str]:
    """Codes of these lengths, in the order that the format gives them."""
    codes: dict[int, str] = {}
    code = length = 0
    for symbol, wanted in sorted(lengths.items(), key=lambda each: (each[1], each[0])):
        code <<= wanted - length
        length = wanted
        codes[symbol] = f"{code:0{length}b}" if length else ""
        code += 1
    return codes


def _bits(value: int, count: int) -> str:
    """The lowest bits of a number, the lowest first, as all numbers of the format stand."""
    return f"{value:0{count}b}"[::-1] if count else ""


def _packed(bits: str) -> bytes:
    return int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")
