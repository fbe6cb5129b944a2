"""A fault in a request, and the words in which the API puts it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .schema import JSON, JsonSchema

Path = tuple[str | int, ...]
"""Where in a body: names of properties and indexes of items."""

_NOUNS = {
    "string": "string",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
    "null": "null",
}
_PLURALS = {
    "string": "strings",
    "integer": "integers",
    "number": "decimals",
    "boolean": "booleans",
    "object": "objects",
    "array": "arrays",
}


class Fault(msgspec.Struct, frozen=True):
    """What the API refuses, in its words."""

    message: str
    param: str | None
    """The parameter's path: `messages[3].content`. None where the body as a whole is wrong."""
    code: str | None
    status: int = 400
    type: str = "invalid_request_error"
    supported: tuple[JSON, ...] = ()
    """The values that would have done, where there are only some."""


def param(path: Path) -> str:
    """A path as the API writes it: `messages[3].content`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def missing(path: Path) -> Fault:
    return Fault(f"Missing required parameter: '{param(path)}'.", param(path), "missing_required_parameter")


def unknown(path: Path) -> Fault:
    return Fault(f"Unknown parameter: '{param(path)}'.", param(path), "unknown_parameter")


def wrong_type(path: Path, value: JSON, expected: Sequence[JsonSchema]) -> Fault:
    """`expected` are the schemas that would have done, references resolved."""
    if not path:
        return Fault(
            f"Invalid type for the request body: expected an object, but got {_got(value)} instead.", None, None
        )
    name = param(path)
    return Fault(
        f"Invalid type for '{name}': expected {_expected(expected)}, but got {_got(value)} instead.",
        name,
        "invalid_type",
    )


def wrong_value(path: Path, value: JSON, supported: Sequence[JSON]) -> Fault:
    values = _joined([_literal(each) for each in supported], "and")
    message = f"Invalid value: {_literal(value)}. Supported values are: {values}."
    return Fault(message, param(path), "invalid_value", supported=tuple(supported))


def out_of_bounds(path: Path, value: float, schema: JsonSchema, decimal: bool) -> Fault | None:
    """A number beyond `minimum` or `maximum`; `decimal` where the parameter isn't an integer."""
    kind = "decimal" if decimal else "integer"
    name = param(path)
    minimum, maximum = schema.get("minimum"), schema.get("maximum")
    if minimum is not None and value < minimum:
        text = f"{kind} below minimum value. Expected a value >= {minimum}, but got {value} instead."
        return Fault(f"Invalid '{name}': {text}", name, f"{kind}_below_min_value")
    if maximum is not None and value > maximum:
        text = f"{kind} above maximum value. Expected a value <= {maximum}, but got {value} instead."
        return Fault(f"Invalid '{name}': {text}", name, f"{kind}_above_max_value")
    return None


def wrong_length(path: Path, kind: str, length: int, minimum: int | None, maximum: int | None) -> Fault | None:
    """`kind` is "string" or "array"."""
    name = param(path)
    article = "an" if kind == "array" else "a"
    if maximum is not None and length > maximum:
        text = (
            f"{kind} too long. Expected {article} {kind} with maximum length {maximum}, "
            f"but got {article} {kind} with length {length} instead."
        )
        return Fault(f"Invalid '{name}': {text}", name, f"{kind}_above_max_length")
    if minimum is None or length >= minimum:
        return None
    if length == 0:
        text = (
            f"empty {kind}. Expected {article} {kind} with minimum length {minimum}, but got an empty {kind} instead."
        )
        return Fault(f"Invalid '{name}': {text}", name, f"empty_{kind}")
    text = (
        f"{kind} too short. Expected {article} {kind} with minimum length {minimum}, "
        f"but got {article} {kind} with length {length} instead."
    )
    return Fault(f"Invalid '{name}': {text}", name, f"{kind}_below_min_length")


def too_many_properties(path: Path, count: int, maximum: int) -> Fault:
    name = param(path)
    return Fault(
        f"Invalid '{name}': too many properties. Expected an object with at most {maximum} properties, "
        f"but got an object with {count} properties instead.",
        name,
        "object_above_max_properties",
    )


def wrong_pattern(path: Path, pattern: str) -> Fault:
    name = param(path)
    return Fault(
        f"Invalid '{name}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
        name,
        "invalid_value",
    )


def _expected(schemas: Sequence[JsonSchema]) -> str:
    """`a string`, `one of a string or array of objects`. What may be null is still asked for by its other types."""
    nouns = list(dict.fromkeys(noun for schema in schemas for noun in _noun(schema) if noun != "null")) or ["null"]
    if len(nouns) == 1:
        return _with_article(nouns[0])
    nouns[0] = _with_article(nouns[0])
    return f"one of {_joined(nouns, 'or')}"


def _noun(schema: JsonSchema) -> list[str]:
    kinds = schema.get("type", "object")
    values = schema.get("enum")
    if values is not None:
        return [_literal(value) for value in values]
    return [
        _array(schema) if kind == "array" else _NOUNS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)
    ]


def _array(schema: JsonSchema) -> str:
    items = schema.get("items") or {}
    branches = items.get("anyOf", [items])
    kinds = {branch.get("type", "object" if "$ref" in branch else "any") for branch in branches}
    kind = kinds.pop() if len(kinds) == 1 else None
    return f"array of {_PLURALS[kind]}" if kind in _PLURALS else "array"


def _with_article(noun: str) -> str:
    if noun == "null" or noun.startswith("'"):
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _got(value: JSON) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a decimal number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def _literal(value: JSON) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _joined(parts: Sequence[str], last: str) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    if len(parts) < 3:
        return f" {last} ".join(parts)
    return f"{', '.join(parts[:-1])}, {last} {parts[-1]}"


def plainly(fault: Fault, body: JSON) -> Fault:
    """The fault as a validator of JSON Schemas puts it, where its words are known."""
    name, message = fault.param, None
    if fault.code == "missing_required_parameter":
        message = f"'{name}' is a required property"
    elif fault.code == "unknown_parameter":
        message = f"Additional properties are not allowed ('{name}' was unexpected)"
    elif fault.supported and isinstance(body, dict) and name in body:
        message = f"{body[name]!r} is not one of {list(fault.supported)} - '{name}'"
    return fault if message is None else Fault(message, None, None)
