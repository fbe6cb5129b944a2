"""What a browser asks of a server on another origin. The mock lets every origin in."""

from __future__ import annotations

from ..wire import Headers, Reply

# The engine's own `access-control-expose-headers` names two, as the API does; a page under test may want the rest too.
SHARED: Headers = [("access-control-allow-origin", "*"), ("access-control-expose-headers", "*")]


def preflight(fields: dict[bytes, bytes]) -> Reply:
    """The answer to OPTIONS: whatever the browser wants to send, it may."""
    wanted = fields.get(b"access-control-request-headers", b"*").decode("latin-1")
    method = fields.get(b"access-control-request-method", b"").decode("latin-1")
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    if method and method not in methods:
        methods.append(method)
    headers = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", ", ".join(methods)),
        ("access-control-allow-headers", wanted),
        ("access-control-max-age", "86400"),
        ("vary", "access-control-request-headers"),
    ]
    if b"access-control-request-private-network" in fields:
        headers.append(("access-control-allow-private-network", "true"))
    return Reply(204, headers, b"")


def share(reply: Reply) -> None:
    """Let a page of another origin read the reply."""
    if not any(name == "access-control-allow-origin" for name, _ in reply.headers):
        reply.headers = [*reply.headers, *SHARED]
