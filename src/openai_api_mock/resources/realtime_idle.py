"""How long nobody has said anything in a Realtime session, after which the model speaks by itself.

The SDK's docstring of `idle_timeout_ms`: it is applied after the last response's audio has finished playing, that is,
from `response.done` plus the audio's duration. Whether the response that this brings is followed by another one isn't
documented; here it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..answer import JSON
from ..clock import Clock, InstantClock
from ..voice.format import Format
from ..voice.input import InputAudio
from ..voice.messages import Event


class Idle:
    """The pause of one session. It goes by the engine's clock; where nobody waits on that, by the audio that comes in,
    which is silence."""

    def __init__(self, clock: Clock, heard: InputAudio) -> None:
        self._clock = clock
        self._heard = heard
        self._from: float | None = None
        """When the last response was over, on the clock's `monotonic`."""
        self._from_ms = 0.0
        """And what of the audio had come by then, in milliseconds."""

    def begin(self, seconds: float = 0.0, playback: float = 0.0) -> None:
        """A response leaves within so many seconds, and is heard for as long as it plays."""
        lasts = max(seconds, playback)
        self._from = self._clock.monotonic() + lasts
        self._from_ms = self._heard.milliseconds_heard + 1000 * lasts

    def stop(self) -> None:
        """Somebody says something."""
        self._from = None

    def due_at(self, detection: Mapping[str, JSON] | None) -> float | None:
        """When it is over, on the clock's `monotonic`; None where nobody can wait for that."""
        wait = _timeout(detection)
        if wait is None or self._from is None or isinstance(self._clock, InstantClock):
            return None
        return self._from + wait / 1000

    def is_over(self, detection: Mapping[str, JSON] | None) -> bool:
        wait = _timeout(detection)
        if wait is None or self._from is None:
            return False
        due = self.due_at(detection)
        return self._heard.milliseconds_heard >= self._from_ms + wait if due is None else self._clock.monotonic() >= due

    def told(self, detection: Mapping[str, JSON]) -> Event:
        """What tells that it is over."""
        end = self._heard.milliseconds_heard
        start = max(0, end - (_timeout(detection) or 0))
        return {"type": "input_audio_buffer.timeout_triggered", "audio_start_ms": start, "audio_end_ms": end}


def playback_of(events: Sequence[Event], output: Mapping[str, Any]) -> float:
    """Seconds that a response's audio plays."""
    deltas = [event["delta"] for event in events if event["type"] == "response.output_audio.delta"]
    return sum(map(len, deltas)) * 3 / 4 / Format(output["format"]).bytes_per_second


def _timeout(detection: Mapping[str, JSON] | None) -> int | None:
    """Milliseconds; only a server's detection of turns has any."""
    return detection.get("idle_timeout_ms") if detection is not None and detection["type"] == "server_vad" else None
