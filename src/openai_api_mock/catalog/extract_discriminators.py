"""Discriminators as OpenAPI has them: with a mapping from each value to the branch that says it."""

from __future__ import annotations

from .extract_unions import string_values
from .schema import JSON, JsonSchema

_REFERENCE = "#/components/schemas/"


def with_mappings(value: JSON, components: dict[str, JsonSchema]) -> JSON:
    """The value with mapped discriminators, at any depth; without those whose values don't tell the branches apart.

    OpenAPI takes a branch's name for its value where there's no mapping; the SDK's branches have other names.
    """
    if isinstance(value, list):
        return [with_mappings(each, components) for each in value]
    if not isinstance(value, dict):
        return value
    result = {key: with_mappings(each, components) for key, each in value.items()}
    if isinstance(value.get("anyOf"), list) and "discriminator" in value:
        name = value["discriminator"]["propertyName"]
        mapping = _mapping(value["anyOf"], name, components)
        if mapping is None:
            del result["discriminator"]
        else:
            result["discriminator"] = {"propertyName": name, "mapping": mapping}
    return result


def _mapping(branches: list[JsonSchema], name: str, components: dict[str, JsonSchema]) -> dict[str, JSON] | None:
    mapping: dict[str, JSON] = {}
    for branch in branches:
        reference = branch.get("$ref", "")
        component = components.get(reference.removeprefix(_REFERENCE), {})
        values = string_values(component.get("properties", {}).get(name, {}))
        if not values or not mapping.keys().isdisjoint(values):
            return None
        mapping |= dict.fromkeys(values, reference)
    return mapping
