"""G.711: the two codings of telephones, a byte for a sample at 8 kHz."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from typing import Literal

RATE = 8_000
Law = Literal["ulaw", "alaw"]


def decode(data: bytes, law: Law) -> bytes:
    """16-bit little-endian samples."""
    low, high = _halves(law)
    pcm = bytearray(2 * len(data))
    pcm[0::2] = data.translate(low)
    pcm[1::2] = data.translate(high)
    return bytes(pcm)


def encode(pcm: bytes, law: Law) -> bytes:
    """The nearest code of each 16-bit little-endian sample."""
    codes = _codes(law)
    return bytes([codes[sample + 32768 >> 3] for sample in array("h", pcm)])


def _expand_ulaw(code: int) -> int:
    code = ~code & 0xFF
    value = ((code & 0x0F) << 3 | 0x84) << (code >> 4 & 7)
    return 0x84 - value if code & 0x80 else value - 0x84


def _expand_alaw(code: int) -> int:
    code ^= 0x55
    exponent = code >> 4 & 7
    value = (code & 0x0F) << 4 | 8
    value = value + 0x100 << exponent - 1 if exponent else value
    return value if code & 0x80 else -value


_EXPAND = {"ulaw": _expand_ulaw, "alaw": _expand_alaw}


@lru_cache(maxsize=2)
def _halves(law: Law) -> tuple[bytes, bytes]:
    values = [_EXPAND[law](code) & 0xFFFF for code in range(256)]
    return bytes(value & 0xFF for value in values), bytes(value >> 8 for value in values)


@lru_cache(maxsize=2)
def _codes(law: Law) -> bytes:
    """The nearest code for every 8th value of a sample."""
    values = sorted((_EXPAND[law](code), code) for code in range(256))
    levels = [value for value, _ in values]
    middles = [(a + b) / 2 for a, b in pairwise(levels)]
    return bytes(values[bisect_left(middles, sample)][1] for sample in range(-32768 + 4, 32768, 8))
