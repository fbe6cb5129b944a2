"""Reads from the catalog what an operation is: what `POST /things` and `GET /things/{thing_id}` do needs no handler."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

import msgspec

from ..catalog import Catalog, Operation
from ..ids import THINGS
from .generic_objects import Shape, item_of, resolved
from .generic_pages import of_report
from .generic_streams import Events

Verb = Literal[
    "create", "list", "retrieve", "update", "delete",
    "act", "look", "set", "clear", "download", "report", "make",
]  # fmt: skip
"""`look`, `set` and `clear` are for what there is one of, such as settings; `report` for usage and costs; `make` gives
something that isn't kept, such as a moderation."""

_PARAMETER = re.compile(r"\{\w+\}")
# The same things under two paths.
_ALIASES = {"/projects/{project_id}": "/organization/projects/{project_id}"}
# Paths that make what is kept elsewhere.
_MAKES_IN = {
    "POST /live/sessions/{session_id}/fork": "/live/sessions",
    "POST /threads/runs": "/threads/{thread_id}/runs",
    "POST /videos/edits": "/videos",
    "POST /videos/extensions": "/videos",
    "POST /videos/{video_id}/remix": "/videos",
}


class Place(msgspec.Struct, frozen=True):
    """Where things are kept: a path of the catalog, and the parameter that names one thing in it."""

    collection: str
    """`/vector_stores/{vector_store_id}/files`"""
    parameter: str = "id"

    def path(self, params: Mapping[str, str]) -> str:
        """The collection's path with its parameters filled in."""
        path = self.collection
        if "{" not in path:
            return path
        for name, value in params.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return path


class Kept(msgspec.Struct, frozen=True):
    """Things of one kind."""

    place: Place
    thing: str
    """What the API calls one: `vector_store.file`."""
    item: Shape | None
    made: bool
    """Whether the API has an operation that makes such things."""
    listed: bool
    """Whether it has one that lists them."""
    content: bool
    """Whether it has one that gives their bytes."""


class Kind(msgspec.Struct, frozen=True):
    """What an operation does, to what."""

    verb: Verb
    kept: Kept
    result: Shape | None
    """Of the reply; None for no content."""
    listed: Shape | None = None
    """Of the items, where the reply is a list."""
    parent: Kept | None = None
    """What must exist for the operation to make sense."""
    action: str = ""
    """The last word of the path."""


@lru_cache(maxsize=8)
def kinds_of(catalog: Catalog) -> Kinds:
    """The kinds of a catalog's operations, shared by all engines that have it: shapes take milliseconds to compile."""
    return Kinds(catalog)


class Kinds:
    """The kinds of one catalog's operations, each read when it is first asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self._paths: dict[str, dict[str, Operation]] = {}
        for operation in catalog.operations:
            if not operation.websocket:
                self._paths.setdefault(operation.path, {})[operation.method] = operation
        # Paths that operations have or go through.
        self._known = set(self._paths) | {path[: at.end()] for path in self._paths for at in _PARAMETER.finditer(path)}
        self._holders = {collection for path in self._paths for collection in _above(path)}
        self._kinds: dict[str, Kind] = {}
        self._events: dict[str, Events] = {}
        self._shapes: dict[tuple[str, str], Shape | None] = {}

    def of(self, operation: Operation) -> Kind:
        kind = self._kinds.get(operation.key)
        if kind is None:
            kind = self._kinds[operation.key] = self._read(operation)
        return kind

    def events(self, operation: Operation) -> Events:
        """The events of an operation's stream."""
        events = self._events.get(operation.key)
        if events is None:
            events = self._events[operation.key] = Events(operation.stream_schema() or {})
        return events

    def above(self, place: Place) -> Kept:
        """What the things of a place belong to."""
        one = _parent_of(place.collection)
        return self._kept(Place(_parent_of(one), one.rpartition("/")[2][1:-1]))

    def _read(self, operation: Operation) -> Kind:
        verb, place = self._verb(operation)
        kept = self._kept(place)
        parent = self._parent(operation, verb)
        return Kind(
            verb,
            kept,
            result=self._result(operation, kept.thing),
            listed=self._listed_item(operation, kept.thing),
            parent=self._kept(parent) if parent is not None else None,
            action=operation.path.rpartition("/")[2],
        )

    def _verb(self, operation: Operation) -> tuple[Verb, Place]:
        path, method = operation.path, operation.method
        above, _, tail = path.rpartition("/")
        if tail.startswith("{"):
            verbs: dict[str, Verb] = {"GET": "retrieve", "POST": "update", "DELETE": "delete"}
            return verbs.get(method, "update"), Place(above, tail[1:-1])
        if operation.key in _MAKES_IN:
            return "create", self._place(_MAKES_IN[operation.key])
        if operation.binary is not None and method == "GET":
            return "download", Place(path)
        if operation.page is not None and method == "GET":
            return "list", self._place(path)
        if method == "POST" and self._holds(operation):
            return "create", self._place(path)
        if method == "GET" and _is_report(operation):
            return "report", Place(path)
        if method == "POST" and above.endswith("}") and self._acts(operation, above):
            return "act", Place(_parent_of(above), above.rpartition("/")[2][1:-1])
        if method == "POST" and len(self._paths.get(path, ())) < 2:
            return "make", Place(path)
        single: dict[str, Verb] = {"GET": "look", "DELETE": "clear"}
        return single.get(method, "set"), Place(path)

    def _holds(self, operation: Operation) -> bool:
        """Whether what a POST makes is kept: there are operations on such things, or they can be listed."""
        lister = self._operation("GET", operation.path)
        if operation.path in self._holders or (lister is not None and lister.page is not None):
            return True
        result = self._result(operation, "")
        return operation.path not in self._paths and result is not None and "id" in result.names

    def _acts(self, operation: Operation, path: str) -> bool:
        """Whether a sub-path changes the thing above it: then it gives that thing, or nothing."""
        if operation.path in self._paths and len(self._paths[operation.path]) > 1:
            return False
        result = self._result(operation, "")
        if result is None:
            return operation.binary is None
        place = self._place(_parent_of(path))
        made = self._operation("POST", place.collection)
        kinds = [self._item(place, ""), self._result(made, "") if made is not None else None]
        return any(kind is not None and kind.names == result.names for kind in kinds)

    def _place(self, collection: str) -> Place:
        """The collection with the parameter that the operations on its things use."""
        start = collection + "/{"
        named = (path[len(start) :].partition("}")[0] for path in self._paths if path.startswith(start))
        return Place(collection, next(named, "id"))

    def _kept(self, place: Place) -> Kept:
        thing = self._thing(place)
        one = f"{place.collection}/{{{place.parameter}}}"
        content = self._operation("GET", f"{one}/content")
        return Kept(
            place,
            thing,
            item=self._item(place, thing),
            # Of what only a newer SDK has, nothing is known but that somebody asks for it.
            made=self._operation("POST", place.collection) is not None or not {one, place.collection} & self._known,
            listed=self._operation("GET", place.collection) is not None,
            content=content is not None and content.binary is not None,
        )

    def _parent(self, operation: Operation, verb: Verb) -> Place | None:
        path = operation.path
        for start, alias in _ALIASES.items():
            if path.startswith(start):
                path = path.replace(start, alias, 1)
        if verb in ("retrieve", "update", "delete"):
            path = _parent_of(path)
        if verb == "act":
            path = _parent_of(_parent_of(path))
        while path and not path.endswith("}"):
            path = _parent_of(path)
        if not path:
            return None
        collection = _parent_of(path)
        known = self._operation("POST", collection) or self._operation("GET", collection)
        return Place(collection, path.rpartition("/")[2][1:-1]) if known is not None else None

    def _thing(self, place: Place) -> str:
        """By `object` of the kept things where it is a constant, else by the words of the path."""
        item = self._item(place, "")
        if item is not None and item.called:
            return item.called
        words = [singular(word) for word in place.collection.split("/") if word and not word.startswith("{")]
        both = ".".join(words[-2:])
        return both if "{" in place.collection or both in THINGS else words[-1]

    def _item(self, place: Place, thing: str) -> Shape | None:
        """The shape of what is kept in a place: what retrieving one gives, else what listing or making gives."""
        path = f"{place.collection}/{{{place.parameter}}}"
        retrieve = self._operation("GET", path)
        if retrieve is not None:
            return self._result(retrieve, thing)
        lister = self._operation("GET", place.collection)
        if lister is not None and lister.page is not None:
            return self._listed_item(lister, thing)
        maker = self._operation("POST", place.collection) or self._operation("POST", path)
        return self._result(maker, thing) if maker is not None and maker.page is None else None

    def _listed_item(self, operation: Operation, thing: str) -> Shape | None:
        key = (f"item of {operation.key}", thing)
        if key not in self._shapes:
            schema = operation.result_schema()
            item = item_of(schema) if schema is not None else None
            if item is not None and _is_report(operation):
                item = of_report(item, operation.path.rpartition("/")[2])
            self._shapes[key] = Shape(item, thing) if item is not None else None
        return self._shapes[key]

    def _result(self, operation: Operation, thing: str) -> Shape | None:
        key = (operation.key, thing)
        if key not in self._shapes:
            schema = operation.result_schema()
            nothing = schema is None or resolved(schema).get("type") == "null"
            self._shapes[key] = None if nothing else Shape(schema or {}, thing)
        return self._shapes[key]

    def _operation(self, method: str, path: str) -> Operation | None:
        return self._paths.get(path, {}).get(method)


def singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _parent_of(path: str) -> str:
    return path.rpartition("/")[0]


def _above(path: str) -> list[str]:
    """The collections whose things a path goes through."""
    segments = path.split("/")
    return ["/".join(segments[:at]) for at, segment in enumerate(segments) if segment.startswith("{")]


def _is_report(operation: Operation) -> bool:
    schema = operation.result_schema()
    return schema is not None and "next_page" in resolved(schema).get("properties", {})
