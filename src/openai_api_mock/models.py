"""What the mock knows of models: the dated snapshot that a name resolves to, and how its replies look.

Snapshots and shapes as recorded; a name that isn't here is taken as it is and judged by its family's prefix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec
from msgspec.structs import replace

Encoding = Literal["o200k_base", "cl100k_base"]


class Family(msgspec.Struct, frozen=True):
    """What models whose names begin alike have in common."""

    prefix: str
    context: int = 128_000
    """Tokens of prompt and answer together."""
    encoding: Encoding = "o200k_base"
    reasoning: bool = False
    """Bills reasoning tokens, takes `max_completion_tokens` only, and one prompt token less than the formula."""
    logprobs: bool = True
    """Whether choices have a `logprobs` key at all."""
    fingerprint: bool = True
    """Whether `system_fingerprint` is a string or null."""
    searches: bool = False
    """Whether it takes `web_search_options`."""
    tier: bool = True
    """Whether replies have a `service_tier`."""
    system: bool = True
    """Whether messages may have the role `system`."""
    stop: bool = True
    """Whether it takes `stop`."""
    cache_writes: bool = False
    """Whether a completion's `usage` tells the tokens that were written to the cache."""
    effort: str = "medium"
    """How hard it thinks unless told otherwise, where it reasons."""
    phases: bool = False
    """Whether messages of responses have a `phase`."""
    keeps_reasoning: bool = False
    """Whether it sees what it thought in all turns of a conversation, unless told otherwise."""


class Model(msgspec.Struct, frozen=True):
    """One model."""

    name: str
    snapshot: str
    """What replies say in `model`."""
    family: Family
    known: bool
    """Whether the name is one of the API's; others are taken unless `models="known"`."""


# name: snapshot
SNAPSHOTS = {
    "babbage-002": "babbage-002",
    "davinci-002": "davinci-002",
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "gpt-3.5-turbo-instruct": "gpt-3.5-turbo-instruct:20230824-v2",
    "gpt-4": "gpt-4-0613",
    "gpt-4-turbo": "gpt-4-turbo-2024-04-09",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-4.5-preview": "gpt-4.5-preview-2025-02-27",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-audio-preview": "gpt-4o-audio-preview-2025-06-03",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4o-search-preview": "gpt-4o-search-preview-2025-03-11",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5-nano": "gpt-5-nano-2025-08-07",
    "gpt-5.1": "gpt-5.1-2025-11-13",
    "gpt-5-pro": "gpt-5-pro-2025-10-06",
    "gpt-5.2": "gpt-5.2-2025-12-11",
    "gpt-5.4": "gpt-5.4-2026-03-05",
    "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17",
    "gpt-5.5": "gpt-5.5-2026-04-23",
    "gpt-5.6": "gpt-5.6-sol",
    "gpt-5.6-sol": "gpt-5.6-sol",
    "gpt-4o-mini-transcribe": "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15": "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-mini-tts": "gpt-4o-mini-tts",
    "gpt-4o-mini-tts-2025-12-15": "gpt-4o-mini-tts-2025-12-15",
    "gpt-4o-transcribe": "gpt-4o-transcribe",
    "gpt-4o-transcribe-diarize": "gpt-4o-transcribe-diarize",
    "gpt-transcribe": "gpt-transcribe",
    "tts-1": "tts-1",
    "tts-1-hd": "tts-1-hd",
    "whisper-1": "whisper-1",
    "o1": "o1-2024-12-17",
    "o1-mini": "o1-mini-2024-09-12",
    "o3": "o3-2025-04-16",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
    "omni-moderation-latest": "omni-moderation-latest",
    "text-embedding-3-large": "text-embedding-3-large",
    "text-embedding-3-small": "text-embedding-3-small",
    "text-embedding-ada-002": "text-embedding-ada-002-v2",
    "text-moderation-latest": "text-moderation-007",
    "text-moderation-stable": "text-moderation-007",
}

_GPT_5 = Family("gpt-5", 400_000, reasoning=True, logprobs=False, fingerprint=False, stop=False)
_GPT_5_6 = replace(_GPT_5, prefix="gpt-5.6", cache_writes=True, phases=True, keeps_reasoning=True)

# The first prefix that fits is the family. Shapes as recorded; context windows as documented.
FAMILIES = (
    Family("gpt-4o-search-preview", logprobs=False, searches=True, tier=False),
    Family("gpt-4o-mini-search-preview", logprobs=False, searches=True, tier=False),
    Family("gpt-5-search-api", 400_000, logprobs=False, searches=True, tier=False),
    Family("gpt-4.5-preview", logprobs=False, fingerprint=False),
    Family("gpt-5-chat", 128_000, logprobs=False, fingerprint=False),
    Family("gpt-3.5-turbo-instruct", 4_096, "cl100k_base"),
    Family("gpt-3.5", 16_385, "cl100k_base"),
    Family("babbage-002", 16_384, "cl100k_base"),
    Family("davinci-002", 16_384, "cl100k_base"),
    Family("text-embedding-", 8_192, "cl100k_base"),
    Family("gpt-4.1", 1_047_576),
    Family("chatgpt-"),
    Family("gpt-4o"),
    Family("gpt-4-turbo", 128_000, "cl100k_base"),
    Family("gpt-4", 8_192, "cl100k_base"),
    replace(_GPT_5_6, prefix="gpt-6", context=1_050_000),
    _GPT_5_6,
    replace(_GPT_5, prefix="gpt-5.5", phases=True),
    replace(_GPT_5, prefix="gpt-5.4", effort="none", phases=True),
    replace(_GPT_5, prefix="gpt-5.2", effort="none"),
    replace(_GPT_5, prefix="gpt-5.1", effort="none"),
    replace(_GPT_5, prefix="gpt-5-pro", effort="high"),
    _GPT_5,
    Family("o1-mini", reasoning=True, logprobs=False, system=False),
    Family("o1", 200_000, reasoning=True, logprobs=False),
    Family("o3", 200_000, reasoning=True, logprobs=False, stop=False),
    Family("o4", 200_000, reasoning=True, logprobs=False, stop=False),
    Family("", 1_047_576),
)

_KNOWN = frozenset((*SNAPSHOTS, *SNAPSHOTS.values()))


@lru_cache(maxsize=1024)
def model_named(name: str) -> Model:
    """The model of that name; an unknown one looks like the family that its name begins with. `ft:` names are seen
    through to their base."""
    base = name.split(":")[1] if name.startswith("ft:") and name.count(":") > 1 else name
    family = next(family for family in FAMILIES if base.startswith(family.prefix))
    return Model(name, SNAPSHOTS.get(name, name), family, base in _KNOWN)
