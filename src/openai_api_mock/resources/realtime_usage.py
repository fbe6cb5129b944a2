"""What Realtime bills. Documented: a token for every 100 ms that the user speaks, and for every 50 ms of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON
from ..content import dicts, text_of
from ..generate.tokens import Tokenizer

_HEARD, _SPOKEN = 10, 20
"""Tokens a second."""
_MESSAGE = 4
"""Tokens that each item takes besides its content."""


def usage_of(body: Mapping[str, Any], output: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> dict[str, JSON]:
    """Of a response: its request's body, and what it said."""
    text = tokenizer.count(str(body.get("instructions") or ""))
    if body.get("tools"):
        text += tokenizer.count(msgspec.json.encode(body["tools"]).decode())
    audio = 0
    for item in dicts(body.get("input")):
        heard = _spoken_text(item)
        audio += _audio_tokens(heard, _HEARD)
        text += _MESSAGE + tokenizer.count("" if heard else _text(item))
    said = said_audio = 0
    for item in output:
        spoken = _spoken_text(item)
        said_audio += _audio_tokens(spoken, _SPOKEN)
        said += _MESSAGE + tokenizer.count(spoken or _text(item))
    cached = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}
    given = {"text_tokens": text, "audio_tokens": audio, "image_tokens": 0}
    return {
        "total_tokens": text + audio + said + said_audio,
        "input_tokens": text + audio,
        "output_tokens": said + said_audio,
        "input_token_details": {**given, "cached_tokens": 0, "cached_tokens_details": cached},
        "output_token_details": {"text_tokens": said, "audio_tokens": said_audio},
    }


def transcription_usage(seconds: float, tokens: int) -> dict[str, JSON]:
    heard = round(seconds * _HEARD)
    return {
        "type": "tokens",
        "total_tokens": heard + tokens,
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": tokens,
    }


def _spoken_text(item: Mapping[str, Any]) -> str:
    """What an item says aloud."""
    parts = [part for part in dicts(item.get("content")) if str(part.get("type")).endswith("_audio")]
    return " ".join(str(part.get("transcript") or part.get("text") or "") for part in parts)


def _audio_tokens(text: str, rate: int) -> int:
    if not text:
        return 0
    from ..generate.speech import seconds_of

    return round(seconds_of(text) * rate)


def _text(item: Mapping[str, Any]) -> str:
    if item["type"] == "message":
        return text_of(item.get("content"))
    return f"{item.get('name', '')}{item.get('arguments', '')}{item.get('output', '')}"
