"""The text of a PDF, as far as it can be read without its fonts: where a byte is a character.

The pages' streams (plain or deflated) are read in the order of the file, and their text operators followed. Text in
fonts of two bytes a character, as browsers and office suites embed them, can't be read so: such a file isn't supported.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from .unreadable import BROKEN, ENCRYPTED, TOO_LARGE, UNSUPPORTED, Unreadable

_STREAM = re.compile(rb"<<((?:[^<>]|<<[^<>]*>>|<[^<>]*>)*)>>\s*stream\r?\n(.*?)endstream", re.DOTALL)
_FILTER = re.compile(rb"/Filter\s*\[?\s*/(\w+)\s*\]?")
_TOKEN = re.compile(
    rb"\((?P<text>(?:\\.|[^()\\]|\((?:\\.|[^()\\]|\((?:\\.|[^()\\])*\))*\))*)\)"
    rb"|<(?P<hex>[0-9A-Fa-f\s]*)>"
    rb"|(?P<open>\[)|(?P<close>\])"
    rb"|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+))"
    rb"|(?P<word>[A-Za-z'\"*]+|/[^\s/<>\[\]()]+)",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b"", b"\n": b"", b"\r": b"", b"\r\n": b""}
_SHOWS = frozenset((b"Tj", b"TJ", b"'", b'"'))
_NEW_LINE = frozenset((b"T*", b"'", b'"', b"ET", b"Tm"))
_WIDE = -200
"""Thousandths of the type's size that stand for a space between words."""


def pdf(content: bytes, most: int) -> str:
    """Raises Unreadable where the file is none, is encrypted, or has no text that can be read."""
    if not content.startswith(b"%PDF-"):
        raise Unreadable(*BROKEN)
    if b"/Encrypt" in content:
        raise Unreadable(*ENCRYPTED)
    pages = ["\n".join(_lines(stream)) for stream in _streams(content, most) if re.search(rb"\bBT\b", stream)]
    text = "\n\n".join(page for page in pages if page)
    # Glyph numbers taken for characters are control characters, mostly.
    if not text.strip() or sum(not each.isprintable() and each not in "\n\t" for each in text) * 20 > len(text):
        raise Unreadable(*UNSUPPORTED)
    return text


def _streams(content: bytes, most: int) -> Iterator[bytes]:
    for described, data in _STREAM.findall(content):
        if b"/Subtype" in described and b"/Image" in described:
            continue
        filters = _FILTER.search(described)
        if filters is None:
            yield data
        elif filters[1] == b"FlateDecode":
            unpacker = zlib.decompressobj()
            try:
                unpacked = unpacker.decompress(data, most)
            except zlib.error:
                continue
            if unpacker.unconsumed_tail:
                raise Unreadable(*TOO_LARGE)
            yield unpacked


def _lines(stream: bytes) -> Iterator[str]:
    line: list[str] = []
    held: list[bytes | float] = []
    for token in _TOKEN.finditer(stream):
        kind, value = token.lastgroup, token[0]
        if kind == "text":
            held.append(_ESCAPE.sub(_unescaped, token["text"]))
        elif kind == "hex":
            digits = b"".join(token["hex"].split())
            held.append(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()))
        elif kind == "number":
            held.append(float(value))
        elif kind == "word":
            if _breaks(value, held) and line:
                yield "".join(line)
                line = []
            if value in _SHOWS:
                line.append("".join(_shown(each) for each in held))
            held = []
    if line:
        yield "".join(line)


def _breaks(word: bytes, held: list[bytes | float]) -> bool:
    """Whether an operator begins another line: one that moves up or down does, one that moves sideways doesn't."""
    if word in (b"Td", b"TD"):
        return len(held) >= 2 and held[-1] != 0.0
    return word in _NEW_LINE


def _shown(value: bytes | float) -> str:
    if isinstance(value, float):
        return " " if value < _WIDE else ""
    return value.decode("cp1252", "replace")


def _unescaped(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    if escaped[:1].isdigit() and escaped[:1] < b"8":
        return bytes((int(escaped, 8) & 255,))
    return _ESCAPED.get(escaped, escaped)
