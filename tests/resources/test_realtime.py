"""Realtime sessions through the SDK: in process and over the server, sync and async."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from openai_api_mock import mock_openai
from openai_api_mock.generate.speech import speak
from openai_api_mock.generate.speech_g711 import encode

from .conftest import Open, Session
from .sockets import Event, kinds, merged

pytest.importorskip("websockets")

# The SDK opens its synchronous connections in a way that websockets has given up on.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

TEXT = {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}
TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def test_a_session_begins_with_its_settings(open_session: Open) -> None:
    opening = open_session(model="gpt-realtime-mini").opening
    assert opening["type"] == "session.created"
    session = opening["session"]
    assert session["model"] == "gpt-realtime-mini"
    assert session["id"].startswith("sess_")
    assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200


def test_an_update_changes_what_it_names_alone(open_session: Open) -> None:
    session = open_session()
    before = session.opening["session"]
    given = {"type": "realtime", "instructions": "Be brief.", "audio": {"output": {"voice": "marin"}}, "tools": [TOOL]}
    after = session.ask({"type": "session.update", "session": given}, "session.updated")[0]["session"]
    assert (after["instructions"], after["audio"]["output"]["voice"]) == ("Be brief.", "marin")
    assert after["audio"]["input"] == before["audio"]["input"]
    assert after["tools"] == [{"description": None, **TOOL}]
    off = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    after = session.ask({"type": "session.update", "session": off}, "session.updated")[0]["session"]
    assert after["audio"]["input"]["turn_detection"] is None


def test_a_text_accumulates_to_what_is_done(open_session: Open) -> None:
    session = open_session()
    session.ask(TEXT, "session.updated")
    session.mock.reply("Hello, you two.")
    session.say("Hi!")
    events = session.respond()
    text = "".join(event["delta"] for event in events if event["type"].endswith("text.delta"))
    response = events[-2]["response"]
    assert text == "Hello, you two." == response["output"][0]["content"][0]["text"]
    assert response["status"] == "completed"
    assert response["usage"]["total_tokens"] == response["usage"]["input_tokens"] + response["usage"]["output_tokens"]


def test_audio_comes_with_its_transcript(open_session: Open) -> None:
    session = open_session()
    session.mock.reply("Hello you")
    events = session.respond()
    audio = base64.b64decode("".join(e["delta"] for e in events if e["type"] == "response.output_audio.delta"))
    assert audio == speak("Hello you", "alloy")
    assert events[-2]["response"]["output"][0]["content"] == [{"type": "output_audio", "transcript": "Hello you"}]
    assert events[-2]["response"]["usage"]["output_token_details"]["audio_tokens"] == 12


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_telephones_have_their_own_coding(open_session: Open, law: str) -> None:
    session = open_session()
    form = {"format": {"type": f"audio/{law}"}}
    given = {"type": "realtime", "audio": {"input": form, "output": form}}
    session.ask({"type": "session.update", "session": given}, "session.updated")
    session.mock.reply("Hello you")
    events = session.respond()
    audio = base64.b64decode("".join(e["delta"] for e in events if e["type"] == "response.output_audio.delta"))
    assert len(audio) == round(0.6 * 8000)
    session.mock.when(message="Hello you").reply("Understood.")
    session.hear(audio + encode(bytes(16_000), "ulaw" if law == "pcmu" else "alaw"), 800)
    events = session.until("rate_limits.updated")
    assert events[-2]["response"]["output"][0]["content"][0]["transcript"] == "Understood."


def test_a_loop_over_functions_ends(open_session: Open) -> None:
    session = open_session()
    session.ask({"type": "session.update", "session": {"type": "realtime", "tools": [TOOL]}}, "session.updated")
    session.say("What is the weather in Paris?")
    events = session.respond()
    item = events[-2]["response"]["output"][0]
    assert (item["name"], json.loads(item["arguments"])) == ("get_weather", {"city": "Paris"})
    result = {"type": "function_call_output", "call_id": item["call_id"], "output": "22 degrees"}
    session.ask({"type": "conversation.item.create", "item": result}, "conversation.item.done")
    said = session.respond()[-2]["response"]["output"]
    assert [item["type"] for item in said] == ["message"]
    assert "22 degrees" in said[0]["content"][0]["transcript"]


def test_a_turn_is_heard_understood_and_answered(open_session: Open) -> None:
    session = open_session()
    given = {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}
    session.ask({"type": "session.update", "session": given}, "session.updated")
    session.mock.when(message="Is anybody there?", audio_part=True).reply("Yes.")
    session.hear(bytes(48_000) + speak("Is anybody there?") + bytes(24_000))
    events = session.until("rate_limits.updated")
    assert merged(events)[:9] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
    ]
    began, ended = events[0], events[1]
    assert began["audio_start_ms"] == 700  # a second of silence less the padding of 300 ms
    assert 1900 <= ended["audio_end_ms"] <= 2200
    assert began["item_id"] == ended["item_id"] == events[2]["item_id"] == events[3]["item"]["id"]
    transcript = next(event for event in events if event["type"].endswith("transcription.completed"))
    assert transcript["transcript"] == "Is anybody there?"
    assert events[-2]["response"]["output"][0]["content"][0]["transcript"] == "Yes."


def test_what_is_committed_by_hand_waits_for_its_response(open_session: Open) -> None:
    session = open_session()
    off = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    session.ask({"type": "session.update", "session": off}, "session.updated")
    session.hear(speak("Hello there"))
    events = session.ask({"type": "input_audio_buffer.commit"}, "conversation.item.done")
    assert kinds(events) == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    got = session.ask(
        {"type": "conversation.item.retrieve", "item_id": events[0]["item_id"]}, "conversation.item.retrieved"
    )
    assert base64.b64decode(got[0]["item"]["content"][0]["audio"]) == speak("Hello there")
    empty = session.ask({"type": "input_audio_buffer.commit", "event_id": "mine"}, "error")[0]["error"]
    assert (empty["code"], empty["event_id"]) == ("input_audio_buffer_commit_empty", "mine")
    session.hear(speak("Never mind"))
    assert kinds(session.ask({"type": "input_audio_buffer.clear"}, "input_audio_buffer.cleared"))
    assert session.ask({"type": "input_audio_buffer.commit"}, "error")[0]["type"] == "error"


def test_silence_says_nothing_and_noise_says_something(open_session: Open) -> None:
    session = open_session(query={"intent": "transcription"})
    given = {"transcription": {"model": "gpt-4o-transcribe"}, "turn_detection": None}
    update = {"type": "session.update", "session": {"type": "transcription", "audio": {"input": given}}}
    session.ask(update, "session.updated")
    heard = []
    for pcm in (bytes(24_000), bytes([9, 0] * 12_000), bytes([0, 9] * 12_000)):
        session.hear(pcm)
        events = session.ask(
            {"type": "input_audio_buffer.commit"}, "conversation.item.input_audio_transcription.completed"
        )
        heard.append(events[-1]["transcript"])
    assert heard[:2] == ["", ""]
    assert heard[2]


def test_a_response_is_cancelled_where_it_is(open_session: Open) -> None:
    session = open_session(chunk_delay=3600)
    session.send({"type": "response.create"})
    session.mock.wait_for_call(timeout=5)
    busy = session.ask({"type": "response.create"}, "error")[0]["error"]
    assert busy["code"] == "conversation_already_has_active_response"
    events = session.ask({"type": "response.cancel"}, "response.done")
    assert kinds(events) == ["response.created", "response.done"]
    ended = events[-1]["response"]
    assert (ended["status"], ended["status_details"]["reason"]) == ("cancelled", "client_cancelled")
    none = session.ask({"type": "response.cancel"}, "error")[0]["error"]
    assert none["code"] == "response_cancel_not_active"


def test_who_speaks_interrupts_the_answer(open_session: Open) -> None:
    session = open_session(audio_pace=1, clock="real")
    session.mock.reply("one two three four five six seven eight nine ten " * 10)
    session.mock.reply("Go on.")
    session.send({"type": "response.create"})
    session.until("response.output_audio.delta")
    session.hear(speak("Wait") + bytes(24_000))
    events = session.until("response.done")
    cut = events[-1]["response"]
    assert (cut["status"], cut["status_details"]["reason"]) == ("cancelled", "turn_detected")
    heard = cut["output"][0]["content"][0]["transcript"]
    assert "one two three".startswith(heard[:13].strip())
    assert heard
    item = cut["output"][0]
    assert (item["status"], session.until("response.created")[-1]["type"]) == ("incomplete", "response.created")


def test_what_is_being_said_is_retrieved_as_far_as_it_has_been(open_session: Open) -> None:
    session = open_session(audio_pace=1, clock="manual")
    session.mock.reply("one two three")
    session.send({"type": "response.create"})
    id = session.until("response.output_audio.delta")[-1]["item_id"]
    ask = {"type": "conversation.item.retrieve", "item_id": id}
    item = session.ask(ask, "conversation.item.retrieved")[0]["item"]
    assert (item["status"], item["content"][0]["transcript"]) == ("in_progress", "one")
    session.mock.engine.clock.advance(60)
    session.until("rate_limits.updated")
    item = session.ask(ask, "conversation.item.retrieved")[0]["item"]
    assert (item["status"], item["content"][0]["transcript"]) == ("completed", "one two three")


def test_a_response_beside_the_conversation_leaves_it_alone(open_session: Open) -> None:
    session = open_session()
    session.ask(TEXT, "session.updated")
    session.mock.when(message="Is this about cats?").reply("No.")
    content = [{"type": "input_text", "text": "Is this about cats?"}]
    events = session.respond(
        conversation="none", metadata={"topic": "cats"}, input=[{"type": "message", "role": "user", "content": content}]
    )
    assert not [kind for kind in kinds(events) if kind.startswith("conversation.")]
    response = events[-2]["response"]
    assert (response["conversation_id"], response["metadata"]) == (None, {"topic": "cats"})


def test_items_are_placed_deleted_and_truncated(open_session: Open) -> None:
    session = open_session()
    session.say("first")
    last = {"id": "mine", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "zeroth"}]}
    events = session.ask(
        {"type": "conversation.item.create", "item": last, "previous_item_id": "root"}, "conversation.item.done"
    )
    assert events[0]["previous_item_id"] is None
    again = session.ask({"type": "conversation.item.create", "item": last}, "error")[0]["error"]
    assert again["code"] == "item_create_duplicate_item_id"
    session.mock.reply("one two three four")
    item = session.respond()[-2]["response"]["output"][0]
    cut = {"type": "conversation.item.truncate", "item_id": item["id"], "content_index": 0}
    told = session.ask({**cut, "audio_end_ms": 600}, "conversation.item.truncated")[0]
    assert told["audio_end_ms"] == 600
    kept = session.ask({"type": "conversation.item.retrieve", "item_id": item["id"]}, "conversation.item.retrieved")
    assert kept[0]["item"]["content"][0]["transcript"] == "one two"
    assert "shorter" in session.ask({**cut, "audio_end_ms": 60_000}, "error")[0]["error"]["message"]
    gone = session.ask({"type": "conversation.item.delete", "item_id": "mine"}, "conversation.item.deleted")
    assert gone[0]["item_id"] == "mine"
    assert session.ask({"type": "conversation.item.delete", "item_id": "mine"}, "error")[0]["type"] == "error"


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "nope"}, "invalid_value", "type"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "input_audio_buffer.append", "audio": "%%%"}, "invalid_value", "audio"),
        ({"type": "output_audio_buffer.clear"}, "invalid_event", None),
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_id_does_not_exist", "item_id"),
        ("{", "invalid_json", None),
        ("[" * 5000, "invalid_json", None),
    ],
)
def test_errors_name_what_is_wrong(open_session: Open, event: Any, code: str, param: str | None) -> None:
    error = open_session().ask(event, "error")[0]["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_a_voice_that_has_spoken_stays(open_session: Open) -> None:
    session = open_session()
    session.respond()
    other = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
    error = session.ask({"type": "session.update", "session": other}, "error")[0]["error"]
    assert error["code"] == "cannot_update_voice"


def test_a_session_ends_after_an_hour(open_session: Open) -> None:
    session = open_session(clock="frozen")
    session.mock.engine.clock.advance(3601)
    assert session.ask(TEXT, "error")[0]["error"]["code"] == "session_expired"


def test_scripts_fail_and_callables_answer(open_session: Open) -> None:
    session = open_session()
    session.ask(TEXT, "session.updated")

    async def later(call: Any) -> str:
        await asyncio.sleep(0)
        return f"You said {call.body['input'][-1]['content'][0]['text']}."

    session.mock.realtime.connect.fail(500)
    session.mock.realtime.connect.reply(later)
    assert session.respond()[-1]["error"]["type"] == "server_error"
    session.say("hi")
    assert session.respond()[-2]["response"]["output"][0]["content"][0]["text"] == "You said hi."
    assert [call.operation for call in session.mock.calls] == ["realtime.connect"] * 2


def test_a_session_that_transcribes_only_listens(open_session: Open) -> None:
    session = open_session(query={"intent": "transcription"})
    assert session.opening["session"]["type"] == "transcription"
    given = {"type": "transcription", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}
    session.ask({"type": "session.update", "session": given}, "session.updated")
    session.hear(speak("Hello there") + bytes(24_000))
    events = session.until("conversation.item.input_audio_transcription.completed")
    assert events[-1]["transcript"] == "Hello there"
    error = session.ask({"type": "response.create"})[0]["error"]
    assert (error["code"], error["param"]) == ("invalid_value", "type")
    assert not [kind for kind in kinds(events) if kind.startswith("response.")]


def test_the_same_session_says_the_same() -> None:
    def run() -> list[Event]:
        with mock_openai(clock="frozen") as mock:
            client = openai.OpenAI()
            with client.realtime.connect(model="gpt-realtime") as connection:
                session = Session(connection._connection.send, connection.recv_bytes, mock)
                session.say("Hi!")
                return [session.opening, *session.respond()]

    assert run() == run()


def test_a_secret_opens_a_session_with_its_settings() -> None:
    with mock_openai(clock="frozen") as mock:
        made = openai.OpenAI().realtime.client_secrets.create(
            session={"type": "realtime", "instructions": "Answer in two words."}
        )
        assert made.value.startswith("ek_")
        client = openai.OpenAI(api_key=made.value)
        with client.realtime.connect() as connection:
            session = Session(connection._connection.send, connection.recv_bytes, mock)
            assert session.opening["session"]["instructions"] == "Answer in two words."


@pytest.mark.parametrize("auth", [False, ["sk-right"]])
@pytest.mark.parametrize("make", ["realtime.client_secrets", "beta.realtime.sessions"])
def test_a_secret_is_good_until_it_expires(auth: bool | list[str], make: str) -> None:
    with mock_openai(clock="frozen", auth=auth) as mock:
        client = openai.OpenAI(api_key="sk-right")
        if make == "realtime.client_secrets":
            secret = client.realtime.client_secrets.create(expires_after={"anchor": "created_at", "seconds": 60})
            browser = openai.OpenAI(api_key=secret.value)
        else:
            beta: Any = client.beta
            browser = openai.OpenAI(api_key=beta.realtime.sessions.create().client_secret.value)
        with browser.realtime.connect(model="gpt-realtime") as connection:
            session = Session(connection._connection.send, connection.recv_bytes, mock)
            mock.engine.clock.advance(60)
            # What it opened goes on, and nothing more is opened by it.
            assert session.respond()[-2]["response"]["status"] == "completed"
        with pytest.raises(InvalidStatus) as refused:
            browser.realtime.connect(model="gpt-realtime").__enter__()
    assert refused.value.response.status_code == 401
    assert b"invalid_api_key" in (refused.value.response.body or b"")


def test_two_agents_understand_each_other() -> None:
    """What the mock speaks, the mock hears."""
    with mock_openai() as mock:
        first = openai.OpenAI()
        mock.realtime.connect.when(message="How are you").reply("Fine, thank you. Goodbye.")
        mock.realtime.connect.when(turn=0).reply("How are you")
        with first.realtime.connect(model="gpt-realtime") as one, first.realtime.connect(model="gpt-realtime") as two:
            alice = Session(one._connection.send, one.recv_bytes, mock)
            bob = Session(two._connection.send, two.recv_bytes, mock)

            def audio_of(events: list[Event]) -> bytes:
                return base64.b64decode(
                    "".join(e["delta"] for e in events if e["type"] == "response.output_audio.delta")
                )

            bob.hear(audio_of(alice.respond()) + bytes(24_000))
            said = bob.until("rate_limits.updated")
            assert said[-2]["response"]["output"][0]["content"][0]["transcript"] == "Fine, thank you. Goodbye."
            mock.realtime.connect.when(message="Fine, thank you. Goodbye.").reply("Goodbye.")
            alice.hear(audio_of(said) + bytes(24_000))
            assert alice.until("rate_limits.updated")[-2]["response"]["status"] == "completed"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(("say", "speak", "respond", "beside", "cancel", "commit", "clear", "update", "bad")), max_size=8
    )
)
def test_whatever_is_done_the_events_keep_to_their_grammar(deeds: list[str]) -> None:
    """Each response is created, and done once, with every item and part in it opened and closed; ids are never used
    again; and what was said accumulates to what is done."""
    with mock_openai(clock="instant", length=5) as mock, openai.OpenAI().realtime.connect(model="gpt-realtime") as made:
        session = Session(made._connection.send, made.recv_bytes, mock)
        off = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
        session.send({"type": "session.update", "session": off})
        for deed in deeds:
            session.send(*DEEDS[deed])
        session.send({"type": "conversation.item.delete", "item_id": "the end", "event_id": "the end"})
        events: list[Event] = []
        while not _is_all(events):
            events.append(session.next())
    check_grammar(events)


def _is_all(events: list[Event]) -> bool:
    begun, done = kinds(events).count("response.created"), kinds(events).count("response.done")
    return begun == done and any(event.get("error", {}).get("event_id") == "the end" for event in events)


DEEDS: dict[str, list[Event]] = {
    "say": [
        {
            "type": "conversation.item.create",
            "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        }
    ],
    "speak": [{"type": "input_audio_buffer.append", "audio": base64.b64encode(speak("hello")).decode()}],
    "respond": [{"type": "response.create"}],
    "beside": [{"type": "response.create", "response": {"conversation": "none", "output_modalities": ["text"]}}],
    "cancel": [{"type": "response.cancel"}],
    "commit": [{"type": "input_audio_buffer.commit"}],
    "clear": [{"type": "input_audio_buffer.clear"}],
    "update": [{"type": "session.update", "session": {"type": "realtime", "instructions": "x"}}],
    "bad": [{"type": "nope"}],
}


def check_grammar(events: list[Event]) -> None:
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    responses: dict[str, list[Event]] = {}
    for event in events:
        id = event.get("response_id") or event.get("response", {}).get("id")
        if id is not None:
            responses.setdefault(id, []).append(event)
    for own in responses.values():
        assert kinds(own)[0] == "response.created"
        assert kinds(own)[-1] == "response.done"
        assert kinds(own).count("response.done") == 1
        for begin, end in (("output_item.added", "output_item.done"), ("content_part.added", "content_part.done")):
            assert kinds(own).count(f"response.{begin}") == kinds(own).count(f"response.{end}")
        output = own[-1]["response"]["output"]
        assert [event["item"] for event in own if event["type"] == "response.output_item.done"] == output
        for item in output:
            deltas = [e["delta"] for e in own if e["type"] in SPOKEN and e["item_id"] == item["id"]]
            assert "".join(deltas) == "".join(
                part.get("text") or part.get("transcript") or "" for part in item["content"]
            )


SPOKEN = ("response.output_text.delta", "response.output_audio_transcript.delta")
