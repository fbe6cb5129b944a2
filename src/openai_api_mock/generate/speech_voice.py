"""Voices: a hum of vowels, whose pitch is the voice's. Nobody would take them for a person's."""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from .speech_code import RATE

PITCHES = {
    "alloy": 178, "ash": 123, "ballad": 147, "cedar": 104, "coral": 203, "echo": 114, "fable": 161, "marin": 214,
    "nova": 226, "onyx": 95, "sage": 191, "shimmer": 240, "verse": 136,
}  # fmt: skip
"""Hz, near enough: a period is a whole number of samples."""

# The two lowest resonances of a mouth, in Hz.
_FORMANTS = {
    "a": (730.0, 1090.0), "e": (530.0, 1840.0), "i": (270.0, 2290.0), "o": (570.0, 840.0), "u": (300.0, 870.0),
}  # fmt: skip
_WIDTHS = (120.0, 180.0)
_HIGHEST = 3600.0
_LOUD = 9000
_RISE = (0.25, 0.5, 0.75)
"""How loud the first periods of a word are, and, backwards, the last."""


def pitch_of(voice: str) -> float:
    """A voice's pitch in Hz; one that isn't built in has some pitch of its own."""
    return PITCHES.get(voice) or 100 + crc32(voice.encode()) % 130


def hum(word: str, voice: str, samples: int) -> bytes:
    """The vowels of a word, sung one after another in at most that many samples: whole periods only."""
    period = round(RATE / pitch_of(voice))
    count = samples // period
    vowels = [letter for letter in word.lower() if letter in _FORMANTS][:count] or ["a"]
    if count < 2 * len(_RISE) + 1:
        return _period(vowels[0], period, 0.5) * count
    rise = [_period(vowels[0], period, loud) for loud in _RISE]
    fall = [_period(vowels[-1], period, loud) for loud in reversed(_RISE)]
    steady = count - 2 * len(_RISE)
    bounds = [steady * i // len(vowels) for i in range(len(vowels) + 1)]
    sung = [
        _period(vowel, period, 1.0) * (end - start)
        for vowel, (start, end) in zip(vowels, pairwise(bounds), strict=True)
    ]
    return b"".join([*rise, *sung, *fall])


@lru_cache(maxsize=1024)
def _period(vowel: str, period: int, loud: float) -> bytes:
    """One period of a vowel: the pitch, loudest, and its harmonics, louder near a resonance."""
    pitch = RATE / period
    harmonics = [(1, 2.4), *((n, _strength(vowel, n * pitch)) for n in range(2, int(_HIGHEST / pitch) + 1))]
    turn = 2 * math.pi / period
    wave = [sum(strength * math.sin(n * turn * i) for n, strength in harmonics) for i in range(period)]
    scale = loud * _LOUD / max(map(abs, wave))
    return struct.pack(f"<{period}h", *(round(scale * value) for value in wave))


def _strength(vowel: str, frequency: float) -> float:
    near = sum(
        1 / (1 + ((frequency - formant) / width) ** 2) for formant, width in zip(_FORMANTS[vowel], _WIDTHS, strict=True)
    )
    return near + 0.3 * (150 / (150 + frequency))
