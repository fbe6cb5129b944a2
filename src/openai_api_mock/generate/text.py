"""Plain English prose from a seed, whose length in tokens is known before it is written.

Every word below is one token after a space, in o200k and in cl100k, and every opening is one at the start of a text (a
test holds that). So a generated text needn't be tokenized to be counted or streamed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random

from ..noise import Noise

SENTENCES = 256
"""A byte picks one."""

OPENINGS = ("The", "This", "Each", "Every", "Some", "One")
ADJECTIVES = (
    "small", "clear", "simple", "useful", "good", "new", "plain", "early", "open", "common", "short", "quick", "quiet",
    "bright", "steady", "warm", "fresh", "careful", "honest", "exact",
)  # fmt: skip
NOUNS = (
    "answer", "question", "model", "test", "tool", "result", "request", "message", "token", "stream", "plan", "system",
    "idea", "example", "detail", "step", "time", "part", "place", "point", "way", "number", "line", "list", "page",
    "field", "value", "name", "key", "word", "letter", "sound", "color", "light", "water", "river", "city", "street",
    "house", "room", "door", "window", "table", "book", "story", "music", "picture", "game", "team", "group", "member",
    "friend", "market", "price", "order", "service", "product", "project", "report", "record", "source", "change",
    "reason", "case", "rule",
)  # fmt: skip
VERBS = (
    "keeps", "gives", "takes", "finds", "shows", "brings", "holds", "makes", "opens", "follows", "reaches", "returns",
    "describes", "explains", "supports", "covers", "includes",
)  # fmt: skip
ARTICLES = ("the", "a", "this", "each", "every", "some", "one")
PREPOSITIONS = ("with", "without", "under", "over", "near", "between", "about")
ADVERBS = ("today", "here", "again", "together", "slowly", "often", "always", "soon", "well", "first", "then")

_PATTERNS = (
    (ADJECTIVES, NOUNS, VERBS, ARTICLES, NOUNS),
    (NOUNS, VERBS, ARTICLES, ADJECTIVES, NOUNS, ADVERBS),
    (NOUNS, VERBS, ARTICLES, NOUNS, PREPOSITIONS, ARTICLES, NOUNS),
    (ADJECTIVES, NOUNS, ADVERBS, VERBS, ARTICLES, ADJECTIVES, NOUNS),
)


_SHORTEST = min(map(len, _PATTERNS)) + 2
_WORDS = re.compile(r" ?\w+|[^\w ]")


def prose(noise: Noise, tokens: int) -> str:
    """Sentences of exactly so many tokens. No tokens, no text."""
    return _prose(noise.randbytes(-(-tokens // _SHORTEST)), tokens)


def prose_between(noise: Noise, fewest: int, most: int) -> tuple[str, int]:
    """Prose of `noise.randint(fewest, most)` tokens, and how many those are; all that it takes is drawn at once."""
    drawn = noise.randbytes(4 + -(-most // _SHORTEST))
    tokens = fewest + (int.from_bytes(drawn[:4], "big") * (most - fewest + 1) >> 32)
    return _prose(drawn[4:], tokens), tokens


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """A text's words, each with the space before it, and its signs: of prose, its tokens."""
    return tuple(_WORDS.findall(text))


def _prose(picks: bytes, tokens: int) -> str:
    """The sentences that the bytes pick, the last of them cut short."""
    stock = _sentences()
    text, left = "", tokens
    for pick in picks:
        sentence, words = stock[pick]
        if len(words) > left:
            if left > 1 or not text:
                text += "".join(words[: left - 1]) + ("." if left > 1 else words[0] if left else "")
            elif left:  # a lone opening: let the sentence before it go on instead
                text = f"{text[:-1]} today."
            break
        text += sentence
        left -= len(words)
    return text[1:]


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A stock of sentences, whole and in tokens, made once: prose is on every call's path."""
    random = Random(0)
    return tuple(("".join(words), words) for words in (_sentence(random) for _ in range(SENTENCES)))


def _sentence(random: Random) -> tuple[str, ...]:
    opening, pattern = random.choice(OPENINGS), random.choice(_PATTERNS)
    return (f" {opening}", *(f" {random.choice(words)}" for words in pattern), ".")


def words(noise: Noise, count: int) -> str:
    """A few words with no sentence round them: a title, a search, a tool's plain input."""
    return " ".join(noise.choice(ADJECTIVES if i % 2 == 0 else NOUNS) for i in range(count))
