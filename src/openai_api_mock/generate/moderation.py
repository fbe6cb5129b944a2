"""Moderation by a word list: what is flagged, is flagged for a word that stands below, never by chance.

The list is short and plain, so that a test can say what it means: "kill" is violence, "hate" is hate. A category with
companions, such as `harassment/threatening`, needs a word of each. Scores follow from the words: SCORE for the first
that is found, a bit more for each further one; what isn't flagged scores as little as it does in recordings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from zlib import crc32

from ..answer import JSON

USUAL_MODEL = "omni-moderation-latest"
"""The model that judges unless another one is asked for."""
SCORE = 0.9
"""The score of a category with one word found; each further one takes a third of what is left to 1."""

Words = Mapping[str, tuple[str, ...]]

# Words that flag. Common endings are seen through: `kill` is also kills, killed, killing and killer.
FLAGGING: Words = {
    "harassment": ("idiot", "moron", "stupid", "loser", "pathetic", "worthless", "shut up"),
    "hate": ("hate", "hateful", "racist", "bigot", "subhuman"),
    "illicit": ("shoplift", "steal", "launder", "counterfeit", "forge", "smuggle", "burgle", "pick a lock"),
    "self-harm": ("suicide", "suicidal", "self-harm", "cut myself", "hurt myself", "kill myself", "starve myself"),
    "sexual": ("sex", "sexual", "erotic", "porn", "pornography", "nude", "naked"),
    "violence": ("kill", "murder", "stab", "shoot", "attack", "punch", "strangle", "torture", "beat up", "massacre"),
    "violence/graphic": ("gore", "gory", "blood", "bloody", "mutilate", "dismember", "behead"),
}
# Words that flag nothing by themselves.
TELLING: Words = {
    "person": ("him", "her", "them", "you"),
    "speaker": ("i", "i'm", "my", "me"),
    "how": ("how to", "how do i", "how can i", "instructions", "steps", "way to"),
    "weapon": ("bomb", "gun", "rifle", "weapon", "explosive", "grenade", "poison"),
    "minor": ("child", "children", "minor", "underage", "teenager"),
}
# Every category, in the order of recorded streams, and the words that it needs: one of each.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "harassment": ("harassment",),
    "harassment/threatening": ("person", "violence"),
    "sexual": ("sexual",),
    "hate": ("hate",),
    "hate/threatening": ("hate", "violence"),
    "illicit": ("illicit",),
    "illicit/violent": ("how", "weapon"),
    "self-harm/intent": ("self-harm", "speaker"),
    "self-harm/instructions": ("self-harm", "how"),
    "self-harm": ("self-harm",),
    "sexual/minors": ("sexual", "minor"),
    "violence": ("violence",),
    "violence/graphic": ("violence/graphic",),
}
# A threat is harassment too (recorded), and so on for the others that have a part.
WHOLE = {name: name.partition("/")[0] for name in CATEGORIES if "/" in name}

OF_IMAGES = frozenset(
    ("self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "violence", "violence/graphic")
)
"""Categories that images are judged by; the others look at text alone."""


def moderate(text: str, *, texts: bool = True, images: bool = False, illicit: bool = True) -> dict[str, JSON]:
    """The result for one input: `flagged`, `categories`, `category_scores`, `category_applied_input_types`.

    Pictures are never flagged: nobody looks at them. `illicit` is false for the models that don't know the category.
    """
    found = _found(text.casefold().replace("’", "'"))
    scores = {name: _score(name, groups, found, text) for name, groups in CATEGORIES.items()}
    for part, whole in WHOLE.items():
        if scores[part] > 0.5:
            scores[whole] = max(scores[whole], scores[part])
    flags: dict[str, JSON] = {name: score > 0.5 for name, score in scores.items()}
    types = {name: _types(name, texts, images) for name in CATEGORIES}
    if not illicit:
        for name in ("illicit", "illicit/violent"):
            flags[name], scores[name], types[name] = None, 0.0, []
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": types,
    }


def _found(text: str) -> dict[str, int]:
    """How many different words of each group the text has."""
    return {name: len({match[0] for match in pattern.finditer(text)}) for name, pattern in _patterns().items()}


def _score(name: str, groups: tuple[str, ...], found: Mapping[str, int], text: str) -> float:
    if all(found[group] for group in groups):
        further = sum(found[group] - 1 for group in groups)
        return 1 - (1 - SCORE) * (2 / 3) ** further
    # Recorded scores of harmless texts lie between 1e-7 and 5e-3, most near 1e-5.
    share = crc32(f"{name} {text}".encode("utf-8", "replace")) / 2**32
    return round(10 ** (-6 + 2.5 * share), 15)


def _types(name: str, texts: bool, images: bool) -> list[str]:
    judged = (("text", texts), ("image", images and name in OF_IMAGES))
    return [kind for kind, given in judged if given]


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(map(_with_endings, words))})(?!\w)")
        for name, words in {**FLAGGING, **TELLING}.items()
    }


def _with_endings(word: str) -> str:
    """A pattern of the word and its plain English forms: hate, hates, hated, hating, hater; stab, stabbing."""
    stem = word.removesuffix("e")
    doubled = f"{stem[-1]}?" if word == stem else ""
    last = "e" if word != stem else ""
    return f"{re.escape(word)}|{re.escape(stem)}(?:{last}s|{doubled}(?:ed|er|ers|ing))"
