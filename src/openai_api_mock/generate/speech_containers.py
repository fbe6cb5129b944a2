"""How long the containers of audio play that hold coded packets: Ogg, MP4 and its kin, WebM."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FALLBACK_BYTES = 16_000
"""Bytes a second (128 kbit/s), where a file recorded as it streamed doesn't say how long it is."""

# Ogg, RFC 3533


def ogg_seconds(data: bytes) -> float | None:
    """By the last page's position. None where the data isn't Ogg."""
    if data[:4] != b"OggS":
        return None
    rate, skipped = _ogg_rate(data[28 : 28 + 64])
    last = data.rfind(b"OggS")
    while last >= 0:
        played = int(struct.unpack_from("<q", data, last + 6)[0])
        if played >= 0:
            return max(0.0, (played - skipped) / rate)
        last = data.rfind(b"OggS", 0, last)
    return None


def _ogg_rate(packet: bytes) -> tuple[int, int]:
    """The rate in which pages count, and the samples at the start that aren't played."""
    if packet.startswith(b"OpusHead"):
        return 48_000, int.from_bytes(packet[10:12], "little")
    if packet.startswith(b"\x01vorbis"):
        return int.from_bytes(packet[12:16], "little"), 0
    if packet.startswith(b"\x7fFLAC"):
        return int.from_bytes(packet[27:30], "big") >> 4, 0
    if packet.startswith(b"Speex   "):
        return int.from_bytes(packet[36:40], "little"), 0
    return 48_000, 0


# MP4, ISO 14496-12


def mp4_seconds(data: bytes) -> float | None:
    """By the movie's header. None where the data isn't MP4."""
    if data[4:8] not in (b"ftyp", b"styp", b"moov"):
        return None
    top = {name: (start, end) for name, start, end in _boxes(data, 0, len(data))}
    if b"moov" not in top:
        return None
    movie = {name: (start, end) for name, start, end in _boxes(data, *top[b"moov"])}
    if b"mvhd" not in movie:
        return None
    scale, duration = _movie_header(data, movie[b"mvhd"][0])
    if duration:
        return duration / scale
    return _fragments_seconds(data, movie) or len(data) / _FALLBACK_BYTES


def _movie_header(data: bytes, at: int) -> tuple[int, int]:
    """Of the movie or of a track's media: the units of a second, and how many of them it lasts."""
    scale, duration = struct.unpack_from(">IQ", data, at + 20) if data[at] else struct.unpack_from(">II", data, at + 12)
    return scale, 0 if duration in (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF) else duration


def _fragments_seconds(data: bytes, movie: dict[bytes, tuple[int, int]]) -> float:
    """A movie recorded as it streamed: its samples, added up over its fragments."""
    header = _inside(data, movie.get(b"trak", (0, 0)), b"mdia", b"mdhd")
    extends = _inside(data, movie.get(b"mvex", (0, 0)), b"trex")
    if header is None:
        return 0.0
    scale, _ = _movie_header(data, header[0])
    usual = struct.unpack_from(">I", data, extends[0] + 12)[0] if extends else 0
    total = 0
    for name, start, end in _boxes(data, 0, len(data)):
        fragment = _inside(data, (start, end), b"traf") if name == b"moof" else None
        total += _fragment_duration(data, fragment, usual) if fragment else 0
    return total / scale


def _fragment_duration(data: bytes, fragment: tuple[int, int], usual: int) -> int:
    total = 0
    for name, start, _ in _boxes(data, *fragment):
        flags = int.from_bytes(data[start + 1 : start + 4], "big")
        if name == b"tfhd" and flags & 0x8:
            (usual,) = struct.unpack_from(">I", data, start + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0))
        elif name == b"trun":
            (count,) = struct.unpack_from(">I", data, start + 4)
            first = start + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
            step = 4 * bin(flags & 0xF00).count("1")
            lasts = [struct.unpack_from(">I", data, first + i * step)[0] for i in range(count if flags & 0x100 else 0)]
            total += sum(lasts) if lasts else usual * count
    return total


def _inside(data: bytes, box: tuple[int, int], *names: bytes) -> tuple[int, int] | None:
    """The first box of that name in the box, and in that the next."""
    for name in names:
        found = next(((start, end) for each, start, end in _boxes(data, *box) if each == name), None)
        if found is None:
            return None
        box = found
    return box


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of what each box holds."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        last = end if size == 0 else min(end, at + size)
        yield name, start, last
        if last <= at:
            return
        at = last


# WebM, RFC 8794 and 9559

_SEGMENT, _INFO, _SCALE, _DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
_CLUSTER, _TIME, _SIMPLE_BLOCK, _BLOCK_GROUP, _BLOCK = 0x1F43B675, 0xE7, 0xA3, 0xA0, 0xA1
_INSIDE = (_SEGMENT, _INFO, _CLUSTER, _BLOCK_GROUP)


def webm_seconds(data: bytes) -> float | None:
    """By the segment's duration, or, where a browser recorded it and didn't say, by the last block's time."""
    if data[:4] != b"\x1a\x45\xdf\xa3":
        return None
    scale, cluster, latest = 1_000_000, 0, 0
    for name, start, end in _elements(data):
        if name == _SCALE:
            scale = int.from_bytes(data[start:end], "big")
        elif name == _DURATION:
            return float(struct.unpack_from(">f" if end - start == 4 else ">d", data, start)[0]) * scale / 1e9
        elif name == _TIME:
            cluster = int.from_bytes(data[start:end], "big")
            latest = max(latest, cluster)
        elif name in (_SIMPLE_BLOCK, _BLOCK):
            track = _number(data, start)[1]
            latest = max(latest, cluster + int.from_bytes(data[track : track + 2], "big", signed=True))
    return latest * scale / 1e9 if latest else len(data) / _FALLBACK_BYTES


def _elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Every element, those inside the ones that matter too."""
    at = 0
    while at < len(data) - 1:
        length = 9 - data[at].bit_length()
        name = int.from_bytes(data[at : at + length], "big")
        size, start = _number(data, at + length)
        if name in _INSIDE:
            at = start
            continue
        end = min(len(data), start + size)
        yield name, start, end
        at = end


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big") & (1 << 7 * length) - 1
    return value, at + length
