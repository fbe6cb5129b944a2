"""Makes objects of a shape: a valid sample that looks new, over which the request's fields are laid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..answer import JSON
from ..forms import File
from .generic_drafts import Age, Fill, draft

if TYPE_CHECKING:
    from ..generate.values import Sampler

JsonSchema = dict[str, JSON]

# What the API gives a thing itself, whatever a request says.
_OWN = frozenset(("id", "object", "created_at"))


class Shape:
    """The schema of a result, or of what is kept, ready to give objects."""

    def __init__(self, schema: JsonSchema, thing: str) -> None:
        self._schema = schema
        self._thing = thing
        self._samplers: dict[Age, Sampler] = {}
        self._variants: dict[str, Shape | None] = {}
        self.branches = branches_of(schema)

    @cached_property
    def properties(self) -> JsonSchema:
        """The schemas of an object's fields, by name."""
        return {name: field for branch in self.branches for name, field in branch.get("properties", {}).items()}

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.properties)

    @cached_property
    def called(self) -> str:
        """The constant `object` of such objects, or nothing."""
        constant = self.properties.get("object", {}).get("const")
        return constant if isinstance(constant, str) and not constant.endswith(".deleted") else ""

    def make(self, age: Age, seed: str, fill: Fill) -> JSON:
        """An object that looks as old as that; the same for the same seed and fill."""
        sampler = self._samplers.get(age)
        if sampler is None:
            # Imported with the first object: a server must start fast.
            from ..generate.values import Sampler

            sampler = self._samplers[age] = Sampler(draft(self._schema, self._thing, age))
        return fill(sampler.sample(seed))

    def valid(self, value: JSON) -> bool:
        try:
            return self._valid(value)
        except ValueError:  # nested too deeply
            return False

    def laid(self, value: JSON, fields: Mapping[str, JSON]) -> JSON:
        """The value with those of the fields whose name and type fit."""
        if not isinstance(value, dict):
            return value
        wanted = {name: field for name, field in fields.items() if name in self.names and _is_json(field)}
        if not wanted:
            return value
        candidate = {**value, **wanted}
        if self.valid(candidate):
            return candidate
        for name, field in wanted.items():
            candidate = {**value, name: field}
            if self.valid(candidate):
                value = candidate
        return value

    def variant(self, fields: Mapping[str, JSON]) -> Shape:
        """Of a union, the branch that the fields' `type` names; else this shape."""
        kind = fields.get("type")
        if len(self.branches) < 2 or not isinstance(kind, str):
            return self
        if kind not in self._variants:
            fitting = [
                each for each in self.branches if each.get("properties", {}).get("type", {}).get("const") == kind
            ]
            definitions = {"$defs": self._schema.get("$defs", {})}
            self._variants[kind] = Shape({**fitting[0], **definitions}, self._thing) if fitting else None
        return self._variants[kind] or self

    @cached_property
    def statuses(self) -> tuple[str, ...] | None:
        """The values that `status` may have; None where it may have any."""
        branches = _branches(self.properties.get("status", {"enum": []}), self._schema.get("$defs", {}))
        listed = [branch["enum"] for branch in branches if "enum" in branch]
        return tuple(listed[0]) if listed else None

    @cached_property
    def _valid(self) -> Callable[[JSON], bool]:
        # Imported with the first object: importing the package must stay cheap.
        import jsonschema_rs

        return jsonschema_rs.validator_for(self._schema).is_valid


def given(body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The fields of a request that an object may take over; of a file, its name and size."""
    fields = {name: value for name, value in body.items() if name not in _OWN}
    for value in body.values():
        file = value[0] if isinstance(value, list) and value else value
        if isinstance(file, File):
            fields |= {"filename": file.filename, "bytes": file.size, "mime_type": file.content_type}
    return fields


def resolved(schema: JsonSchema) -> JsonSchema:
    """The schema without a `$ref` at its root."""
    found = schema
    while "$ref" in found:
        found = schema["$defs"][found["$ref"].removeprefix("#/$defs/")]
    return found


def item_of(page: JsonSchema) -> JsonSchema | None:
    """The schema of the items of an envelope's `data`."""
    data = resolved(page).get("properties", {}).get("data", {})
    items = data.get("items")
    return {**items, "$defs": page.get("$defs", {})} if isinstance(items, dict) else None


def branches_of(schema: JsonSchema) -> list[JsonSchema]:
    """The alternatives of a union; of any other schema, itself."""
    return _branches(schema, schema.get("$defs", {}))


def _branches(schema: JsonSchema, definitions: JsonSchema) -> list[JsonSchema]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" not in schema:
        return [schema]
    return [branch for each in schema["anyOf"] for branch in _branches(each, definitions)]


def _is_json(value: JSON) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    return not isinstance(value, File)
