"""Files that hold others: zip archives, and MP4 of one picture."""

from __future__ import annotations

import io
from collections.abc import Mapping
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_SECOND = 1000


def archive(files: Mapping[str, str]) -> bytes:
    """A zip archive of text files by their names; the same ones give the same bytes."""
    out = io.BytesIO()
    with ZipFile(out, "w") as file:
        for name, text in files.items():
            file.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return out.getvalue()


def mp4(picture: bytes, width: int, height: int, seconds: int = 1) -> bytes:
    """An MP4 file with one video track, whose samples, one a second, are all one PNG picture."""
    start = _box(b"ftyp", b"isom" + pack(">I", 512) + b"isomiso2mp41")
    # The place of the sample is in the head, whose length doesn't depend on it.
    offset = len(start) + len(_movie(picture, width, height, 0, seconds)) + 8
    return start + _movie(picture, width, height, offset, seconds) + _box(b"mdat", picture)


def _movie(picture: bytes, width: int, height: int, offset: int, seconds: int) -> bytes:
    header = pack(">IIIIIH10x", 0, 0, _SECOND, seconds * _SECOND, 0x10000, 0x100) + _MATRIX + bytes(24) + pack(">I", 2)
    return _box(b"moov", _full(b"mvhd", header) + _track(picture, width, height, offset, seconds))


def _track(picture: bytes, width: int, height: int, offset: int, seconds: int) -> bytes:
    header = (
        pack(">IIIII8xHHHH", 0, 0, 1, 0, seconds * _SECOND, 0, 0, 0, 0)
        + _MATRIX
        + pack(">II", width << 16, height << 16)
    )
    media = _full(b"mdhd", pack(">IIIIHH", 0, 0, _SECOND, seconds * _SECOND, 0x55C4, 0))
    media += _full(b"hdlr", pack(">I4s12x", 0, b"vide") + b"video\0")
    source = _box(b"dinf", _full(b"dref", pack(">I", 1) + _full(b"url ", b"", flags=1)))
    table = _samples(picture, width, height, offset, seconds)
    media += _box(b"minf", _full(b"vmhd", bytes(8), flags=1) + source + table)
    return _box(b"trak", _full(b"tkhd", header, flags=3) + _box(b"mdia", media))


def _samples(picture: bytes, width: int, height: int, offset: int, seconds: int) -> bytes:
    entry = pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x48_0000, 0x48_0000, 0, 1, 24, -1) + _descriptor()
    return _box(
        b"stbl",
        _full(b"stsd", pack(">I", 1) + _box(b"mp4v", entry))
        + _full(b"stts", pack(">III", 1, seconds, _SECOND))
        + _full(b"stsc", pack(">IIII", 1, 1, 1, 1))
        + _full(b"stsz", pack(f">{2 + seconds}I", 0, seconds, *[len(picture)] * seconds))
        + _full(b"stco", pack(f">{1 + seconds}I", seconds, *[offset] * seconds)),
    )


def _descriptor() -> bytes:
    """Says that the samples are PNG: object type 0x6D, in a visual stream."""
    decoder = b"\x04" + bytes((13, 0x6D, 0x11)) + bytes(11)
    stream = b"\x00\x01\x00" + decoder + b"\x06\x01\x02"
    return _full(b"esds", b"\x03" + bytes((len(stream),)) + stream)


def _box(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content) + 8) + kind + content


def _full(kind: bytes, content: bytes, flags: int = 0) -> bytes:
    """A box that begins with a version, 0, and flags."""
    return _box(kind, pack(">I", flags) + content)
