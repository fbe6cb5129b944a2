"""Endpoints of the user's own, beside the API's or in the place of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from ..call import Call
from ..catalog import Catalog, Match, Operation
from ..catalog.document import Document
from ..catalog.operation import Components
from ..errors import UsageError

Handler = Callable[[Call], Any]

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_PATH = re.compile(r"(?:/(?:[^/{}?#\s]*|\{[A-Za-z_]\w*\}))+")
_BEGINNING = re.compile(r"^/(?:openai/)?v1(?=/)")
_NAMES = re.compile(r"\{(\w+)\}")


class Endpoints:
    """Those of one mock. They are found as the API's own are: the most specific path first, with or without `/v1`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._handlers: dict[Operation, Handler] = {}
        self._catalog: Catalog | None = None

    def add(self, operation: Operation, handler: Handler) -> None:
        """Answer that operation by what `handler` makes of the call; of two with one path, the later answers."""
        if not callable(handler):
            raise UsageError(f"endpoint({operation.key}) takes a function of the call; this is {handler!r}")
        self._handlers[operation] = handler
        self._catalog = Catalog(Document("", tuple(self._handlers), Components({})))

    def find(self, method: str, path: str) -> tuple[Match, Handler] | None:
        """What answers a request, if it is one of these."""
        found = self._catalog.find(method, path) if self._catalog is not None else None
        return (found, self._handlers[found.operation]) if isinstance(found, Match) else None


def operation_at(method: str, path: str) -> Operation:
    """The operation that a user means. Raises UsageError where it can't be one."""
    if str(method).upper() not in METHODS:
        raise UsageError(f"endpoint({method!r}, ...): the method is one of {', '.join(METHODS)}")
    if not _PATH.fullmatch(str(path)):
        raise UsageError(
            f"endpoint({method!r}, {path!r}): a path begins with a slash and has no query; a part of it may be a "
            "parameter: '/v1/custom/{id}'"
        )
    names = tuple(_NAMES.findall(path))
    if len(set(names)) < len(names):
        raise UsageError(f"endpoint({method!r}, {path!r}): each parameter needs a name of its own")
    path = _BEGINNING.sub("", path)
    key = f"{method.upper()} {path}"
    return Operation(key, method.upper(), path, sdk=key, path_parameters=names)


def content_of(said: object) -> tuple[int, str, bytes]:
    """Status, content type and body of what a handler returned. Raises UsageError where it can't be sent."""
    status = 200
    if isinstance(said, tuple) and len(said) == 2:
        status, said = said
        if type(status) is not int or not 200 <= status <= 599:
            raise UsageError(f"an endpoint's handler gave the status {status!r}: a status is 200 to 599")
        if said is None:
            return status, "application/json", b""
    if isinstance(said, bytes):
        return status, "application/octet-stream", said
    if isinstance(said, str):
        return status, "text/plain; charset=utf-8", said.encode()
    if isinstance(said, (dict, list)):
        try:
            return status, "application/json", msgspec.json.encode(said)
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"what an endpoint's handler gave is no JSON: {error}") from error
    raise UsageError(
        "an endpoint's handler gives a dict or a list (sent as JSON), a str, bytes, or a pair of a status and one of "
        f"these; this is {type(said).__name__}: {said!r}"
    )
