"""What embeddings and legacy completions take: a string, several, an array of tokens, or several."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..answer import JSON
from .tokens import Tokenizer


class Counted(msgspec.Struct, frozen=True):
    """A text and how many tokens it has."""

    text: str
    tokens: int


class UnknownToken(ValueError):
    """A number that no token of the encoding has."""


def counted(given: JSON, tokenizer: Tokenizer) -> list[Counted]:
    """The texts that are meant, tokens decoded. Raises UnknownToken."""
    if isinstance(given, list) and not (given and isinstance(given[0], int)):
        return [_counted(one, tokenizer) for one in given]
    return [_counted(given, tokenizer)]


def _counted(one: JSON, tokenizer: Tokenizer) -> Counted:
    if isinstance(one, list):
        return Counted(_decoded(one, tokenizer), len(one))
    text = "" if one is None else str(one)
    return Counted(text, tokenizer.count(text))


def _decoded(tokens: Sequence[int], tokenizer: Tokenizer) -> str:
    try:
        return tokenizer.decode(tokens)
    except (KeyError, TypeError) as error:
        raise UnknownToken(f"{error} is no token of {tokenizer.name}") from error
