"""Opus in Ogg: silence of the right length, whose packets carry the words in their padding. RFC 6716, 7845, 3533.

Twenty milliseconds a packet. A decoder plays silence; a transcription by this mock reads the words.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

from .speech_tags import Spoken, frames

SAMPLES = 960
"""Of a packet, at the 48 kHz in which Opus counts."""
PRE_SKIP = 312
_RATE = 48_000
_PER_PAGE = 50
_SERIAL = 0x6F61_6D6B
_SILENCE = b"\xf8\xff\xfe"
"""A packet of one full-band frame of 20 ms that says it is silent."""
_EXTENSION = b"\xf8"
"""What comes first in padding: an extension that lasts to the packet's end, of a number kept for experiments."""
_FIRST, _LAST = 2, 4


def encode(words: Sequence[Spoken], rate: int) -> bytes:
    """An Ogg file; `rate` is that of the words' samples."""
    total = sum(word.samples for word in words) * _RATE // rate + PRE_SKIP
    packets = [_packet(frame.tag) for frame in frames(words, rate * SAMPLES // _RATE, rate)]
    while len(packets) * SAMPLES < total:
        packets.append(_SILENCE)
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, PRE_SKIP, rate, 0, 0)
    vendor = b"openai-api-mock"
    tags = struct.pack(f"<8sI{len(vendor)}sI", b"OpusTags", len(vendor), vendor, 0)
    pages = [_page(0, 0, _FIRST, [head]), _page(1, 0, 0, [tags])]
    for at in range(0, len(packets), _PER_PAGE):
        group = packets[at : at + _PER_PAGE]
        ends = at + len(group) >= len(packets)
        played = max(total, PRE_SKIP + 1) if ends else (at + len(group)) * SAMPLES
        pages.append(_page(len(pages), played, _LAST if ends else 0, group))
    return b"".join(pages)


def _packet(tag: bytes) -> bytes:
    """A silent packet, padded with a word: the code for any number of frames, of which it has one."""
    if not tag:
        return _SILENCE
    padding = _EXTENSION + tag
    return bytes((_SILENCE[0] | 3, 0x41, len(padding))) + _SILENCE[1:] + padding


def _page(number: int, played: int, flags: int, packets: Sequence[bytes]) -> bytes:
    lengths = b"".join(b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,)) for packet in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, played, _SERIAL, number, 0, len(lengths))
    page = head + lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc32(page)) + page[26:]


@lru_cache(maxsize=1)
def _table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = crc << 1 ^ (0x04C1_1DB7 if crc & 0x8000_0000 else 0)
        table.append(crc & 0xFFFF_FFFF)
    return table


def _crc32(page: bytes) -> int:
    """Ogg's: not the one of zlib, whose bits run the other way."""
    table = _table()
    crc = 0
    for byte in page:
        crc = crc << 8 & 0xFFFF_FFFF ^ table[crc >> 24 ^ byte]
    return crc
