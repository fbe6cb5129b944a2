"""What an SDK has and the catalog's document lacks, and the other way round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from types import ModuleType
from typing import Literal

import msgspec

from .schema import JSON, JsonObject, JsonSchema

Kind = Literal[
    "operation added",
    "operation removed",
    "parameter added",
    "parameter removed",
    "parameter changed",
    "result changed",
]

_REFERENCE = "#/components/schemas/"
# Their order says nothing; `typing` may even change it, as it takes a union for another of the same members.
_SETS = frozenset(("anyOf", "enum", "examples", "required", "type"))


class Difference(msgspec.Struct, frozen=True, order=True):
    """One difference. *Added* is in the SDK and not in the document, *removed* the other way round."""

    operation: str
    """The key: `POST /files`, `POST /responses?beta=true`, `WEBSOCKET /realtime`."""
    kind: Kind
    name: str = ""
    """Of the parameter: `body temperature`, `query limit`; empty where the operation or its result is meant."""

    def __str__(self) -> str:
        return f"{self.operation}: {self.kind}{f' ({self.name})' if self.name else ''}"


def diff(document: JsonObject, package: ModuleType) -> list[Difference]:
    """The differences between a catalog's document and an imported `openai` package, sorted.

    A parameter or result has changed where its schema has, at any depth, whatever components are called. Raises
    `ExtractionError` where the package can't be read.
    """
    from .extract import build

    return between(document, build(package))


def between(old: JsonObject, new: JsonObject) -> list[Difference]:
    """The differences from one document to another, sorted."""
    before, after = dict(_operations(old)), dict(_operations(new))
    before_prints, after_prints = _Fingerprints(old), _Fingerprints(new)
    found = [Difference(key, "operation added") for key in after.keys() - before.keys()]
    found += [Difference(key, "operation removed") for key in before.keys() - after.keys()]
    for key in before.keys() & after.keys():
        old_parts = _parameters(before[key], before_prints)
        new_parts = _parameters(after[key], after_prints)
        found += [Difference(key, "parameter added", name) for name in new_parts.keys() - old_parts.keys()]
        found += [Difference(key, "parameter removed", name) for name in old_parts.keys() - new_parts.keys()]
        common = old_parts.keys() & new_parts.keys()
        found += [Difference(key, "parameter changed", name) for name in common if old_parts[name] != new_parts[name]]
        if _result(before[key], before_prints) != _result(after[key], after_prints):
            found.append(Difference(key, "result changed"))
    return sorted(found)


class _Fingerprints:
    """Digests of schemas that don't depend on what components are called, nor on the order of alternatives."""

    def __init__(self, document: JsonObject) -> None:
        self._components: dict[str, JsonSchema] = document["components"]["schemas"]
        self._known: dict[str, str] = {}
        self._open: list[str] = []
        for name in sorted(self._components):
            self._component(name)

    def of(self, value: JSON) -> str:
        text = json.dumps(self._canonical(value), sort_keys=True)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def _component(self, name: str) -> str:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            return f"recursion to {name.rpartition('.')[2]}"
        self._open.append(name)
        self._known[name] = self.of(self._components[name])
        self._open.pop()
        return self._known[name]

    def _canonical(self, value: JSON) -> JSON:
        if isinstance(value, list):
            return [self._canonical(each) for each in value]
        if isinstance(value, str) and value.startswith(_REFERENCE):
            return self._component(value.removeprefix(_REFERENCE))
        if not isinstance(value, dict):
            return value
        canonical = {key: self._canonical(inner) for key, inner in value.items()}
        for key in _SETS & canonical.keys():
            if isinstance(canonical[key], list):
                canonical[key] = sorted(canonical[key], key=lambda each: json.dumps(each, sort_keys=True))
        return canonical


def _operations(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield f"{'WEBSOCKET' if 'x-websocket' in operation else verb.upper()} {path}", operation
            if "x-beta-variant" in operation:
                yield f"{verb.upper()} {path}?beta=true", operation["x-beta-variant"]


def _parameters(operation: JsonObject, prints: _Fingerprints) -> dict[str, JSON]:
    """Each parameter's name with, for every form of the body that has it, whether it's required and what it may be."""
    found: dict[str, JSON] = {
        f"{each['in']} {each['name']}": (each.get("required", False), prints.of(each["schema"]))
        for each in operation.get("parameters", [])
    }
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        for branch in schema.get("anyOf", [schema]):
            for name, inner in branch.get("properties", {}).items():
                said = (media, name in branch.get("required", []), prints.of(inner))
                found[f"body {name}"] = sorted([*found.get(f"body {name}", []), said])
    return found


def _result(operation: JsonObject, prints: _Fingerprints) -> JSON:
    contents = [response.get("content", {}) for response in operation["responses"].values()]
    return prints.of([contents, operation.get("x-page"), operation.get("x-websocket")])
