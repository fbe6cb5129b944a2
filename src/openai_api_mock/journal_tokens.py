"""What replies say of tokens, added up over endpoints that have it under different names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .answer import JSON, Usage

_TOKENS = {
    "input": (("prompt_tokens",), ("input_tokens",)),
    "output": (("completion_tokens",), ("output_tokens",)),
    "reasoning": (("completion_tokens_details", "reasoning_tokens"), ("output_tokens_details", "reasoning_tokens")),
    "cached": (("prompt_tokens_details", "cached_tokens"), ("input_tokens_details", "cached_tokens")),
    "audio": (("completion_tokens_details", "audio_tokens"),),
}
"""Where endpoints have what is counted."""


def tokens_of(usages: Iterable[JSON]) -> Usage:
    """The sum of several replies' `usage`."""
    total = Counter[str]()
    for usage in usages:
        for ours, theirs in _TOKENS.items():
            total[ours] += next((count for path in theirs if (count := _number(usage, path)) is not None), 0)
    return Usage(**{name: total[name] for name in _TOKENS})


def _number(usage: JSON, path: tuple[str, ...]) -> int | None:
    for name in path:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return usage if type(usage) is int else None
