"""Reads the catalog's document into operations. Its schemas stay bytes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .operation import Components, Operation, Parameter


class Document(msgspec.Struct, frozen=True):
    """A catalog's content."""

    version: str
    """Of the SDK it was built from."""
    operations: tuple[Operation, ...]
    components: Components


class _Schema(msgspec.Struct):
    schema: msgspec.Raw


class _Body(msgspec.Struct):
    content: dict[str, _Schema] = {}


class _Sides(msgspec.Struct):
    client: msgspec.Raw
    server: msgspec.Raw


class _Operation(msgspec.Struct):
    sdk: str = msgspec.field(name="x-sdk")
    aliases: tuple[str, ...] = msgspec.field(name="x-sdk-aliases", default=())
    cast_to: str | None = msgspec.field(name="x-cast-to", default=None)
    page: str | None = msgspec.field(name="x-page", default=None)
    stream: str | None = msgspec.field(name="x-stream", default=None)
    binary: str | None = msgspec.field(name="x-binary", default=None)
    files: tuple[str, ...] = msgspec.field(name="x-files", default=())
    websocket: _Sides | None = msgspec.field(name="x-websocket", default=None)
    beta: str | None = msgspec.field(name="x-beta", default=None)
    admin: bool = msgspec.field(name="x-admin", default=False)
    variant: _Operation | None = msgspec.field(name="x-beta-variant", default=None)
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: _Body | None = msgspec.field(name="requestBody", default=None)
    responses: dict[str, _Body] = {}


class _Info(msgspec.Struct):
    version: str


class _Components(msgspec.Struct):
    schemas: dict[str, msgspec.Raw] = {}


class _Document(msgspec.Struct):
    info: _Info
    paths: dict[str, dict[str, _Operation]]
    components: _Components


_decoder = msgspec.json.Decoder(_Document)


def read(document: bytes) -> Document:
    """The operations of an OpenAPI document that `extract.build` made. Raises `msgspec.DecodeError` for any other."""
    decoded = _decoder.decode(document)
    components = Components(decoded.components.schemas)
    return Document(decoded.info.version, tuple(_operations(decoded, components)), components)


def _operations(document: _Document, components: Components) -> Iterator[Operation]:
    for path, item in document.paths.items():
        for verb, source in item.items():
            yield _operation(verb.upper(), path, source, components)


def _operation(verb: str, path: str, source: _Operation, components: Components, query: str = "") -> Operation:
    body = next(iter(source.body.content.items())) if source.body and source.body.content else None
    status = "201" if "201" in source.responses else "200"
    content = source.responses[status].content if status in source.responses else {}
    events = source.websocket.server if source.websocket else _schema_of(content, "text/event-stream")
    twin = source.variant
    return Operation(
        key=f"{'WEBSOCKET' if source.websocket else verb} {path}{query}",
        method=verb,
        path=path,
        sdk=source.sdk,
        sdk_aliases=source.aliases,
        cast_to=source.cast_to,
        page=source.page,
        stream=source.stream,
        binary=source.binary,
        multipart=body is not None and body[0] == "multipart/form-data",
        files=source.files,
        websocket=source.websocket is not None,
        admin=source.admin,
        deprecated=source.deprecated,
        status=int(status),
        beta=source.beta,
        path_parameters=tuple(each.name for each in source.parameters if each.place == "path"),
        query_parameters=tuple(each for each in source.parameters if each.place == "query"),
        header_parameters=tuple(each for each in source.parameters if each.place == "header"),
        has_body=body is not None,
        beta_variant=_operation(verb, path, twin, components, "?beta=true") if twin is not None else None,
        _components=components,
        _body=body[1].schema if body is not None else None,
        _result=_schema_of(content, "application/json"),
        _events=events,
        _client_events=source.websocket.client if source.websocket else None,
    )


def _schema_of(content: dict[str, _Schema], media: str) -> msgspec.Raw | None:
    found = content.get(media)
    return found.schema if found is not None else None
