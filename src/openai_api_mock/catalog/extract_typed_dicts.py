"""The fields of the SDK's TypedDicts: which are required, and what they are called on the wire."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import typing_extensions


class PropertyInfo(typing.Protocol):
    """What the SDK says of a field beside its type: `Annotated[…, PropertyInfo(…)]`."""

    alias: str | None
    format: str | None
    discriminator: str | None


@dataclass(frozen=True)
class Member:
    """One field of a TypedDict."""

    name: str
    wire: str
    annotation: object
    required: bool


def members(typed_dict: type) -> list[Member]:
    """The fields of a TypedDict, inherited ones first."""
    _forget_equal_types()
    hints = typing_extensions.get_type_hints(typed_dict, include_extras=True)
    totals = _totals(typed_dict)
    return [_member(name, hint, totals.get(name, True)) for name, hint in hints.items()]


def property_infos(metadata: Iterable[object]) -> list[PropertyInfo]:
    """Those of the annotations that are the SDK's `PropertyInfo`."""
    return [typing.cast("PropertyInfo", each) for each in metadata if type(each).__name__ == "PropertyInfo"]


def _forget_equal_types() -> None:
    """Empties the caches of `typing`.

    They give the first of two equal types for both, and `List[Literal["a", "b"]]` equals `List[Literal["b", "a"]]`: the
    order of values in the document would depend on what was evaluated before.
    """
    for clear in getattr(typing, "_cleanups", ()):
        clear()


def _totals(typed_dict: type) -> dict[str, bool]:
    """Whether each key is required where nothing says so: by the class that declares it."""
    totals: dict[str, bool] = {}
    for base in getattr(typed_dict, "__orig_bases__", ()):
        if typing_extensions.is_typeddict(base):
            totals.update(_totals(base))
    names = typing_extensions.get_type_hints(typed_dict)
    return {name: totals.get(name, bool(getattr(typed_dict, "__total__", True))) for name in names}


def _member(name: str, hint: object, total: bool) -> Member:
    required = total
    wire = name
    annotation = hint
    for inner in _layers(hint):
        if typing.get_origin(inner) is typing_extensions.Required:
            required = True
        elif typing.get_origin(inner) is typing_extensions.NotRequired:
            required = False
        for info in property_infos(typing.get_args(inner)[1:]):
            wire = info.alias or wire
    return Member(name, wire, annotation, required)


def _layers(hint: object) -> Iterator[object]:
    while typing.get_origin(hint) in (typing.Annotated, typing_extensions.Required, typing_extensions.NotRequired):
        yield hint
        hint = typing.get_args(hint)[0]
