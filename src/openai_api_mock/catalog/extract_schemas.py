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
from collections.abc import Iterable

import pydantic
import typing_extensions
from pydantic.fields import FieldInfo

from .extract_typed_dicts import Member, members, property_infos
from .extract_unions import any_of, literal, string_values

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
            return literal(typing.get_args(annotation))
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
                values = string_values(branch)
                literals.extend(value for value in values if value not in literals)
                if not values and branch not in branches:
                    branches.append(branch)
        return any_of(branches, literals)

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
            self._components[key] = self.closed(members(cls))
        elif issubclass(cls, pydantic.BaseModel):
            self._short[key] = cls.__name__
            self._components[key] = {}
            self._components[key] = self.model(cls)
        else:
            raise TypeError(f"no JSON Schema for {cls!r}")
        return {"$ref": REFERENCE + key}

    def closed(self, fields: Iterable[Member]) -> JsonSchema:
        """An object schema that names all its properties, so that an unknown one is found."""
        fields = list(fields)
        required: list[JSON] = [field.wire for field in fields if field.required]
        return {
            "type": "object",
            "properties": {field.wire: self.of(field.annotation) for field in fields},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }

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


def _with_properties(schema: JsonSchema, metadata: Iterable[object]) -> JsonSchema:
    for info in property_infos(metadata):
        if info.format == "base64":
            return {"type": "string", "format": "byte"}
        if info.discriminator and "anyOf" in schema:
            return {**schema, "discriminator": {"propertyName": info.discriminator}}
    return schema
