"""The messages of a session that is talked to: JSON, and audio in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from ..answer import JSON

Event = dict[str, Any]


def frame(event: Event, make_id: Callable[[], str]) -> bytes:
    """The event as it is sent."""
    kind = event["type"]
    rest = {name: value for name, value in event.items() if name != "type"}
    return msgspec.json.encode({"type": kind, "event_id": make_id(), **rest})


def bytes_of(audio: JSON) -> bytes | None:
    """What base64 says; None where it is none."""
    if not isinstance(audio, str):
        return None
    try:
        return base64.b64decode(audio, validate=True)
    except binascii.Error:
        return None
