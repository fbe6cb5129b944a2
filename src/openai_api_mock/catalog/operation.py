"""An operation of the API, as the catalog's document has it, and the schemas it reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .schema import JsonSchema

_REFERENCE = re.compile(rb'"#/components/schemas/([^"]+)"')
_EMPTY = msgspec.Raw(b"{}")

Place = Literal["path", "query", "header"]


class Parameter(msgspec.Struct, frozen=True, rename={"place": "in"}):
    """A parameter outside the body."""

    name: str
    place: Place
    required: bool = False
    schema: msgspec.Raw = _EMPTY


class Components:
    """The schemas that operations share: bytes until an operation that reaches them is asked for its schema."""

    def __init__(self, raw: Mapping[str, msgspec.Raw]) -> None:
        self._raw = raw
        self._decoded: dict[str, JsonSchema] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._raw

    def complete(self, schema: msgspec.Raw) -> JsonSchema:
        """The schema with `$defs` of exactly what it reaches. Definitions are shared: don't change them."""
        decoded = _decode(bytes(schema))
        definitions = {name: self._definition(name) for name in sorted(self._reached(bytes(schema)))}
        return {**decoded, "$defs": definitions} if definitions else decoded

    def named(self, name: str) -> JsonSchema:
        """The component of that name, complete. Raises KeyError where there is none."""
        return self.complete(self._raw[name])

    def _reached(self, schema: bytes) -> set[str]:
        reached: set[str] = set()
        queue = [schema]
        while queue:
            names = {match.decode() for match in _REFERENCE.findall(queue.pop())} - reached
            reached |= names
            queue.extend(bytes(self._raw[name]) for name in names)
        return reached

    def _definition(self, name: str) -> JsonSchema:
        definition = self._decoded.get(name)
        if definition is None:
            definition = self._decoded[name] = _decode(bytes(self._raw[name]))
        return definition


def _decode(schema: bytes) -> JsonSchema:
    return msgspec.json.decode(schema.replace(b'"#/components/schemas/', b'"#/$defs/'), type=JsonSchema)


@dataclass(frozen=True, eq=False, slots=True)
class Operation:
    """One operation: what the SDK's method says of it. Schemas are decoded when they are first asked for."""

    key: str
    """`POST /chat/completions`; `POST /responses?beta=true` for a beta twin; `WEBSOCKET /realtime` for a WebSocket."""
    method: str
    path: str
    sdk: str
    """Attribute path on the SDK's client: `chat.completions.create`."""
    sdk_aliases: tuple[str, ...] = ()
    """Other attribute paths that send the same request."""
    cast_to: str | None = None
    """Name of the type that the SDK makes of the result; of the item, where `page` is set; `NoneType` for nothing."""
    page: str | None = None
    """The SDK's page class: `CursorPage`, `Page`, `ConversationCursorPage`, `NextCursorPage`, `TokenPage`."""
    stream: str | None = None
    """Name of the type of a stream's events."""
    binary: str | None = None
    """Media type that the SDK asks for, where the result is a file."""
    multipart: bool = False
    files: tuple[str, ...] = ()
    """Body fields that are files; `files[]` where a field may hold several."""
    websocket: bool = False
    admin: bool = False
    """Asks for an admin key."""
    deprecated: bool = False
    status: int = 200
    """Of its replies, but for errors."""
    beta: str | None = None
    """Value of the `OpenAI-Beta` header that the SDK sends."""
    path_parameters: tuple[str, ...] = ()
    query_parameters: tuple[Parameter, ...] = ()
    header_parameters: tuple[Parameter, ...] = ()
    has_body: bool = False
    beta_variant: Operation | None = None
    """The operation that `?beta=true` selects, where the SDK has one."""
    _components: Components = field(default_factory=lambda: Components({}), repr=False)
    _body: msgspec.Raw | None = field(default=None, repr=False)
    _result: msgspec.Raw | None = field(default=None, repr=False)
    _events: msgspec.Raw | None = field(default=None, repr=False)
    _client_events: msgspec.Raw | None = field(default=None, repr=False)
    _kept: dict[str, JsonSchema] = field(default_factory=dict, repr=False)

    def body_schema(self) -> JsonSchema | None:
        """The schema of the request's body, with `$defs` of what it reaches; None where there is no body."""
        return self._schema("body", self._body)

    def result_schema(self) -> JsonSchema | None:
        """The schema of the result, of the page where `page` is set; None for no content, a file, or only a stream."""
        return self._schema("result", self._result)

    def stream_schema(self) -> JsonSchema | None:
        """The schema of one event of the stream, or of one message that a WebSocket's server sends; None without."""
        return self._schema("events", self._events)

    def client_schema(self) -> JsonSchema | None:
        """The schema of one message that a WebSocket's client sends; None for other operations."""
        return self._schema("client", self._client_events)

    def query_schema(self) -> JsonSchema:
        """The schema of the query parameters as one object; its properties are typed, not text."""
        kept = self._kept.get("query")
        if kept is None:
            raw = msgspec.Raw(msgspec.json.encode(_as_object(self.query_parameters)))
            kept = self._kept["query"] = self._components.complete(raw)
        return kept

    def definitions(self) -> Iterator[str]:
        """The names of the components that the body, result and events reach."""
        schemas = (self.body_schema(), self.result_schema(), self.stream_schema(), self.client_schema())
        yield from sorted({name for schema in schemas if schema for name in schema.get("$defs", {})})

    def _schema(self, kind: str, raw: msgspec.Raw | None) -> JsonSchema | None:
        if raw is None:
            return None
        kept = self._kept.get(kind)
        if kept is None:
            kept = self._kept[kind] = self._components.complete(raw)
        return kept


def _as_object(parameters: tuple[Parameter, ...]) -> dict[str, object]:
    required = [parameter.name for parameter in parameters if parameter.required]
    schema: dict[str, object] = {
        "type": "object",
        "properties": {parameter.name: parameter.schema for parameter in parameters},
    }
    return {**schema, "required": required} if required else schema
