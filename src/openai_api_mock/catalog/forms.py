"""Reads the text of query strings and forms into values of the types that the parameters have.

Keys may nest as the SDK writes them: `include[]=a&include[]=b`, `metadata[key]=value`. Text that isn't of a parameter's
type stays text, for validation to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

import msgspec

from .operation import Operation
from .schema import JSON, JsonObject, JsonSchema

_PARTS = re.compile(r"\[([^\]]*)\]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False}


def query_values(operation: Operation, query: str) -> JsonObject:
    """The parameters in a query string, typed; unknown ones as text, and as lists where they are repeated."""
    return typed(operation.query_schema(), parse_qsl(query, keep_blank_values=True)) if query else {}


def form_values(operation: Operation, fields: Iterable[tuple[str, JSON]]) -> JsonObject:
    """The fields of a multipart form, typed. What isn't text (a file, in whatever form it's held) is kept as it is."""
    return typed(operation.body_schema() or {}, fields)


def typed(schema: JsonSchema, fields: Iterable[tuple[str, JSON]]) -> JsonObject:
    """An object from the named fields, each read by the type that `schema` has for it."""
    definitions: dict[str, JsonSchema] = schema.get("$defs", {})
    value = _read(schema, _nested(fields), definitions)
    return value if isinstance(value, dict) else {}


def _nested(fields: Iterable[tuple[str, JSON]]) -> JsonObject:
    tree: JsonObject = {}
    for key, value in fields:
        name, bracket, rest = key.partition("[")
        parts = _PARTS.findall(bracket + rest) if name else []
        _put(tree, [name, *parts] if name else [key], value)
    return tree


def _put(tree: JsonObject, parts: list[str], value: JSON) -> None:
    name, *rest = parts
    if not rest:
        known = tree.get(name)
        tree[name] = [*_listed(known), value] if name in tree else value
    elif rest[0] == "":
        known = tree.get(name, [])
        tree[name] = [*_listed(known), *_listed(value)]
    else:
        inner = tree.setdefault(name, {})
        if isinstance(inner, dict):
            _put(inner, rest, value)


def _listed(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]


def _read(schema: JsonSchema, value: JSON, definitions: dict[str, JsonSchema]) -> JSON:
    branches = list(_branches(schema, definitions))
    if isinstance(value, dict):
        return {name: _read(_property(branches, name), inner, definitions) for name, inner in value.items()}
    if isinstance(value, list):
        items: JsonSchema = next((branch["items"] for branch in branches if isinstance(branch.get("items"), dict)), {})
        return [_read(items, inner, definitions) for inner in value]
    kinds = {branch.get("type") for branch in branches}
    if "array" in kinds and not kinds - {"array", "null"}:
        return [_read(branches[0].get("items", {}), value, definitions)]
    return _text(value, kinds) if isinstance(value, str) else value


def _text(text: str, kinds: set[JSON]) -> JSON:
    if kinds & {"integer", "number"} and _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    if "boolean" in kinds and text in _WORDS:
        return _WORDS[text]
    if "object" in kinds and text.startswith("{"):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return None if not text and "null" in kinds and "string" not in kinds else text


def _property(branches: list[JsonSchema], name: str) -> JsonSchema:
    for branch in branches:
        properties = branch.get("properties", {})
        if name in properties:
            found: JsonSchema = properties[name]
            return found
    others = (branch.get("additionalProperties") for branch in branches)
    return next((each for each in others if isinstance(each, dict)), {})


def _branches(schema: JsonSchema, definitions: dict[str, JsonSchema]) -> Iterator[JsonSchema]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" not in schema:
        yield schema
        return
    for branch in schema["anyOf"]:
        yield from _branches(branch, definitions)
