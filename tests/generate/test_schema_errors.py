from __future__ import annotations

import socket
from typing import Any

import pytest

from openai_api_mock.generate.values import InvalidSchema, Unsatisfiable, sample


def strict(**properties: Any) -> dict[str, Any]:
    """An object as the API's strict mode wants it."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_NEEDS_ITSELF = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "required": ["a"]}
UNSATISFIABLE: dict[str, tuple[Any, str, str]] = {
    "false": (False, "", "false"),
    "bounds": (strict(a={"type": "integer", "minimum": 5, "maximum": 4}), "/properties/a", "from 5 up to 4"),
    "step": ({"type": "number", "multipleOf": 10, "minimum": 1, "maximum": 9}, "", "multiple of 10"),
    "empty enum": ({"enum": []}, "", "enum is empty"),
    "enum of another type": ({"type": "string", "enum": [1]}, "", "no listed value"),
    "false property": (strict(**{"a/b": False}), "/properties/a~1b", "false"),
    "forbidden property": ({"type": "object", "required": ["a"], "additionalProperties": False}, "", "false"),
    "types": ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "", "no type"),
    "not": ({"type": "string", "not": {}}, "/not", "denies"),
    "not that type": ({"type": "string", "not": {"type": "string"}}, "", "no type"),
    "recursion": ({"$ref": "#/$defs/a", "$defs": {"a": _NEEDS_ITSELF}}, "", "recursion can't end"),
    "pattern's length": ({"type": "string", "pattern": "^(abc)+$", "minLength": 4, "maxLength": 5}, "", "'^(abc)+$'"),
    "patterns": ({"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "^b"}]}, "", "'^a' and the pattern '^b'"),
    "catastrophic": ({"type": "string", "pattern": "^((a|b|ab)*)*(?=c)$", "minLength": 30}, "", "no string was found"),
    "format's length": ({"type": "string", "format": "uuid", "maxLength": 10}, "", "format uuid"),
    "lengths": ({"type": "string", "minLength": 3, "maxLength": 2}, "", "at least 3 and at most 2"),
    "endless string": ({"type": "string", "minLength": 10**9}, "", "more than 10000"),
    "endless array": ({"type": "array", "minItems": 10**9}, "", "more than 10000"),
    "unique": ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3}, "", "2 different"),
    "contains": ({"type": "array", "items": {"type": "null"}, "contains": {"type": "string"}}, "", "no type"),
    "properties": ({"type": "object", "required": ["a", "b"], "maxProperties": 1}, "", "at most 1"),
    "names": ({"type": "object", "required": ["abc"], "propertyNames": {"maxLength": 2}}, "", "'abc'"),
    "oneOf": ({"type": "integer", "minimum": 1, "oneOf": [{"minimum": 0}, {"minimum": -5}]}, "", "more than one"),
    "combinations": ({"allOf": [{"anyOf": [{"const": n + m} for n in range(30)]} for m in (0, 90)]}, "", "no listed"),
    "numbers of properties": (
        {"type": "object", "minProperties": 3, "maxProperties": 2},
        "",
        "at least 3 and at most 2",
    ),
    "required and denied": (
        {"type": "object", "required": ["a"], "not": {"required": ["a"]}},
        "",
        "'a' is required and denied",
    ),
    "too few names": (
        {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 3},
        "",
        "no more than 2 names",
    ),
    "nested trial": (
        strict(a={"type": "integer", "minimum": 1, "maximum": 3, "not": {"minimum": 0}}),
        "/properties/a",
        "none of 40 values",
    ),
    "close numbers": (
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5e-324},
        "",
        "no number lies above 0 below 5e-324",
    ),
    "too many combinations": (
        {
            "type": "integer",
            "allOf": [{"anyOf": [{"minimum": n + m, "maximum": n + m} for n in range(30)]} for m in (0, 90)],
        },
        "/allOf",
        "combinations",
    ),
    "a pattern that can't be read": ({"type": "string", "pattern": "\\cA"}, "", "can't be read"),
    "deep": (
        {"type": "array", "minItems": 1, "items": strict(a={"anyOf": [False, {"type": "null", "enum": [1]}]})},
        "/items/properties/a/anyOf",
        "",
    ),
}

INVALID: dict[str, tuple[Any, str, str]] = {
    "type": ({"properties": {"a": {"type": "strng"}}}, "/properties/a/type", "strng"),
    "pattern": ({"properties": {"a": {"pattern": "("}}}, "/properties/a/pattern", "regex"),
    "number": ({"minimum": "1"}, "/minimum", "number"),
    "reference": ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "/properties/a", "'#/$defs/b'"),
    "no schema there": ({"$ref": "#/$defs/a/enum", "$defs": {"a": {"enum": [1]}}}, "", "leads to no schema"),
    "another document": ({"items": {"$ref": "other.json"}}, "/items", "never fetched"),
    "not a schema": ([1], "", "an object or a boolean"),
}


@pytest.mark.parametrize("name", UNSATISFIABLE)
def test_a_schema_that_no_value_meets_is_refused_with_the_place(name: str) -> None:
    schema, pointer, reason = UNSATISFIABLE[name]
    with pytest.raises(Unsatisfiable) as caught:
        sample(schema, "0")
    assert caught.value.pointer.startswith(pointer)
    assert reason in caught.value.reason
    assert caught.value.reason in str(caught.value)


@pytest.mark.parametrize("name", INVALID)
def test_what_is_no_schema_is_refused_with_the_place(name: str) -> None:
    schema, pointer, reason = INVALID[name]
    with pytest.raises(InvalidSchema) as caught:
        sample(schema, "0")
    assert caught.value.pointer == pointer
    assert reason in caught.value.reason


def test_a_schema_that_is_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {"type": "null"}
    for _ in range(300):
        schema = strict(a=schema)
    with pytest.raises(InvalidSchema):
        sample(schema, "0")


def test_nothing_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        with pytest.raises(InvalidSchema, match="never fetched"):
            sample({"type": "object", "properties": {"a": {"$ref": url}}}, "0")
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_the_refusal_is_the_same_whatever_the_seed(seed: str) -> None:
    with pytest.raises(Unsatisfiable) as caught:
        sample(strict(a={"type": "integer", "minimum": 5, "maximum": 4}), seed)
    assert str(caught.value) == "/properties/a: no integer lies from 5 up to 4"
