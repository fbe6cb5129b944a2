"""What the mock knows of models: the dated snapshot that a name resolves to, and how its replies look.

Snapshots and shapes as recorded; a name that isn't here is taken as it is and judged by its family's prefix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

Encoding = Literal["o200k_base", "cl100k_base"]


class Model(msgspec.Struct, frozen=True):
    """How one model's replies look."""

    name: str
    snapshot: str
    """What replies say in `model`."""
    reasoning: bool = False
    """Bills reasoning tokens, takes `max_completion_tokens` only, and one prompt token less than the formula."""
    logprobs: bool = True
    """Whether choices have a `logprobs` key at all."""
    fingerprint: bool = True
    """Whether `system_fingerprint` is a string or null."""
    encoding: Encoding = "o200k_base"


# name: snapshot
SNAPSHOTS = {
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
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
    "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17",
    "o1": "o1-2024-12-17",
    "o1-mini": "o1-mini-2024-09-12",
    "o3": "o3-2025-04-16",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
}

# The first prefix that fits, longest first: (prefix, reasoning, logprobs, fingerprint, encoding).
FAMILIES: tuple[tuple[str, bool, bool, bool, Encoding], ...] = (
    ("gpt-4o-search-preview", False, False, True, "o200k_base"),
    ("gpt-4.5-preview", False, False, False, "o200k_base"),
    ("gpt-5-chat", False, False, False, "o200k_base"),
    ("gpt-3.5", False, True, True, "cl100k_base"),
    ("gpt-4.1", False, True, True, "o200k_base"),
    ("chatgpt-", False, True, True, "o200k_base"),
    ("gpt-4o", False, True, True, "o200k_base"),
    ("gpt-4", False, True, True, "cl100k_base"),
    ("gpt-5", True, False, False, "o200k_base"),
    ("o1", True, False, True, "o200k_base"),
    ("o3", True, False, True, "o200k_base"),
    ("o4", True, False, True, "o200k_base"),
    ("", False, True, True, "o200k_base"),
)


@lru_cache(maxsize=1024)
def model_named(name: str) -> Model:
    """The model of that name; an unknown one looks like the family that its name begins with. `ft:` names are seen
    through to their base."""
    base = name.split(":")[1] if name.startswith("ft:") and name.count(":") > 1 else name
    _, reasoning, logprobs, fingerprint, encoding = next(row for row in FAMILIES if base.startswith(row[0]))
    return Model(name, SNAPSHOTS.get(name, name), reasoning, logprobs, fingerprint, encoding)
