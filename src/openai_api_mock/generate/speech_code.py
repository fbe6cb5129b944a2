"""How a spoken word carries its own text: a burst of tones at its start, one 8 ms symbol for every byte of UTF-8.

A burst is a rising chirp (where the word begins), then chunks of up to 15 bytes. A chunk begins with a symbol whose
high half says how many bytes follow (0: 15, and another chunk after them) and whose low half is a checksum. A symbol is
two tones at once, one of 16 for each half of the byte, all from 300 to 3600 Hz, so that a telephone's 8 kHz carry them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from itertools import islice

RATE = 24_000
"""Samples a second: 16 bits, one channel, as the API's pcm is."""
SYMBOL_SECONDS = 0.008
SYMBOL = int(RATE * SYMBOL_SECONDS)
"""Samples of a symbol."""
LOW = tuple(350.0 + 100 * i for i in range(16))
"""Hz, by the high half of the byte."""
HIGH = tuple(2000.0 + 100 * i for i in range(16))
"""Hz, by the low half."""
CHIRP = (500.0, 3300.0)
"""Hz, from and to."""
CHUNK = 15
_LOUD = 3200
_EDGE = 0.001
_BYTES = 2 * SYMBOL


def chirp(rate: float) -> list[float]:
    """The chirp that opens a word, sampled at a rate: from -1 to 1."""
    low, high = CHIRP
    slope = (high - low) / SYMBOL_SECONDS
    times = [i / rate for i in range(round(rate * SYMBOL_SECONDS))]
    return [_window(t) * math.sin(2 * math.pi * (low * t + slope * t * t / 2)) for t in times]


def _window(time: float) -> float:
    """Rises and falls within a millisecond at either end, so that nothing clicks."""
    edge = min(time, SYMBOL_SECONDS - time) / _EDGE
    return 1.0 if edge >= 1 else math.sin(math.pi / 2 * edge) ** 2


def _pack(samples: list[float]) -> bytes:
    return struct.pack(f"<{len(samples)}h", *map(round, samples))


def _tone(frequency: float) -> list[float]:
    times = [i / RATE for i in range(SYMBOL)]
    return [_LOUD * _window(t) * math.sin(2 * math.pi * frequency * t) for t in times]


class _Symbols:
    """The waveforms of the bytes, each made when first spoken, and what a waveform means."""

    def __init__(self) -> None:
        self._low = [_tone(frequency) for frequency in LOW]
        self._high = [_tone(frequency) for frequency in HIGH]
        self._made: dict[int, bytes] = {}
        self._meaning: dict[bytes, int] | None = None
        self.marker = _pack([2 * _LOUD * value for value in chirp(RATE)])

    def wave(self, byte: int) -> bytes:
        wave = self._made.get(byte)
        if wave is None:
            pairs = zip(self._low[byte >> 4], self._high[byte & 15], strict=True)
            wave = self._made[byte] = _pack([low + high for low, high in pairs])
        return wave

    def meaning(self) -> dict[bytes, int]:
        if self._meaning is None:
            self._meaning = {self.wave(byte): byte for byte in range(256)}
        return self._meaning


_symbols: _Symbols | None = None


def _all() -> _Symbols:
    """Made with the first word (3 ms), not on import."""
    global _symbols
    if _symbols is None:
        _symbols = _Symbols()
    return _symbols


def marker() -> bytes:
    """The samples of the chirp."""
    return _all().marker


def burst(word: str) -> bytes:
    """The samples that carry a word."""
    wave = _all().wave
    return marker() + b"".join([wave(byte) for byte in _symbols_of(word)])


def burst_length(word: str) -> int:
    """Samples of a word's burst."""
    count = len(_utf8(word))
    return SYMBOL * (1 + count + -(-count // CHUNK))


def read_exactly(pcm: bytes, at: int) -> tuple[str, int] | None:
    """The word whose symbols begin at a byte offset, just after its chirp, and where they end; None: it is cut off."""
    meaning = _all().meaning()

    def symbols() -> Iterator[int]:
        here = at
        while (byte := meaning.get(pcm[here : here + _BYTES])) is not None:
            yield byte
            here += _BYTES

    word, count = read_symbols(symbols())
    return None if word is None else (word, at + count * _BYTES)


def read_symbols(symbols: Iterator[int]) -> tuple[str | None, int]:
    """The word in a run of symbols and how many it took; None where one is missing or was misheard."""
    said = b""
    count = 0
    more = True
    while more:
        head = next(symbols, None)
        if head is None:
            return None, count
        more = head < 16
        chunk = bytes(islice(symbols, head >> 4 or CHUNK))
        count += 1 + len(chunk)
        if len(chunk) != (head >> 4 or CHUNK) or _check(chunk) != head & 15:
            return None, count
        said += chunk
    try:
        return said.decode(), count
    except UnicodeDecodeError:
        return None, count


def _symbols_of(word: str) -> bytes:
    text = _utf8(word)
    chunks = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    parts = [bytes(((len(chunk) << 4 if chunk is chunks[-1] else 0) | _check(chunk),)) + chunk for chunk in chunks]
    return b"".join(parts)


def _check(chunk: bytes) -> int:
    """Four bits; a byte's place counts."""
    return sum((i + 3) * ((byte >> 4) + (byte & 15) * 5) for i, byte in enumerate(chunk)) % 16


def _utf8(word: str) -> bytes:
    return word.encode("utf-8", "replace")
