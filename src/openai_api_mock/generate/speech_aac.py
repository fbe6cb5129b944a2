"""AAC: low complexity, mono, 24 kHz, in ADTS. A hum at the voice's pitch while a word lasts, silence between words.

No signal is analysed: three spectral lines, the pitch and two overtones, are written as they would come out of it. The
words stand in data stream elements, which a decoder passes over.
"""

from __future__ import annotations

from collections.abc import Sequence

from .speech_bits import Bits
from .speech_code import RATE
from .speech_tags import Spoken, frames

SAMPLES = 1024
_LINE = RATE / 2 / SAMPLES
"""Hz from one spectral line to the next."""
_BANDS = 14
"""Scale factor bands in use at 24 kHz, and the lines in them."""
_LINES = 68
_GAIN = 180
_STRENGTHS = (3, 2, 1)
"""Of the pitch and its overtones, before the power of 4/3."""
_ROUND = ((1, 1, -1, -1), (1, -1, -1, 1))
"""The signs of an even and an odd line, frame by frame, that make a steady tone."""
# Codes of Huffman codebook 11 for pairs of lines with at most one that sounds: (value, bits).
_PAIRS = {
    (0, 0): (0b0000, 4), (0, 1): (0b00110, 5), (1, 0): (0b00101, 5), (0, 2): (0b011001, 6), (2, 0): (0b010111, 6),
    (0, 3): (0b0111101, 7), (3, 0): (0b0111100, 7),
}  # fmt: skip
_SINGLE_CHANNEL, _DATA, _END = 0, 4, 7


def encode(words: Sequence[Spoken], pitch: float) -> bytes:
    lines = {int(pitch * (overtone + 1) / _LINE): strength for overtone, strength in enumerate(_STRENGTHS)}
    parts = []
    plain: dict[tuple[bool, int], bytes] = {}
    for index, frame in enumerate(frames(words, SAMPLES, RATE)):
        key = (frame.sounds, index % 4)
        if frame.tag:
            parts.append(_frame(lines if frame.sounds else {}, index % 4, frame.tag))
            continue
        if key not in plain:
            plain[key] = _frame(lines if frame.sounds else {}, index % 4, b"")
        parts.append(plain[key])
    return b"".join(parts)


def _frame(lines: dict[int, int], phase: int, tag: bytes) -> bytes:
    bits = Bits().put(_SINGLE_CHANNEL, 3).put(0, 4)
    bits.put(_GAIN, 8).put(0, 4).put(_BANDS if lines else 0, 6).put(0, 1)  # one long block, no prediction
    if lines:
        bits.put(11, 4).put(_BANDS, 5)  # one section, codebook 11
        bits.put(0, _BANDS)  # scale factors: no step from one to the next
    bits.put(0, 3)  # no pulses, no noise shaping, no gain control
    if lines:
        _spectrum(bits, lines, phase)
    if tag:
        # An element of its own, aligned to a byte; tags are shorter than 255 bytes, where an escape would begin.
        bits.put(_DATA, 3).put(0, 4).put(1, 1).put(len(tag), 8).align()
        bits.put(int.from_bytes(tag, "big"), 8 * len(tag))
    block = bits.put(_END, 3).bytes()
    return _head(7 + len(block)) + block


def _spectrum(bits: Bits, lines: dict[int, int], phase: int) -> None:
    for first in range(0, _LINES, 2):
        bits.put(*_PAIRS[lines.get(first, 0), lines.get(first + 1, 0)])
        for line in (first, first + 1):
            if line in lines:
                bits.put(_ROUND[line % 2][phase] < 0, 1)


def _head(length: int) -> bytes:
    """ADTS: MPEG-4, no checksum, low complexity, 24 kHz, one channel."""
    bits = Bits().put(0xFFF, 12).put(0b0001, 4).put(1, 2).put(6, 4).put(0, 1).put(1, 3).put(0, 4)
    return bits.put(length, 13).put(0x7FF, 11).put(0, 2).bytes()
