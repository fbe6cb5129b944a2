"""Search in files' texts: passages nearest in meaning to a query, by the mock's own embeddings."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON
from ..state import Store, walk
from .embedding import vector

PASSAGE, OVERLAP = 800, 400
"""Words of a passage and of its overlap with the next; the API counts tokens and has the same numbers."""

_MODEL, _DIMENSIONS = "text-embedding-3-large", 256
_WORD = re.compile(r"\S+")


def passages(text: str) -> Iterator[str]:
    """The text in overlapping pieces, whole words each."""
    words = list(_WORD.finditer(text))
    for first in range(0, max(len(words) - OVERLAP, 1), PASSAGE - OVERLAP):
        inside = words[first : first + PASSAGE]
        if inside:
            yield text[inside[0].start() : inside[-1].end()]


class Found(msgspec.Struct, frozen=True):
    """A passage of a file that answers a query."""

    attributes: dict[str, JSON]
    file_id: str
    filename: str
    score: float
    """How near it is, 0 to 1."""
    text: str


def search_stores(
    store: Store, vector_stores: Iterable[str], query: str, most: int, filters: JSON = None
) -> list[Found]:
    """The nearest passages of the files in these vector stores, the best first, at most one of each file."""
    wanted = vector(query, _MODEL, _DIMENSIONS)
    found = [
        best
        for id in vector_stores
        for file in walk(store, f"/vector_stores/{id}/files", "asc")
        if filters is None or matches(filters, file.get("attributes") or {})
        if (best := _best(store, file, wanted)) is not None
    ]
    return sorted(found, key=lambda each: -each.score)[:most]


def _best(store: Store, file: Mapping[str, JSON], wanted: Sequence[float]) -> Found | None:
    id = str(file["id"])
    opened = store.open_file(f"/files/{id}/content")
    if opened is None:
        return None
    with opened:
        text = opened.read().decode("utf-8", "replace")
    scored = [(_score(wanted, vector(piece, _MODEL, _DIMENSIONS)), piece) for piece in passages(text)]
    if not scored:
        return None
    score, piece = max(scored, key=lambda each: each[0])
    name = str((store.get("/files", id) or {}).get("filename") or id)
    return Found(file.get("attributes") or {}, id, name, score, piece)


def _score(a: Sequence[float], b: Sequence[float]) -> float:
    return round((1 + max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True))))) / 2, 4)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda has, wanted: has in wanted,
    "lt": operator.lt,
    "lte": operator.le,
    "ne": operator.ne,
    "nin": lambda has, wanted: has not in wanted,
}


def matches(filters: Mapping[str, JSON], attributes: Mapping[str, JSON]) -> bool:
    """Whether a file's attributes pass a comparison or a compound of them."""
    kind = str(filters.get("type"))
    if kind in ("and", "or"):
        inner = [matches(each, attributes) for each in filters.get("filters") or ()]
        return all(inner) if kind == "and" else any(inner)
    has = attributes.get(str(filters.get("key")))
    try:
        return has is not None and _COMPARE[kind](has, filters.get("value"))
    except TypeError:  # of different types: neither less nor more
        return False
