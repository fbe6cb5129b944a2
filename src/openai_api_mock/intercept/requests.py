"""urllib3, and requests by it: their calls to the API's hosts go to the mock on loopback.

The hook is `HTTPConnectionPool.urlopen`, through which both send all they send: pools for https are a subclass, and a
pool to a proxy is one that is given whole URLs.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

from .redirect import Redirection, redirection

_DEFAULT_PORTS = {"http": 80, "https": 443}


def patch(pools: ModuleType) -> Callable[[], None]:
    """Redirect the calls of `urllib3.connectionpool`; returns what undoes it."""
    pool: Any = pools.HTTPConnectionPool
    original = pool.urlopen
    loopback = _loopback_pool(pools)

    def urlopen(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        for address in _addresses(pools, self, url):
            to = redirection("urllib3", address.scheme, address.host, address.port, address.path)
            if to is not None:
                target = to.path + address.query
                return original(loopback(self, address, to), method, target, *args, **kwargs)
        return original(self, method, url, *args, **kwargs)

    pool.urlopen = urlopen

    def undo() -> None:
        pool.urlopen = original

    return undo


class _Address(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    """With its question mark."""


def _addresses(pools: ModuleType, pool: Any, url: str) -> list[_Address]:
    """Whom a call is for: what a whole URL names, which a proxy is told, and then the host that is connected to."""
    named = None if url.startswith("/") else pools.parse_url(url)
    path, mark, query = url.partition("#")[0].partition("?")
    if named is None or not named.scheme or not named.host:
        return [_Address(pool.scheme, pool.host, pool.port, path, mark + query)]
    path, query = named.path or "/", f"?{named.query}" if named.query else ""
    return [
        _Address(named.scheme, named.host, named.port, path, query),
        _Address(pool.scheme, pool.host, pool.port, path, query),
    ]


def _loopback_pool(pools: ModuleType) -> Callable[[Any, _Address, Redirection], Any]:
    """What makes a pool for one call, set as the user's and named after the host that was meant."""
    plain: Any = pools.HTTPConnectionPool
    # Retries go through `self.urlopen`, which mustn't ask again whose the call is.
    untouched = plain.urlopen

    class LoopbackConnection(plain.ConnectionCls):  # type: ignore[misc]  # the library is a parameter
        def __init__(self, *args: Any, loopback: tuple[str, int], **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._loopback = loopback

        def _new_conn(self) -> socket.socket:
            return socket.create_connection(self._loopback, self.timeout)

    class LoopbackPool(plain):  # type: ignore[misc]
        ConnectionCls = LoopbackConnection
        urlopen = untouched

        def _put_conn(self, conn: Any) -> None:
            if conn is not None:
                conn.close()
            super()._put_conn(None)

    def make(pool: Any, address: _Address, to: Redirection) -> Any:
        port = None if address.port == _DEFAULT_PORTS.get(address.scheme) else address.port
        return LoopbackPool(
            address.host,
            port,
            timeout=pool.timeout,
            headers=pool.headers,
            retries=pool.retries,
            loopback=(to.host, to.port),
        )

    return make
