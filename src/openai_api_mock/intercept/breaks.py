"""What the httpx family raises when a connection fails: a client in this process sees what it would of a socket.

Measured on sockets with httpx 0.28 and httpx2 2.16; tests/intercept/test_breaks.py holds each against the server. The
SDK's aiohttp extra takes any failure to reach the server for a timeout of the connection.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..errors import UsageError
from ..wire import Break, Breakage

_CERTIFICATE = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate"
_CLOSED = "peer closed connection without sending complete message body "
_RESET = "[Errno 104] Connection reset by peer"
_ILLEGAL_CHUNK = "illegal chunk header: bytearray(b'This is no chunk.\\r\\n')"

# The exception's name, its message from a blocking client, and from an asynchronous one.
_HTTPX: dict[Breakage, tuple[str, str, str]] = {
    "refused": ("ConnectError", "[Errno 111] Connection refused", "All connection attempts failed"),
    "dns": ("ConnectError", *("[Errno -2] Name or service not known",) * 2),
    "tls": ("ConnectError", *(f"{_CERTIFICATE} (_ssl.c:1016)",) * 2),
    "reset": ("ReadError", _RESET, ""),
    "no_response": ("RemoteProtocolError", *("Server disconnected without sending a response.",) * 2),
    "garbage": ("RemoteProtocolError", *("illegal status line: {raw!r}",) * 2),
    "close": ("RemoteProtocolError", *(f"{_CLOSED}{{how_far}}",) * 2),
    "bad_chunk": ("RemoteProtocolError", *(_ILLEGAL_CHUNK,) * 2),
}
_AIOHTTP: dict[Breakage, tuple[str, str]] = {
    "refused": ("ConnectTimeout", "Cannot connect to host {host} ssl:default [Connect call failed]"),
    "dns": ("ConnectTimeout", "Cannot connect to host {host} ssl:default [Name or service not known]"),
    "tls": ("ConnectTimeout", f"Cannot connect to host {{host}} ssl:True [{_CERTIFICATE}]"),
    "reset": ("ConnectTimeout", _RESET),
    "no_response": ("ConnectTimeout", "Server disconnected"),
}
_IN_CHUNKS = "TransferEncodingError: 400, message='Not enough data to satisfy transfer length header.'"
_IN_ONE = (
    "ContentLengthError: 400, message='Not enough data to satisfy content length header (received {arrived} of "
    "{length} bytes).'"
)
# aiohttp reads ahead, and finds these before it gives out anything of the body.
_UNREADABLE: dict[Breakage, str] = {
    "garbage": "Bad status line",
    "bad_chunk": "Invalid character in chunk size",
    "short_length": "Bad status line",
}


def failure(library: ModuleType, request: Any, broken: Break, arrived: int, kind: str) -> Exception | None:
    """What a client of this kind ("sync", "async" or "aiohttp") gets to see after so many bytes of the body; None where
    it sees nothing of it."""
    if kind == "aiohttp":
        return _of_aiohttp(library, request, broken, arrived)
    if broken.how not in _HTTPX or (broken.how == "close" and broken.length == arrived):
        return None
    how_far = "(incomplete chunked read)"
    if broken.length is not None:
        how_far = f"(received {arrived} bytes, expected {broken.length})"
    name, sync, other = _HTTPX[broken.how]
    message = (sync if kind == "sync" else other).format(how_far=how_far, raw=bytearray(broken.raw.split(b"\r\n")[0]))
    return _raised(library, name, message, request)


def is_seen_at_once(broken: Break, kind: str) -> bool:
    """Whether a client of this kind sees nothing of the reply."""
    return broken.headless or (kind == "aiohttp" and broken.how in _UNREADABLE)


def _of_aiohttp(library: ModuleType, request: Any, broken: Break, arrived: int) -> Exception | None:
    if broken.how in _UNREADABLE:
        import aiohttp
        from aiohttp.http_exceptions import HttpProcessingError
        from multidict import CIMultiDict, CIMultiDictProxy
        from yarl import URL

        # The extra hands this one on as it is.
        url = URL(str(request.url))
        asked = aiohttp.RequestInfo(url, request.method, CIMultiDictProxy(CIMultiDict(request.headers)), url)
        error = aiohttp.ClientResponseError(asked, (), status=400, message=_UNREADABLE[broken.how])
        error.__cause__ = HttpProcessingError(code=400, message=_UNREADABLE[broken.how])
        return error
    if not broken.headless:
        how_far = _IN_CHUNKS if broken.length is None else _IN_ONE.format(arrived=arrived, length=broken.length)
        return _raised(library, "ReadError", f"Response payload is not completed: <{how_far}>", request)
    name, message = _AIOHTTP[broken.how]
    return _raised(library, name, message.format(host=f"{request.url.host}:{request.url.port or 443}"), request)


def _raised(library: ModuleType, name: str, message: str, request: Any) -> Exception:
    error: Exception = getattr(library, name)(message, request=request)
    return error


def endless() -> UsageError:
    """The complaint about a client that would wait for ever."""
    return UsageError(
        "the fault 'hang' (or 'stall') ends when the client gives up, and this client never does: give it a timeout, "
        "OpenAI(timeout=0.2)"
    )
