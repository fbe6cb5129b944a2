"""aiohttp, its sessions and its WebSockets: their connections to the API's hosts lead to the mock on loopback.

The hook sits where any connector is asked for a connection, below `ClientSession`: redirects that aiohttp follows by
itself, middlewares, proxies, resolvers and connectors of the user's own all pass there, and a response keeps its URL.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .redirect import redirection


def patch(connectors: ModuleType) -> Callable[[], None]:
    """Redirect the calls of `aiohttp.connector`; returns what undoes it."""
    base: Any = connectors.BaseConnector
    original = base.connect
    loopback = _loopback_connector(base)

    async def connect(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
        url = req.url
        to = redirection("aiohttp", url.scheme, url.raw_host or "", url.port, url.raw_path)
        if to is None:
            return await original(self, req, *args, **kwargs)
        # The request is written as to the server itself: a proxy would be given the whole URL.
        req.proxy = None
        if to.path != url.raw_path:
            req.url = _with_path(url, to.path)
        return await original(loopback(to.host, to.port), req, *args, **kwargs)

    base.connect = connect

    def undo() -> None:
        base.connect = original

    return undo


def _with_path(url: Any, path: str) -> Any:
    return url.build(
        scheme=url.scheme, authority=url.raw_authority, path=path, query_string=url.raw_query_string, encoded=True
    )


def _loopback_connector(base: Any) -> Callable[[str, int], Any]:
    class LoopbackConnector(base):  # type: ignore[misc]  # the library is a parameter
        """Whatever is asked for, a plain connection to the mock, for one call."""

        def __init__(self, host: str, port: int) -> None:
            super().__init__(force_close=True)
            self._address = (host, port)

        async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
            _, protocol = await self._loop.create_connection(self._factory, *self._address)
            return protocol

    return LoopbackConnector
