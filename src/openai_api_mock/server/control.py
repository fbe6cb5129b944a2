"""The server's own pages, beside the API: what it is, and whether it is up."""

from __future__ import annotations

import msgspec

from .. import errors
from .._version import __version__
from ..engine import Engine
from ..errors import APIError
from ..wire import Reply

PREFIX = "/_mock/"
OPENAPI = "/_mock/openapi.json"


def is_own(path: str) -> bool:
    """Whether the path is one of the server's own, which the API doesn't have."""
    return path in ("/", "/_mock") or path.startswith(PREFIX)


def page(engine: Engine, method: str, path: str) -> Reply:
    """The reply to a request for one of the server's own pages."""
    content = engine.catalog.openapi() if path == OPENAPI else _PAGES.get(path)
    if content is None:
        return refuse(engine, errors.invalid_url(method, path))
    if method not in ("GET", "HEAD"):
        return refuse(engine, errors.wrong_method(method, path))
    return Reply(200, [("content-type", "application/json"), ("cache-control", "no-store")], content)


def refuse(engine: Engine, error: APIError) -> Reply:
    """An error in the API's shape, for a request that the engine doesn't see."""
    return engine.error(error)


_PAGES = {
    "/": msgspec.json.encode(
        {
            "name": "openai-api-mock",
            "version": __version__,
            "what": "This server answers like the OpenAI API. Point your client's base URL at /v1 here.",
            "health": "/_mock/health",
            "openapi": OPENAPI,
        }
    ),
    "/_mock/health": msgspec.json.encode({"status": "ok", "version": __version__}),
}
