"""The schemas that requests are held against: those of the SDK's types, with the API's limits laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .bounds import ALSO, BY_COMPONENT, BY_OPERATION, ECHOED, LIST_LIMITS, OPTIONAL, SENT_BACK
from .operation import Operation
from .schema import JSON, JsonSchema

Mode = Literal["strict", "lenient"]
"""Strict: all that the API refuses. Lenient: missing parameters and wrong types; unknown parameters and limits pass."""


def body_schema(operation: Operation, mode: Mode) -> JsonSchema | None:
    """The schema of a request's body; None where the operation takes none."""
    schema = operation.body_schema()
    if schema is None:
        return None
    definitions = {name: _as_accepted(name, each) for name, each in schema.get("$defs", {}).items()}
    body = _as_accepted(operation.key, {key: value for key, value in schema.items() if key != "$defs"})
    if mode == "strict":
        definitions = {name: _with_bounds(each, BY_COMPONENT.get(name, {})) for name, each in definitions.items()}
        body = _with_bounds(body, BY_OPERATION.get(operation.key, {}))
    complete = {**body, "$defs": definitions} if definitions else body
    return complete if mode == "strict" else opened(complete)


def query_schema(operation: Operation, mode: Mode) -> JsonSchema:
    """The schema of the query parameters. Unknown ones pass: proxies and gateways add their own."""
    schema = operation.query_schema()
    if mode == "lenient" or operation.method != "GET":
        return schema
    limits = (keywords for prefix, keywords in LIST_LIMITS.items() if operation.path.startswith(prefix))
    return _with_bounds(schema, {"limit": next(limits, {})})


def opened(schema: JSON) -> JSON:
    """The schema without `additionalProperties: false`, at any depth."""
    if isinstance(schema, list):
        return [opened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: opened(value) for key, value in schema.items() if not (key == "additionalProperties" and value is False)
    }


def merged(schema: JsonSchema, keywords: JsonSchema) -> JsonSchema:
    """The schema with further keywords; where both are objects, merged within."""
    result = dict(schema)
    for key, value in keywords.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return result


def _as_accepted(name: str, schema: JsonSchema) -> JsonSchema:
    """The schema with what the API takes beyond the SDK's types."""
    if name in ECHOED:
        schema = {**schema, "properties": {**schema["properties"], **{field: {} for field in ECHOED[name]}}}
    if name in ALSO:
        also = {field: {"anyOf": [schema["properties"][field], other]} for field, other in ALSO[name].items()}
        schema = {**schema, "properties": {**schema["properties"], **also}}
    if name in OPTIONAL:
        schema = {**schema, "required": [field for field in schema["required"] if field not in OPTIONAL[name]]}
    if name.startswith(SENT_BACK) and "properties" in schema:
        schema = _nullable(schema)
    return schema


def _nullable(schema: JsonSchema) -> JsonSchema:
    """The schema with null for every property that may be left away."""
    required = schema.get("required", ())
    properties = {
        name: each if name in required or each == {} else {"anyOf": [each, {"type": "null"}]}
        for name, each in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _with_bounds(schema: JsonSchema, bounds: Mapping[str, JsonSchema]) -> JsonSchema:
    if not bounds:
        return schema
    if "anyOf" in schema:
        return {**schema, "anyOf": [_with_bounds(branch, bounds) for branch in schema["anyOf"]]}
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    changed = {name: merged(properties[name], keywords) for name, keywords in bounds.items() if name in properties}
    return {**schema, "properties": {**properties, **changed}}
