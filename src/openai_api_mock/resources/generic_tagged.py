"""Objects whose `type` names the field that goes with it: `{"type": "api_key", "api_key": {…}}`."""

from __future__ import annotations

from collections.abc import Iterator

from ..answer import JSON

JsonSchema = dict[str, JSON]


def variants(schema: JsonSchema) -> Iterator[tuple[str, JsonSchema]]:
    """Of such an object's schema, one for each such type, which has that type's field alone, led by the field's name.

    The types without a field have one together, led by an empty name. Of any other schema, none.
    """
    properties = schema["properties"]
    types = next((branch["enum"] for branch in _some(properties.get("type", {})) if "enum" in branch), ())
    tagged = {name: _some(properties[name])[0] for name in types if name in properties and _is_object(properties[name])}
    if not tagged:
        return
    common = {name: field for name, field in properties.items() if name not in tagged}
    required = list(dict.fromkeys([*schema.get("required", ()), "type"]))
    for name, field in tagged.items():
        own = {**common, "type": {"const": name}, name: field}
        yield name, {**schema, "properties": own, "required": required}
    if others := [each for each in types if each not in tagged]:
        yield "", {**schema, "properties": {**common, "type": {"enum": others}}, "required": required}


def _some(schema: JsonSchema) -> list[JsonSchema]:
    return [branch for branch in schema.get("anyOf", [schema]) if branch != {"type": "null"}]


def _is_object(schema: JsonSchema) -> bool:
    field = _some(schema)[0]
    return "$ref" in field or not field
