"""The messages of model graders and of evals' samples, as a chat or a response takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from ..answer import JSON
from .templates import filled

_CHAT: Mapping[str, Callable[[Mapping[str, JSON]], JSON]] = {
    "input_audio": lambda part: part,
    "input_image": lambda part: {
        "type": "image_url",
        "image_url": {"url": part["image_url"], "detail": part.get("detail") or "auto"},
    },
}


def chat_messages(messages: JSON, names: Mapping[str, JSON]) -> list[JSON]:
    """Messages of a chat completion, their blanks filled in. Raises UnknownVariable."""
    return [{"role": each["role"], "content": _content(each["content"], names)} for each in messages]


def _content(content: JSON, names: Mapping[str, JSON]) -> JSON:
    if isinstance(content, str):
        return filled(content, names)
    parts = [content] if isinstance(content, dict) else content
    if all(isinstance(part, str) or "text" in part for part in parts):
        return "\n".join(filled(part if isinstance(part, str) else part["text"], names) for part in parts)
    return [_part(part, names) for part in parts]


def _part(part: JSON, names: Mapping[str, JSON]) -> JSON:
    if isinstance(part, str):
        return {"type": "text", "text": filled(part, names)}
    as_chat = _CHAT.get(part["type"])
    return {"type": "text", "text": filled(part["text"], names)} if as_chat is None else as_chat(part)


def sample_of(text: str) -> dict[str, JSON]:
    """The namespace `sample` of what a model said; as a value too, where it is JSON."""
    sample: dict[str, JSON] = {"output_text": text}
    with suppress(msgspec.DecodeError):
        sample["output_json"] = msgspec.json.decode(text)
    return sample
