"""Sending a call to the mock's engine on loopback, for libraries that can't be answered in place.

httpx has a door that a reply can be handed through. aiohttp, urllib3 and websockets read their replies from a socket:
they keep all they do, and only the connection that they open is another one. Each call opens its own, so nothing that
outlives the mock holds on to its server.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ..engine import Engine
from ..errors import Leak
from . import registry

if TYPE_CHECKING:
    from ..server.loopback import Loopback

INSTALL = "pip install 'openai-api-mock[server]'"


class Redirection(NamedTuple):
    """Where a call goes instead of where it was sent."""

    host: str
    port: int
    path: str
    """As the API has it, percent-encoded, without the query."""


def redirection(library: str, scheme: str, host: str, port: int | None, path: str) -> Redirection | None:
    """Where this call goes; None where it isn't a mock's and may go where it was sent.

    Raises Leak where a mock answers for it but can't be served.
    """
    found = registry.find(scheme, host, port, path)
    if found is None:
        return None
    mock, target = found
    return Redirection(*mock.loopback.address(f"{scheme}://{host}{path}", library), target.path)


class OnLoopback:
    """One mock's engine on loopback: served from the first call that needs it, until the mock stops."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._server: Loopback | None = None

    def address(self, url: str, library: str) -> tuple[str, int]:
        """Host and port, for a call to `url` through that library. Raises Leak where the `server` extra is missing."""
        with self._lock:
            if self._server is None:
                self._server = self._served(url, library)
            parts = urlsplit(self._server.url())
        return str(parts.hostname), int(parts.port or 80)

    def stop(self) -> None:
        """Stop serving, if it was begun."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _served(self, url: str, library: str) -> Loopback:
        try:
            from ..server.loopback import Loopback
        except ImportError as error:
            raise Leak(
                f"the call to {url} was refused: to answer {library}, the mock must be served on loopback, and that "
                f"takes the extra 'server' ({error}): {INSTALL}"
            ) from error
        return Loopback(self._engine)
