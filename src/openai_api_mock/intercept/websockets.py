"""websockets, asyncio, sync and trio: connections to the API's hosts lead to the mock on loopback.

The hooks are the methods that open one connection. The SDK's asynchronous connect is a subclass, and a user may have
imported the names before the mock was there, so names aren't replaced. Redirects and reconnects come by there too.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any
from urllib.parse import urlsplit

from ..errors import Leak
from . import registry
from .redirect import Redirection, redirection

Undo = Callable[[], None]
# What a connection is to be opened with, for a host and a port.
Settings = Callable[[str, int], dict[str, Any]]


def patch_asyncio(library: ModuleType) -> Undo:
    """Redirect `websockets.asyncio.client`; returns what undoes it."""
    if hasattr(library.connect, "open_tcp_connection"):
        return _patch_method(library, library.connect, "open_tcp_connection", _of_asyncio("create_connection_kwargs"))
    return _patch_method(library, library.connect, "create_connection", _of_asyncio("connection_kwargs"))


def patch_sync(library: ModuleType) -> Undo:
    """Redirect `websockets.sync.client`; returns what undoes it."""
    if hasattr(library, "reconnect"):
        return _patch_method(library, library.reconnect, "open_connection", _of_sync)
    return _patch_function(library)


def patch_trio(library: ModuleType) -> Undo:
    """Redirect `websockets.trio.client`; returns what undoes it."""
    return _patch_method(library, library.connect, "open_connection", _of_trio)


def patch_legacy(library: ModuleType) -> Undo:
    """Refuse what `websockets.legacy.client` would send to the API's hosts; returns what undoes it."""
    connect: Any = library.Connect
    original_await, original_redirect = connect.__await_impl__, connect.handle_redirect

    def __await_impl__(self: Any) -> Any:
        _refuse(self._wsuri)
        return original_await(self)

    def handle_redirect(self: Any, uri: str) -> None:
        original_redirect(self, uri)
        _refuse(self._wsuri)

    connect.__await_impl__, connect.handle_redirect = __await_impl__, handle_redirect

    def undo() -> None:
        connect.__await_impl__, connect.handle_redirect = original_await, original_redirect

    return undo


def _of_asyncio(keywords: str) -> Settings:
    return lambda host, port: {"proxy": None, keywords: {"host": host, "port": port}}


def _of_sync(host: str, port: int) -> dict[str, Any]:
    return {"proxy": None, "sock": None, "open_socket_kwargs": {"address": (host, port)}}


def _of_trio(host: str, port: int) -> dict[str, Any]:
    return {"proxy": None, "stream": None, "open_tcp_stream_kwargs": {"host": host, "port": port}}


def _patch_method(library: ModuleType, connect: Any, name: str, settings: Settings) -> Undo:
    original = getattr(connect, name)

    def opened(self: Any, *args: Any) -> Any:
        to = _redirection(library.parse_uri(self.uri))
        if to is None:
            return original(self, *args)
        # The user's object stays as it is: when the mock has stopped, it connects to where it says.
        other = copy.copy(self)
        other.uri = _plain(self.uri, to)
        other.ws_uri = library.parse_uri(other.uri)
        vars(other).update(settings(to.host, to.port))
        return original(other, *args)

    setattr(connect, name, opened)
    return lambda: setattr(connect, name, original)


# Before websockets 17, the synchronous `connect` is one function without a method to hook.

_HOOK = "_openai_api_mock_connect"
_DROPPED = ("ssl", "ssl_context", "server_hostname", "proxy", "proxy_ssl", "proxy_server_hostname", "unix", "path")


def _patch_function(library: ModuleType) -> Undo:
    """Replace what the function does, not its name, which others may have imported already."""
    connect: Any = library.connect
    code = connect.__code__
    original: Any = FunctionType(code, connect.__globals__, connect.__name__, connect.__defaults__)
    original.__kwdefaults__ = connect.__kwdefaults__

    def redirected(uri: str, **kwargs: Any) -> Any:
        to = _redirection(library.parse_uri(uri))
        if to is None:
            return original(uri, **kwargs)
        kwargs = {name: value for name, value in kwargs.items() if name not in _DROPPED}
        return original(_plain(uri, to), **{**kwargs, "sock": socket.create_connection(to[:2])})

    connect.__globals__[_HOOK] = redirected
    connect.__code__ = _hooked.__code__

    def undo() -> None:
        connect.__code__ = code
        del connect.__globals__[_HOOK]

    return undo


def _hooked(uri: str, **kwargs: Any) -> Any:
    """Its code runs in the library's module, where the name is the hook's."""
    return _openai_api_mock_connect(uri, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def _redirection(uri: Any) -> Redirection | None:
    return redirection("websockets", "wss" if uri.secure else "ws", uri.host, uri.port, uri.path or "/")


def _plain(uri: str, to: Redirection) -> str:
    """The URI without TLS. It keeps its host, so the handshake names the one that was meant."""
    return urlsplit(uri)._replace(scheme="ws", path=to.path).geturl()


def _refuse(uri: Any) -> None:
    if registry.find("wss" if uri.secure else "ws", uri.host, uri.port, uri.path or "/") is not None:
        raise Leak(
            f"the call to {uri.host}{uri.path} was refused: the mock doesn't answer websockets.legacy. "
            "Use websockets.asyncio.client or websockets.sync.client."
        )
