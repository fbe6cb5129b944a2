"""A spoken word's text as bytes, for formats whose sound can't carry it: each word in the frame in which it begins.

Frames survive cutting, joining and a change of container, and so do the words in them; only coding them anew loses
them. No byte of a tag is 0xFF, which would look like the start of a frame in MP3 and ADTS.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from zlib import crc32

import msgspec

LONGEST = 60
"""Bytes of text in one tag; a longer word goes on in the tags of the next frames."""
_MAGIC = b"\xa7oam"
_MORE = 0x40
_TAG = re.compile(re.escape(_MAGIC) + rb"([\0-\x7f])([\0-\x7f]{3})([\0-\x7f])", re.DOTALL)


class Spoken(msgspec.Struct, frozen=True):
    """A word and how many samples it lasts, the pause after it included; `sounding` of them aren't silent."""

    text: str
    samples: int
    sounding: int


class Frame(msgspec.Struct, frozen=True):
    """What one frame of a coded stream holds."""

    sounds: bool
    tag: bytes = b""


def frames(words: Sequence[Spoken], samples: int, rate: int) -> list[Frame]:
    """The words in frames of that many samples: at least one frame."""
    total = sum(word.samples for word in words)
    sounds = bytearray(max(1, -(-total // samples)))
    tags: dict[int, bytes] = {}
    start = 0
    for word in words:
        first = start // samples
        for index in range(first, len(sounds)):
            middle = index * samples + samples // 2
            if middle >= start + word.sounding:
                break
            sounds[index] = middle >= start
        while first in tags:
            first += 1
        tags.update(enumerate(_tags(word, rate), first))
        start += word.samples
    length = max(len(sounds), max(tags, default=0) + 1)
    return [Frame(index < len(sounds) and bool(sounds[index]), tags.get(index, b"")) for index in range(length)]


def find_tags(data: bytes) -> list[tuple[str, float]]:
    """The words whose tags lie anywhere in some bytes, and the seconds that each lasts."""
    words: list[tuple[str, float]] = []
    said, seconds = b"", 0.0
    for found in _TAG.finditer(data):
        length, check = found[1][0] & 0x3F, found[3][0]
        part = data[found.end() : found.end() + length]
        if len(part) < length or _check(part) != check:
            continue
        said += part
        seconds = seconds or _milliseconds(found[2]) / 1000
        if found[1][0] & _MORE:
            continue
        with suppress(UnicodeDecodeError):  # the first part of a long word was cut off
            words.append((said.decode(), seconds))
        said, seconds = b"", 0.0
    return words


def _tags(word: Spoken, rate: int) -> list[bytes]:
    text = word.text.encode("utf-8", "replace")
    parts = [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)]
    milliseconds = word.samples * 1000 // rate
    return [
        _MAGIC
        + bytes((len(part) | (_MORE if number < len(parts) else 0),))
        + bytes((milliseconds >> 14 & 0x7F, milliseconds >> 7 & 0x7F, milliseconds & 0x7F))
        + bytes((_check(part),))
        + part
        for number, part in enumerate(parts, 1)
    ]


def _milliseconds(digits: bytes) -> int:
    return digits[0] << 14 | digits[1] << 7 | digits[2]


def _check(part: bytes) -> int:
    return crc32(part) & 0x7F
