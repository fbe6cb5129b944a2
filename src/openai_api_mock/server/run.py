"""Runs the mock as a server of its own process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import socket
from collections.abc import Callable, Generator
from typing import Any, cast

from uvicorn import Config, Server

from ..engine import Engine
from ..errors import MockError
from .asgi import App
from .connections import close_connections
from .protocol import MockProtocol
from .reload import reloading

KEEP_ALIVE = 120
"""Seconds that an idle connection is kept. Longer than clients keep theirs (5 to 90), so that none is closed under a
request that is on its way."""
BACKLOG = 2048


class CannotListen(MockError):
    """The address can't be had; the message says why and what would do."""


def serve(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 4010,
    *,
    announce: Callable[[str], None] | None = None,
    tell: Callable[[str], None] = lambda words: None,
    grace: int = 5,
) -> None:
    """Answer on `http://host:port` until SIGINT or SIGTERM; port 0 takes any free one.

    `announce` is called with the URL once requests are taken, `tell` when a file of rules has changed. At the end,
    replies in progress get `grace` seconds. Then the engine is closed. Raises CannotListen.
    """
    listener = listen(host, port)
    with contextlib.closing(listener), contextlib.closing(engine):

        def started() -> None:
            _calm_garbage_collection()
            if announce is not None:
                announce(url_of(listener))

        config = configure(engine, grace=grace)
        app = cast(App, config.app)
        with reloading(app.sessions, engine.options.script, tell):
            MockServer(config, started).run(sockets=[listener])
        app.worker.stop()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises CannotListen."""
    if not 0 <= port <= 65535:
        raise CannotListen(f"port {port} can't be: it takes 0 to 65535, and 0 means any that is free.")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(_explain(error, host, port)) from error


def url_of(listener: socket.socket) -> str:
    """Where a client of this machine reaches it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configure(engine: Engine, *, grace: int = 5) -> Config:
    """uvicorn's configuration for an engine. Leaves the process's logging as it is."""
    return Config(
        App(engine),
        http=MockProtocol,
        loop="auto",
        ws=cast(Any, _web_socket),
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        # The engine writes both, as the API does.
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace,
        backlog=BACKLOG,
    )


class MockServer(Server):
    """uvicorn's server, which says when it is there, and goes without a trace."""

    def __init__(self, config: Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        await close_connections(self.server_state)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            yield
            # uvicorn would raise them again; a server that was asked to stop, and did, has nothing to add.
            self._captured_signals.clear()


def _web_socket(**arguments: Any) -> asyncio.Protocol:
    """uvicorn's protocol for WebSockets, imported when one comes: a start mustn't wait for that."""
    from .handshake import WebSocketProtocol

    return WebSocketProtocol(**arguments)


def _calm_garbage_collection() -> None:
    """What was built at the start stays, and needn't be looked at again: full passes show up as late chunks."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)


def _explain(error: OSError, host: str, port: int) -> str:
    code = error.errno
    if isinstance(error, socket.gaierror):
        return (
            f"host {host!r} can't be found: {error.strerror}. 127.0.0.1 is this machine alone, 0.0.0.0 every network."
        )
    if code == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is in use. Stop what listens there, or take another with --port; "
            "--port 0 takes any that is free."
        )
    if code == errno.EACCES:
        return f"port {port} needs privileges that this process doesn't have. Take one from 1024 up with --port."
    if code == errno.EADDRNOTAVAIL:
        return f"host {host} is no address of this machine. 127.0.0.1 is this machine alone, 0.0.0.0 every network."
    return f"{host}:{port} can't be listened on: {error}"
