"""PNG: true colour, as the API's pictures are recorded, with alpha only where something is transparent."""

from __future__ import annotations

import struct
import zlib

from .pictures_raster import Raster

_RGB, _RGBA = 2, 6
_PLAIN, _UP = b"\0", b"\2"


def encode(raster: Raster) -> bytes:
    """The raster, exactly."""
    samples = 3 if raster.opaque else 4
    header = struct.pack(">IIBBBBB", raster.width, raster.height, 8, _RGB if samples == 3 else _RGBA, 0, 0, 0)
    pixels = zlib.compress(b"".join(_lines(raster, samples)), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _lines(raster: Raster, samples: int) -> list[bytes]:
    """Each row behind the filter that it was put through: a repeated one is the difference from the one above, zero."""
    channels = [raster.channel(number) for number in range(samples)]
    again = _UP + bytes(raster.width * samples)
    lines: list[bytes] = []
    above = None
    for row in raster.rows:
        lines.append(again if row == above else _PLAIN + _interleaved(row, channels))
        above = row
    return lines


def _interleaved(row: bytes, channels: list[bytes]) -> bytes:
    line = bytearray(len(row) * len(channels))
    for number, values in enumerate(channels):
        line[number :: len(channels)] = row.translate(values)
    return bytes(line)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
