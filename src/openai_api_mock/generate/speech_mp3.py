"""MP3: MPEG-2 layer III, mono, 24 kHz, 32 kbit/s. A hum at the voice's pitch while a word lasts, silence between words.

No signal is analysed: three spectral lines, the pitch and two overtones, are written as they would come out of it. The
words stand in the ancillary bytes that every frame has left over.
"""

from __future__ import annotations

from collections.abc import Sequence

from .speech_bits import Bits
from .speech_code import RATE
from .speech_tags import Spoken, frames

SAMPLES = 576
FRAME = 96
"""Bytes of a frame at 32 kbit/s."""
_HEAD = bytes((0xFF, 0xF3, 0x44, 0xC4))
_SIDE = 9
_LINE = RATE / 2 / SAMPLES
"""Hz from one spectral line to the next."""
_GAIN = 194
_STRENGTHS = (2, 1, 1)
"""Of the pitch and its overtones, before the power of 4/3."""
_ROUND = ((1, 1, -1, -1), (1, -1, -1, 1))
"""The signs of an even and an odd line, frame by frame, that make a steady tone."""
_TABLE = 2
# Codes of Huffman table 2 for pairs of lines: (value, bits).
_PAIRS = {(0, 0): (1, 1), (0, 1): (2, 3), (0, 2): (1, 6), (1, 0): (3, 3), (2, 0): (3, 5)}


def encode(words: Sequence[Spoken], pitch: float) -> bytes:
    lines = {int(pitch * (overtone + 1) / _LINE): strength for overtone, strength in enumerate(_STRENGTHS)}
    silent = _side_info(0, 0)
    humming = [_hum(lines, phase) for phase in range(4)]
    plain = _frame(silent, b"")
    parts = []
    for index, frame in enumerate(frames(words, SAMPLES, RATE)):
        side, main = humming[index % 4] if frame.sounds else (silent, b"")
        parts.append(_frame(side, main + frame.tag) if frame.sounds or frame.tag else plain)
    return b"".join(parts)


def _hum(lines: dict[int, int], phase: int) -> tuple[bytes, bytes]:
    """The side information and the main data of a frame that hums."""
    bits = Bits()
    pairs = max(lines) // 2 + 1
    for first in range(0, 2 * pairs, 2):
        bits.put(*_PAIRS[lines.get(first, 0), lines.get(first + 1, 0)])
        for line in (first, first + 1):
            if line in lines:
                bits.put(_ROUND[line % 2][phase] < 0, 1)
    return _side_info(len(bits), pairs), bits.bytes()


def _side_info(length: int, pairs: int) -> bytes:
    """One granule: `length` bits that hold so many pairs of lines, in long blocks."""
    bits = Bits().put(0, 9)  # the main data begins in this frame
    bits.put(length, 12).put(pairs, 9).put(_GAIN, 8).put(0, 9).put(0, 1)
    for _region in range(3):
        bits.put(_TABLE, 5)
    return bits.put(0, 7).put(0, 2).bytes()


def _frame(side: bytes, main: bytes) -> bytes:
    return (_HEAD + side + main).ljust(FRAME, b"\0")
