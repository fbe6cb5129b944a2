"""The rules for schemas that the API generates by: all for strict ones, and for the rest what it can't do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ..answer import JSON


class SchemaFault(msgspec.Struct, frozen=True):
    """What is wrong, and where: `context` is the path as the API writes it, `'properties', 'a'`."""

    context: str
    reason: str


Place = tuple[str, ...]


def schema_fault(schema: Mapping[str, JSON], *, strict: bool) -> SchemaFault | None:
    """The first fault of a schema; None where the API would take it."""
    for place, reason in _faults(schema, schema, (), strict):
        return SchemaFault(_context(place), reason)
    return None


def _context(place: Place) -> str:
    names = ", ".join(repr(name) for name in place)
    return names + "," if len(place) == 1 else names


def _faults(schema: JSON, root: Mapping[str, JSON], place: Place, strict: bool) -> Iterator[tuple[Place, str]]:
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference.startswith("#/") and not _resolves(reference, root):
            yield place, f"reference to component '{reference}' which was not found in the schema."
        return
    kind = schema.get("type")
    if strict and kind is None and not ({"anyOf", "enum", "const"} & schema.keys()):
        yield place, "schema must have a 'type' key."
    if kind == "array" and "items" not in schema and "prefixItems" not in schema:
        yield place, "array schema missing items"
    if kind == "object" and strict:
        yield from _object_faults(schema, place)
    for name, inner, below in _inner(schema, place):
        yield from _faults(inner, root, (*below, name) if name else below, strict)


def _object_faults(schema: Mapping[str, JSON], place: Place) -> Iterator[tuple[Place, str]]:
    if schema.get("additionalProperties") is not False:
        yield place, "'additionalProperties' is required to be supplied and to be false."
    properties = schema.get("properties") or {}
    required = schema.get("required") or []
    for name in properties:
        if name not in required:
            wanted = "'required' is required to be supplied and to be an array including every key in properties."
            yield place, f"{wanted} Missing '{name}'."
    for name in required:
        if name not in properties:
            wanted = "'required' is required to be supplied and to be an array including every key in properties."
            yield place, f"{wanted} Extra required key '{name}' supplied."


def _inner(schema: Mapping[str, JSON], place: Place) -> Iterator[tuple[str, JSON, Place]]:
    """The schemas inside, with the last part of their place."""
    for keyword in ("properties", "$defs", "definitions"):
        inner = schema.get(keyword)
        if isinstance(inner, dict):
            for name, value in inner.items():
                yield str(name), value, (*place, keyword)
    for keyword in ("anyOf", "allOf", "oneOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list):
            for index, value in enumerate(branches):
                yield str(index), value, (*place, keyword)
    if isinstance(schema.get("items"), dict):
        yield "items", schema["items"], place


def _resolves(reference: str, root: Mapping[str, JSON]) -> bool:
    at: JSON = root
    for part in reference[2:].split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(at, dict) or part not in at:
            return False
        at = at[part]
    return True
