"""The settings of a Realtime session: what they are unless the client says otherwise, and how it changes them.

Recorded: the session of a client secret, with all its defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Literal

from ..answer import JSON

Settings = dict[str, Any]
Law = Literal["ulaw", "alaw"]

LASTS = 60 * 60
"""Seconds that a session may take."""

_PCM = {"type": "audio/pcm", "rate": 24_000}
_DETECTION: dict[str, Settings] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
_TRANSCRIPTION: Settings = {"model": None, "language": None, "prompt": None}
_INPUT: Settings = {
    "format": _PCM,
    "transcription": None,
    "noise_reduction": None,
    "turn_detection": _DETECTION["server_vad"],
}
USUAL: dict[str, Settings] = {
    "realtime": {
        "type": "realtime",
        "object": "realtime.session",
        "model": "gpt-realtime",
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": 0,
        "audio": {"input": _INPUT, "output": {"format": _PCM, "voice": "alloy", "speed": 1.0}},
        "include": None,
    },
    "transcription": {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "expires_at": 0,
        "audio": {"input": _INPUT},
        "include": None,
    },
}
"""By the session's type."""

# Milliseconds of silence after which a turn is over. How eager the real one is depends on what was said, which the mock
# doesn't weigh.
_EAGERNESS = {"low": 800, "medium": 500, "auto": 500, "high": 200}


def usual(kind: str, id: str, expires_at: int = 0, model: str | None = None) -> Settings:
    """The settings of a new session."""
    settings = {**deepcopy(USUAL[kind]), "id": id, "expires_at": expires_at}
    return settings if model is None else {**settings, "model": model}


def updated(settings: Settings, given: Mapping[str, JSON]) -> Settings:
    """The settings with the changes of a `session.update`; what it leaves away stays."""
    return _laid(settings, {name: value for name, value in given.items() if name not in ("id", "object")})


def _laid(old: Settings, given: Mapping[str, JSON]) -> Settings:
    new = dict(old)
    for name, value in given.items():
        if name == "turn_detection" and isinstance(value, dict):
            new[name] = {**_DETECTION[str(value.get("type") or "server_vad")], **value}
        elif name == "transcription" and isinstance(value, dict):
            new[name] = {**_TRANSCRIPTION, **value}
        elif name == "format" and isinstance(value, dict):
            new[name] = {**_PCM, **value} if value.get("type") == "audio/pcm" else dict(value)
        elif name == "tools":
            new[name] = [{"description": None, **tool} if _is_function(tool) else tool for tool in value or ()]
        elif isinstance(value, dict) and isinstance(new.get(name), dict) and name in ("audio", "input", "output"):
            new[name] = _laid(new[name], value)
        else:
            new[name] = value
    return new


def _is_function(tool: JSON) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "function"


class Format:
    """How samples are written: 16 bits at 24 kHz, or G.711 at 8 kHz."""

    def __init__(self, settings: Mapping[str, JSON]) -> None:
        kind = str(settings.get("type"))
        self.law: Law | None = {"audio/pcmu": "ulaw", "audio/pcma": "alaw"}.get(kind)  # type: ignore[assignment]
        self.rate = 24_000 if self.law is None else 8_000
        self.name = "pcm16" if self.law is None else f"g711_{self.law}"

    def decoded(self, data: bytes) -> bytes:
        """16-bit samples at the format's rate."""
        if self.law is None:
            return data
        from ..generate.speech_g711 import decode

        return decode(data, self.law)

    def encoded(self, pcm: bytes) -> bytes:
        """From 16-bit samples at 24 kHz."""
        if self.law is None:
            return pcm
        from array import array

        from ..generate.speech_g711 import encode

        return encode(array("h", pcm)[::3].tobytes(), self.law)

    @property
    def bytes_per_second(self) -> int:
        return self.rate * (2 if self.law is None else 1)


def usual_detection() -> Settings:
    return _DETECTION["server_vad"]


def silence_of(detection: Mapping[str, JSON]) -> int:
    """Milliseconds of silence that end a turn."""
    if detection["type"] == "semantic_vad":
        return _EAGERNESS[str(detection.get("eagerness") or "auto")]
    return int(detection.get("silence_duration_ms") or 200)
