"""Audio of spoken words, without a voice: a tone for every word, so that its length and rhythm follow the text."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Callable
from functools import lru_cache

RATE = 24_000
"""Samples a second: 16 bits, one channel, as the API's pcm16 is."""
SECONDS_PER_WORD = 0.3
_TONES = (220.0, 247.5, 277.2, 330.0, 371.3)


def speak(text: str) -> bytes:
    """PCM samples, 16 bits little-endian mono at 24 kHz, of about 200 words a minute."""
    return b"".join(_word(_TONES[len(word) % len(_TONES)]) for word in text.split()) or _word(0.0)


def wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)
    return out.getvalue()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {"wav": wav, "pcm16": bytes}
"""Formats of chat's audio that can be made so far."""


def encode(text: str, form: str) -> bytes:
    """The spoken text in one of `ENCODERS`."""
    return ENCODERS[form](speak(text))


@lru_cache(maxsize=16)
def _word(tone: float) -> bytes:
    count = int(RATE * SECONDS_PER_WORD)
    samples = (
        int(6000 * math.sin(2 * math.pi * tone * i / RATE) * math.sin(math.pi * i / count) ** 2) for i in range(count)
    )
    return struct.pack(f"<{count}h", *samples)
