"""What Live sessions refuse. None of these wordings was recorded: they say what the SDK's docstrings do."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal[
    "not_json", "type", "not_started", "started", "audio", "fixture_audio", "fixture_active", "too_long",
    "no_delegation", "not_of_responses", "delegation_type", "not_responses", "not_decisions", "nothing_to_answer",
    "event_id", "no_item", "item_exists", "triggers", "selector", "history", "history_parts", "voice_format",
    "not_sip", "dtmf", "sdp", "no_session", "ended", "not_stored", "accepted", "sip_status", "target",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "not_json": Wording("Unable to parse the message as JSON.", code="invalid_json"),
    "type": Wording("Invalid value: '{value}'. Supported values are: {kinds}.", "type", "invalid_value"),
    "not_started": Wording("The session has not started: send session.start first.", "type", "session_not_started"),
    "started": Wording("The session has already started.", "type", "session_already_started"),
    "audio": Wording(
        "Invalid 'audio'. Expected base64-encoded audio bytes in the session's format, but got an invalid value.",
        "audio",
        "invalid_value",
    ),
    "fixture_audio": Wording(
        "Invalid 'audio'. Expected base64-encoded mono PCM16 at 24 kHz of at most 30 seconds, but got {got}.",
        "audio",
        "invalid_value",
    ),
    "fixture_active": Wording("An audio fixture is active.", code="fixture_active"),
    "too_long": Wording(
        "Invalid 'content': string too long. Expected at most 500 tokens, but got {tokens} instead.",
        "content",
        "string_above_max_length",
    ),
    "no_delegation": Wording("Delegation with id '{id}' not found.", "delegation_id", "delegation_not_found"),
    "not_of_responses": Wording(
        "A delegation_id is not accepted with Responses delegation.", "delegation_id", "invalid_value"
    ),
    "delegation_type": Wording(
        "The delegation type cannot change: this session has '{type}'.", "session.delegation.type", "invalid_value"
    ),
    "not_responses": Wording("{event} requires Responses delegation.", "type", "invalid_event"),
    "not_decisions": Wording("{event} requires Decisions delegation.", "type", "invalid_event"),
    "nothing_to_answer": Wording("There is nothing to respond to yet.", "type", "invalid_event"),
    "event_id": Wording("The event_id '{id}' was used before in this session.", "event_id", "duplicate_event_id"),
    "no_item": Wording("Decision item with id '{id}' not found.", "item_id", "item_not_found"),
    "item_exists": Wording("A Decision item with id '{id}' already exists.", "item.id", "duplicate_item_id"),
    "triggers": Wording(
        "Invalid 'session.triggers': there may be one trigger for each event type, but '{type}' has two.",
        "session.triggers",
        "invalid_value",
    ),
    "selector": Wording(
        "Invalid 'response_event': it is required for 'response.event' and for no other type.",
        "session.client.data_channel.allowed_server_events",
        "invalid_value",
    ),
    "history": Wording(
        "Invalid 'session.input': array too long. Expected at most 128 messages, but got {count} instead.",
        "session.input",
        "array_above_max_length",
    ),
    "history_parts": Wording(
        "Invalid 'session.input[{index}].content': expected exactly one part, but got {count} instead.",
        "session.input[{index}].content",
        "invalid_value",
    ),
    "voice_format": Wording(
        "'session.audio.format' is accepted on primary WebSockets alone: WebRTC and SIP negotiate theirs.",
        "session.audio.format",
        "unknown_parameter",
    ),
    "not_sip": Wording("transport.dtmf.send is supported for SIP calls alone.", "type", "invalid_event"),
    "dtmf": Wording("Invalid value: '{value}'. A key is one of 0-9, A-D, * and #.", "event", "invalid_value"),
    "sdp": Wording("Invalid SDP offer.", "transport.sdp", "invalid_offer"),
    "no_session": Wording("Live session with id '{id}' not found.", code="session_not_found", status=404),
    "ended": Wording("Live session with id '{id}' has ended.", code="session_ended"),
    "not_stored": Wording(
        "Live session with id '{id}' was not stored: that takes store=true from its start.",
        code="session_not_stored",
        status=404,
    ),
    "accepted": Wording("The call '{id}' was already answered.", code="call_already_accepted"),
    "sip_status": Wording(
        "Invalid 'status_code': expected a value between 300 and 699, but got {value} instead.",
        "status_code",
        "invalid_value",
    ),
    "target": Wording("Invalid 'target_uri': it must not be blank.", "target_uri", "invalid_value"),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
