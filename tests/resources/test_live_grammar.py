"""Whatever is done in a Live session, by whichever of its connections, its events keep to their grammar."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from typing import Any

import openai
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from openai_api_mock import tool_call
from openai_api_mock.generate.speech import speak

from .sockets import Door, Event, Socket, kinds
from .test_live import CLOSED, HEARD, PRIMARY, QUESTIONS, SAID, SIDEBAND, SOUND, USED, WEATHER

pytest.importorskip("websockets")
pytest.importorskip("jsonschema_rs")

DELEGATIONS: dict[str, Any] = {
    "client": {"type": "client"},
    "responses": {"type": "responses", "responses": {"model": "gpt-4o", "tools": [WEATHER]}},
    "decisions": {"type": "decisions", "decisions": {"model": "gpt-6-luna", "questions": QUESTIONS}},
}
ACKNOWLEDGED = {
    "session.update": "session.updated",
    "session.input_audio.mute": "session.input_audio.muted",
    "session.input_audio.unmute": "session.input_audio.unmuted",
    "session.output_audio.fixture.play": "session.output_audio.fixture.playing",
    "session.instructions.append": "session.instructions.appended",
    "session.thinking.append": "session.thinking.appended",
    "session.commentary.append": "session.commentary.appended",
    "decision.item.create": "decision.item.created",
    "decision.item.delete": "decision.item.deleted",
    "session.close": CLOSED,
}
FIXTURE = base64.b64encode(bytes(9600)).decode()


class Sessions(RuleBasedStateMachine):
    """One session, its primary connection and a sideband; each event is held against the SDK's types as it comes."""

    @initialize(
        kind=st.sampled_from(sorted(DELEGATIONS)), triggered=st.sampled_from([(), (HEARD,), (SAID,), (HEARD, SAID)])
    )
    def start(self, kind: str, triggered: tuple[str, ...]) -> None:
        self.stack = ExitStack()
        self.door = Door("sync", self.stack, length=5)
        self.kind = kind
        self.primary = self.door.connect(lambda client: client.live.connect(), PRIMARY)
        self.events: dict[Socket, list[Event]] = {self.primary: []}
        self.items: list[str] = []
        self.commands = 0
        triggers = [
            {"type": "decisions", "event_type": type, "decisions": {"questions": QUESTIONS[:1]}} for type in triggered
        ]
        session = {"model": "gpt-live-1", "delegation": DELEGATIONS[kind], "triggers": triggers, "store": True}
        self.events[self.primary] += self.primary.ask({"type": "session.start", "session": session}, "session.started")
        self.side: Socket | None = None

    def command(self, type: str, by: Socket | None = None, **more: Any) -> Event:
        """Send it, and give what answers it."""
        by = by or self.primary
        self.commands += 1
        id = f"command {self.commands}"
        by.send({"type": type, "event_id": id, **more})
        seen = self.events[by]
        while True:
            seen.append(by.next())
            error = seen[-1].get("error", {})
            if seen[-1].get("client_event_id") == id or error.get("client_event_id") == id:
                break
        if not error:
            assert seen[-1]["type"] == ACKNOWLEDGED.get(type, seen[-1]["type"])
        return seen[-1]

    @precondition(lambda self: self.side is None)
    @rule()
    def attach(self) -> None:
        id = self.events[self.primary][0]["session"]["id"]
        self.side = self.door.connect(lambda client: client.live.sideband.connect(session_id=id), SIDEBAND)
        self.events[self.side] = []

    @rule(text=st.sampled_from(["Hello", "What is the weather in Paris?"]), delegates=st.booleans())
    def speak(self, text: str, delegates: bool) -> None:
        if delegates:
            self.door.mock.live.connect.when(message=text).reply("Well.", tool_call("do"))
        audio = base64.b64encode(speak(text) + bytes(24_000)).decode()
        self.primary.send({"type": "session.input_audio.append", "audio": audio})

    @rule(is_muted=st.booleans(), beside=st.booleans())
    def mute(self, is_muted: bool, beside: bool) -> None:
        self.command(f"session.input_audio.{'mute' if is_muted else 'unmute'}", self.side if beside else None)

    @rule(kind=st.sampled_from(["instructions", "thinking", "commentary"]), beside=st.booleans())
    def append(self, kind: str, beside: bool) -> None:
        made = [e["delegation"]["id"] for e in self.events[self.primary] if e["type"] == "session.delegation.created"]
        id = made[-1] if made and self.kind != "responses" else None
        self.command(f"session.{kind}.append", self.side if beside else None, content="It is so.", delegation_id=id)

    @rule()
    def play(self) -> None:
        self.command("session.output_audio.fixture.play", audio=FIXTURE)

    @rule()
    def add_item(self) -> None:
        told = self.command("decision.item.create", item={"role": "user", "content": "hi"})
        self.items.append(told["item"]["id"])

    @precondition(lambda self: self.items)
    @rule()
    def delete_item(self) -> None:
        assert self.command("decision.item.delete", item_id=self.items.pop())["type"] == "decision.item.deleted"

    @rule()
    def decide(self) -> None:
        told = self.command("decision.create")
        assert (told["type"] == "error") == (self.kind != "decisions")

    @rule()
    def respond(self) -> None:
        if self.kind == "responses":
            item = {"type": "message", "role": "user", "content": "hi"}
            self.primary.send({"type": "response.item.create", "item": item}, {"type": "response.create"})
        else:
            assert self.command("response.create")["type"] == "error"

    @rule(triggers=st.sampled_from([[], [{"type": "decisions", "event_type": SAID, "decisions": {"questions": []}}]]))
    def update(self, triggers: list[Any]) -> None:
        assert self.command("session.update", session={"triggers": triggers})["session"]["triggers"] == triggers

    @rule(type=st.sampled_from(["nope", "session.start", "transport.dtmf.send"]))
    def mistake(self, type: str) -> None:
        assert self.command(type, session={"model": "gpt-live-1"}, event="1")["type"] == "error"

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return
        with self.stack:
            self.command("session.close")
            primary = self.events[self.primary]
            check_grammar(primary)
            if self.side is not None:
                beside = self.events[self.side]
                beside += self.side.until(CLOSED) if not beside or beside[-1]["type"] != CLOSED else []
                while beside[-1]["type"] != CLOSED:
                    beside += self.side.until(CLOSED)
                check_alike(primary, beside)


def check_grammar(events: list[Event]) -> None:
    ids = [event["event_id"] for event in events if "event_id" in event]
    assert len(set(ids)) == len(ids)
    assert kinds(events)[0] == "session.started"
    assert (kinds(events)[-1], kinds(events).count(CLOSED)) == (CLOSED, 1)
    at: dict[str, int] = {}
    delegations: set[str] = set()
    sources: set[str] = set()
    used = 0.0
    for event, following in zip(events, [*events[1:], None], strict=True):
        kind = event["type"]
        if kind == SAID:
            # Each word comes with its sound.
            assert following is not None
            assert following["type"] == SOUND
        if kind in (SAID, HEARD):
            sources.add(event["event_id"])
            assert at.get(kind, 0) <= event["start_ms"] <= event["end_ms"]
            at[kind] = event["end_ms"]
        if kind == "session.delegation.created":
            assert event["delegation"]["id"] not in delegations
            delegations.add(event["delegation"]["id"])
        if kind in ("response.event", "decision.event") and event["delegation_id"] is not None:
            assert event["delegation_id"] in delegations
        if kind == "decision.event":
            assert (event["trigger_id"] is None) == (event["delegation_id"] is not None)
            assert event["source_event_id"] in {*sources, None}
        if kind in (USED, CLOSED):
            assert event["usage"]["seconds"] >= used
            used = event["usage"]["seconds"]
    assert used * 1000 >= max(at.values(), default=0)
    for begun, over in (("playing", "played"),):
        fixture = "session.output_audio.fixture."
        assert kinds(events).count(fixture + begun) == kinds(events).count(fixture + over)
    nested = [event["event"]["type"] for event in events if event["type"] == "response.event"]
    assert nested.count("response.created") == nested.count("response.completed")


def check_alike(primary: list[Event], beside: list[Event]) -> None:
    """A sideband is told what the primary connection is, but each other's mistakes, from shortly before it came on.

    What sounds may be cut short between two words, and each connection has heard of it what it has.
    """

    def told(events: list[Event], sounding: bool) -> list[str]:
        kept = [event for event in events if "event_id" in event and event["type"] != "error"]
        return [event["event_id"] for event in kept if sounding or event["type"] not in SOUNDING]

    steady = told(beside, sounding=False)
    assert steady == told(primary, sounding=False)[-len(steady) :]
    heard = set(told(beside, sounding=True))
    both = [id for id in told(primary, sounding=True) if id in heard]
    assert [id for id in told(beside, sounding=True) if id in set(both)] == both


SOUNDING = {SAID, USED, "session.output_audio.fixture.played"}


@pytest.mark.skipif(not hasattr(openai.OpenAI, "live"), reason="this SDK has no live sessions")
@pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")
def test_whatever_is_done_the_events_keep_to_their_grammar() -> None:
    run_state_machine_as_test(Sessions, settings=settings(max_examples=25, stateful_step_count=12, deadline=None))
