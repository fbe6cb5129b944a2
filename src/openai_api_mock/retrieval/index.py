"""Chunks as vectors, and the search among them.

A chunk is kept as a sketch, the signs of its embedding's dimensions, and as the features that the embedding is made
of. A search looks at all sketches: the bits in which two differ tell their angle, and Python counts those of ten
thousand in a millisecond or two. The nearest are then scored by their features, exactly.
"""

from __future__ import annotations

import math
from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest, nsmallest
from operator import itemgetter
from zlib import crc32

import msgspec

from ..answer import JSON
from ..generate.embedding import vector
from ..generate.embedding_features import COMMON_WORD, HEAVIEST, features

MODEL = "text-embedding-3-large"
BITS = 1024
"""Dimensions of a sketch."""
SHORTLIST = 256
"""Chunks that are scored exactly. Where there are no more than that, all are."""
_WEIGHT = 15
"""The lowest four bits of a packed feature are its weight; the others say which it is."""


class Entry(msgspec.Struct, frozen=True):
    """A chunk, ready to be searched."""

    sketch: int
    packed: bytes
    """Its features: 32 bits each."""
    norm: float
    start: int
    """In bytes of the file's text."""
    end: int

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return 300 + len(self.packed)


class Wanted(msgspec.Struct, frozen=True):
    """A query, ready to be searched for."""

    sketch: int
    weights: Mapping[int, int]
    """Feature to weight."""
    probe: frozenset[int]
    """The features with each weight that a chunk may give them."""
    norm: float
    telling: Mapping[int, int]
    """The features that are words or what they mean, with the squares of their weights."""
    told: int
    """Those squares together; not 0."""


class Ranking(msgspec.Struct, frozen=True):
    """How a score is made of the two things that are known of a chunk."""

    embedding: float = 1.0
    """The weight of the angle between the embeddings."""
    text: float = 1.0
    """The weight of how much of the query is in the text."""


def row_of(text: str, start: int, end: int) -> dict[str, JSON]:
    """What is kept of a chunk."""
    weights = features(text)
    packed = array("I", sorted(_key(name) | weight for name, weight in weights.items()))
    norm = math.sqrt(sum(weight * weight for weight in weights.values()))
    sketch = _sketch(text).to_bytes(BITS // 8, "little")
    encoded = {name: b2a_base64(value, newline=False).decode() for name, value in (
        ("sketch", sketch), ("features", packed.tobytes()),
    )}  # fmt: skip
    return {"id": str(start), "start": start, "end": end, "norm": norm, **encoded}


def entry_of(row: Mapping[str, JSON]) -> Entry:
    """What was kept, ready to be searched."""
    sketch = int.from_bytes(a2b_base64(row["sketch"]), "little")
    return Entry(sketch, a2b_base64(row["features"]), row["norm"], row["start"], row["end"])


def wanted(query: str) -> Wanted:
    """A query."""
    weights = features(query)
    keys = {_key(name): weight for name, weight in weights.items()}
    telling = {
        _key(name): weight * weight
        for name, weight in weights.items()
        if weight > COMMON_WORD and name[0] not in "~=" and " " not in name
    }
    return Wanted(
        _sketch(query),
        keys,
        frozenset(key | weight for key in keys for weight in range(1, HEAVIEST + 1)),
        math.sqrt(sum(weight * weight for weight in weights.values())),
        telling or {key: weight * weight for key, weight in keys.items()},
        sum(telling.values()) or sum(weight * weight for weight in keys.values()),
    )


def search(entries: Sequence[Entry], query: Wanted, most: int, ranking: Ranking) -> list[tuple[float, int]]:
    """The best `most`: score, from 0 to 1, and number; the best first, equals in their order."""
    return best_of(((score(entries[at], query, ranking), at) for at in shortlist(entries, query, most)), most)


def shortlist(entries: Sequence[Entry], query: Wanted, most: int) -> Iterable[int]:
    """The numbers of those that are worth scoring."""
    length = max(SHORTLIST, 4 * most)
    if len(entries) <= length:
        return range(len(entries))
    sketch = query.sketch
    distances = [(entry.sketch ^ sketch).bit_count() for entry in entries]
    return nsmallest(length, range(len(entries)), key=distances.__getitem__)


def best_of(scored: Iterable[tuple[float, int]], most: int) -> list[tuple[float, int]]:
    """The best first, equals in their order."""
    return nlargest(most, sorted(scored, key=itemgetter(1)), key=itemgetter(0))


def score(entry: Entry, query: Wanted, ranking: Ranking) -> float:
    """How well a chunk answers a query: the cosine of the angle between their features, and the share of the query's
    words that the chunk has, in the weights of the ranking."""
    found = array("I")
    found.frombytes(entry.packed)
    dot = shared = 0
    for packed in query.probe.intersection(found):
        key = packed & ~_WEIGHT
        dot += query.weights[key] * (packed & _WEIGHT)
        shared += query.telling.get(key, 0)
    cosine = dot / (query.norm * entry.norm)
    weighed = ranking.embedding * cosine + ranking.text * shared / query.told
    return round(min(1.0, weighed / (ranking.embedding + ranking.text)), 4)


def _key(name: str) -> int:
    return crc32(name.encode("utf-8", "replace")) & ~_WEIGHT


def _sketch(text: str) -> int:
    signs = "".join(["1" if number > 0 else "0" for number in vector(text, MODEL, BITS)])
    return int(signs, 2)
