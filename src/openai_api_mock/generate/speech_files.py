"""What an audio file holds: how long it plays and, where the mock spoke it, which words.

Formats as the API takes them: flac, m4a, mp3, mp4, mpeg, mpga, oga, ogg, wav, webm. Told by the content, not the name.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable

import msgspec

from . import speech_containers, speech_g711, speech_unflac
from .speech_hear import Heard, hear
from .speech_tags import find_tags

_FIRST_LISTEN = 5.0
"""Seconds of a compressed FLAC after which it is clear whether the mock spoke it."""


class Recording(msgspec.Struct, frozen=True):
    """An audio file."""

    seconds: float
    words: tuple[Heard, ...] = ()
    """What the mock is heard to say in it."""


def read_recording(data: bytes) -> Recording | None:
    """None where the data is no audio file that the API would take."""
    try:
        return next((found for read in _READERS if (found := read(data)) is not None), None)
    except (struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None  # cut off in its head


# WAV


class _Wave(msgspec.Struct, frozen=True):
    coding: int
    channels: int
    rate: int
    width: int
    """Bytes of a sample."""


_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE


def _wav(data: bytes) -> Recording | None:
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        return None
    at, wave = 12, None
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = at + 8
        if name == b"fmt ":
            coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, body)
            if coding == _EXTENSIBLE:
                coding = int.from_bytes(data[body + 24 : body + 26], "little")
            wave = _Wave(coding, channels, rate, bits // 8)
        elif name == b"data" and wave is not None:
            # A writer to a pipe can't know the size, and says 0 or the largest there is.
            return _of_wave(wave, data[body : body + size] if size else data[body:])
        at = body + size + size % 2
    return None


def _of_wave(wave: _Wave, samples: bytes) -> Recording:
    frames = len(samples) // (wave.width * wave.channels)
    pcm = array("h", _to_16_bits(wave, samples[: frames * wave.width * wave.channels]))[:: wave.channels]
    return Recording(frames / wave.rate, tuple(hear(pcm.tobytes(), wave.rate)))


def _to_16_bits(wave: _Wave, samples: bytes) -> bytes:
    """Silence for a coding that isn't known."""
    if wave.coding in (_ULAW, _ALAW):
        return speech_g711.decode(samples, "ulaw" if wave.coding == _ULAW else "alaw")
    pcm = bytearray(2 * (len(samples) // wave.width))
    if wave.coding == _PCM and wave.width == 1:
        pcm[1::2] = samples.translate(bytes(byte ^ 0x80 for byte in range(256)))
    elif wave.coding == _PCM and wave.width in (2, 3, 4):
        pcm[0::2] = samples[wave.width - 2 :: wave.width]
        pcm[1::2] = samples[wave.width - 1 :: wave.width]
    elif wave.coding == _FLOAT and wave.width in (4, 8):
        values = array("f" if wave.width == 4 else "d", samples)
        return array("h", [round(min(1.0, max(-1.0, value)) * 32767) for value in values]).tobytes()
    return bytes(pcm)


# FLAC


def _flac(data: bytes) -> Recording | None:
    info = speech_unflac.info_of(data)
    if info is None:
        return None
    parts: list[bytes] = []
    samples = 0
    for part in speech_unflac.decode(data, info):
        before = samples / info.rate
        parts.append(part)
        samples += len(part) // 2
        passed = before < _FIRST_LISTEN <= samples / info.rate
        if passed and info.samples and not hear(b"".join(parts), info.rate):
            return Recording(info.samples / info.rate)
    return Recording((info.samples or samples) / info.rate, tuple(hear(b"".join(parts), info.rate)))


# MP3 and ADTS, which are frames and nothing else

_MP3_RATES = ((11025, 12000, 8000), (), (22050, 24000, 16000), (44100, 48000, 32000))
_KBITS = {
    (3, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version (3: MPEG-1, 2: MPEG-2, also for 2.5) and layer (3: I, 1: III)."""
_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_FrameAt = Callable[[bytes, int], "tuple[int, float] | None"]
"""A reader's way to tell the bytes and seconds of the frame at a place, if there is one."""
_JUNK = 4096
"""Bytes at the start in which the first frame must be found."""


def _mp3(data: bytes) -> Recording | None:
    return _of_frames(data, _mp3_frame)


def _adts(data: bytes) -> Recording | None:
    return _of_frames(data, _adts_frame)


def _of_frames(data: bytes, frame_at: _FrameAt) -> Recording | None:
    """Adds up the frames, those after something else (another file's tag) too. Three in a row tell that it is audio."""
    start = _after_id3(data, 0)
    at = _next_frames(data, start, start + _JUNK, frame_at, 3)
    if at is None:
        return None
    seconds = 0.0
    while at is not None:
        while (frame := frame_at(data, at)) is not None:
            at, seconds = at + frame[0], seconds + frame[1]
        at = _next_frames(data, _after_id3(data, at), len(data), frame_at, 2)
    return Recording(seconds, _tagged(data, seconds))


def _next_frames(data: bytes, at: int, until: int, frame_at: _FrameAt, enough: int) -> int | None:
    """Where the next frames follow one another, or are all that is left."""
    at = data.find(b"\xff", at, until)
    while at >= 0:
        place = at
        for _ in range(enough):
            frame = frame_at(data, place)
            if frame is None:
                break
            place += frame[0]
            if place == len(data):
                return at
        else:
            return at
        at = data.find(b"\xff", at + 1, until)
    return None


def _after_id3(data: bytes, at: int) -> int:
    while data.startswith(b"ID3", at) and at + 10 <= len(data):
        a, b, c, d = data[at + 6 : at + 10]
        at += 10 + (a << 21 | b << 14 | c << 7 | d)
    return at


def _mp3_frame(data: bytes, at: int) -> tuple[int, float] | None:
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bitrate, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or layer == 0 or bitrate in (0, 15) or rate == 3:
        return None
    hertz = _MP3_RATES[version][rate]
    bits = _KBITS[version if version == 3 else 2, layer][bitrate - 1] * 1000
    padding = data[at + 2] >> 1 & 1
    if layer == 3:
        return (12 * bits // hertz + padding) * 4, 384 / hertz
    samples = 576 if layer == 1 and version != 3 else 1152
    return samples // 8 * bits // hertz + padding, samples / hertz


def _adts_frame(data: bytes, at: int) -> tuple[int, float] | None:
    if at + 7 > len(data) or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return None
    rate = data[at + 2] >> 2 & 15
    size = int.from_bytes(data[at + 3 : at + 6], "big") >> 5 & 0x1FFF
    return (size, 1024 / _ADTS_RATES[rate]) if rate < len(_ADTS_RATES) and size >= 7 else None


# Containers


def _contained(data: bytes) -> Recording | None:
    for read in (speech_containers.ogg_seconds, speech_containers.mp4_seconds, speech_containers.webm_seconds):
        seconds = read(data)
        if seconds is not None:
            return Recording(seconds, _tagged(data, seconds))
    return None


def _tagged(data: bytes, seconds: float) -> tuple[Heard, ...]:
    """The words in the frames' tags, one after another, within the time there is."""
    tags = find_tags(data)
    spoken = sum(lasts for _, lasts in tags)
    scale = min(1.0, seconds / spoken) if spoken else 1.0
    words: list[Heard] = []
    at = 0.0
    for text, lasts in tags:
        words.append(Heard(text, at, at + lasts * scale * 7 / 8))
        at += lasts * scale
    return tuple(words)


_READERS: tuple[Callable[[bytes], Recording | None], ...] = (_wav, _flac, _contained, _adts, _mp3)
