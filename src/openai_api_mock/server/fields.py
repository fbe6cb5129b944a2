"""A request's header fields, kept as the bytes they came in and decoded when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, overload

_T = TypeVar("_T")


def fields_of(raw: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; what was sent more than once is joined by commas. The names are in lower case already."""
    fields = dict(raw)
    if len(fields) == len(raw):
        return fields
    fields.clear()
    for name, value in raw:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


class Fields(Mapping[str, str]):
    """What the engine sees of the headers. Most are never looked at, so none is decoded in advance."""

    __slots__ = ("raw",)

    def __init__(self, raw: dict[bytes, bytes]) -> None:
        self.raw = raw

    def __getitem__(self, name: str) -> str:
        return self.raw[name.encode("latin-1")].decode("latin-1")

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _T) -> str | _T: ...
    def get(self, name: str, /, default: object = None) -> object:
        value = self.raw.get(name.encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        return f"Fields({dict(self)!r})"
