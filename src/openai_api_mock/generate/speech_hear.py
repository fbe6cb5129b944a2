"""Understands what the mock spoke, from the samples.

Two ways. Samples that nobody altered are found by their very bytes, however they were cut and joined: a minute takes a
millisecond. Where there are none, the tones are listened for: louder, quieter, at another rate from 8 kHz up, or after
a telephone's coding. Each word then needs 5 ms of silence before it, which the mock leaves.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import mul

import msgspec

from .speech_code import HIGH, LOW, RATE, SYMBOL, SYMBOL_SECONDS, chirp, marker, read_exactly, read_symbols

_PAUSE = bytes(2 * SYMBOL)
_SILENCE = 0.005
_SLOWEST = 8_000
_SEARCH = 0.002
_LIKENESS = 0.6
_PEAK = 20_000
_TRIM = 0.0005
"""Seconds at either end of a symbol that aren't listened to."""


class Heard(msgspec.Struct, frozen=True):
    """A word and when it sounded, in seconds from the start."""

    text: str
    start: float
    end: float


def hear(pcm: bytes, rate: int = RATE) -> list[Heard]:
    """The words that the mock spoke in 16-bit little-endian mono samples; none where it didn't."""
    return (_exactly(pcm) if rate == RATE else []) or _by_ear(pcm, rate)


def _exactly(pcm: bytes) -> list[Heard]:
    words: list[Heard] = []
    mark = marker()
    at = pcm.find(mark)
    while at >= 0:
        read = read_exactly(pcm, at + len(mark))
        after = at + len(mark)
        if read is not None:
            text, after = read
            end = pcm.find(_PAUSE, after)
            following = pcm.find(mark, after)
            ends = [place for place in (end, following, len(pcm)) if place >= 0]
            words.append(Heard(text, at / 2 / RATE, min(ends) / 2 / RATE))
        at = pcm.find(mark, after)
    return words


def _by_ear(pcm: bytes, rate: int) -> list[Heard]:
    if rate < _SLOWEST:
        return []
    step = rate // _SLOWEST
    samples = _raised(array("h", pcm[: len(pcm) // 2 * 2])[::step])
    rate_heard = rate / step
    ear = _ear(rate_heard)
    words: list[Heard] = []
    for start, end in _runs(samples, rate_heard):
        begin = ear.find_chirp(samples, start)
        if begin is None:
            continue
        text, _ = read_symbols(ear.symbols(samples, begin + rate_heard * SYMBOL_SECONDS, end))
        if text is not None:
            words.append(Heard(text, begin / rate_heard, end / rate_heard))
    return words


def _raised(samples: array[int]) -> array[int]:
    """Loud enough that the high bytes alone tell sound from silence."""
    peak = max(max(samples, default=0), -min(samples, default=0))
    return array("h", [sample * (_PEAK // peak) for sample in samples]) if 0 < peak <= _PEAK // 2 else samples


def _runs(samples: array[int], rate: float) -> list[tuple[int, int]]:
    """Where it sounds between silences, as first sample and the one after the last."""
    # The high bytes alone, read in C: about 40 times as fast as comparing samples.
    high = array("h", samples)
    high.byteswap()
    loud = high.tobytes()[::2]
    least = max(1, _peak(loud) // 24)
    quiet = bytes(byte for byte in range(256) if byte < least or byte >= 256 - least)
    mask = loud.translate(bytes(46 if byte in quiet else 120 for byte in range(256)))
    runs: list[tuple[int, int]] = []
    at = 0
    for silence in re.finditer(rb"\.{%d,}" % round(rate * _SILENCE), mask):
        if silence.start() > at:
            runs.append((at, silence.start()))
        at = silence.end()
    if at < len(mask):
        runs.append((at, len(mask)))
    return runs


def _peak(high_bytes: bytes) -> int:
    return max((byte if byte < 128 else 256 - byte for byte in set(high_bytes)), default=0)


@lru_cache(maxsize=8)
def _ear(rate: float) -> _Ear:
    return _Ear(rate)


class _Ear:
    """What to listen for at one rate."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.chirp = chirp(rate)
        self.energy = sum(map(mul, self.chirp, self.chirp))
        self.trim = round(rate * _TRIM)
        length = round(rate * SYMBOL_SECONDS) - 2 * self.trim
        self.low = [_waves(frequency, rate, length) for frequency in LOW]
        self.high = [_waves(frequency, rate, length) for frequency in HIGH]
        self.length = length

    def find_chirp(self, samples: array[int], around: int) -> int | None:
        """Where the chirp begins that was noticed near a sample."""
        reach = round(self.rate * _SEARCH)
        best, place = 0.0, None
        for at in range(max(0, around - reach), around + reach // 4 + 1):
            part = samples[at : at + len(self.chirp)]
            if len(part) < len(self.chirp):
                break
            likeness = abs(sum(map(mul, part, self.chirp)))
            if likeness > best:
                best, place = likeness, at
        if place is None:
            return None
        part = samples[place : place + len(self.chirp)]
        return place if best > _LIKENESS * math.sqrt(self.energy * sum(map(mul, part, part))) else None

    def symbols(self, samples: array[int], begin: float, end: int) -> Iterator[int]:
        """The bytes said from a sample on; what comes after the last of them is noise."""
        step = self.rate * SYMBOL_SECONDS
        for number in range(int((end - begin) / step) + 2):
            at = round(begin + number * step) + self.trim
            part = samples[at : at + self.length]
            if len(part) < self.length:
                return
            yield _loudest(part, self.low) << 4 | _loudest(part, self.high)


Waves = tuple[list[float], list[float]]


def _waves(frequency: float, rate: float, length: int) -> Waves:
    turns = [2 * math.pi * frequency * i / rate for i in range(length)]
    return [math.cos(turn) for turn in turns], [math.sin(turn) for turn in turns]


def _loudest(part: array[int], tones: Sequence[Waves]) -> int:
    powers = [sum(map(mul, part, cosine)) ** 2 + sum(map(mul, part, sine)) ** 2 for cosine, sine in tones]
    return powers.index(max(powers))
