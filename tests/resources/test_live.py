"""Live sessions through the SDK: in process and over the server, sync and async."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import openai
import pytest
import websockets

from openai_api_mock import mock_openai, tool_call
from openai_api_mock.clock import FrozenClock
from openai_api_mock.generate.speech import speak
from openai_api_mock.generate.speech_g711 import encode
from openai_api_mock.generate.speech_hear import hear
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.voice.format import resampled

from .sockets import WAYS, Door, Event, Socket, checked_by, kinds, merged

pytest.importorskip("websockets")
pytest.importorskip("jsonschema_rs")

# The SDK opens its synchronous connections in a way that websockets has given up on.
pytestmark = [
    pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning"),
    pytest.mark.skipif(not hasattr(openai.OpenAI, "live"), reason="this SDK has no live sessions"),
]

HEARD, SAID, SOUND = "session.input_transcript.delta", "session.output_transcript.delta", "session.output_audio.delta"
USED, CLOSED = "session.usage.updated", "session.closed"
PRIMARY, SIDEBAND, FORK = (
    checked_by(f"WEBSOCKET /live/sessions{path}") for path in ("", "/{session_id}/attach", "/{session_id}/fork")
)
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
QUESTIONS: list[Any] = [
    {"type": "predicate", "name": "angry", "instructions": "The user is angry."},
    {"type": "choice", "name": "team", "instructions": "Who helps?", "choices": [{"value": "sales"}, {"value": True}]},
    {"type": "score", "name": "mood", "instructions": "How glad?", "levels": [{"label": "not"}, {"label": "very"}]},
]
TRIGGER = {"type": "decisions", "event_type": HEARD, "decisions": {"questions": []}}


class Live:
    """A primary connection, and those that are opened beside it."""

    def __init__(self, door: Door, **session: Any) -> None:
        self.door, self.mock, self.client = door, door.mock, door.client
        self.socket = door.connect(lambda client: client.live.connect(), PRIMARY)
        self.send, self.next, self.until, self.ask = (
            self.socket.send, self.socket.next, self.socket.until, self.socket.ask
        )  # fmt: skip
        given = {"model": "gpt-live-1", **session}
        self.started = self.ask({"type": "session.start", "session": given, "event_id": "start"}, "session.started")[0]
        self.id = self.started["session"]["id"]

    def hear(self, pcm: bytes, step: int = 4800) -> None:
        for at in range(0, len(pcm), step):
            audio = base64.b64encode(pcm[at : at + step]).decode()
            self.send({"type": "session.input_audio.append", "audio": audio})

    def say(self, text: str) -> list[Event]:
        """What comes of words that are spoken, up to the end of the answer."""
        self.hear(speak(text) + bytes(24_000))
        return self.until(USED)

    def attach(self) -> Socket:
        return self.door.connect(lambda client: client.live.sideband.connect(session_id=self.id), SIDEBAND)

    def close(self) -> list[Event]:
        return self.ask({"type": "session.close"}, CLOSED)


Open = Callable[..., Live]


@pytest.fixture(params=WAYS)
def start(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Starts a session of these settings with a mock of these options."""
    with ExitStack() as stack:

        def start(options: dict[str, Any] | None = None, **session: Any) -> Live:
            return Live(Door(request.param, stack, **(options or {})), **session)

        yield start


def append(kind: str, content: str, delegation: str | None = None, **more: Any) -> Event:
    return {"type": f"session.{kind}.append", "content": content, "delegation_id": delegation, **more}


def text(events: list[Event], kind: str = SAID) -> str:
    return "".join(event["delta"] for event in events if event["type"] == kind)


def sound(events: list[Event]) -> bytes:
    return b"".join(base64.b64decode(event["delta"]) for event in events if event["type"] == SOUND)


def error(events: list[Event]) -> Event:
    assert events[-1]["type"] == "error", events
    told: Event = events[-1]["error"]
    return told


# The session


def test_a_session_starts_with_its_defaults(start: Open) -> None:
    live = start(instructions="Be brief.")
    session = live.started["session"]
    assert live.started["client_event_id"] == "start"
    assert session["id"].startswith("live_")
    assert session["audio"] == {"output": {"voice": "marin"}, "format": {"type": "audio/pcm", "rate": 24_000}}
    assert session["delegation"] == {"type": "client", "acknowledgement_delay_ms": 0}
    assert (session["status"], session["store"], session["instructions"]) == ("active", False, "Be brief.")


def test_nothing_is_done_before_the_start_and_none_starts_twice(start: Open) -> None:
    live = start()
    early = live.door.connect(lambda client: client.live.connect(), PRIMARY)
    assert error(early.ask(append("thinking", "hm", event_id="e1"))) | {"message": ""} == {
        "type": "invalid_request_error",
        "code": "session_not_started",
        "message": "",
        "param": "type",
        "client_event_id": "e1",
    }
    again = {"type": "session.start", "session": {"model": "gpt-live-1"}}
    assert error(live.ask(again))["code"] == "session_already_started"


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"model": 1}, "session.model"),
        ({"triggers": [TRIGGER, TRIGGER]}, "session.triggers"),
        ({"input": [{"role": "user", "content": []}]}, "session.input[0].content"),
        ({"input": [{"role": "user", "content": [{"text": "x", "type": "input_text"}]}] * 129}, "session.input"),
        (
            {"client": {"data_channel": {"allowed_server_events": [{"type": "response.event"}]}}},
            "session.client.data_channel.allowed_server_events",
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(start: Open, session: Any, param: str) -> None:
    socket = start().door.connect(lambda client: client.live.connect(), PRIMARY)
    given = {"model": "gpt-live-1", **session}
    assert error(socket.ask({"type": "session.start", "session": given}))["param"] == param


def test_an_update_changes_delegation_and_triggers_alone(start: Open) -> None:
    backend = {"type": "responses", "responses": {"model": "gpt-5", "instructions": "Work."}}
    live = start(delegation=backend)
    given = {"delegation": {"type": "responses", "responses": {"instructions": "Rest."}}}
    after = live.ask({"type": "session.update", "session": given, "event_id": "u"}, "session.updated")[0]
    assert after["client_event_id"] == "u"
    assert after["session"]["delegation"]["responses"] == {"model": "gpt-5", "instructions": "Rest."}
    assert {**after["session"], "delegation": 0} == {**live.started["session"], "delegation": 0}
    other = {"delegation": {"type": "client"}}
    assert error(live.ask({"type": "session.update", "session": other}))["param"] == "session.delegation.type"


def test_a_session_ends_with_its_usage(start: Open) -> None:
    live = start()
    live.mock.reply("Yes.")
    live.say("Is anybody there?")
    closed = live.ask({"type": "session.close", "event_id": "bye"}, CLOSED)[-1]
    assert (closed["reason"], closed["client_event_id"]) == ("close_requested", "bye")
    assert closed["session"] == live.started["session"]
    assert 1 < closed["usage"]["seconds"] < 3


def test_a_session_ends_when_its_time_is_over(start: Open) -> None:
    clock = FrozenClock()
    live = start({"clock": clock})
    clock.advance(3601)
    assert live.ask({"type": "session.input_audio.mute"}, CLOSED)[-1]["reason"] == "expired"


# What is heard and said


def test_a_turn_is_heard_understood_and_answered(start: Open) -> None:
    live = start()
    live.mock.when(message="Is anybody there?", audio_part=True).reply("Yes, I am.")
    events = live.say("Is anybody there?")
    assert merged(events) == [HEARD, SAID, SOUND, USED]
    assert (text(events, HEARD), text(events)) == ("Is anybody there?", "Yes, I am.")
    assert sound(events) == speak("Yes, I am.", "marin")
    assert all("start_ms" not in event for event in events if event["type"] == SOUND)
    timed = [event for event in events if "start_ms" in event]
    assert [event["start_ms"] for event in timed] == sorted(event["start_ms"] for event in timed)
    assert events[-1]["usage"] == {"seconds": timed[-1]["end_ms"] / 1000}
    assert text(live.say("And now?"), HEARD) == " And now?"


@pytest.mark.parametrize(
    ("form", "coded"),
    [
        ({"type": "audio/pcm", "rate": 16_000}, lambda pcm: resampled(pcm, 24_000, 16_000)),
        ({"type": "audio/pcmu", "rate": 8_000}, lambda pcm: encode(resampled(pcm, 24_000, 8_000), "ulaw")),
        ({"type": "audio/pcma", "rate": 8_000}, lambda pcm: encode(resampled(pcm, 24_000, 8_000), "alaw")),
    ],
)
def test_other_formats_are_spoken_and_understood(start: Open, form: Any, coded: Callable[[bytes], bytes]) -> None:
    live = start(audio={"format": form})
    live.mock.when(message="Hello you").reply("Understood.")
    live.hear(coded(speak("Hello you") + bytes(24_000)), 800)
    events = live.until(USED)
    assert text(events) == "Understood."
    seconds = len(sound(events)) / form["rate"] / (2 if form["type"] == "audio/pcm" else 1)
    assert seconds == pytest.approx(len(speak("Understood.")) / 48_000, abs=0.001)


def test_who_is_muted_is_not_heard(start: Open) -> None:
    live = start()
    live.mock.reply("Now I hear you.")
    mute = live.ask({"type": "session.input_audio.mute", "event_id": "m"}, "session.input_audio.muted")
    assert mute[-1]["client_event_id"] == "m"
    live.hear(speak("Nobody listens") + bytes(24_000))
    assert kinds(live.ask({"type": "session.input_audio.unmute"}, "session.input_audio.unmuted")) == [
        "session.input_audio.unmuted"
    ]
    assert text(live.say("Hello"), HEARD) == "Hello"


def test_who_speaks_interrupts_the_answer(start: Open) -> None:
    live = start({"audio_pace": 1, "clock": "real"}, store=True)
    live.mock.reply("one two three four five six seven eight nine ten " * 10)
    live.mock.when(message="Wait").reply("Yes?")
    live.hear(speak("Count") + bytes(24_000))
    live.until(SOUND)
    live.hear(speak("Wait") + bytes(24_000))
    events = live.until(USED)
    assert text(events).endswith("Yes?")
    said = live.mock.calls[-1].body["input"][1]["content"][0]["text"]
    assert said == "one two three four five six seven eight nine ten"[: len(said)]
    live.close()


def test_what_is_added_in_silence_is_known_and_what_is_to_be_told_is_told(start: Open) -> None:
    live = start(instructions="Be kind.")
    at = live.ask(append("instructions", "Be brief.", event_id="i"), "session.instructions.appended")[-1]
    assert (at["start_ms"], at["end_ms"], at["client_event_id"]) == (0, 0, "i")
    assert kinds(live.ask(append("thinking", "They hurry."), "session.thinking.appended")) == [
        "session.thinking.appended"
    ]
    live.mock.when(system="Be kind.\nBe brief.\nThey hurry.", tool_result="It rains.").reply("Take a hat.")
    events = live.ask(append("commentary", "It rains."), USED)
    assert merged(events) == ["session.commentary.appended", SAID, SOUND, USED]
    assert text(events) == "Take a hat."
    assert error(live.ask(append("thinking", "word " * 501)))["param"] == "content"
    assert error(live.ask(append("thinking", "hm", "delegation_1")))["code"] == "delegation_not_found"


def test_a_history_is_known_from_the_start(start: Open) -> None:
    said = [("user", "input_text", "I am Ann."), ("assistant", "output_text", "Hi Ann.")]
    live = start(input=[{"role": role, "content": [{"type": kind, "text": text}]} for role, kind, text in said])
    live.mock.when(turn=2).reply("You are Ann.")
    assert text(live.say("Who am I?")) == "You are Ann."


def test_a_fixture_is_played_and_meanwhile_nobody_is_heard(start: Open) -> None:
    live = start({"audio_pace": 1, "clock": "real"})
    play = {"type": "session.output_audio.fixture.play", "event_id": "f"}
    for audio in ("", "AAAA", "no", base64.b64encode(bytes(48_000 * 31)).decode()):
        assert error(live.ask({**play, "audio": audio}))["param"] == "audio"
    ten = base64.b64encode(bytes(480_000)).decode()
    events = live.ask({**play, "audio": ten}, SOUND)
    assert kinds(events) == ["session.output_audio.fixture.playing", SOUND]
    assert events[0]["client_event_id"] == "f"
    live.hear(speak("Nobody listens") + bytes(24_000))
    for event in ({**play, "audio": ten}, append("commentary", "Stop.")):
        assert error(live.ask(event))["code"] == "fixture_active"
    assert live.close()[-1]["type"] == CLOSED


def test_a_fixture_that_is_over_has_been_played(start: Open) -> None:
    live = start(audio={"format": {"type": "audio/pcmu", "rate": 8_000}})
    audio = base64.b64encode(bytes(48_000)).decode()
    played = "session.output_audio.fixture.played"
    events = live.ask({"type": "session.output_audio.fixture.play", "audio": audio}, played)
    assert merged(events) == ["session.output_audio.fixture.playing", SOUND, played]
    assert len(sound(events)) == 8_000
    assert live.close()[-1]["usage"] == {"seconds": 1.0}


# Delegation


def test_a_client_is_handed_a_task_and_its_result_is_told(start: Open) -> None:
    live = start()
    live.mock.reply("One moment.", tool_call("look_up"))
    live.mock.when(tool_result="22 degrees").reply("It is 22 degrees.")
    events = live.say("How warm is it?")
    assert merged(events) == [HEARD, "session.delegation.created", SAID, SOUND, USED]
    made = next(event for event in events if event["type"] == "session.delegation.created")["delegation"]
    assert (made["target"], "response_id" in made, text(events)) == ("client", False, "One moment.")
    events = live.ask(append("commentary", "22 degrees", made["id"]), USED)
    assert text(events) == " It is 22 degrees."


def test_commentary_makes_an_acknowledgement_needless(start: Open) -> None:
    live = start({"clock": "manual"}, delegation={"type": "client", "acknowledgement_delay_ms": 400})
    live.mock.reply("One moment.", tool_call("look_up"))
    live.mock.reply("It is warm.")
    live.hear(speak("How warm is it?") + bytes(24_000))
    live.until("session.delegation.created")
    live.mock.clock.wait_for_sleepers()
    events = live.ask(append("commentary", "22 degrees"), USED)
    live.mock.clock.advance(1)
    assert text(events) == "It is warm."
    assert kinds(live.close()) == [CLOSED]


def test_a_responses_backend_works_on_a_task_with_functions(start: Open) -> None:
    live = start(
        delegation={"type": "responses", "responses": {"model": "gpt-5", "instructions": "Work.", "tools": [WEATHER]}}
    )
    create = live.mock.responses.create
    create.when(message="What is the weather in Paris?", turn=1, tool_result=None).reply(
        tool_call("get_weather", city="Paris")
    )
    create.when(tool_result="sunny").reply("Sunny, 22 degrees.")
    live.mock.live.connect.when(tool_result="Sunny, 22 degrees.").reply("It is sunny.")
    live.hear(speak("What is the weather in Paris?") + bytes(24_000))
    events = live.until("session.delegation.created")
    made = events[-1]["delegation"]
    nested = _nested(live, "response.completed")
    assert [event["delegation_id"] for event in nested] == [made["id"]] * len(nested)
    done = next(e["event"]["item"] for e in nested if e["event"]["type"] == "response.output_item.done")
    assert (done["name"], done["arguments"]) == ("get_weather", '{"city":"Paris"}')
    snapshot = nested[-1]["event"]["response"]
    assert snapshot["id"] == made["response_id"]
    assert (snapshot["output"], snapshot["tools"], snapshot["instructions"]) == ([], [], None)
    item = {"type": "function_call_output", "call_id": done["call_id"], "output": "sunny"}
    live.send({"type": "response.item.create", "item": item}, {"type": "response.create"})
    nested = _nested(live, "response.completed")
    assert {event["delegation_id"] for event in nested} == {made["id"]}
    assert text(live.until(USED)) == "It is sunny."
    assert error(live.ask(append("thinking", "hm", made["id"])))["param"] == "delegation_id"


def _nested(live: Live, kind: str) -> list[Event]:
    events: list[Event] = []
    while not events or events[-1]["event"]["type"] != kind:
        events.append(live.until("response.event")[-1])
    return events


def test_without_a_script_a_function_of_the_backend_is_what_a_task_is_handed_over_for(start: Open) -> None:
    live = start(delegation={"type": "responses", "responses": {"model": "gpt-5", "tools": [WEATHER]}})
    live.hear(speak("What is the weather in Paris?") + bytes(24_000))
    nested = _nested(live, "response.completed")
    items = [e["event"]["item"] for e in nested if e["event"]["type"] == "response.output_item.done"]
    item = {"type": "function_call_output", "call_id": items[-1]["call_id"], "output": "22 degrees"}
    live.send({"type": "response.item.create", "item": item}, {"type": "response.create"})
    _nested(live, "response.completed")
    assert "22 degrees" in text(live.until(USED))


def test_decisions_are_made_of_what_was_said(start: Open) -> None:
    live = start(delegation={"type": "decisions", "decisions": {"model": "gpt-6-luna", "questions": QUESTIONS}})
    assert live.started["session"]["delegation"]["acknowledgement_delay_ms"] == 400
    live.mock.live.connect.reply(tool_call("decide"))
    live.hear(speak("I am furious") + bytes(24_000))
    made, decided = live.until("decision.event")[-2:]
    assert (made["delegation"]["target"], decided["delegation_id"]) == ("decisions", made["delegation"]["id"])
    answers = decided["event"]["decision"]["answers"]
    assert [(answer["type"], answer["name"]) for answer in answers] == [
        ("predicate", "angry"), ("choice", "team"), ("score", "mood")
    ]  # fmt: skip
    item = {"role": "user", "content": "They paid.", "id": "paid"}
    created = live.ask({"type": "decision.item.create", "item": item}, "decision.item.created")[-1]
    assert created["item"] == {"type": "message", **item}
    assert error(live.ask({"type": "decision.item.create", "item": item}))["param"] == "item.id"
    live.ask({"type": "decision.create", "event_id": "d1"}, "decision.event")
    assert live.mock.calls[-1].body["input"] == [
        {"role": "user", "content": "I am furious"}, {"type": "message", "role": "user", "content": "They paid."}
    ]  # fmt: skip
    assert error(live.ask({"type": "decision.create", "event_id": "d1"}))["code"] == "duplicate_event_id"
    assert (
        live.ask({"type": "decision.item.delete", "item_id": "paid"}, "decision.item.deleted")[-1]["item_id"] == "paid"
    )
    assert error(live.ask({"type": "decision.item.delete", "item_id": "paid"}))["param"] == "item_id"


def test_transcripts_trigger_decisions(start: Open) -> None:
    triggers = [
        {"type": "decisions", "event_type": kind, "decisions": {"questions": QUESTIONS[:1]}} for kind in (HEARD, SAID)
    ]
    live = start(triggers=triggers)
    live.mock.live.connect.reply("Yes.")
    events = live.say("Are you there?")
    spoken = [event for event in events if event["type"] in (HEARD, SAID)]
    fired = [event for event in events if event["type"] == "decision.event"]
    assert [(event["source_event_id"], event["source_event_type"]) for event in fired] == [
        (event["event_id"], event["type"]) for event in spoken
    ]
    assert len({event["trigger_id"] for event in fired}) == len(fired) == 4
    assert live.mock.calls[-1].body["questions"] == QUESTIONS[:1]


def test_what_needs_another_delegation_is_refused(start: Open) -> None:
    live = start()
    message = {"type": "message", "role": "user", "content": "hi"}
    for event in ({"type": "response.create"}, {"type": "response.item.create", "item": message},
                  {"type": "decision.create", "event_id": "d"}):  # fmt: skip
        assert error(live.ask(event))["code"] == "invalid_event"
    backend = start(delegation={"type": "responses", "responses": {"model": "gpt-5"}})
    assert error(backend.ask({"type": "response.create"}))["code"] == "invalid_event"


def test_what_cannot_be_understood_is_refused(start: Open) -> None:
    live = start()
    for message in ("no JSON", "[" * 5000):
        assert error(live.ask(message))["code"] == "invalid_json"  # type: ignore[arg-type]
    assert error(live.ask({"type": "nope", "event_id": "n"}))["client_event_id"] == "n"
    assert error(live.ask({"type": "transport.dtmf.send", "event": "1"}))["param"] == "type"
    assert error(live.ask({"type": "session.input_audio.append", "audio": "no"}))["param"] == "audio"


# Scripts


def test_scripts_fail_and_callables_answer(start: Open) -> None:
    live = start()
    live.mock.live.connect.fail(503, "Too busy.")
    live.hear(speak("Hello") + bytes(24_000))
    assert error(live.until(USED))["message"] == "Too busy."

    async def answer(call: Any) -> str:
        return f"You said: {call.body['input'][-1]['content'][0]['text']}"

    live.mock.live.connect.reply(answer)
    assert text(live.say("Good day")) == "You said: Good day"


def test_coroutines_answer_for_the_backend_and_for_decisions(start: Open) -> None:
    trigger = {"type": "decisions", "event_type": SAID, "decisions": {"questions": QUESTIONS[:1]}}
    live = start(delegation={"type": "responses", "responses": {"model": "gpt-5"}}, triggers=[trigger])

    async def work(call: Any) -> str:
        return f"{call.body['input'][-1]['content']} Done."

    async def decide(call: Any) -> Any:
        return {"angry": 0.25}

    live.mock.live.connect.reply(tool_call("do"))
    live.mock.responses.create.reply(work)
    live.mock.live.connect.when(tool_result="Do it. Done.").reply("Ready.")
    live.mock.decisions.create.reply(decide)
    live.hear(speak("Do it.") + bytes(24_000))
    _nested(live, "response.completed")
    events = [*live.until(USED), *live.until("decision.event")]
    assert text(events) == "Ready."
    decided = next(event for event in events if event["type"] == "decision.event")
    assert decided["event"]["decision"]["answers"][0]["probability"] == 0.25
    assert decided["source_event_id"] == next(event for event in events if event["type"] == SAID)["event_id"]

    async def babble(call: Any) -> Any:
        return {"angry": "very"}

    live.mock.live.connect.reply("Yes.")
    live.mock.decisions.create.reply(babble)
    live.hear(speak("Hello") + bytes(24_000))
    assert "a probability from 0 to 1" in error(live.until(CLOSED))["message"]


def test_a_strict_mock_says_what_was_not_scripted(start: Open) -> None:
    live = start({"strict": True})
    live.hear(speak("Hello") + bytes(24_000))
    assert error(live.until(USED))["code"] == "mock_no_match"


# Beside it


def test_a_sideband_that_comes_in_between_hears_the_rest_on_its_beat(start: Open) -> None:
    live = start({"audio_pace": 1, "clock": "real"})
    live.mock.reply("One two three four five.")
    live.hear(speak("Count!") + bytes(24_000))
    before = live.until(SAID)
    side = live.attach()
    beside, after = side.until(USED), live.until(USED)
    said = [event["event_id"] for event in (*before, *after) if event["type"] == SAID]
    assert len(said) == 5
    assert [event["event_id"] for event in beside if event["type"] == SAID] == said


def test_a_sideband_looks_on_and_steers(start: Open) -> None:
    live = start()
    live.mock.reply("Yes.")
    side = live.attach()
    assert side.next() == live.started
    live.say("Are you there?")
    events = side.until(USED)
    assert {"session.input_audio.append", HEARD, SAID, SOUND} <= set(kinds(events))
    reflected = b"".join(
        base64.b64decode(event["audio"]) for event in events if event["type"] == "session.input_audio.append"
    )
    assert [word.text for word in hear(reflected)] == ["Are", "you", "there?"]
    heard = [event for event in events if event["type"] == SOUND]
    assert (sound(heard), heard[0]["end_ms"] - heard[0]["start_ms"]) == (speak("Yes.", "marin"), 300)
    side.send({"type": "session.input_audio.mute", "event_id": "m"})
    assert live.until("session.input_audio.muted")[-1] == side.until("session.input_audio.muted")[-1]
    live.mock.reply("It rains.")
    side.send(append("commentary", "rain"))
    assert text(live.until(USED)) == text(side.until(USED)) == " It rains."
    assert error(side.ask({"type": "session.input_audio.append", "audio": ""}))["param"] == "type"
    side.send({"type": "session.close"})
    assert live.until(CLOSED)[-1] == side.until(CLOSED)[-1]


def test_a_session_whose_primary_connection_is_lost_is_over(start: Open) -> None:
    live = start()
    side = live.attach()
    side.next()
    with live.door.client.live.connect() as other:
        other.session.start(session={"model": "gpt-live-1"})
        event: Any = other.recv()
        id = event.session.id
        with live.door.client.live.sideband.connect(session_id=id) as beside:
            beside.recv()
            other.close()
            lost: Any = beside.recv()
    assert (lost.type, lost.reason) == (CLOSED, "connection_lost")
    assert kinds(side.ask({"type": "session.input_audio.mute"}, "session.input_audio.muted"))


def test_a_stored_session_is_forked(start: Open) -> None:
    live = start(store=True, instructions="Be kind.")
    live.mock.reply("Hello Ann.")
    live.say("I am Ann")
    live.close()
    fork = live.door.connect(lambda client: client.live.forks.connect(session_id=live.id), FORK)
    started = fork.ask({"type": "session.start", "session": {"store": False}}, "session.started")[-1]["session"]
    assert started["id"] != live.id
    assert (started["instructions"], started["store"]) == ("Be kind.", False)
    live.mock.when(turn=2).reply("You are Ann.")
    audio = base64.b64encode(speak("Who am I?") + bytes(24_000)).decode()
    assert text(fork.ask({"type": "session.input_audio.append", "audio": audio}, USED)) == "You are Ann."


@pytest.mark.parametrize("path", ["forks", "sideband"])
def test_what_is_not_there_is_not_connected_to(start: Open, path: str) -> None:
    live = start()
    for id in ("live_none", live.id):
        if (path, id) == ("sideband", live.id):
            live.close()
        with pytest.raises(Exception, match="HTTP 40[04]"):
            getattr(live.client.live, path).connect(session_id=id).enter()


def test_the_same_session_says_the_same() -> None:
    def run() -> list[Event]:
        with mock_openai(clock="frozen") as mock, openai.OpenAI().live.connect() as connection:
            socket = Socket(connection._connection.send, connection.recv_bytes, PRIMARY)
            audio = base64.b64encode(speak("Hello there") + bytes(24_000)).decode()
            session = {"type": "session.start", "session": {"model": "gpt-live-1"}}
            socket.send(session, {"type": "session.input_audio.append", "audio": audio}, {"type": "session.close"})
            assert isinstance(mock, OpenAIMock)
            return socket.until(CLOSED)

    assert run() == run()


def test_the_sdk_groups_the_transcript_by_speaker() -> None:
    from openai.lib.live import TranscriptGrouper

    segments: dict[str, Any] = {}
    with mock_openai() as mock, openai.OpenAI().live.connect() as connection, TranscriptGrouper() as grouper:
        mock.reply("Yes, I am here.")
        mock.reply("It is nearly noon.")
        grouper.on("segment.updated", lambda segment: segments.update({segment.id: segment}))
        connection.session.start(session={"model": "gpt-live-1"})
        for question in ("Is anybody there?", "What time is it?"):
            pcm = speak(question) + bytes(24_000)
            connection.session.input_audio.append(audio=base64.b64encode(pcm).decode())
        connection.session.close()
        for event in connection:
            grouper.push(event)
    assert [(segment.speaker, segment.text.strip()) for segment in segments.values()] == [
        ("user", "Is anybody there?"), ("assistant", "Yes, I am here."),
        ("user", "What time is it?"), ("assistant", "It is nearly noon."),
    ]  # fmt: skip


def test_faults_strike_what_is_said() -> None:
    with mock_openai(answers="echo") as mock, openai.OpenAI().live.connect() as connection:
        socket = Socket(connection._connection.send, connection.recv_bytes, PRIMARY)
        audio = base64.b64encode(speak("Hello there") + bytes(24_000)).decode()
        socket.ask({"type": "session.start", "session": {"model": "gpt-live-1"}}, "session.started")
        mock.live.connect.fault("cut", chunks=3)
        socket.send({"type": "session.input_audio.append", "audio": audio})
        assert merged([socket.next() for _ in range(5)]) == [HEARD, SAID, SOUND]
        with pytest.raises(websockets.ConnectionClosedError, match="1011"):
            socket.next()
