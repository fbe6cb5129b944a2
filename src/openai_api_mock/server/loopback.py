"""The engine on a loopback port of this process, for clients that can only be redirected."""

from __future__ import annotations

import threading

from ..engine import Engine
from .run import configure
from .thread import ServerThread


class Loopback:
    """Serves an engine on 127.0.0.1 from the first call of `url` until `stop`; then it may be started again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._thread: ServerThread | None = None

    def url(self) -> str:
        """Such as `http://127.0.0.1:40123`. May be called from any thread. Raises CannotListen."""
        with self._lock:
            if self._thread is None:
                self._thread = ServerThread(configure(self._engine))
            return self._thread.url

    def stop(self) -> None:
        """Close all connections, whatever they are doing, and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
