"""From a request's method and path to its operation.

Paths are matched whole, segment by segment, the most specific first: `/videos/characters` before `/videos/{video_id}`.
A trailing slash makes another path, which the API doesn't have; nor has the mock.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.resources import files
from urllib.parse import parse_qs, unquote

import msgspec

from .document import Document, read
from .operation import Components, Operation
from .schema import JsonSchema


class Match(msgspec.Struct, frozen=True, gc=False):
    """The operation that a request means."""

    operation: Operation
    path_params: dict[str, str]
    """By the SDK's names, percent-decoded."""
    deployment: str | None = None
    """Azure's deployment, where the path or the query names one."""
    azure: bool = False
    """Whether the path has one of Azure's forms (`/openai/…`)."""


class NoPath(msgspec.Struct, frozen=True):
    """The API has no such path: 404."""

    method: str
    path: str


class WrongMethod(msgspec.Struct, frozen=True):
    """The API has the path, but not with this method: 405."""

    method: str
    path: str
    allowed: tuple[str, ...]


Found = Match | NoPath | WrongMethod


class _Node:
    """A place in the tree of paths: what follows by name, what follows as a parameter, which operations end here."""

    __slots__ = ("operations", "parameter", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.operations: dict[str, Operation] = {}


class Catalog:
    """All operations of the API. Immutable: the loaded one is shared by all engines of a process."""

    def __init__(self, document: Document, raw: bytes = b"") -> None:
        self.version = document.version
        """Of the SDK that the catalog was built from."""
        self.operations = document.operations
        """Sorted by path, then method; beta twins are reached through `beta_variant`."""
        self._components: Components = document.components
        self._raw = raw
        self._root = _Node()
        self._by_key: dict[str, Operation] = {}
        self.methods: dict[str, Operation] = {}
        """By attribute path on the SDK's client, beta twins and other names of the same among them."""
        self._usual: dict[tuple[str, str], Match] = {}
        for operation in self.operations:
            self._add(operation)

    @classmethod
    def load(cls) -> Catalog:
        """The catalog that the package ships; read once per process, at the first call."""
        return _shipped()

    @classmethod
    def from_document(cls, document: bytes) -> Catalog:
        """A catalog of an OpenAPI document as `extract.build` makes it. Raises `msgspec.DecodeError` for any other."""
        return cls(read(document), gzip.compress(document, mtime=0))

    def operation(self, key: str) -> Operation:
        """The operation with that key, such as `POST /files`. Raises KeyError where there is none."""
        return self._by_key[key]

    def schema(self, name: str) -> JsonSchema:
        """The component of that name with `$defs` of what it reaches. Raises KeyError where there is none."""
        return self._components.named(name)

    def openapi(self) -> bytes:
        """The whole document, as JSON."""
        return gzip.decompress(self._raw)

    def find(
        self,
        method: str,
        path: str,
        query: str = "",
        *,
        websocket: bool = False,
        miss: Callable[[str, str], Catalog | None] | None = None,
    ) -> Found:
        """The operation for a request.

        `path` is percent-encoded and begins with a slash: `/v1/files/abc`, `/files/abc`, and Azure's
        `/openai/v1/files/abc`, `/openai/files/abc` and `/openai/deployments/mine/chat/completions`. A query may follow
        it or be given apart; it selects `?beta=true` twins and names the deployment of Azure's WebSockets. With
        `websocket` the request asks for an upgrade, and finds only operations that are WebSockets.

        `miss(method, path)` is asked for a further catalog where this one lacks the path; `newer.NewerSdk` is one.
        """
        usual = self._usual.get((method, path))
        if usual is not None and not query and not websocket:
            return usual
        if "?" in path:
            path, _, query = path.partition("?")
        segments = path.split("/")
        azure = False
        deployment: str | None = None
        start = 1
        if len(segments) > 2:
            first = segments[1]
            if first == "v1":
                start = 2
            elif first == "openai":
                azure = True
                start = 3 if segments[2] == "v1" else 2
                if segments[2] == "deployments" and len(segments) > 4:
                    deployment = unquote(segments[3])
                    start = 4
        verb = "WEBSOCKET" if websocket else method
        values: list[str] = []
        operation = _walk(self._root, segments, start, verb, values) if not segments[0] else None
        if operation is None:
            return self._missed(method, path, query, segments[start:], websocket, miss)
        if query:
            if operation.beta_variant is not None and "beta=true" in query.split("&"):
                operation = operation.beta_variant
            if azure and deployment is None:
                deployment = parse_qs(query).get("deployment", [None])[-1]
        names = operation.path_parameters
        params = dict(zip(names, map(unquote, values), strict=True)) if names else {}
        return Match(operation, params, deployment, azure)

    def _missed(
        self,
        method: str,
        path: str,
        query: str,
        segments: list[str],
        websocket: bool,
        miss: Callable[[str, str], Catalog | None] | None,
    ) -> Found:
        allowed = sorted({verb for node in _nodes(self._root, segments) for verb in node.operations})
        allowed = [verb for verb in allowed if verb != "WEBSOCKET"]
        if method.upper() != method:
            return self.find(method.upper(), path, query, websocket=websocket, miss=miss)
        if miss is not None and not websocket:
            further = miss(method, "/" + "/".join(segments))
            found = further.find(method, path, query) if further is not None else None
            if isinstance(found, Match):
                return found
        if allowed and not websocket:
            return WrongMethod(method, path, tuple(allowed))
        return NoPath(method, path)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.path.split("/")[1:]:
            if not segment.startswith("{"):
                node = node.static.setdefault(segment, _Node())
                continue
            if node.parameter is None:
                node.parameter = _Node()
            node = node.parameter
        node.operations["WEBSOCKET" if operation.websocket else operation.method] = operation
        self._name(operation)
        if not operation.path_parameters and not operation.websocket:
            self._usual[operation.method, f"/v1{operation.path}"] = Match(operation, {})
        if operation.beta_variant is not None:
            self._name(operation.beta_variant)

    def _name(self, operation: Operation) -> None:
        self._by_key[operation.key] = operation
        if operation.sdk:
            self.methods[operation.sdk] = operation
        for alias in operation.sdk_aliases:
            self.methods.setdefault(alias, operation)


def _walk(node: _Node, segments: list[str], index: int, verb: str, values: list[str]) -> Operation | None:
    """The operation at the end of the segments; the path's parameters are appended to `values`."""
    end = len(segments)
    while index < end:
        segment = segments[index]
        index += 1
        static = node.static.get(segment)
        parameter = node.parameter
        if static is not None:
            if parameter is None:
                node = static
                continue
            known = len(values)
            operation = _walk(static, segments, index, verb, values)
            if operation is not None:
                return operation
            del values[known:]
        if parameter is None or not segment:
            return None
        values.append(segment)
        node = parameter
    return node.operations.get(verb)


def _nodes(node: _Node, segments: list[str]) -> Iterator[_Node]:
    """All places that the segments may mean."""
    if not segments:
        yield node
        return
    segment, rest = segments[0], segments[1:]
    if segment in node.static:
        yield from _nodes(node.static[segment], rest)
    if node.parameter is not None and segment:
        yield from _nodes(node.parameter, rest)


@lru_cache(maxsize=1)
def _shipped() -> Catalog:
    raw = (files(__package__) / "openapi.json.gz").read_bytes()
    return Catalog(read(gzip.decompress(raw)), raw)
