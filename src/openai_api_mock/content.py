"""How what requests hold is read, whichever endpoint it is for, and shortened to be told."""

from __future__ import annotations

from typing import Any


def dicts(value: Any) -> list[Any]:
    """The objects in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(content: Any) -> str:
    """The text of a message's or a result's content, be it a string or parts."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or part.get("refusal") or "") for part in dicts(content))


def shortened(text: str, most: int = 60) -> str:
    """The text's beginning, where all of it is too much to tell."""
    return text if len(text) <= most else text[: most - 3] + "..."
