"""What an image file says of itself: its format, its size, whether it can be transparent."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import IO

import msgspec

from .pictures import Format

_HEAD = 4096
"""Bytes in which PNG and WebP say it; JPEG may have a camera's notes before."""
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Measured(msgspec.Struct, frozen=True):
    """An image's own account of itself."""

    format: Format
    width: int
    height: int
    alpha: bool


def measure(file: IO[bytes]) -> Measured | None:
    """What the file says; None where it is no PNG, JPEG or WebP. Leaves the file at its start."""
    file.seek(0)
    head = file.read(_HEAD)
    try:
        return next((read(head, file) for start, read in _READERS if head.startswith(start)), None)
    except (struct.error, IndexError):
        return None
    finally:
        file.seek(0)


def _png(head: bytes, file: IO[bytes]) -> Measured | None:
    length, kind, width, height, _, color = struct.unpack_from(">I4sIIBB", head, 8)
    if kind != b"IHDR" or length != 13 or not width or not height:
        return None
    return Measured("png", width, height, color in (4, 6) or b"tRNS" in head)


def _webp(head: bytes, file: IO[bytes]) -> Measured | None:
    form, kind, data = head[8:12], head[12:16], head[20:]
    if form != b"WEBP":
        return None
    if kind == b"VP8X":
        width, height = (int.from_bytes(each, "little") + 1 for each in (data[4:7], data[7:10]))
        return Measured("webp", width, height, bool(data[0] & 0x10))
    if kind == b"VP8L" and data[0] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 1)
        return Measured("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1))
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 6)
        return Measured("webp", width & 0x3FFF, height & 0x3FFF, False)
    return None


def _jpeg(head: bytes, file: IO[bytes]) -> Measured | None:
    """Walks from segment to segment, up to the one that tells the size."""
    at = 2
    while True:
        file.seek(at)
        mark, marker, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF:
            return None
        if marker in _START_OF_FRAME:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return Measured("jpeg", width, height, False)
        # A fill byte stands before a marker; what else comes here has a length.
        at += 1 if marker == 0xFF else length + 2


_READERS: tuple[tuple[bytes, Callable[[bytes, IO[bytes]], Measured | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"RIFF", _webp),
    (b"\xff\xd8", _jpeg),
)
