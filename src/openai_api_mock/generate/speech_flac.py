"""FLAC without compression: every frame holds its samples as they are (verbatim subframes). RFC 9639."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from hashlib import md5

BLOCK = 576
"""Samples of a frame. Short frames, many of them: their checksums are computed side by side, byte by byte."""
_BLOCK_CODE = 2
_RATE_CODES = {8000: 4, 16000: 5, 22050: 6, 24000: 7, 32000: 8, 44100: 9, 48000: 10}


def encode(pcm: bytes, rate: int) -> bytes:
    """A FLAC file of 16-bit little-endian mono samples."""
    samples = array("h", pcm)
    samples.byteswap()
    big = samples.tobytes()
    count = len(samples)
    whole = count // BLOCK
    size = 2 * BLOCK
    heads = [_head(index, BLOCK, rate) for index in range(whole)]
    bodies = [big[at : at + size] for at in range(0, whole * size, size)]
    parts = [_start(samples, pcm, rate)]
    for head, body, check in zip(heads, bodies, _crc16_side_by_side(heads, big[: whole * size]), strict=True):
        parts += (head, body, check)
    if count > whole * BLOCK:
        last = _head(whole, count - whole * BLOCK, rate) + big[whole * size :]
        parts += (last, crc16(last).to_bytes(2, "big"))
    return b"".join(parts)


def _start(samples: array[int], pcm: bytes, rate: int) -> bytes:
    """The magic and the one block of metadata."""
    packed = rate << 44 | 0 << 41 | 15 << 36 | len(samples)
    info = struct.pack(">HH", BLOCK, BLOCK) + bytes(6) + packed.to_bytes(8, "big") + md5(pcm).digest()
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info


def _head(index: int, samples: int, rate: int) -> bytes:
    """A frame's header with its checksum, and the header of its one subframe."""
    block = _BLOCK_CODE if samples == BLOCK else 7
    head = struct.pack(">HBB", 0xFFF8, block << 4 | _RATE_CODES[rate], 0x08) + _number(index)
    if block == 7:
        head += (samples - 1).to_bytes(2, "big")
    return head + bytes((_crc8(head), 0x02))


def _number(value: int) -> bytes:
    """A frame's number, in the way of UTF-8 but with up to 36 bits."""
    if value < 0x80:
        return bytes((value,))
    tail = []
    room = 0x3F
    while value > room:
        tail.append(0x80 | value & 0x3F)
        value >>= 6
        room >>= 1
    return bytes(((~room << 1 & 0xFF) | value, *reversed(tail)))


def _table(width: int, polynomial: int) -> list[int]:
    top = 1 << width - 1
    table = []
    for byte in range(256):
        crc = byte << width - 8
        for _ in range(8):
            crc = crc << 1 ^ (polynomial if crc & top else 0)
        table.append(crc & (1 << width) - 1)
    return table


_CRC8 = _table(8, 0x07)
_CRC16 = _table(16, 0x8005)
_CRC16_HIGH = bytes(value >> 8 for value in _CRC16)
_CRC16_LOW = bytes(value & 0xFF for value in _CRC16)


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = crc << 8 & 0xFFFF ^ _CRC16[crc >> 8 ^ byte]
    return crc


def _crc16_side_by_side(heads: list[bytes], bodies: bytes) -> list[bytes]:
    """The checksum of every frame at once: byte k of all frames in one step, as columns.

    A minute takes 25 ms, where one frame after the other would take 400.
    """
    if not heads:
        return []
    crcs = [crc16(head) for head in heads]
    high, low = bytes(crc >> 8 for crc in crcs), bytes(crc & 0xFF for crc in crcs)
    width, number = len(heads), _as_number
    for k in range(2 * BLOCK):
        index = (number(high, "big") ^ number(bodies[k :: 2 * BLOCK], "big")).to_bytes(width, "big")
        high = (number(low, "big") ^ number(index.translate(_CRC16_HIGH), "big")).to_bytes(width, "big")
        low = index.translate(_CRC16_LOW)
    return [bytes(pair) for pair in zip(high, low, strict=True)]


_as_number: Callable[..., int] = int.from_bytes
