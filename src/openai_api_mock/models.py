"""What the mock knows of models: which there are, the dated snapshot that a name resolves to, how its replies look.

Snapshots and shapes as recorded; a name that isn't here is taken as it is and judged by its family's prefix.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
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
    sees: bool = True
    """Whether messages may hold images."""
    hears: bool = False
    """Whether messages may hold audio. What hears and doesn't see is an audio model: no call of it goes without."""
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
    """Whether the name, or what it was tuned from, is one of the API's."""


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

# What `GET /models` lists: when each was made, in seconds since the epoch, as quoted from real lists; 0 where none that
# is known has it, so that the date in its name, or LATELY, stands for it.
CREATED: dict[str, int] = {
    "gpt-4-0613": 1686588896, "gpt-4": 1687882411, "gpt-3.5-turbo": 1677610602, "gpt-3.5-turbo-16k": 1683758102,
    "davinci-002": 1692634301, "babbage-002": 1692634615, "gpt-3.5-turbo-instruct": 1692901427,
    "gpt-3.5-turbo-instruct-0914": 1694122472, "gpt-3.5-turbo-1106": 1698959748, "gpt-3.5-turbo-0125": 1706048358,
    "dall-e-3": 1698785189, "dall-e-2": 1698798177, "gpt-image-1": 1745517030, "gpt-image-1-mini": 0,
    "gpt-image-1.5": 0, "gpt-image-2": 0, "gpt-image-2-2026-04-21": 0, "gpt-image-2.5-flare": 0,
    "gpt-image-2.5-flare-2026-09-08": 0, "gpt-image-2.5-sunburst": 0, "gpt-image-2.5-sunburst-2026-09-08": 0,
    "gpt-image-2.6-flare": 0, "gpt-image-2.6-sunburst": 0, "chatgpt-image-latest": 0,
    "text-embedding-ada-002": 1671217299, "text-embedding-3-small": 1705948997, "text-embedding-3-large": 1705953180,
    "whisper-1": 1677532384, "tts-1": 1681940951, "tts-1-hd": 1699046015, "tts-1-1106": 1699053241,
    "tts-1-hd-1106": 1699053533, "gpt-4-turbo-preview": 1706037777, "gpt-4-turbo": 1712361441,
    "gpt-4-turbo-2024-04-09": 1712601677, "gpt-4o": 1715367049, "gpt-4o-2024-05-13": 1715368132,
    "gpt-4o-mini-2024-07-18": 1721172717, "gpt-4o-mini": 1721172741, "gpt-4o-2024-08-06": 1722814719,
    "gpt-4o-2024-11-20": 1739331543, "chatgpt-4o-latest": 1723515131, "gpt-4o-audio-preview": 1727460443,
    "gpt-4o-audio-preview-2024-12-17": 1734034239, "gpt-4o-audio-preview-2025-06-03": 1748908498,
    "gpt-4o-mini-audio-preview": 1734387424, "gpt-4o-mini-audio-preview-2024-12-17": 1734115920,
    "gpt-audio": 1756339249, "gpt-audio-mini": 1759512027, "gpt-4o-realtime-preview": 1727659998,
    "gpt-4o-realtime-preview-2025-06-03": 1748907838, "gpt-4o-search-preview": 1741388720,
    "gpt-4o-search-preview-2025-03-11": 1741388170, "gpt-4o-mini-search-preview": 1741391161,
    "gpt-4o-mini-search-preview-2025-03-11": 1741390858, "gpt-5-search-api": 0,
    "gpt-4o-transcribe": 1742068463, "gpt-4o-mini-transcribe": 1742068596, "gpt-4o-mini-transcribe-2025-12-15": 0,
    "gpt-4o-transcribe-diarize": 1750798887, "gpt-transcribe": 0, "gpt-4o-mini-tts": 1742403959,
    "gpt-4o-mini-tts-2025-12-15": 0, "omni-moderation-latest": 1731689265, "omni-moderation-2024-09-26": 1732734466,
    "text-moderation-latest": 0, "text-moderation-stable": 0, "o1-mini": 1725649008, "o1-mini-2024-09-12": 1725648979,
    "o1": 1734375816, "o1-2024-12-17": 1734326976, "o1-pro": 1742251791, "o1-pro-2025-03-19": 1742251504,
    "o3-mini": 1737146383, "o3-mini-2025-01-31": 1738010200, "o3": 1744225308, "o3-2025-04-16": 1744133301,
    "o3-pro": 1748475349, "o4-mini": 1744225351, "o4-mini-2025-04-16": 1744133506,
    "computer-use-preview": 1734655677, "codex-mini-latest": 1746673257, "gpt-4.5-preview": 1740623059,
    "gpt-4.5-preview-2025-02-27": 1740623304, "gpt-4.1": 1744316542, "gpt-4.1-2025-04-14": 1744315746,
    "gpt-4.1-mini": 1744318173, "gpt-4.1-mini-2025-04-14": 1744317547, "gpt-4.1-nano": 1744321707,
    "gpt-4.1-nano-2025-04-14": 1744321025, "gpt-5": 1754425777, "gpt-5-2025-08-07": 0, "gpt-5-mini": 1754425928,
    "gpt-5-mini-2025-08-07": 1754425867, "gpt-5-nano": 0, "gpt-5-nano-2025-08-07": 0, "gpt-5-chat-latest": 0,
    "gpt-5-pro": 0, "gpt-5-pro-2025-10-06": 0, "gpt-5.1": 1762800673, "gpt-5.1-2025-11-13": 0, "gpt-5.2": 1765313051,
    "gpt-5.2-2025-12-11": 0, "gpt-5.2-pro": 1765343983, "gpt-5.4": 1772654062, "gpt-5.4-2026-03-05": 0,
    "gpt-5.4-mini": 0, "gpt-5.4-mini-2026-03-17": 0, "gpt-5.5": 0, "gpt-5.5-2026-04-23": 0, "gpt-5.6": 0,
    "gpt-5.6-sol": 0,
}  # fmt: skip
FURTHER = "/models"
"""The store's collection of the models beside these: fine-tuned ones, and those that an option names."""
LATELY = 1767225600
"""The first day of 2026."""

# All others are `system`'s.
_OWNERS = {
    "gpt-4-0613": "openai",
    "gpt-4": "openai",
    "gpt-3.5-turbo": "openai",
    "gpt-3.5-turbo-16k": "openai-internal",
    "text-embedding-ada-002": "openai-internal",
    "tts-1": "openai-internal",
    "whisper-1": "openai-internal",
}
_DATE = re.compile(r"-(\d{4})-(\d\d)-(\d\d)$")

_GPT_5 = Family("gpt-5", 400_000, reasoning=True, logprobs=False, fingerprint=False, stop=False)
_GPT_5_6 = replace(_GPT_5, prefix="gpt-5.6", cache_writes=True, phases=True, keeps_reasoning=True)

# The first prefix that fits is the family. Shapes as recorded; context windows as documented.
FAMILIES = (
    Family("gpt-4o-audio-preview", sees=False, hears=True),
    Family("gpt-4o-mini-audio-preview", sees=False, hears=True),
    Family("gpt-audio", sees=False, hears=True),
    Family("gpt-4o-search-preview", logprobs=False, searches=True, tier=False),
    Family("gpt-4o-mini-search-preview", logprobs=False, searches=True, tier=False),
    Family("gpt-5-search-api", 400_000, logprobs=False, searches=True, tier=False),
    Family("gpt-4.5-preview", logprobs=False, fingerprint=False),
    Family("gpt-5-chat", 128_000, logprobs=False, fingerprint=False),
    Family("gpt-3.5-turbo-instruct", 4_096, "cl100k_base"),
    Family("gpt-3.5", 16_385, "cl100k_base", sees=False),
    Family("babbage-002", 16_384, "cl100k_base"),
    Family("davinci-002", 16_384, "cl100k_base"),
    Family("text-embedding-", 8_192, "cl100k_base"),
    Family("gpt-4.1", 1_047_576),
    Family("chatgpt-"),
    Family("gpt-4o"),
    Family("gpt-4-turbo", 128_000, "cl100k_base"),
    Family("gpt-4", 8_192, "cl100k_base", sees=False),
    replace(_GPT_5_6, prefix="gpt-6", context=1_050_000),
    _GPT_5_6,
    replace(_GPT_5, prefix="gpt-5.5", phases=True),
    replace(_GPT_5, prefix="gpt-5.4", effort="none", phases=True),
    replace(_GPT_5, prefix="gpt-5.2", effort="none"),
    replace(_GPT_5, prefix="gpt-5.1", effort="none"),
    replace(_GPT_5, prefix="gpt-5-pro", effort="high"),
    _GPT_5,
    Family("o1-mini", reasoning=True, logprobs=False, system=False, sees=False),
    Family("o1", 200_000, reasoning=True, logprobs=False),
    Family("o3-mini", 200_000, reasoning=True, logprobs=False, sees=False, stop=False),
    Family("o3", 200_000, reasoning=True, logprobs=False, stop=False),
    Family("o4", 200_000, reasoning=True, logprobs=False, stop=False),
    Family("", 1_047_576, hears=True),
)

_KNOWN = frozenset((*CREATED, *SNAPSHOTS, *SNAPSHOTS.values()))


@lru_cache(maxsize=1024)
def model_named(name: str) -> Model:
    """The model of that name; an unknown one looks like the family that its name begins with. `ft:` names are seen
    through to their base."""
    base = name.split(":")[1] if name.startswith("ft:") and name.count(":") > 1 else name
    family = next(family for family in FAMILIES if base.startswith(family.prefix))
    return Model(name, SNAPSHOTS.get(name, name), family, base in _KNOWN)


def created(name: str) -> int:
    """When one of the API's own models was made."""
    known = CREATED.get(name, 0) or CREATED.get(SNAPSHOTS.get(name, ""), 0)
    dated = _DATE.search(SNAPSHOTS.get(name, name))
    if known or dated is None:
        return known or LATELY
    year, month, day = map(int, dated.groups())
    return int(datetime(year, month, day, tzinfo=timezone.utc).timestamp())


def owner(name: str) -> str:
    """Whose one of the API's own models is."""
    return _OWNERS.get(name, "system")


def listed_model(name: str, made: int, owned_by: str) -> dict[str, str | int | None]:
    """A model as `GET /models` lists it."""
    return {"id": name, "object": "model", "created": made, "owned_by": owned_by, "shutdown_date": None}


def is_tunable(model: Model) -> bool:
    """Whether one of the API's own models can be fine-tuned."""
    return model.snapshot.startswith(_TUNABLE) and _NOT_TUNABLE.search(model.snapshot) is None


# As documented for the three methods.
_TUNABLE = ("babbage-002", "davinci-002", "gpt-3.5-turbo", "gpt-4-0613", "gpt-4.1", "gpt-4o", "gpt-5-2025", "o4-mini")
_NOT_TUNABLE = re.compile("audio|search|realtime|transcribe|tts|instruct|16k")


def is_tuned(name: str) -> bool:
    """Whether the name is that of a fine-tuned model: `ft:gpt-4o-mini-2024-07-18:acme:suffix:a1b2c3`."""
    return name.startswith("ft:")


# What a tier that is asked for turns out as; `fast` is another name of `priority`.
_TIERS = {"auto": "default", "default": "default", "fast": "priority", "priority": "priority", "flex": "flex"}


def tier_of(asked: str | None) -> str:
    """The service tier that a reply tells."""
    return _TIERS.get(asked or "auto", "default")
