"""A server in a thread of this process."""

from __future__ import annotations

import asyncio
import threading
from typing import cast

from uvicorn import Config
from uvicorn.server import ServerState

from .asgi import App
from .connections import close_connections
from .run import listen, url_of


class ServerThread:
    """Serves a configuration on a port of 127.0.0.1 (0: any that is free) until `stop`. Installs no signal handlers.

    It isn't uvicorn's own `Server`, which takes tenths of a second to stop. Raises CannotListen.
    """

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop | None = None, *, port: int = 0) -> None:
        if not config.loaded:
            config.load()
        self._config = config
        self.state = ServerState()
        listener = listen("127.0.0.1", port)
        self.url = url_of(listener)
        self._loop = loop or asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai-api-mock-server", daemon=True)
        self._thread.start()
        serving = self._loop.create_server(self._protocol, sock=listener)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()

    def stop(self) -> None:
        """Close all connections, whatever they are doing, and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        cast(App, self._config.app).worker.stop()

    def _protocol(self) -> asyncio.Protocol:
        protocol = self._config.http_protocol_class
        return protocol(self._config, self.state, {}, self._loop)  # type: ignore[call-arg]

    async def _close(self) -> None:
        # A connection that is accepted while the server closes would never be closed: stop accepting, and let those
        # that are on their way arrive.
        for listener in self._server.sockets:
            self._loop.remove_reader(listener.fileno())
        for _ in range(3):
            await asyncio.sleep(0)
        self._server.close()
        await close_connections(self.state)
        await self._server.wait_closed()
        await self._loop.shutdown_asyncgens()
