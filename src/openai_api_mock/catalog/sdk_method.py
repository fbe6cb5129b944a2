"""What is read of one method of the SDK. Types are expressions of its source, not yet looked up."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Fields:
    """The keys that one call puts in its body or its query, and the expressions of the TypedDicts that type them."""

    keys: tuple[str, ...]
    types: tuple[ast.expr, ...]


@dataclass(frozen=True)
class SdkMethod:
    """One method of a resource class that sends one request, or opens one WebSocket."""

    verb: str
    path: str
    """With the SDK's names of path parameters, without a query: `/files/{file_id}`."""
    module: str
    sdk: str
    """Attribute path on the client: `chat.completions.create`."""
    beta_query: bool = False
    """The SDK sends it with `?beta=true`, and with types of its own."""
    cast_to: ast.expr | None = None
    returns: ast.expr | None = None
    page: ast.expr | None = None
    stream: ast.expr | None = None
    always_streams: bool = False
    body: Fields | None = None
    query: Fields | None = None
    headers: tuple[str, ...] = ()
    """Names of headers that the caller may set by a parameter."""
    beta: str | None = None
    """The constant `OpenAI-Beta` header."""
    accept: str | None = None
    multipart: bool = False
    files: tuple[str, ...] = ()
    """Body fields sent as files; `files[]` where the field is a list of files."""
    admin: bool = False
    deprecated: bool = False
    websocket: tuple[ast.expr, ast.expr] | None = None
    """Expressions of the client's and the server's events."""

    @property
    def key(self) -> str:
        """`POST /responses`, and `POST /responses?beta=true` for the beta twin."""
        return f"{self.verb} {self.path}{'?beta=true' if self.beta_query else ''}"
