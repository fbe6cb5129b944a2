"""The configuration of a Live session: what is resolved of what the client gives, how it changes, and what is refused.

As the SDK's types and docstrings tell it; what they leave open is marked as a guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..answer import JSON
from ..call import Refused
from ..content import dicts
from .live_refusals import refusal

Settings = dict[str, Any]

MODEL = "gpt-live-1"
LASTS = 60 * 60
"""Seconds until a session expires. A guess: not documented; a Realtime session lasts as long."""
_MESSAGES = 128
_PCM = {"type": "audio/pcm", "rate": 24_000}
_VOICE = "marin"
# Milliseconds (the SDK's docstring of acknowledgement_delay_ms).
_DELAYS = {"decisions": 400}


def resolved(given: Mapping[str, Any], id: str, expires_at: int, *, is_socket: bool) -> Settings:
    """The session that a configuration makes. Raises Refused."""
    _check(given, is_socket)
    audio = given.get("audio") or {}
    format = audio.get("format") or _PCM
    settings: Settings = {
        "id": id,
        "expires_at": expires_at,
        "model": given["model"],
        "status": "active",
        "audio": {"output": {"voice": (audio.get("output") or {}).get("voice") or _VOICE}},
        "delegation": _delegation(given.get("delegation") or {"type": "client"}),
        "input": given.get("input") or [],
        "instructions": given.get("instructions"),
        "safety_identifier": given.get("safety_identifier"),
        "store": bool(given.get("store")),
        "triggers": given.get("triggers") or [],
    }
    if is_socket:
        settings["audio"]["format"] = format
    if given.get("client") is not None:
        settings["client"] = given["client"]
    return settings


def updated(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """The session with its delegation or triggers changed; what is left away stays. Raises Refused."""
    new = dict(settings)
    delegation = given.get("delegation")
    if delegation is not None:
        new["delegation"] = _merged(settings["delegation"], delegation)
    if given.get("triggers") is not None:
        _check_triggers(given)
        new["triggers"] = given["triggers"]
    return new


def forked(stored: Settings, given: Mapping[str, Any], id: str, expires_at: int, *, is_socket: bool) -> Settings:
    """The session that goes on from a stored one, with what is overridden. Raises Refused."""
    _check(given, is_socket)
    new = {**updated(stored, {"delegation": given.get("delegation")}), "id": id, "expires_at": expires_at}
    new["audio"] = {"output": stored["audio"]["output"]}
    if is_socket:
        given_format = (given.get("audio") or {}).get("format")
        new["audio"]["format"] = given_format or stored["audio"].get("format") or _PCM
    if given.get("store") is not None:
        new["store"] = given["store"]
    if given.get("client") is not None:
        new["client"] = given["client"]
    return new


def _delegation(given: Mapping[str, Any]) -> Settings:
    kind = given["type"]
    delay = given.get("acknowledgement_delay_ms")
    return {**given, "acknowledgement_delay_ms": _DELAYS.get(kind, 0) if delay is None else delay}


def _merged(old: Settings, given: Mapping[str, Any]) -> Settings:
    kind = old["type"]
    if given["type"] != kind:
        raise Refused(refusal("delegation_type", type=kind))
    new = {**old, **{name: value for name, value in given.items() if value is not None and name != kind}}
    if kind in old:
        new[kind] = {**old[kind], **(given.get(kind) or {})}
    return new


def _check(given: Mapping[str, Any], is_socket: bool) -> None:
    _check_triggers(given)
    if not is_socket and (given.get("audio") or {}).get("format") is not None:
        raise Refused(refusal("voice_format"))
    history = dicts(given.get("input"))
    if len(history) > _MESSAGES:
        raise Refused(refusal("history", count=len(history)))
    for index, item in enumerate(history):
        if len(item["content"]) != 1:
            raise Refused(refusal("history_parts", index=index, count=len(item["content"])))
    channel = (given.get("client") or {}).get("data_channel") or {}
    for selector in dicts(channel.get("allowed_server_events")):
        if (selector.get("type") == "response.event") != (selector.get("response_event") is not None):
            raise Refused(refusal("selector"))


def _check_triggers(given: Mapping[str, JSON]) -> None:
    counts = Counter(trigger["event_type"] for trigger in dicts(given.get("triggers")))
    for kind, count in counts.items():
        if count > 1:
            raise Refused(refusal("triggers", type=kind))
