"""How what requests hold is read, whichever endpoint it is for, and shortened to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


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


def data_of(chunk: bytes) -> Any:
    """The JSON of a server-sent event; None for what is none, such as `[DONE]`."""
    for line in chunk.split(b"\n"):
        if line.startswith(b"data: "):
            return as_json(line[6:])
    return None


def object_in(message: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None where it is none, or nested deeper than anything could be meant."""
    try:
        value = msgspec.json.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def as_json(body: bytes | None) -> Any:
    """What bytes say in JSON; None where they don't."""
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return None


def said_last(body: Mapping[str, Any]) -> str:
    """The last thing that a request says, in a few words."""
    given = body.get("messages") or body.get("input") or body.get("prompt") or ""
    last = given[-1] if isinstance(given, list) and given else given
    if isinstance(last, dict):
        last = last.get("content") or last.get("output") or last
    return last if isinstance(last, str) else msgspec.json.encode(last).decode()
