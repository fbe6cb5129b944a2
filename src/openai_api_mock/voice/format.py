"""How the samples of a session's audio are written."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Literal

from ..answer import JSON

Law = Literal["ulaw", "alaw"]
_LAWS: Mapping[str, Law] = {"audio/pcmu": "ulaw", "audio/pcma": "alaw"}
RATE = 24_000
"""At which the mock speaks."""


class Format:
    """16-bit samples, at 24 kHz unless a rate is named, or G.711 at 8 kHz."""

    def __init__(self, settings: Mapping[str, JSON]) -> None:
        self.law = _LAWS.get(str(settings.get("type")))
        self.rate = int(settings.get("rate") or RATE) if self.law is None else 8_000
        self.name = "pcm16" if self.law is None else f"g711_{self.law}"

    def decoded(self, data: bytes) -> bytes:
        """16-bit samples at the format's rate."""
        if self.law is None:
            return data
        from ..generate.speech_g711 import decode

        return decode(data, self.law)

    def encoded(self, pcm: bytes) -> bytes:
        """From 16-bit samples at 24 kHz."""
        samples = resampled(pcm, RATE, self.rate)
        if self.law is None:
            return samples
        from ..generate.speech_g711 import encode

        return encode(samples, self.law)

    @property
    def bytes_per_second(self) -> int:
        return self.rate * (2 if self.law is None else 1)


def resampled(pcm: bytes, rate: int, to: int) -> bytes:
    """The 16-bit samples at another rate, each between its two neighbours."""
    if rate == to:
        return pcm
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    if rate % to == 0:
        return samples[:: rate // to].tobytes()
    count = len(samples) * to // rate
    samples.append(samples[-1] if samples else 0)
    found = array("h", bytes(2 * count))
    for index in range(count):
        at, part = divmod(index * rate, to)
        found[index] = samples[at] + (samples[at + 1] - samples[at]) * part // to
    return found.tobytes()
