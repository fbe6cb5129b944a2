"""The engine on a loopback port, in a thread of this process, for clients that can only be redirected."""

from __future__ import annotations

import asyncio
import threading

from uvicorn.server import ServerState

from ..engine import Engine
from .connections import close_connections
from .run import configure, listen, url_of


class Loopback:
    """Serves an engine on 127.0.0.1 from the first call of `url` until `stop`; then it may be started again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def url(self) -> str:
        """Such as `http://127.0.0.1:40123`. May be called from any thread. Raises CannotListen."""
        with self._lock:
            if self._running is None:
                self._running = _Running(self._engine)
            return self._running.url

    def stop(self) -> None:
        """Close all connections, whatever they are doing, and end the thread."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.stop()


class _Running:
    """A server and its thread. Not uvicorn's own `Server`: that takes tenths of a second to stop."""

    def __init__(self, engine: Engine) -> None:
        self._config = configure(engine)
        self._config.load()
        self._state = ServerState()
        listener = listen("127.0.0.1", 0)
        self.url = url_of(listener)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai-api-mock-loopback", daemon=True)
        self._thread.start()
        serving = self._loop.create_server(self._protocol, sock=listener)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()

    def _protocol(self) -> asyncio.Protocol:
        protocol = self._config.http_protocol_class
        return protocol(self._config, self._state, {}, self._loop)  # type: ignore[call-arg]

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        await close_connections(self._state)
        await self._server.wait_closed()
