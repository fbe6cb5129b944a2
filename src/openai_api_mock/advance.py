"""How things that take time go on, as the option `advance` says."""

from __future__ import annotations

from typing import Literal

import msgspec

from .durations import seconds_of
from .errors import UsageError


class Advance(msgspec.Struct, frozen=True):
    """From the first stage to the last."""

    by: Literal["time", "polls", "hand"] = "time"
    amount: float = 0.0
    """Seconds, or how often it is asked for; 0: it is over as soon as somebody asks."""

    @property
    def poll_after(self) -> int:
        """Milliseconds after which to ask again, for the header `openai-poll-after-ms`: SDKs really wait as long. Where
        time decides, a tenth of it, a second at most; else nothing is gained by waiting."""
        return max(1, min(1000, int(self.amount * 100))) if self.by == "time" else 1


def advance_of(text: object) -> Advance:
    """What "now", "polls:3", "10s" or "manual" says. Raises UsageError."""
    if isinstance(text, str):
        if text == "now":
            return Advance()
        if text == "manual":
            return Advance("hand")
        kind, _, amount = text.partition(":")
        if kind == "polls" and amount.isdecimal() and int(amount) >= 1:
            return Advance("polls", float(amount))
        seconds = seconds_of(text)
        if seconds is not None:
            return Advance("time", seconds)
    raise UsageError(
        f"advance={text!r} can't be: it takes 'now' (over with the next look), 'polls:3' (with the third), "
        "'10s' (when that much time has passed; ms, s, m, h, d), or 'manual' (by `advance(id)` alone)"
    )
