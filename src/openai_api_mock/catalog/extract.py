"""Builds the catalog's document from an installed `openai` package: every operation, with the schemas of its types.

Build time only: this imports `openai` and `pydantic`. The result is an OpenAPI 3.1 document without prose, the same
bytes for the same SDK. What the SDK knows beyond OpenAPI's vocabulary is in extension keys of an operation:

    x-sdk           attribute path on the client: `chat.completions.create`; others that send the same: x-sdk-aliases
    x-cast-to       name of the result's type          x-page       name of the page class that lists it
    x-stream        name of the events' type           x-binary     media type asked for, where the result is a file
    x-files         multipart fields that are files    x-beta       value of the constant `OpenAI-Beta` header
    x-websocket     {client, server}: components of the events that each side sends
    x-admin         needs an admin key                  x-beta-variant   the operation sent with `?beta=true`
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from .extract_discriminators import with_mappings
from .extract_methods import methods
from .extract_operation import ERROR, operation
from .extract_schemas import REFERENCE, Schemas
from .schema import JSON, JsonObject
from .sdk_method import SdkMethod


def build(package: ModuleType, *, only: Callable[[SdkMethod], bool] = lambda method: True) -> JsonObject:
    """The OpenAPI 3.1 document of an imported `openai` package; of the methods that `only` lets through.

    Raises `ExtractionError` where a type can't be turned into a schema. In a process that has imported the SDK's types
    in an order of its own, values of an enumeration may come in another order: `typing` takes equal types for one.
    """
    schemas = Schemas()
    paths: dict[str, JsonObject] = {}
    chosen = [method for method in methods(package_root(package)) if only(method)]
    for group in _by_key(chosen):
        built = operation(group, schemas)
        item = paths.setdefault(group[0].path, {})
        verb = group[0].verb.lower()
        if group[0].beta_query:
            item[verb]["x-beta-variant"] = built
        else:
            item[verb] = built
    document: JsonObject = {
        "openapi": "3.1.0",
        "info": {"title": "OpenAI API", "version": str(package.__version__)},
        "servers": [{"url": "https://api.openai.com/v1"}],
        "paths": {path: dict(sorted(paths[path].items())) for path in sorted(paths)},
        "components": {
            "responses": {"Error": ERROR},
            "schemas": schemas.components(),
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer"},
                "adminApiKey": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return _renamed(document, schemas.final_names())


def package_root(package: ModuleType) -> Path:
    """The folder of an imported package."""
    return Path(next(iter(package.__path__)))


def compressed(document: JsonObject) -> bytes:
    """The document as the wheel ships it: compact JSON, gzipped, the same bytes whenever it's made."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    packed = io.BytesIO()
    # `gzip.compress` writes other header bytes from Python 3.11 on.
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    return packed.getvalue()


def _by_key(chosen: Iterable[SdkMethod]) -> list[list[SdkMethod]]:
    """Methods that send the same request, together; plain requests before their `?beta=true` twins."""
    groups: dict[str, list[SdkMethod]] = {}
    for method in chosen:
        groups.setdefault(method.key, []).append(method)
    return sorted(
        (sorted(group, key=_rank) for group in groups.values()),
        key=lambda group: (group[0].beta_query, group[0].path, group[0].verb),
    )


def _rank(method: SdkMethod) -> tuple[bool, bool]:
    return method.deprecated, method.sdk.startswith("beta.")


def _renamed(document: JsonObject, names: dict[str, str]) -> JsonObject:
    """The document with components under their final names, sorted by them."""
    components = document["components"]
    schemas = {names[key]: schema for key, schema in components["schemas"].items()}
    components["schemas"] = {name: schemas[name] for name in sorted(schemas)}
    renamed: JsonObject = _with_names(document, names)
    mapped: JsonObject = with_mappings(renamed, renamed["components"]["schemas"])
    return mapped


def _with_names(value: JSON, names: dict[str, str]) -> JSON:
    if isinstance(value, list):
        return [_with_names(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith(REFERENCE):
        return {"$ref": REFERENCE + names[reference.removeprefix(REFERENCE)]}
    return {key: _with_names(each, names) for key, each in value.items()}
