"""The audio that a client sends: kept until it is committed, and listened to for where turns begin and end.

Turns are detected by energy, in windows of 20 ms, on the samples themselves.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from operator import mul

import msgspec

from ..answer import JSON
from .format import RATE, Format

WINDOW = 20
"""Milliseconds."""
LEAST = 100
"""Milliseconds that can be committed at least."""
_LOUD = 1_000
"""The root mean square of samples at which a threshold of 1 lies. Speech into a microphone has 500 to 5,000, its noise
below 100."""


DETECTION: dict[str, dict[str, JSON]] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
"""What a detection of turns is, by its type, unless the client says otherwise."""
# Milliseconds of silence after which a turn is over. How eager the real one is depends on what was said, which the mock
# doesn't weigh.
_EAGERNESS = {"low": 800, "medium": 500, "auto": 500, "high": 200}


class Began(msgspec.Struct, frozen=True):
    """The user began to speak."""

    at: int
    """Milliseconds since the session's first sample, the padding before it included."""
    item: str
    """The id of the item that it will become."""


class Ended(msgspec.Struct, frozen=True):
    """The user has spoken."""

    at: int
    item: str


class InputAudio:
    """The buffer of one session."""

    def __init__(self, make_item_id: Callable[[], str]) -> None:
        self._make_item_id = make_item_id
        self._pcm = bytearray()
        self._written = 0
        """Samples before those in the buffer."""
        self._heard = 0
        """Samples that the detection has listened to."""
        self._item: str | None = None
        """That of the turn under way."""
        self._quiet = 0
        """Milliseconds of silence in it."""
        self._rate = RATE

    @property
    def milliseconds(self) -> float:
        """What the buffer holds."""
        return len(self._pcm) / 2 / self._rate * 1000

    @property
    def milliseconds_heard(self) -> int:
        """What was appended since the first sample."""
        return self._milliseconds(self._written + len(self._pcm) // 2)

    @property
    def hears_speech(self) -> bool:
        """Whether somebody is in the middle of speaking."""
        return self._item is not None

    def append(self, data: bytes, form: Format) -> None:
        if form.rate != self._rate and not self._pcm:
            self._rate = form.rate
            self._written = self._heard = 0
        self._pcm += form.decoded(data)

    def listen(self, detection: Mapping[str, JSON] | None) -> Began | Ended | None:
        """The next beginning or end of a turn in what was appended; None once all of it was listened to."""
        if detection is None:
            self._heard = self._written + len(self._pcm) // 2
            return None
        size = self._rate * WINDOW // 1000
        loud = (float(detection.get("threshold") or 0.5) * _LOUD) ** 2
        while self._heard + size <= self._written + len(self._pcm) // 2:
            start = 2 * (self._heard - self._written)
            window = array("h", bytes(self._pcm[start : start + 2 * size]))
            self._heard += size
            speaks = sum(map(mul, window, window)) >= loud * size
            if self._item is None and speaks:
                padding = int(detection.get("prefix_padding_ms") or 0) if detection["type"] == "server_vad" else 300
                self._drop_before(self._heard - size - padding * self._rate // 1000)
                self._item, self._quiet = self._make_item_id(), 0
                return Began(self._milliseconds(self._written), self._item)
            if self._item is not None:
                self._quiet = 0 if speaks else self._quiet + WINDOW
                if self._quiet >= silence_of(detection):
                    return Ended(self._milliseconds(self._heard), self._item)
        if self._item is None:
            # Of silence, only what may become the padding of a turn is kept.
            self._drop_before(self._heard - self._rate)
        return None

    def take(self) -> tuple[str, bytes]:
        """The id of the item that the buffer becomes, and its 16-bit samples up to where was listened; it is empty
        then."""
        whole = self._item is None
        length = len(self._pcm) if whole else 2 * (self._heard - self._written)
        item, pcm = self._item or self._make_item_id(), bytes(self._pcm[:length])
        self._drop_before(self._written + length // 2)
        self._heard = max(self._heard, self._written)
        self._item = None
        return item, pcm

    def clear(self) -> None:
        self._drop_before(self._written + len(self._pcm) // 2)
        self._heard, self._item = self._written, None

    @property
    def rate(self) -> int:
        return self._rate

    def _drop_before(self, sample: int) -> None:
        count = min(max(0, sample - self._written), len(self._pcm) // 2)
        del self._pcm[: 2 * count]
        self._written += count

    def _milliseconds(self, sample: int) -> int:
        return sample * 1000 // self._rate


def silence_of(detection: Mapping[str, JSON]) -> int:
    """Milliseconds of silence that end a turn."""
    if detection["type"] == "semantic_vad":
        return _EAGERNESS[str(detection.get("eagerness") or "auto")]
    return int(detection.get("silence_duration_ms") or 200)
