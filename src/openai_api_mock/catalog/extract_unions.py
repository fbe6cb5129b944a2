"""Literals and unions as JSON Schemas."""

from __future__ import annotations

from .schema import JSON, JsonSchema

_TYPES = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


def literal(values: tuple[object, ...]) -> JsonSchema:
    """The schema of `Literal[values]`."""
    kinds = sorted({_TYPES[type(value)] for value in values})
    schema: JsonSchema = {"type": kinds[0]} if len(kinds) == 1 else {"type": kinds}
    plain = list(dict.fromkeys(values))
    return {**schema, "const": plain[0]} if len(plain) == 1 else {**schema, "enum": plain}


def string_values(schema: JsonSchema) -> list[JSON]:
    """The values of a string literal."""
    if schema.get("type") != "string":
        return []
    if "const" in schema:
        return [schema["const"]]
    values: list[JSON] = schema.get("enum", [])
    return values


def any_of(branches: list[JsonSchema], literals: list[JSON]) -> JsonSchema:
    """One union. Where any string is accepted, the strings that the SDK names are examples, not limits."""
    if literals:
        plain = next((branch for branch in branches if branch.get("type") == "string" and "format" not in branch), None)
        if plain is not None:
            examples = [*plain.get("examples", []), *literals]
            branches = [{**branch, "examples": examples} if branch is plain else branch for branch in branches]
        else:
            named: JsonSchema = {"const": literals[0]} if len(literals) == 1 else {"enum": literals}
            branches = [{"type": "string", **named}, *branches]
    nulls = [branch for branch in branches if branch == {"type": "null"}]
    branches = [branch for branch in branches if branch != {"type": "null"}] + nulls
    if len(branches) == 1:
        return branches[0]
    return {"anyOf": branches}
