"""What Live sessions refuse. None of these wordings was recorded: they say what the SDK's docstrings do."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..errors import APIError


class Wording(msgspec.Struct, frozen=True):
    """One refusal."""

    message: str
    code: str
    param: str | None = None
    status: int = 400


Refusal = Literal[
    "not_json", "type", "not_started", "started", "audio", "fixture_audio", "fixture_active", "too_long",
    "no_delegation", "not_of_responses", "delegation_type", "not_responses", "not_decisions", "nothing_to_answer",
    "event_id", "no_item", "item_exists", "triggers", "selector", "history", "history_parts", "voice_format",
    "not_sip", "dtmf", "sdp", "no_session", "ended", "not_stored", "accepted", "sip_status", "target",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "not_json": Wording("Unable to parse the message as JSON.", "invalid_json"),
    "type": Wording("Invalid value: '{value}'. Supported values are: {kinds}.", "invalid_value", "type"),
    "not_started": Wording("The session has not started: send session.start first.", "session_not_started", "type"),
    "started": Wording("The session has already started.", "session_already_started", "type"),
    "audio": Wording(
        "Invalid 'audio'. Expected base64-encoded audio bytes in the session's format, but got an invalid value.",
        "invalid_value",
        "audio",
    ),
    "fixture_audio": Wording(
        "Invalid 'audio'. Expected base64-encoded mono PCM16 at 24 kHz of at most 30 seconds, but got {got}.",
        "invalid_value",
        "audio",
    ),
    "fixture_active": Wording("An audio fixture is active.", "fixture_active"),
    "too_long": Wording(
        "Invalid 'content': string too long. Expected at most 500 tokens, but got {tokens} instead.",
        "string_above_max_length",
        "content",
    ),
    "no_delegation": Wording("Delegation with id '{id}' not found.", "delegation_not_found", "delegation_id"),
    "not_of_responses": Wording(
        "A delegation_id is not accepted with Responses delegation.", "invalid_value", "delegation_id"
    ),
    "delegation_type": Wording(
        "The delegation type cannot change: this session has '{type}'.", "invalid_value", "session.delegation.type"
    ),
    "not_responses": Wording("{event} requires Responses delegation.", "invalid_event", "type"),
    "not_decisions": Wording("{event} requires Decisions delegation.", "invalid_event", "type"),
    "nothing_to_answer": Wording("There is nothing to respond to yet.", "invalid_event", "type"),
    "event_id": Wording("The event_id '{id}' was used before in this session.", "duplicate_event_id", "event_id"),
    "no_item": Wording("Decision item with id '{id}' not found.", "item_not_found", "item_id"),
    "item_exists": Wording("A Decision item with id '{id}' already exists.", "duplicate_item_id", "item.id"),
    "triggers": Wording(
        "Invalid 'session.triggers': there may be one trigger for each event type, but '{type}' has two.",
        "invalid_value",
        "session.triggers",
    ),
    "selector": Wording(
        "Invalid 'response_event': it is required for 'response.event' and for no other type.",
        "invalid_value",
        "session.client.data_channel.allowed_server_events",
    ),
    "history": Wording(
        "Invalid 'session.input': array too long. Expected at most 128 messages, but got {count} instead.",
        "array_above_max_length",
        "session.input",
    ),
    "history_parts": Wording(
        "Invalid 'session.input[{index}].content': expected exactly one part, but got {count} instead.",
        "invalid_value",
        "session.input[{index}].content",
    ),
    "voice_format": Wording(
        "'session.audio.format' is accepted on primary WebSockets alone: WebRTC and SIP negotiate theirs.",
        "unknown_parameter",
        "session.audio.format",
    ),
    "not_sip": Wording("transport.dtmf.send is supported for SIP calls alone.", "invalid_event", "type"),
    "dtmf": Wording("Invalid value: '{value}'. A key is one of 0-9, A-D, * and #.", "invalid_value", "event"),
    "sdp": Wording("Invalid SDP offer.", "invalid_offer", "transport.sdp"),
    "no_session": Wording("Live session with id '{id}' not found.", "session_not_found", None, 404),
    "ended": Wording("Live session with id '{id}' has ended.", "session_ended"),
    "not_stored": Wording(
        "Live session with id '{id}' was not stored: that takes store=true from its start.",
        "session_not_stored",
        None,
        404,
    ),
    "accepted": Wording("The call '{id}' was already answered.", "call_already_accepted"),
    "sip_status": Wording(
        "Invalid 'status_code': expected a value between 300 and 699, but got {value} instead.",
        "invalid_value",
        "status_code",
    ),
    "target": Wording("Invalid 'target_uri': it must not be blank.", "invalid_value", "target_uri"),
}  # fmt: skip


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    wording = WORDINGS[name]
    param = wording.param.format(**values) if wording.param else None
    return APIError(wording.status, wording.message.format(**values), param=param, code=wording.code)
