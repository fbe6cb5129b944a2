"""The settings of a Realtime session: what they are unless the client says otherwise, and how it changes them.

Recorded: the session of a client secret, with all its defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ..answer import JSON
from ..voice.input import DETECTION

Settings = dict[str, Any]

LASTS = 60 * 60
"""Seconds that a session may take."""

_PCM = {"type": "audio/pcm", "rate": 24_000}
_TRANSCRIPTION: Settings = {"model": None, "language": None, "prompt": None}
_INPUT: Settings = {
    "format": _PCM,
    "transcription": None,
    "noise_reduction": None,
    "turn_detection": DETECTION["server_vad"],
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
            new[name] = {**DETECTION[str(value.get("type") or "server_vad")], **value}
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


def voice_named(voice: JSON) -> JSON:
    """A voice as replies tell it: one of the user's own by its id alone (the SDK's types of replies take a text)."""
    return voice.get("id") if isinstance(voice, dict) else voice


def as_created(session: Settings) -> Settings:
    """The settings as a new secret's reply tells them."""
    output = session["audio"].get("output")
    if output is None:
        return session
    told = {**output, "voice": voice_named(output.get("voice"))}
    return {**session, "audio": {**session["audio"], "output": told}}
