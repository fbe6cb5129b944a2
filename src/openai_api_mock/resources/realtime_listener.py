"""What a Realtime session is lent."""

from __future__ import annotations

from collections.abc import Callable

from ..answer import JSON
from ..catalog.faults import Fault
from ..clock import Clock
from ..noise import Noise


class Listener:
    """What the engine lends a session, besides its way back in."""

    def __init__(
        self,
        clock: Clock,
        check: Callable[[dict[str, JSON]], Fault | None],
        hear: Callable[[bytes, int, Noise], str],
        usage_of: Callable[[bytes, int, str], dict[str, JSON]],
    ) -> None:
        self.clock = clock
        self.check = check
        self.hear = hear
        """The words in 16-bit samples at a rate."""
        self.usage_of = usage_of
        """What a transcription is billed for."""
