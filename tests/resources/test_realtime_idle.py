"""A Realtime session in which nobody says anything for too long."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from openai_api_mock.generate.speech import speak

from .conftest import Open, Session
from .sockets import Event, kinds, merged

pytest.importorskip("websockets")
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")


def waiting(open_session: Open, **options: Any) -> Session:
    """A session that waits five seconds, and has said for 0.6 seconds what it had to say."""
    session = open_session(**options)
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    given = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
    session.ask({"type": "session.update", "session": given}, "session.updated")
    session.mock.reply("Hello you")
    session.respond()
    return session


def silence(session: Session, milliseconds: int) -> None:
    audio = base64.b64encode(bytes(48 * milliseconds)).decode()
    session.send({"type": "input_audio_buffer.append", "audio": audio})


def said(events: list[Event]) -> str:
    text: str = events[-2]["response"]["output"][0]["content"][0]["transcript"]
    return text


def test_who_says_nothing_is_asked_when_that_time_has_passed(open_session: Open) -> None:
    session = waiting(open_session, clock="manual")
    session.mock.reply("Are you still there?", times=2)
    for _ in range(2):
        session.mock.clock.wait_for_sleepers()
        # 5 seconds after the audio of 0.6 or 1.2 was heard.
        session.mock.clock.advance(5.5)
        update = {"type": "session.update", "session": {"type": "realtime"}}
        assert kinds(session.ask(update, "session.updated")) == ["session.updated"]
        session.mock.clock.wait_for_sleepers()
        session.mock.clock.advance(0.7)
        events = session.until("rate_limits.updated")
        assert merged(events)[:5] == [
            "input_audio_buffer.timeout_triggered",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
        assert len({event["item_id"] for event in events[:2]}) == 1
        assert said(events) == "Are you still there?"
        assert session.mock.calls[-1].body["input"][-1]["content"] == [{"type": "input_audio", "transcript": None}]


def test_where_nobody_waits_the_silence_that_comes_in_is_measured(open_session: Open) -> None:
    session = waiting(open_session)
    session.mock.reply("Are you still there?")
    silence(session, 5500)
    session.ask({"type": "session.update", "session": {"type": "realtime"}}, "session.updated")
    silence(session, 200)
    events = session.until("rate_limits.updated")
    assert (events[0]["audio_start_ms"], events[0]["audio_end_ms"]) == (700, 5700)
    assert said(events) == "Are you still there?"


def test_who_speaks_in_time_is_not_asked(open_session: Open) -> None:
    session = waiting(open_session)
    session.mock.reply("Yes.")
    session.hear(speak("Is anybody there?") + bytes(48 * 10_000))
    events = session.until("rate_limits.updated")
    assert kinds(events)[0] == "input_audio_buffer.speech_started"
    assert said(events) == "Yes."
    assert "input_audio_buffer.timeout_triggered" not in kinds(events)


def test_a_semantic_detection_knows_no_timeout(open_session: Open) -> None:
    session = open_session()
    detection = {"type": "semantic_vad"}
    given = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
    session.ask({"type": "session.update", "session": given}, "session.updated")
    session.respond()
    silence(session, 12_000)
    assert kinds(session.ask({"type": "input_audio_buffer.clear"}, "input_audio_buffer.cleared")) == [
        "input_audio_buffer.cleared"
    ]
