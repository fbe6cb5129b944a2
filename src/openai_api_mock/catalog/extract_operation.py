"""One operation of the document: an SDK method's request and result in OpenAPI's words."""

from __future__ import annotations

import ast
import importlib
import re
import typing
from collections.abc import Iterable, Sequence

import typing_extensions
from typing_extensions import get_original_bases

from .extract_schemas import Schemas
from .extract_typed_dicts import Member, members
from .schema import JSON, JsonObject, JsonSchema
from .sdk_method import Fields, SdkMethod

_BINARY = "HttpxBinaryResponseContent"
_NULLABLE_BOOLEAN: JsonSchema = {"anyOf": [{"type": "boolean"}, {"type": "null"}]}
# The media type that the SDK asks for is seldom that of the file it gets.
_ANY_MEDIA = "*/*"
# What answers 201: the SDK doesn't tell.
_CREATES = frozenset(("POST /evals", "POST /evals/{eval_id}/runs", "POST /realtime/calls"))
_ERROR_FIELDS: JsonSchema = {
    "message": {"type": "string"},
    "type": {"type": "string"},
    "param": {"type": ["string", "null"]},
    "code": {"type": ["string", "null"]},
}
_ERROR_OBJECT: JsonSchema = {"type": "object", "properties": _ERROR_FIELDS, "required": list(_ERROR_FIELDS)}
_ERROR_BODY: JsonSchema = {"type": "object", "properties": {"error": _ERROR_OBJECT}, "required": ["error"]}
ERROR: JsonObject = {"description": "", "content": {"application/json": {"schema": _ERROR_BODY}}}
"""What refuses a request of any operation; the SDK has no type for it. `build` makes it a component."""


class ExtractionError(Exception):
    """A type of the SDK that couldn't be turned into a schema; the message names the method and the type."""


def operation(group: Sequence[SdkMethod], schemas: Schemas) -> JsonObject:
    """The operation that the methods of `group` send; the first one names it."""
    method = group[0]
    try:
        return _operation(method, [other.sdk for other in group[1:]], schemas)
    except Exception as error:
        raise ExtractionError(f"{method.sdk} ({method.key}): {error}") from error


def _operation(method: SdkMethod, aliases: list[str], schemas: Schemas) -> JsonObject:
    result = _Result(method, schemas)
    built: JsonObject = {"operationId": method.sdk + ("?beta" if method.beta_query else "")}
    if method.deprecated:
        built["deprecated"] = True
    if parameters := _parameters(method, schemas):
        built["parameters"] = parameters
    if method.body is not None:
        media = "multipart/form-data" if method.multipart or method.files else "application/json"
        schema = _body_schema(method, method.body, schemas)
        built["requestBody"] = {"required": bool(_required(schema)), "content": {media: {"schema": schema}}}
    built["responses"] = {
        **({"101": {"description": ""}} if method.websocket else {_status(method): result.response()}),
        "4XX": {"$ref": "#/components/responses/Error"},
    }
    built["security"] = [{"adminApiKey": []}] if method.admin else [{"apiKey": []}]
    built["x-sdk"] = method.sdk
    extras: JsonObject = {
        "x-sdk-aliases": aliases,
        "x-cast-to": result.cast_to,
        "x-page": result.page,
        "x-stream": result.stream,
        "x-binary": result.binary,
        "x-files": list(method.files),
        "x-websocket": _websocket(method, schemas),
        "x-beta": method.beta,
        "x-admin": method.admin,
    }
    return built | {key: value for key, value in extras.items() if value}


def _status(method: SdkMethod) -> str:
    return "201" if method.key in _CREATES else "200"


class _Result:
    """What a method gives back: a type, a page of it, a stream of events, a file, or nothing."""

    def __init__(self, method: SdkMethod, schemas: Schemas) -> None:
        self._method = method
        self._schemas = schemas
        self.binary: str | None = None
        self.cast_to: str | None = None
        self.page: str | None = None
        self.stream: str | None = None
        self._schema: JsonSchema | None = None
        self._events: JsonSchema | None = None
        self._read()

    def response(self) -> JsonObject:
        content: JsonObject = {}
        if self.binary:
            content[_ANY_MEDIA] = {"schema": {"type": "string", "format": "binary"}}
        elif self._schema is not None:
            content["application/json"] = {"schema": self._schema}
        if self._events is not None:
            content["text/event-stream"] = {"schema": self._events}
        # OpenAPI requires a description of a response; the catalog has no prose.
        return {"description": "", "content": content} if content else {"description": ""}

    def _read(self) -> None:
        method = self._method
        if method.websocket:
            return
        if method.stream is not None:
            self.stream, self._events = self._stream(method.stream)
        if method.always_streams:
            return
        if method.page is not None:
            self.page = ast.unparse(method.page).partition("[")[0].removeprefix("Sync")
            self._schema = self._page(method.page)
        self.cast_to, annotation = self._type()
        if self.cast_to == _BINARY:
            self.binary = method.accept if method.accept not in (None, "*/*") else "application/octet-stream"
        elif self._schema is None and annotation is not type(None):
            self._schema = _reference(self._schemas, self.cast_to, method.module, annotation)

    def _type(self) -> tuple[str, object]:
        method = self._method
        expression = _uncast(method.cast_to)
        if expression is None or isinstance(expression, ast.Call):
            # The type depends on the arguments; the signature names them all.
            kept = [part for part in _alternatives(method.returns) if "Stream[" not in ast.unparse(part)]
            names = [ast.unparse(part) for part in kept]
            return " | ".join(names), typing.Union[tuple(_evaluate(method.module, part) for part in kept)]  # noqa: UP007
        name = ast.unparse(expression).rpartition(".")[2]
        return name, _evaluate(method.module, expression)

    def _page(self, expression: ast.expr) -> JsonSchema:
        page = _evaluate(self._method.module, expression)
        origin = getattr(page, "__pydantic_generic_metadata__", {}).get("origin") or page
        item = _uncast(self._method.cast_to)
        schema = self._schemas.model(typing.cast("type", origin))
        properties = schema["properties"]
        if item is not None:
            annotation = _evaluate(self._method.module, item)
            items = _reference(self._schemas, ast.unparse(item), self._method.module, annotation)
            properties["data"] = {"type": "array", "items": items}
        return schema

    def _stream(self, expression: ast.expr) -> tuple[str, JsonSchema]:
        """`Stream[Event]`, or a class of its own that is one."""
        if isinstance(expression, ast.Subscript):
            name = ast.unparse(expression.slice)
            annotation = _evaluate(self._method.module, expression.slice)
        else:
            bases = get_original_bases(typing.cast("type", _evaluate(self._method.module, expression)))
            annotation = typing.get_args(bases[0])[0]
            names = [part for part in _alternatives(self._method.returns) if isinstance(part, ast.Subscript)]
            name = ast.unparse(names[0].slice) if names else _name_of(self._method.module, annotation)
        reference = _reference(self._schemas, name, self._method.module, annotation)
        return name, reference


def _reference(schemas: Schemas, name: str, module: str, annotation: object) -> JsonSchema:
    """A type as a component, unions too, so that what the SDK names has a name in the document."""
    if isinstance(annotation, type) or not name.isidentifier():
        return schemas.of(annotation)
    return schemas.named(name, module, annotation)


def _name_of(module: str, annotation: object) -> str:
    names = [name for name, value in vars(importlib.import_module(module)).items() if value is annotation]
    return names[0] if names else "Event"


def _parameters(method: SdkMethod, schemas: Schemas) -> list[JSON]:
    parameters: list[JSON] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", method.path)
    ]
    if method.query is not None:
        schema = _object_schema(method, method.query, schemas)
        required = _required(schema)
        for name, value in schema["properties"].items():
            parameter: JsonObject = {"name": name, "in": "query", "schema": value}
            if name in required:
                parameter["required"] = True
            if schemas.is_object(value):
                parameter |= {"style": "deepObject", "explode": True}
            parameters.append(parameter)
    parameters += [{"name": name, "in": "header", "schema": {"type": "string"}} for name in method.headers]
    return parameters


def _body_schema(method: SdkMethod, fields: Fields, schemas: Schemas) -> JsonSchema:
    schema = _object_schema(method, fields, schemas)
    if schema.get("type") == "object" and schema["properties"] == {}:
        schema["additionalProperties"] = True
    return schema


def _object_schema(method: SdkMethod, fields: Fields, schemas: Schemas) -> JsonSchema:
    """The object of those keys of the Params that travel here: a Params type also holds path and query parameters."""
    typed_dicts = [each for node in fields.types for each in _typed_dicts(_evaluate(method.module, node))]
    if not typed_dicts:
        return {"type": "object", "properties": {key: {"type": "string"} for key in fields.keys}}
    variants = [schemas.closed(_kept(members(each), fields.keys)) for each in typed_dicts]
    merged = _without_stream_overloads(variants)
    return merged[0] if len(merged) == 1 else {"anyOf": merged}


def _kept(members: Iterable[Member], keys: tuple[str, ...]) -> list[Member]:
    return [member for member in members if not keys or member.name in keys]


def _typed_dicts(annotation: object) -> list[type]:
    if typing_extensions.is_typeddict(annotation):
        return [typing.cast("type", annotation)]
    found = [each for part in typing.get_args(annotation) for each in _typed_dicts(part)]
    if not found:
        raise TypeError(f"no TypedDict in {annotation!r}")
    return found


def _without_stream_overloads(variants: list[JsonSchema]) -> list[JsonSchema]:
    """Types that differ only in `stream` (one overload streams, one doesn't) are one, in which it may be either."""
    merged: list[JsonSchema] = []
    for variant in variants:
        properties = variant["properties"]
        if "stream" in properties:
            required: list[JSON] = [name for name in _required(variant) if name != "stream"]
            variant = {**variant, "properties": {**properties, "stream": _NULLABLE_BOOLEAN}}
            variant.pop("required", None)
            if required:
                variant["required"] = required
        if variant not in merged:
            merged.append(variant)
    return merged


def _required(schema: JsonSchema) -> list[str]:
    """The names that every branch of the schema requires."""
    branches = schema.get("anyOf")
    if branches is not None:
        return sorted(set.intersection(*(set(_required(branch)) for branch in branches)))
    names: list[str] = schema.get("required", [])
    return names


def _websocket(method: SdkMethod, schemas: Schemas) -> JSON:
    if method.websocket is None:
        return None
    names: JsonObject = {}
    for side, expression in zip(("client", "server"), method.websocket, strict=True):
        annotation = _evaluate(method.module, expression)
        name = ast.unparse(expression)
        if not name.isidentifier():
            name = ast.unparse(_alternatives(expression)[0]) + "s"
        names[side] = schemas.named(name, method.module, annotation)
    return names


def _uncast(expression: ast.expr | None) -> ast.expr | None:
    """`cast(Any, Union)`: the SDK tells its type checker that a union will do as a class."""
    if isinstance(expression, ast.Call) and ast.unparse(expression.func) == "cast":
        return expression.args[1]
    return expression


def _alternatives(node: ast.expr | None) -> list[ast.expr]:
    if node is None:
        return []
    if isinstance(node, ast.BinOp):
        return [*_alternatives(node.left), *_alternatives(node.right)]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Union":
        return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [node]


def _evaluate(module: str, expression: ast.expr) -> object:
    """The object that an expression of the SDK's source means in its module."""
    code = compile(ast.Expression(expression), f"<{module}>", "eval")
    return eval(code, vars(importlib.import_module(module)))
