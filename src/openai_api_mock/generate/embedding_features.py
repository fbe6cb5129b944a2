"""A text as weighted features: its words' stems, what they mean, their letters, and which word follows which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from .embedding_words import MEANING_ALIKE, MEANING_LITTLE

# Weights are small integers, as features of one weight are added up together. What a feature gives to the similarity of
# two texts grows with its square.
STEM = 5
MEANING = 7
LETTERS = 4
GRAM = 2
FOLLOWS = 2
COMMON_WORD = 1
HEAVIEST = 15
"""A feature that comes again and again weighs no more than this."""

MOST = 4096
"""Features of one text; those of the first words win."""
LONGEST_WORD = 24
"""Characters of a word that count."""

COMMON = frozenset(MEANING_LITTLE.split())
# Scripts that put no spaces between words count each character as a word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W\d_]+)?")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")


def features(text: str) -> dict[str, int]:
    """Feature to weight, from 1 to HEAVIEST. The weights add up to an odd number, so that no sum of signs is zero."""
    weights: dict[str, int] = {}
    before = ""
    for word in _words(text):
        if word in COMMON:
            weights[word] = min(weights.get(word, 0) + COMMON_WORD, HEAVIEST)
            continue
        if len(weights) > MOST:
            break
        parts = _parts(word)
        for name, weight in parts:
            weights[name] = min(weights.get(name, 0) + weight, HEAVIEST)
        stem = parts[0][0]
        if before:
            weights[f"{before} {stem}"] = FOLLOWS
        before = stem
    # Texts that differ in case or punctuation alone differ a little.
    weights["=" + text] = 1 + sum(weights.values()) % 2
    return weights


def _words(text: str) -> Iterator[str]:
    folded = text.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
    for found in _WORD.finditer(folded):
        yield found[0][:LONGEST_WORD].replace("’", "'")


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[tuple[str, int], ...]:
    """A word's features, its stem first."""
    stem = stem_of(word)
    framed = f"<{stem}>"
    grams = {framed[at : at + 3] for at in range(len(framed) - 2)}
    return (
        (stem, STEM),
        *((meaning, MEANING) for meaning in _meanings().get(stem, ())),
        ("{" + "".join(sorted(set(stem))), LETTERS),  # letters that are swapped or doubled: the commonest typos
        *((f"~{gram}", GRAM) for gram in sorted(grams)),
    )


def stem_of(word: str) -> str:
    """The word without the commonest English endings, so that `baking`, `bakes` and `bake` are one."""
    word = word.partition("'")[0] or word
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ingly", "edly", "ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = _DOUBLED.sub(r"\1", word[: -len(ending)])
            break
    return word[:-1] + "i" if word.endswith("y") else word.removesuffix("e")


@lru_cache(maxsize=1)
def _meanings() -> dict[str, tuple[str, ...]]:
    """Stem to the names of the lines of MEANING_ALIKE that it stands in."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(MEANING_ALIKE.strip().splitlines()):
        for stem in dict.fromkeys(map(stem_of, line.split())):
            found[stem] = (*found.get(stem, ()), f"#{number}")
    return found
