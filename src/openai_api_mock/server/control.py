"""The server's own pages, beside the API: what it is, and whether it is up."""

from __future__ import annotations

from pathlib import Path

import msgspec

from .. import errors, script
from .._version import __version__
from ..engine import Engine
from ..errors import APIError
from ..script.schema import PACKAGED
from ..wire import Reply, Request
from . import guard
from .control_api import OPERATIONS, PREFIX, Wrong, control, operations_at
from .sessions import Sessions

OPENAPI = "/_mock/openapi.json"
METRICS = "/_mock/metrics"
SCHEMA = f"/_mock/{PACKAGED}"


def is_own(path: str) -> bool:
    """Whether the path is one of the server's own, which the API doesn't have."""
    return path in ("/", "/_mock") or path.startswith(PREFIX)


def page(sessions: Sessions, fields: dict[bytes, bytes], peer: str | None, request: Request) -> Reply:
    """The reply to a request for one of the server's own pages, from that address."""
    engine, method, path = sessions.engine, request.method, request.path
    content = engine.catalog.openapi() if path == OPENAPI else _PAGES.get(path)
    if path == SCHEMA:
        content = Path(script.__file__).with_name(PACKAGED).read_bytes()
    if path == METRICS:
        content = sessions.lag.to_prometheus().encode()
    if content is not None:
        if method != "GET":
            return refuse(engine, errors.wrong_method(method, path))
        return _sent(200, content, "text/plain; version=0.0.4" if path == METRICS else "application/json")
    if not operations_at(path)[0]:
        return refuse(engine, errors.invalid_url(method, path))
    refused = guard.refusal(engine.options.control_token, fields, peer)
    if refused is not None:
        return refuse(engine, refused)
    try:
        status, answer = control(sessions, sessions.of(fields), request)
    except Wrong as wrong:
        return refuse(engine, wrong.error)
    return _sent(status, msgspec.json.encode(answer))


def _sent(status: int, content: bytes, content_type: str = "application/json") -> Reply:
    return Reply(status, [("content-type", content_type), ("cache-control", "no-store")], content)


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
            "schema": SCHEMA,
            "metrics": METRICS,
            "control": sorted({f"{PREFIX}{pattern}" for _, pattern in OPERATIONS}),
        }
    ),
    "/_mock/health": msgspec.json.encode({"status": "ok", "version": __version__}),
}
