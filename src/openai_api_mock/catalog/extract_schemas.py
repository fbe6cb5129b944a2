"""JSON Schemas of the SDK's types: TypedDicts of parameters (closed) and pydantic models of results (open).

Read from the annotations and from pydantic's fields rather than by `TypeAdapter.json_schema`, which can't be built for
file parameters, drops the SDK's own discriminators and wire names, and opens TypedDicts.
"""

from __future__ import annotations

import collections.abc
import datetime
import io
import os
import types
import typing
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pydantic
import typing_extensions
from pydantic.fields import FieldInfo

if typing.TYPE_CHECKING:
    from .schema import JSON, JsonSchema

REFERENCE = "#/components/schemas/"

_ARRAYS = (list, set, tuple, collections.abc.Iterable, collections.abc.Sequence, collections.abc.Collection)
_OBJECTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_FILES = (bytes, bytearray, os.PathLike, io.IOBase, typing.IO, typing.BinaryIO)
_UNIONS = (typing.Union, types.UnionType)
_SCALARS: dict[object, JsonSchema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    None: {"type": "null"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
}
_LITERAL_TYPES = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


class _Property(typing.Protocol):
    """What the SDK says of a field beside its type: `Annotated[…, PropertyInfo(…)]`."""

    alias: str | None
    format: str | None
    discriminator: str | None


@dataclass(frozen=True)
class Member:
    """One field of a TypedDict."""

    name: str
    wire: str
    annotation: object
    required: bool


class Schemas:
    """Converts types to schemas, and collects every class it meets as a component."""

    def __init__(self) -> None:
        self._components: dict[str, JsonSchema] = {}
        self._short: dict[str, str] = {}
        self._aliases: dict[tuple[str, object], str] = {}

    def of(self, annotation: object) -> JsonSchema:
        """The schema of a type; classes become references to components."""
        if annotation in (typing.Any, object) or isinstance(annotation, typing.TypeVar):
            return {}
        origin = typing.get_origin(annotation)
        if origin in (typing.Annotated, typing_extensions.Required, typing_extensions.NotRequired):
            return self._annotated(annotation)
        if origin in _UNIONS:
            return self._union(typing.get_args(annotation))
        if origin is typing.Literal or origin is typing_extensions.Literal:
            return _literal(typing.get_args(annotation))
        if isinstance(annotation, typing_extensions.TypeAliasType):
            return self._alias(annotation)
        if _is_file(annotation):
            return {"type": "string", "format": "binary"}
        base = origin if origin is not None else annotation
        if base in _ARRAYS:
            arguments = typing.get_args(annotation)
            return {"type": "array", "items": self.of(arguments[0])} if arguments else {"type": "array", "items": {}}
        if base in _OBJECTS:
            arguments = typing.get_args(annotation)
            values = self.of(arguments[1]) if len(arguments) == 2 else {}
            return {"type": "object", "additionalProperties": values or True}
        if isinstance(base, type):
            return self._class(base)
        return self._scalar(annotation)

    def named(self, short: str, module: str, annotation: object) -> JsonSchema:
        """A reference to a component under a name of our choice: for unions, which have none at run time.

        `module` tells it apart where another type of the same name exists.
        """
        key = self._aliases.get((short, annotation))
        if key is None:
            key = self._aliases[short, annotation] = f"{module}.{short}"
            self._short[key] = short
            self._components[key] = {}
            self._components[key] = self.of(annotation)
        return {"$ref": REFERENCE + key}

    def members(self, typed_dict: type) -> list[Member]:
        """The fields of a TypedDict, inherited ones first, without `Required` and `NotRequired`."""
        _forget_equal_types()
        hints = typing_extensions.get_type_hints(typed_dict, include_extras=True)
        totals = _totals(typed_dict)
        return [_member(name, hint, totals.get(name, True)) for name, hint in hints.items()]

    def is_object(self, schema: JsonSchema) -> bool:
        """Whether a value may be an object, references followed."""
        if "$ref" in schema:
            return self.is_object(self._components[schema["$ref"].removeprefix(REFERENCE)])
        return schema.get("type") == "object" or any(self.is_object(each) for each in schema.get("anyOf", ()))

    def components(self) -> dict[str, JsonSchema]:
        """Everything collected, under full names. `renamed` gives the final ones."""
        return self._components

    def final_names(self) -> dict[str, str]:
        """Full names to those of components: the class's own where it is unique, else led by its module."""
        counts = Counter(self._short.values())
        return {
            key: short if counts[short] == 1 else key.removeprefix("openai.").removeprefix("types.")
            for key, short in self._short.items()
        }

    def _alias(self, alias: typing_extensions.TypeAliasType) -> JsonSchema:
        """A `type` statement's name may occur in its own value, so it is known before that is read."""
        key = f"{alias.__module__}.{alias.__name__}"
        if key not in self._components:
            self._short[key] = alias.__name__
            self._components[key] = {}
            self._components[key] = self.of(alias.__value__)
        return {"$ref": REFERENCE + key}

    def _annotated(self, annotation: object) -> JsonSchema:
        inner, *metadata = typing.get_args(annotation)
        return _with_properties(self.of(inner), metadata)

    def _union(self, members: Iterable[object]) -> JsonSchema:
        branches: list[JsonSchema] = []
        literals: list[JSON] = []
        for member in members:
            schema = self.of(member)
            inner = schema.get("anyOf")
            for branch in inner if inner is not None else [schema]:
                values = _string_values(branch)
                literals.extend(value for value in values if value not in literals)
                if not values and branch not in branches:
                    branches.append(branch)
        return _any_of(branches, literals)

    def _scalar(self, annotation: object) -> JsonSchema:
        if annotation in _SCALARS:
            return dict(_SCALARS[annotation])
        raise TypeError(f"no JSON Schema for {annotation!r}")

    def _class(self, cls: type) -> JsonSchema:
        if cls in _SCALARS:
            return dict(_SCALARS[cls])
        key = f"{cls.__module__}.{cls.__qualname__}"
        if key in self._components:
            return {"$ref": REFERENCE + key}
        if typing_extensions.is_typeddict(cls):
            self._short[key] = cls.__name__
            self._components[key] = {}
            self._components[key] = self.closed(self.members(cls))
        elif issubclass(cls, pydantic.BaseModel):
            self._short[key] = cls.__name__
            self._components[key] = {}
            self._components[key] = self.model(cls)
        else:
            raise TypeError(f"no JSON Schema for {cls!r}")
        return {"$ref": REFERENCE + key}

    def closed(self, members: Iterable[Member]) -> JsonSchema:
        """An object schema that names all its properties, so that an unknown one is found."""
        members = list(members)
        schema: JsonSchema = {"type": "object"}
        schema["properties"] = {member.wire: self.of(member.annotation) for member in members}
        required: list[JSON] = [member.wire for member in members if member.required]
        if required:
            schema["required"] = required
        schema["additionalProperties"] = False
        return schema

    def model(self, model: type[pydantic.BaseModel]) -> JsonSchema:
        """An object schema of a result; the API may add fields, so it stays open."""
        properties: JsonSchema = {}
        required: list[JSON] = []
        for name, field in _fields(model).items():
            wire = field.alias or name
            properties[wire] = _with_properties(self.of(field.annotation), field.metadata)
            if field.is_required():
                required.append(wire)
        schema: JsonSchema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        return schema


def _forget_equal_types() -> None:
    """Empties the caches of `typing`.

    They give the first of two equal types for both, and `List[Literal["a", "b"]]` equals `List[Literal["b", "a"]]`: the
    order of values in the document would depend on what was evaluated before.
    """
    for clear in getattr(typing, "_cleanups", ()):
        clear()


def _fields(model: type[pydantic.BaseModel]) -> dict[str, FieldInfo]:
    if not getattr(model, "__pydantic_fields_complete__", True):
        model.model_rebuild()
    return model.model_fields


def _is_file(annotation: object) -> bool:
    """File parameters: bytes, streams, paths, and the tuples of (name, content, …) that stand for them."""
    origin = typing.get_origin(annotation)
    if annotation in _FILES or origin in _FILES:
        return True
    return origin is tuple and any(
        _is_file(part) or typing.get_origin(part) in _UNIONS for part in typing.get_args(annotation)
    )


def _totals(typed_dict: type) -> dict[str, bool]:
    """Whether each key is required where nothing says so: by the class that declares it."""
    totals: dict[str, bool] = {}
    for base in getattr(typed_dict, "__orig_bases__", ()):
        if typing_extensions.is_typeddict(base):
            totals.update(_totals(base))
    names = typing_extensions.get_type_hints(typed_dict)
    return {name: totals.get(name, bool(getattr(typed_dict, "__total__", True))) for name in names}


def _member(name: str, hint: object, total: bool) -> Member:
    required = total
    wire = name
    annotation = hint
    for inner in _layers(hint):
        if typing.get_origin(inner) is typing_extensions.Required:
            required = True
        elif typing.get_origin(inner) is typing_extensions.NotRequired:
            required = False
        for info in _properties(typing.get_args(inner)[1:]):
            wire = info.alias or wire
    return Member(name, wire, annotation, required)


def _layers(hint: object) -> Iterator[object]:
    while typing.get_origin(hint) in (typing.Annotated, typing_extensions.Required, typing_extensions.NotRequired):
        yield hint
        hint = typing.get_args(hint)[0]


def _properties(metadata: Iterable[object]) -> list[_Property]:
    return [typing.cast("_Property", each) for each in metadata if type(each).__name__ == "PropertyInfo"]


def _with_properties(schema: JsonSchema, metadata: Iterable[object]) -> JsonSchema:
    for info in _properties(metadata):
        if info.format == "base64":
            return {"type": "string", "format": "byte"}
        if info.discriminator and "anyOf" in schema:
            return {**schema, "discriminator": {"propertyName": info.discriminator}}
    return schema


def _literal(values: tuple[object, ...]) -> JsonSchema:
    kinds = sorted({_LITERAL_TYPES[type(value)] for value in values})
    schema: JsonSchema = {"type": kinds[0]} if len(kinds) == 1 else {"type": kinds}
    plain = list(dict.fromkeys(values))
    return {**schema, "const": plain[0]} if len(plain) == 1 else {**schema, "enum": plain}


def _string_values(schema: JsonSchema) -> list[JSON]:
    """The values of a string literal."""
    if schema.get("type") != "string":
        return []
    if "const" in schema:
        return [schema["const"]]
    values: list[JSON] = schema.get("enum", [])
    return values


def _any_of(branches: list[JsonSchema], literals: list[JSON]) -> JsonSchema:
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
