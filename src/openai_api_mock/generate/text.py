"""Plain English prose from a seed, whose length in tokens is known before it is written.

Every word below is one token after a space, in o200k and in cl100k, and every opening is one at the start of a text (a
test holds that). So a generated text needn't be tokenized to be counted or streamed.
"""

from __future__ import annotations

from random import Random
from typing import TypeVar

_T = TypeVar("_T")

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


def prose(random: Random, tokens: int) -> tuple[str, ...]:
    """Sentences of exactly `tokens` tokens, as the tokens: joined, they are the text. No tokens, no text."""
    pieces: list[str] = []
    pick = random.random
    while len(pieces) < tokens:
        pieces.append(_one(OPENINGS, pick()) if not pieces else " " + _one(OPENINGS, pick()))
        pieces.extend([" " + _one(words, pick()) for words in _one(_PATTERNS, pick())])
        pieces.append(".")
    del pieces[tokens:]
    if pieces and pieces[-1] != "." and tokens > 1:
        pieces[-1] = "."
    return tuple(pieces)


def words(random: Random, count: int) -> str:
    """A few words with no sentence round them: a title, a search, a tool's plain input."""
    return " ".join(_one(ADJECTIVES if i % 2 == 0 else NOUNS, random.random()) for i in range(count))


def _one(choices: tuple[_T, ...], at: float) -> _T:
    # random.choice spends three calls on what one multiplication does, and prose is on every call's path.
    return choices[int(at * len(choices))]
