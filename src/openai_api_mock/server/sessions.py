"""Many mocks on one server, each by its name in a header: own rules, journal, state, seed and clock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from ..engine import Engine
from .lag import Lag

HEADER = "x-mock-session"
MOST = 256
"""Sessions that are kept; a further one takes the place of that which was idle longest. Each takes some 20 KB, and what
its journal and its state keep."""


class Sessions:
    """The engines of one server."""

    def __init__(self, engine: Engine, most: int = MOST, made: Callable[[Engine], None] = lambda engine: None) -> None:
        self.engine = engine
        """That of requests that name no session."""
        self.lag = Lag()
        """What the server finds of itself, whichever engine answered."""
        self._most = most
        self._tell_of = made
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, fields: dict[bytes, bytes]) -> Engine:
        """The engine that answers a request with these headers; a session's is made when it is first named."""
        name = fields.get(b"x-mock-session")
        return self.engine if not name else self.named(name.decode("latin-1"))

    def named(self, name: str) -> Engine:
        with self._lock:
            engine = self._engines.get(name)
            if engine is None:
                # With the server's options, but for the store: a file would be shared.
                options = msgspec.structs.replace(self.engine.options_at_first, store=None)
                engine = self._engines[name] = Engine(options)
                self._tell_of(engine)
                if len(self._engines) > self._most:
                    self._engines.popitem(last=False)
            self._engines.move_to_end(name)
            return engine

    def names(self) -> list[str]:
        """The sessions, that which was idle longest first."""
        return list(self._engines)

    def drop(self, name: str) -> bool:
        """Forget a session; whether there was one."""
        return self._engines.pop(name, None) is not None

    def engines(self) -> list[Engine]:
        with self._lock:
            return [self.engine, *self._engines.values()]
