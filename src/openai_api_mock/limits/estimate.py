"""How many tokens a call is taken to need when it comes in."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON

_READ = ("messages", "input", "prompt", "instructions", "tools", "functions")
_CEILING = ("max_completion_tokens", "max_tokens", "max_output_tokens")
_NOT_TEXT = frozenset(
    ("type", "role", "id", "call_id", "tool_call_id", "image_url", "url", "data", "file_data", "file_id")
)


def tokens_of(body: Mapping[str, JSON]) -> int:
    """The greater of what the answer may have and a fourth of the characters that the model reads.

    The API's guide: "Your rate limit is calculated as the maximum of max_tokens and the estimated number of tokens
    based on the character count of your request." What the answer has in the end doesn't change it.
    """
    ceiling = next((body[name] for name in _CEILING if isinstance(body.get(name), int)), 0)
    choices = body.get("n")
    ceiling *= choices if isinstance(choices, int) and choices > 0 else 1
    characters = sum(_characters(body[name]) for name in _READ if name in body)
    return max(1, ceiling, -(-characters // 4))


def _characters(value: JSON) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return 4  # one of a prompt's tokens
    if isinstance(value, list):
        return sum(map(_characters, value))
    if isinstance(value, dict):
        return sum(_characters(part) for name, part in value.items() if name not in _NOT_TEXT)
    return 0
