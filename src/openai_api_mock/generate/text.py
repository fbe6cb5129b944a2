"""Plain English prose from a seed, whose length in tokens is known before it is written.

Every word below is one token after a space, in o200k and in cl100k, and every opening is one at the start of a text (a
test holds that). So a generated text needn't be tokenized to be counted or streamed.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from sys import intern

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


def prose(noise: Noise, tokens: int) -> tuple[str, ...]:
    """Sentences of exactly `tokens` tokens, as the tokens: joined, they are the text. No tokens, no text."""
    sentences = _sentences()
    pieces: list[str] = []
    for byte in noise.randbytes(-(-tokens // _SHORTEST)):
        pieces += sentences[byte]
    del pieces[tokens:]
    if pieces:
        pieces[0] = pieces[0].lstrip()
    if tokens > 1 and pieces[-1] != ".":
        if pieces[-2] == ".":  # a lone opening: let the sentence before it go on instead
            pieces[-2] = " today"
        pieces[-1] = "."
    return tuple(pieces)


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[str, ...], ...]:
    """A stock of sentences in tokens, made once: prose is on every call's path."""
    random = Random(0)
    return tuple(_sentence(random) for _ in range(SENTENCES))


def _sentence(random: Random) -> tuple[str, ...]:
    opening, pattern = random.choice(OPENINGS), random.choice(_PATTERNS)
    # Few strings that are used again and again stay in the processor's caches.
    return (*map(intern, (f" {opening}", *(f" {random.choice(words)}" for words in pattern))), ".")


def words(noise: Noise, count: int) -> str:
    """A few words with no sentence round them: a title, a search, a tool's plain input."""
    return " ".join(noise.choice(ADJECTIVES if i % 2 == 0 else NOUNS) for i in range(count))
