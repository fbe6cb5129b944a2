"""Durations as people write them: `250ms`, `1.5s`, `10m`, `24h`, `30d`."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TOLD = re.compile(r"(?<=Please try again in )[\dhms.]*[hms]")
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


def seconds_of(text: str) -> float | None:
    """Seconds; None where it isn't a number and one of these units."""
    match = _WRITTEN.fullmatch(text.strip())
    return None if match is None else float(match[1]) * _UNITS[match[2]]


def written(milliseconds: int) -> str:
    """As Go writes them, and the API with it: `0s`, `120ms`, `18.642s`, `6m0s`, `1h2m3.5s`."""
    if 0 < milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, left = divmod(milliseconds, 60_000)
    seconds = f"{left / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def with_wait(message: str, seconds: float) -> str:
    """A refusal's message, where it says for how long to wait, with this wait."""
    return _TOLD.sub(written(round(seconds * 1000)), message)
