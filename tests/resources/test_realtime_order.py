"""The order of a realtime session's events, as it was recorded, and the names that there are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from openai_api_mock import tool_call
from openai_api_mock.generate.speech import speak

from .conftest import Open
from .sockets import Event, kinds, merged

pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
SAID = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi!"}]}

OPENED = ("response.created", "response.output_item.added", "conversation.item.added")
CLOSED = ("conversation.item.done", "response.output_item.done", "response.done", "rate_limits.updated")
TEXT = (
    *OPENED,
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    *CLOSED,
)
AUDIO = (
    *OPENED,
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    *CLOSED,
)
CALL = (*OPENED, "response.function_call_arguments.delta", "response.function_call_arguments.done", *CLOSED)
ITEM = ("conversation.item.added", "conversation.item.done")
TURN = (
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    *ITEM,
)

CLIENT_EVENTS = {
    "conversation.item.create", "conversation.item.delete", "conversation.item.retrieve", "conversation.item.truncate",
    "input_audio_buffer.append", "input_audio_buffer.clear", "input_audio_buffer.commit", "output_audio_buffer.clear",
    "response.cancel", "response.create", "session.update",
}  # fmt: skip


def updated(**settings: Any) -> Event:
    return {"type": "session.update", "session": {"type": "realtime", **settings}}


def test_a_session_is_created_and_updated(open_session: Open) -> None:
    session = open_session()
    assert session.opening["type"] == "session.created"
    assert kinds(session.ask(updated(), "session.updated")) == ["session.updated"]


def test_an_item_is_added_and_done(open_session: Open) -> None:
    events = open_session().ask({"type": "conversation.item.create", "item": SAID}, ITEM[-1])
    assert kinds(events) == [*ITEM]


@pytest.mark.parametrize(
    ("settings", "answer", "order"),
    [
        ({"output_modalities": ["text"]}, "It is warm in Rome.", TEXT),
        ({"output_modalities": ["audio"]}, "It is warm in Rome.", AUDIO),
        ({"tools": [TOOL]}, tool_call("get_weather", city="Rome"), CALL),
    ],
    ids=["text", "audio", "call"],
)
def test_a_response_comes_in_its_order(
    open_session: Open, settings: dict[str, Any], answer: Any, order: tuple[str, ...]
) -> None:
    session = open_session()
    session.ask(updated(**settings), "session.updated")
    session.mock.reply(answer)
    assert merged(session.respond()) == [*order]


def test_each_word_is_followed_by_its_sound(open_session: Open) -> None:
    session = open_session()
    session.mock.reply("It is warm in Rome.")
    deltas = [kind for kind in kinds(session.respond()) if kind.endswith(".delta")]
    assert deltas == ["response.output_audio_transcript.delta", "response.output_audio.delta"] * 5


def test_two_calls_come_one_after_the_other(open_session: Open) -> None:
    """Not recorded: an item is over before the next begins, as the Responses API has it."""
    session = open_session()
    session.ask(updated(tools=[TOOL]), "session.updated")
    session.mock.reply(tool_call("get_weather", city="Rome"), tool_call("get_weather", city="Oslo"))
    one = [*CALL[1:-2]]
    assert merged(session.respond()) == [CALL[0], *one, *one, *CALL[-2:]]


def test_a_turn_is_heard_before_it_is_answered(open_session: Open) -> None:
    session = open_session()
    session.hear(speak("Is it warm?") + bytes(24_000))
    assert merged(session.until("rate_limits.updated")) == [*TURN, *AUDIO]


def test_clients_have_eleven_events(open_session: Open) -> None:
    error = open_session().ask({"type": "nope"}, "error")[0]["error"]
    assert set(re.findall(r"'([a-z_]+\.[a-z_.]+)'", error["message"])) == CLIENT_EVENTS
