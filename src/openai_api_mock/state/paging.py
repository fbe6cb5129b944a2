"""How a page is read, whatever keeps the objects: which places to read, in which direction, and what to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import methodcaller
from typing import NamedTuple

import msgspec

from ..answer import JSON
from .store import Order, Page

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(dict[str, JSON]).decode


class Window(NamedTuple):
    """The places between two cursors (both exclusive, None: open), and the direction to read them in."""

    low: int | None
    high: int | None
    descending: bool
    backwards: bool
    """Whether that direction is against the asked-for order, so that what was read has to be turned round."""


def window(order: Order, after: int | None, before: int | None) -> Window:
    """Where to read, given the places of the cursors. With `before` alone, from there back, as far as a page goes."""
    backwards = before is not None and after is None
    if order == "asc":
        return Window(after, before, descending=backwards, backwards=backwards)
    return Window(before, after, descending=not backwards, backwards=backwards)


def fill(rows: Iterable[bytes], limit: int, where: Mapping[str, JSON] | None, backwards: bool) -> Page:
    """The page of the first `limit` objects that match; reads one match more, to know whether there are more."""
    matching = _matching(rows, where) if where else map(_Row, rows)
    kept: list[dict[str, JSON]] = []
    has_more = False
    for row in matching:
        if len(kept) == limit:
            has_more = True
            break
        kept.append(row.value)
    if backwards:
        kept.reverse()
    return Page(kept, has_more)


class _Row:
    """An object that is decoded when it is wanted: the one that only shows that there is more never is."""

    __slots__ = ("_value", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._value: dict[str, JSON] | None = None

    @property
    def value(self) -> dict[str, JSON]:
        if self._value is None:
            self._value = decode(self.raw)
        return self._value


def _matching(rows: Iterable[bytes], where: Mapping[str, JSON]) -> Iterable[_Row]:
    # Text is encoded in one way only, so bytes that lack it can't match, and most needn't be decoded.
    for text in _texts(where):
        rows = filter(methodcaller("__contains__", encode(text)), rows)
    return (row for row in map(_Row, rows) if matches(row.value, where))


def _texts(where: Mapping[str, JSON]) -> Iterable[str]:
    for value in where.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from (inner for inner in value.values() if isinstance(inner, str))


def matches(value: Mapping[str, JSON], where: Mapping[str, JSON]) -> bool:
    """Whether the fields of `where` are equal in `value`, `metadata` key by key. What is absent counts as null."""
    for name, wanted in where.items():
        held = value.get(name)
        if name == "metadata" and isinstance(wanted, Mapping):
            if not matches(held or {}, wanted):
                return False
        elif not _same(held, wanted):
            return False
    return True


def _same(one: JSON, other: JSON) -> bool:
    # In Python True == 1, in JSON not.
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)
