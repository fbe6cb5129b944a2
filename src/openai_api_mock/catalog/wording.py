"""Finds the first fault of a request that its schema refuses, so that it can be worded as the API does.

Slow, and only walked after a fast validator said no. In a union, what the value says of itself (`type`, `role`, or
whatever else the branches differ in by a constant) chooses the branch first; the fault is then looked for in that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from . import faults
from .faults import Fault, Path
from .schema import JSON, JsonSchema

_REFERENCE = "#/$defs/"
_FIRST_TELLERS = ("type", "role")
_Found = tuple[Path, Fault]


class Wording:
    """The faults of one schema. `root` holds the `$defs` that its references mean."""

    def __init__(self, root: JsonSchema) -> None:
        self._root = root
        self._definitions: dict[str, JsonSchema] = root.get("$defs", {})

    def first_fault(self, value: JSON) -> Fault | None:
        """The first fault in the order in which the value lists its fields; None where there is none."""
        found = self._fault(self._root, value, ())
        return found[1] if found is not None else None

    def _fault(self, schema: JsonSchema, value: JSON, path: Path) -> _Found | None:
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return self._in_union(schema, value, path) or self._beyond(schema, value, path)
        if not _fits(schema, value):
            return path, faults.wrong_type(path, value, [schema])
        values = _constants(schema)
        if values is not None and not any(_same(value, each) for each in values):
            return path, faults.wrong_value(path, value, values)
        return (
            self._in_object(schema, value, path)
            or self._in_array(schema, value, path)
            or self._beyond(schema, value, path)
        )

    def _in_object(self, schema: JsonSchema, value: JSON, path: Path) -> _Found | None:
        if not isinstance(value, dict):
            return None
        properties: dict[str, JsonSchema] = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                return (*path, name), faults.missing((*path, name))
        others = schema.get("additionalProperties", True)
        if others is False:
            for name in value:
                if name not in properties:
                    return (*path, name), faults.unknown((*path, name))
        for name, inner in value.items():
            expected = properties.get(name, others)
            if isinstance(expected, dict):
                found = self._fault(expected, inner, (*path, name))
                if found is not None:
                    return found
        return None

    def _in_array(self, schema: JsonSchema, value: JSON, path: Path) -> _Found | None:
        items = schema.get("items")
        if not isinstance(value, list) or not isinstance(items, dict):
            return None
        found = (self._fault(items, inner, (*path, index)) for index, inner in enumerate(value))
        return next((each for each in found if each is not None), None)

    def _beyond(self, schema: JsonSchema, value: JSON, path: Path) -> _Found | None:
        """A limit that the value passes, at this place or (limits on all values of a map) below."""
        fault: Fault | None = None
        if isinstance(value, str):
            fault = faults.wrong_length(path, "string", len(value), schema.get("minLength"), schema.get("maxLength"))
            pattern = schema.get("pattern")
            if fault is None and pattern is not None and not re.search(pattern, value):
                fault = faults.wrong_pattern(path, pattern)
        elif isinstance(value, list):
            fault = faults.wrong_length(path, "array", len(value), schema.get("minItems"), schema.get("maxItems"))
        elif isinstance(value, dict):
            return self._beyond_in_map(schema, value, path)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            fault = faults.out_of_bounds(path, value, schema, self._is_decimal(schema))
        return (path, fault) if fault is not None else None

    def _beyond_in_map(self, schema: JsonSchema, value: dict[str, JSON], path: Path) -> _Found | None:
        maximum = schema.get("maxProperties")
        if maximum is not None and len(value) > maximum:
            return path, faults.too_many_properties(path, len(value), maximum)
        limits = schema.get("additionalProperties")
        if "anyOf" not in schema or not isinstance(limits, dict):
            return None
        found = (self._beyond(limits, inner, (*path, name)) for name, inner in value.items())
        return next((each for each in found if each is not None), None)

    def _in_union(self, schema: JsonSchema, value: JSON, path: Path) -> _Found | None:
        branches = list(self._branches(schema))
        fitting = [branch for branch in branches if _fits(branch, value)]
        if not fitting:
            return path, faults.wrong_type(path, value, branches)
        if isinstance(value, dict):
            told = self._told(schema, fitting, value, path)
            if isinstance(told, tuple):
                return told
            fitting = told
        supported = [each for branch in fitting for each in _constants(branch) or ()]
        if all(_constants(branch) is not None for branch in fitting) and not any(
            _same(value, each) for each in supported
        ):
            return path, faults.wrong_value(path, value, supported)
        found: list[tuple[tuple[int, int], _Found]] = []
        for branch in fitting:
            fault = self._fault(branch, value, path)
            if fault is None:
                return None
            found.append(((_likeness(branch, value), len(fault[0])), fault))
        return max(found, key=lambda each: each[0])[1]

    def _told(
        self, schema: JsonSchema, branches: list[JsonSchema], value: dict[str, JSON], path: Path
    ) -> list[JsonSchema] | _Found:
        """The branches that agree with the constants in the value, or the fault in one of those."""
        for rank, name in enumerate(_tellers(schema, branches)):
            constants = [_constants(self._resolved(branch.get("properties", {}).get(name, {}))) for branch in branches]
            if name not in value:
                optional = [branch for branch in branches if name not in branch.get("required", ())]
                if not optional:
                    return (*path, name), faults.missing((*path, name))
                # Later tellers only break ties: that a message lacks its role doesn't make it another kind of item.
                branches = branches if rank else optional
                continue
            told = value[name]
            agreeing = [
                branch
                for branch, values in zip(branches, constants, strict=True)
                if values is not None and any(_same(told, each) for each in values)
            ]
            if agreeing:
                branches = agreeing
            elif all(values is not None for values in constants):
                supported = list(dict.fromkeys(each for values in constants for each in values or ()))
                if not isinstance(told, str):
                    return (*path, name), faults.wrong_type((*path, name), told, [{"enum": supported}])
                return (*path, name), faults.wrong_value((*path, name), told, supported)
        return branches

    def _branches(self, schema: JsonSchema) -> Iterator[JsonSchema]:
        for branch in schema["anyOf"]:
            resolved = self._resolved(branch)
            if "anyOf" in resolved:
                yield from self._branches(resolved)
            else:
                yield resolved

    def _resolved(self, schema: JsonSchema) -> JsonSchema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].removeprefix(_REFERENCE)]
        return schema

    def _is_decimal(self, schema: JsonSchema) -> bool:
        branches = self._branches(schema) if "anyOf" in schema else [schema]
        return any(branch.get("type") == "number" for branch in branches)


def _tellers(schema: JsonSchema, branches: Sequence[JsonSchema]) -> list[str]:
    """The properties by which the branches tell themselves apart: constants in two of them or more."""
    counts: dict[str, int] = {}
    for branch in branches:
        for name, inner in branch.get("properties", {}).items():
            if _constants(inner) is not None:
                counts[name] = counts.get(name, 0) + 1
    named = schema.get("discriminator", {}).get("propertyName")
    first = [name for name in (named, *_FIRST_TELLERS) if name in counts]
    shared = [name for name, count in counts.items() if count == len(branches)]
    return list(dict.fromkeys([*first, *shared])) if len(branches) > 1 else []


def _constants(schema: JsonSchema) -> list[JSON] | None:
    """The only values that the schema takes, null apart; None where there are others."""
    if "const" in schema:
        return [schema["const"]]
    if "anyOf" in schema:
        branches = [_constants(branch) for branch in schema["anyOf"] if branch.get("type") != "null"]
        return None if None in branches else [value for values in branches for value in values or ()]
    values: list[JSON] | None = schema.get("enum")
    return values


def _same(value: JSON, constant: JSON) -> bool:
    return value == constant and isinstance(value, bool) == isinstance(constant, bool)


def _fits(schema: JsonSchema, value: JSON) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    return any(_is(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is(kind: str, value: JSON) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "number":
        return isinstance(value, (int, float))
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    expected = {"string": str, "array": list, "object": dict, "boolean": bool, "null": type(None)}[kind]
    return isinstance(value, expected)


def _likeness(schema: JsonSchema, value: JSON) -> int:
    """How many of an object's fields a branch knows; for an array, how far it agrees can't be told by that."""
    if not isinstance(value, dict):
        return 0
    return len(value.keys() & schema.get("properties", {}).keys())
