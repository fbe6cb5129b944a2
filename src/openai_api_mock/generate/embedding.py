"""Embeddings without a model: the same text always has the same vector, and similar texts have similar ones.

Every feature of a text stands for one long row of random signs; a text's vector is the weighted sum of its features'
rows, at unit length. Such random projections keep angles, so two texts are as near as their features overlap, in the
first hundreds of dimensions as in all of them: cutting a vector and stretching it to unit length again, which is what
`dimensions` does, leaves its meaning.

A row is a window on one fixed run of noise. Signs are kept as lanes of 0 and 1 in big integers, which add up thousands
of lanes in a microsecond; numpy isn't needed.
"""

from __future__ import annotations

import math
import sys
from array import array
from base64 import b64encode
from functools import lru_cache
from hashlib import shake_256
from typing import Literal
from zlib import crc32

import msgspec

from .embedding_features import features

LARGEST = 3072
ROWS = 0x10000
LANE = 255
"""The most that a lane of 8 bits can count."""
CACHED = 512


@lru_cache(maxsize=CACHED)
def embedding(text: str, model: str, dimensions: int, form: Literal["float", "base64"]) -> msgspec.Raw:
    """The JSON of a text's embedding: a list of numbers, or the base64 of 32-bit floats, little end first."""
    return written(vector(text, model, dimensions), form)


def written(found: array[float], form: Literal["float", "base64"]) -> msgspec.Raw:
    """The JSON of a vector."""
    if form == "float":
        return msgspec.Raw(msgspec.json.encode(found.tolist()))
    if sys.byteorder == "big":
        found.byteswap()
    return msgspec.Raw(b'"%b"' % b64encode(found.tobytes()))


def vector(text: str, model: str, dimensions: int) -> array[float]:
    """A unit vector of 32-bit floats, the same for the same arguments. `dimensions` is from 1 to LARGEST."""
    noise = _noise()
    salt = crc32(model.encode())
    by_weight: dict[int, list[int]] = {}
    for name, weight in features(text).items():
        by_weight.setdefault(weight, []).append(crc32(name.encode("utf-8", "replace"), salt) % ROWS)
    total = 0
    for weight, rows in by_weight.items():
        for at in range(0, len(rows), LANE):
            counts = sum([int.from_bytes(noise[row : row + dimensions], "little") for row in rows[at : at + LANE]])
            total += weight * _widened(counts, dimensions)
    lanes = array("H", total.to_bytes(2 * dimensions, sys.byteorder))
    if sys.byteorder == "big":
        lanes.reverse()
    # A lane counts the weights whose sign is positive: half of all is zero.
    whole = sum(weight * len(rows) for weight, rows in by_weight.items())
    scale = 1 / math.dist(lanes, (whole / 2,) * dimensions)
    numbers = [(count - whole / 2) * scale for count in range(whole + 1)]
    return array("f", [numbers[lane] for lane in lanes])


def _widened(counts: int, lanes: int) -> int:
    """The same counts in lanes of 16 bits instead of 8."""
    return int.from_bytes(counts.to_bytes(lanes, "little").decode("latin-1").encode("utf-16-le"), "little")


@lru_cache(maxsize=1)
def _noise() -> bytes:
    """Random bits, a byte each."""
    length = ROWS + LARGEST
    bits = int.from_bytes(shake_256(b"openai-api-mock").digest(length // 8), "little")
    return f"{bits:0{length}b}".encode().translate(bytes(digit == ord("1") for digit in range(256)))
