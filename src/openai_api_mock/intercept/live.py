"""Streams that go on for as long as something happens, and who waits for that."""

from __future__ import annotations

from ..clock import RealClock
from ..errors import MockError

GLANCE = 0.01
"""Real seconds between two looks for what somebody else's call brings about."""
PATIENCE = 10.0
"""Real seconds that a thread waits for that. Coroutines wait for as long as their client does."""

REAL = RealClock()


class Lull:
    """How long a reader has waited for nothing."""

    def __init__(self, patience: float | None, *, blocks: bool) -> None:
        """`patience` is the client's own, in seconds. `blocks`: a whole thread waits, be it the only one."""
        self._patience = patience
        self._blocks = blocks
        self._waited = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the client wants to wait no longer."""
        return self._patience is not None and self._waited > self._patience

    def go_on(self) -> None:
        """Note one look more. Raises MockError where a thread would block for ever."""
        self._waited += GLANCE
        if self._blocks and self._waited > PATIENCE:
            raise MockError(
                f"a thread has read a live stream for {PATIENCE:g} real seconds in which nobody did anything that it "
                "tells of. It goes on for as long as its session: break out of it on 'agent.session.idle', or send "
                "from another thread"
            )
