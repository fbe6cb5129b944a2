"""How alike two texts are, from 0 to 1, by the metrics that text similarity graders know.

ROUGE and GLEU are as published. BLEU smooths the longer n-grams by one, as a sentence alone needs; METEOR matches equal
words only, since it has no dictionary of synonyms; the fuzzy match is the share of characters in common order (Indel);
the cosine is that of the mock's own embeddings.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from itertools import pairwise

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_EMBEDDING, _DIMENSIONS = "text-embedding-3-large", 1024


def similarity(metric: str, text: str, reference: str) -> float:
    """By the metric of that name. Raises KeyError where there is none."""
    return min(1.0, max(0.0, METRICS[metric](text, reference)))


def fuzzy(text: str, reference: str) -> float:
    if not text and not reference:
        return 1.0
    return 2 * common(text, reference) / (len(text) + len(reference))


def cosine(text: str, reference: str) -> float:
    # Imported with the first text that is compared so: few are.
    from ..generate.embedding import vector

    one, other = (vector(each, _EMBEDDING, _DIMENSIONS) for each in (text, reference))
    return sum(x * y for x, y in zip(one, other, strict=True))


def bleu(text: str, reference: str) -> float:
    words, wanted = _TOKEN.findall(text), _TOKEN.findall(reference)
    if not words or not wanted:
        return float(words == wanted)
    logs = 0.0
    for size in range(1, 5):
        found, asked = _ngrams(words, size), _ngrams(wanted, size)
        shared, total = (found & asked).total(), found.total()
        if size > 1:
            shared, total = shared + 1, total + 1
        if not shared:
            return 0.0
        logs += math.log(shared / total) / 4
    brevity = min(0.0, 1 - len(wanted) / len(words))
    return math.exp(brevity + logs)


def gleu(text: str, reference: str) -> float:
    words, wanted = _TOKEN.findall(text), _TOKEN.findall(reference)
    found, asked = (sum((_ngrams(each, size) for size in range(1, 5)), Counter()) for each in (words, wanted))
    most = max(found.total(), asked.total())
    return (found & asked).total() / most if most else 1.0


def meteor(text: str, reference: str) -> float:
    words, wanted = (_TOKEN.findall(each.lower()) for each in (text, reference))
    pairs = _aligned(words, wanted)
    if not pairs:
        return float(words == wanted)
    precision, recall = len(pairs) / len(words), len(pairs) / len(wanted)
    mean = 10 * precision * recall / (recall + 9 * precision)
    chunks = 1 + sum((after[0] - before[0], after[1] - before[1]) != (1, 1) for before, after in pairwise(pairs))
    return mean * (1 - 0.5 * (chunks / len(pairs)) ** 3)


def rouge(size: int, text: str, reference: str) -> float:
    words, wanted = (_WORD.findall(each.lower()) for each in (text, reference))
    found, asked = _ngrams(words, size), _ngrams(wanted, size)
    return _f1((found & asked).total(), found.total(), asked.total())


def rouge_l(text: str, reference: str) -> float:
    words, wanted = (_WORD.findall(each.lower()) for each in (text, reference))
    return _f1(common(words, wanted), len(words), len(wanted))


def common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """The length of the longest common subsequence, by bits of an integer (Hyyrö)."""
    places: dict[Hashable, int] = {}
    for at, each in enumerate(one):
        places[each] = places.get(each, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for each in other:
        matched = row & places.get(each, 0)
        row = (row + matched | row - matched) & full
    return len(one) - row.bit_count()


METRICS: Mapping[str, Callable[[str, str], float]] = {
    "bleu": bleu,
    "cosine": cosine,
    "fuzzy_match": fuzzy,
    "gleu": gleu,
    "meteor": meteor,
    **{f"rouge_{size}": partial(rouge, size) for size in range(1, 6)},
    "rouge_l": rouge_l,
}


def _ngrams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _aligned(words: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Equal words in pairs, each used once, in the order of the text."""
    free: dict[str, list[int]] = {}
    for at, word in enumerate(wanted):
        free.setdefault(word, []).append(at)
    return [(at, free[word].pop(0)) for at, word in enumerate(words) if free.get(word)]


def _f1(shared: int, found: int, asked: int) -> float:
    if not found and not asked:
        return 1.0
    return 2 * shared / (found + asked)
