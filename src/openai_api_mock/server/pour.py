"""A reply that lies in a file: it is read and written a part at a time, as fast as the client reads."""

from __future__ import annotations

from collections.abc import Callable

from ..clock import Clock
from ..wire import FileBody
from .pacing import Part
from .play import Outlet, Play
from .wheel import Wheel


class Pour:
    """Writes a head when it is due, and a file's bytes after it. Closes the file."""

    def __init__(self, outlet: Outlet, head: Part, file: FileBody, done: Callable[[], None]) -> None:
        self._outlet = outlet
        self._head = Play(outlet, [head], False, self._next)
        self._file = file
        self._parts = file.parts()
        self._done = done
        self._held = False
        self.over = False

    def start(self, clock: Clock, wheel: Wheel) -> None:
        self._head.start(clock, wheel)

    def resume(self) -> None:
        """The client has read; there is room again."""
        self._head.resume()
        if self._held:
            self._held = False
            self._next()

    def stop(self) -> None:
        """Write no more."""
        self.over = True
        self._head.stop()
        self._file.close()

    def _next(self) -> None:
        if self.over:
            return
        if self._outlet.flow.write_paused:
            self._held = True
            return
        part = next(self._parts, None)
        if part is None:
            self.stop()
            self._done()
            return
        self._outlet.transport.write(part)
        # In another turn of the loop: a client that reads fast mustn't keep the others waiting.
        self._outlet.loop.call_soon(self._next)
