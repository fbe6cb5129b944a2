"""A text in chunks of so many tokens, each overlapping the one before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from ..generate.tokens import Tokenizer

SIZE, OVERLAP = 800, 400
"""Tokens of a chunk, and of what it shares with the next, unless told otherwise."""


class Span(NamedTuple):
    """Where a chunk stands in its text."""

    start: int
    """In bytes of UTF-8."""
    end: int
    text: str


def chunks(text: str, tokenizer: Tokenizer, size: int = SIZE, overlap: int = OVERLAP) -> Iterator[Span]:
    """The text in chunks of `size` tokens at most. Together they are all of it; one that would hold only what the chunk
    before it holds isn't made."""
    tokens = tokenizer.split(text)
    ends = [0, *accumulate(len(token.encode()) for token in tokens)]
    for first in range(0, max(1, len(tokens) - overlap), size - overlap):
        inside = tokens[first : first + size]
        if inside:
            yield Span(ends[first], ends[first + len(inside)], "".join(inside))
