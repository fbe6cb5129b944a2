"""Filters of files by their attributes: a comparison, or a compound of several."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ..answer import JSON

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda has, wanted: any(_equal(has, each) for each in wanted),
    "lt": operator.lt,
    "lte": operator.le,
    "ne": operator.ne,
    "nin": lambda has, wanted: not any(_equal(has, each) for each in wanted),
}


def matches(filters: Mapping[str, JSON], attributes: Mapping[str, JSON]) -> bool:
    """Whether a file's attributes pass. A file that lacks the attribute passes no comparison; one whose value is of
    another type passes `ne` and `nin` alone."""
    kind = str(filters.get("type"))
    if kind in ("and", "or"):
        inner = (matches(each, attributes) for each in filters.get("filters") or ())
        return all(inner) if kind == "and" else any(inner)
    has, wanted = attributes.get(str(filters.get("key"))), filters.get("value")
    if has is None:
        return False
    if kind in ("in", "nin"):
        return isinstance(wanted, list) and _COMPARE[kind](has, wanted)
    if _is_text(has) != _is_text(wanted) or isinstance(has, bool) != isinstance(wanted, bool):
        return kind == "ne"
    return kind in _COMPARE and _COMPARE[kind](has, wanted)


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _equal(has: JSON, wanted: JSON) -> bool:
    # In Python True == 1, in JSON not.
    return bool(has == wanted) and isinstance(has, bool) is isinstance(wanted, bool)
