"""The events of sessions: told live, in order, and what one gathers from them is what the lists say."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import openai
import pytest
from openai.lib.beta.agents import AgentTurnResultError, function_tool

from openai_api_mock import Answer, contains, mock_openai, tool_call

from ..conftest import MakeWay, Way
from .agents import (
    CANCEL,
    NOWHERE,
    SESSIONS,
    WEATHER,
    begin,
    checked,
    converse,
    final,
    gathered,
    items,
    kinds,
    look,
    message,
    result,
    send,
    texts,
    turns,
)  # fmt: skip

AGENT: Any = {"model": "gpt-4o"}
SAID = [
    "turn.item.added", "turn.content_part.added", "turn.output_text.delta", "turn.output_text.done",
    "turn.content_part.done", "turn.item.done",
]  # fmt: skip
BEGUN = ["turn.created", "in_progress", "turn.item.added", "turn.in_progress"]
ENDED = ["turn.completed", "idle"]


def created(way: Way, input: str = "Hello", **more: Any) -> list[Any]:
    """All events of a streamed creation, which ends with its turn."""
    more = {"agent": AGENT, "environment": NOWHERE, **more}
    return [checked(event) for event in way.call(SESSIONS + "create", stream=True, input=input, **more)]


def test_a_streamed_creation_tells_its_first_turn_and_ends(way: Way) -> None:
    way.mock.reply("Ahoy there, all of you!")
    events = created(way)
    assert kinds(events) == ["created", *BEGUN, *SAID, *ENDED]
    ids = [event.event_id for event in events]
    assert len(set(ids)) == len(ids)
    first, last = events[0].session, events[-1].session
    assert (first.id, first.status, last.status) == (last.id, "idle", "idle")
    assert gathered(events) == [item.to_dict() for item in items(way, last)]
    (completed,) = [event for event in events if event.type == "agent.session.turn.completed"]
    assert completed.turn.to_dict() == turns(way, last)[0].to_dict()
    assert completed.usage.to_dict() == completed.turn.usage.to_dict()


def test_the_sdks_helper_follows_one_turn_of_an_idle_session(way: Way) -> None:
    session = look(way, begin(way))
    way.mock.reply(Answer(text="Later.", pieces=("La", "ter", ".")))
    events = converse(way, session, "When?")
    assert kinds(events) == ["idle", *BEGUN, *SAID, *ENDED]
    deltas = [event.delta for event in events if event.type == "agent.session.turn.output_text.delta"]
    assert deltas == ["La", "ter", "."]
    assert gathered(events) == [item.to_dict() for item in items(way, session)[2:]]


def test_the_journal_has_what_a_creation_told(way: Way) -> None:
    events = created(way)
    (call,) = [call for call in way.mock.calls if call.path == "/v1/agents/sessions"]
    assert [event["event_id"] for event in call.reply] == [event.event_id for event in events]


def test_a_creation_that_is_cut_off_has_made_its_session_all_the_same(way: Way) -> None:
    way.mock.beta.agents.sessions.create.fault("cut", chunks=3)
    with pytest.raises((openai.APIConnectionError, AgentTurnResultError)):
        final(way, agent=AGENT, environment=NOWHERE, input="Hello")
    (session,) = way.call(SESSIONS + "list").data
    assert session.status == "idle"


def test_the_sdks_helper_collects_a_result(way: Way) -> None:
    way.mock.reply("Ahoy!")
    found = final(way, agent=AGENT, environment=NOWHERE, input="Hello")
    assert (found.output_text, found.turn.status) == ("Ahoy!", "completed")


def test_its_tools_run_while_it_is_read(way: Way) -> None:
    asked: list[str] = []

    @function_tool(name="get_weather")
    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return f"24 degrees in {city}"

    way.mock.reply([tool_call("get_weather", city="Paris"), tool_call("get_weather", city="Rome")])
    way.mock.when(tool_result=contains("Rome")).reply("Warm everywhere.")
    found = final(
        way, agent={**AGENT, "tools": [weather.definition]}, environment=NOWHERE, input="Hello",
        tool_handlers={"get_weather": weather},
    )  # fmt: skip
    assert found.output_text == "Warm everywhere."
    assert asked == ["Paris", "Rome"]
    session = way.call(SESSIONS + "retrieve", session_id=found.session_id)
    way.mock.reply(tool_call("get_weather", city="Oslo"))
    way.mock.reply("Cold.")
    events = converse(way, session, "And in Oslo?", tool_handlers={"get_weather": weather})
    assert asked[-1] == "Oslo"
    assert kinds(events) == [
        "idle", *BEGUN, "turn.item.added", "requires_action", "turn.item.done", "turn.item.added", "in_progress", *SAID,
        *ENDED,
    ]  # fmt: skip
    assert gathered(events) == [item.to_dict() for item in items(way, session)[-4:]]
    indices = [event.output_index for event in events if event.type == "agent.session.turn.item.done"]
    assert indices == [0, 1]


def test_a_call_that_nobody_handles_ends_the_collection(way: Way) -> None:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    with pytest.raises(AgentTurnResultError) as caught:
        final(way, agent={**AGENT, "tools": [WEATHER]}, environment=NOWHERE, input="Hello")
    assert caught.value.reason == "requires_action"
    assert [action.type for action in caught.value.required_actions] == ["function_call"]


def test_an_error_is_an_event_ahead_of_the_failed_turn(way: Way) -> None:
    way.mock.fail(503, "Too busy.")
    events = created(way)
    assert kinds(events) == ["created", *BEGUN, "error", "turn.failed", "idle"]
    (error,) = [event.error for event in events if event.type == "error"]
    assert (error.code, error.message) == ("server_overloaded", "Too busy.")


def test_what_was_said_before_it_broke_off_is_told(way: Way) -> None:
    way.mock.reply(Answer(text="So far so good", error=openai_error()))
    events = created(way)
    assert kinds(events)[5:] == [*SAID, "error", "turn.failed", "idle"]
    assert texts(way, events[-1].session)[-1] == ("assistant", "So far so good")


@pytest.mark.parametrize("chunks", range(4, 12))
def test_wherever_it_is_cut_off_the_lists_have_what_was_told(way: Way, chunks: int) -> None:
    way.mock.reply(Answer(text="42 is the answer", reasoning="I think of it for long."))
    way.mock.responses.create.fault("cut", chunks=chunks)
    events = created(way, agent={"model": "gpt-5", "reasoning": {"summary": "auto"}})
    assert kinds(events)[-3:] == ["error", "turn.failed", "idle"]
    assert gathered(events) == [item.to_dict() for item in items(way, events[-1].session)]


def openai_error() -> Any:
    from openai_api_mock.errors import APIError

    return APIError(500, "It broke.")


def test_reasoning_is_told_by_its_summary(way: Way) -> None:
    way.mock.reply(Answer(text="42", reasoning="I think of it for long."))
    events = created(way, agent={"model": "gpt-5", "reasoning": {"summary": "auto"}})
    assert [
        "turn.item.added", "turn.reasoning_summary_part.added", "turn.reasoning_summary_text.delta",
        "turn.reasoning_summary_text.done", "turn.reasoning_summary_part.done", "turn.item.done", *SAID,
    ] == kinds(events)[5:-2]  # fmt: skip
    assert gathered(events) == [item.to_dict() for item in items(way, events[-1].session)]


def test_a_refusal_is_told_as_the_text_that_it_is(way: Way) -> None:
    way.mock.reply(Answer(refusal="I won't."))
    events = created(way)
    assert kinds(events)[5:] == [*SAID, *ENDED]
    assert gathered(events)[-1]["content"] == [{"type": "output_text", "text": "I won't."}]


def test_the_output_of_a_command_is_told_in_deltas(way: Way) -> None:
    ran = {"type": "command_execution", "command": "ls", "output": "a.txt"}
    way.mock.reply(Answer(items=(ran,), text="One file."))
    events = created(way)
    (delta,) = [event for event in events if event.type == "agent.output.command_execution_output.delta"]
    assert (delta.delta, delta.output_index) == ("a.txt", 0)
    assert gathered(events) == [item.to_dict() for item in items(way, events[-1].session)]


def test_a_subagent_is_told_of_when_it_comes_and_goes(way: Way) -> None:
    made = {"type": "create_subagent_call", "agent_id": "agent_scout", "content": []}
    gone = {"type": "close_subagent_call", "recipient_agent_id": "agent_scout", "sender_agent_id": "agent_of_ours"}
    way.mock.reply(Answer(items=(made, gone), text="It came and went."))
    events = created(way)
    told = [event for event in events if ".subagent." in event.type]
    assert kinds(told) == ["subagent.created", "subagent.closed"]
    assert [event.subagent.status for event in told] == ["active", "closed"]
    assert gathered(events) == [item.to_dict() for item in items(way, events[-1].session)]


@pytest.mark.parametrize("wanted", [True, False])
def test_events_are_padded_unless_that_is_turned_off(way: Way, wanted: bool) -> None:
    options: dict[str, Any] = {} if wanted else {"stream_options": {"include_obfuscation": False}}
    events = created(way, **options)
    assert all((event.obfuscation is not None) is wanted for event in events)


def test_a_stream_that_is_opened_while_a_turn_waits_begins_with_that(way: Way) -> None:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    session = look(way, begin(way, tools=[WEATHER]))
    way.mock.reply("Warm.")

    def follow(client: Any) -> list[Any]:
        told = []
        with client.beta.agents.sessions.events.stream(session.id) as stream:
            for event in stream:
                told.append(event)
                if event.type == "agent.session.requires_action":
                    client.beta.agents.sessions.events.create(
                        session.id, events=[result(event.session.required_actions[0])]
                    )
                if event.type == "agent.session.idle":
                    break
        return told

    async def follow_async(client: Any) -> list[Any]:
        told = []
        async with await client.beta.agents.sessions.events.stream(session.id) as stream:
            async for event in stream:
                told.append(event)
                if event.type == "agent.session.requires_action":
                    await client.beta.agents.sessions.events.create(
                        session.id, events=[result(event.session.required_actions[0])]
                    )
                if event.type == "agent.session.idle":
                    break
        return told

    events = way.do(follow if way.name in ("sync", "server") else follow_async)
    assert kinds(events) == ["requires_action", "turn.item.done", "turn.item.added", "in_progress", *SAID, *ENDED]
    assert all(checked(event) for event in events)


def test_a_live_stream_waits_for_what_another_thread_sends(make_way: MakeWay) -> None:
    way = make_way()
    if way.name not in ("sync", "server"):
        pytest.skip("of threads")
    session = look(way, begin(way))
    heard, opened = [], threading.Event()

    def follow() -> None:
        with way.client.beta.agents.sessions.events.stream(session.id) as stream:
            for event in stream:
                heard.append(event)
                opened.set()
                if len(heard) > 1 and event.type == "agent.session.idle":
                    return

    listener = threading.Thread(target=follow)
    listener.start()
    assert opened.wait(5)
    way.mock.reply("I hear you.")
    send(way, session, message("Do you hear me?"))
    listener.join(5)
    assert kinds(heard) == ["idle", *BEGUN, *SAID, *ENDED]


def test_a_live_stream_waits_for_what_another_task_sends(make_way: MakeWay) -> None:
    way = make_way()
    if way.name in ("sync", "server"):
        pytest.skip("of tasks")
    session = look(way, begin(way))
    way.mock.reply("I hear you.")

    async def talk(client: Any) -> list[Any]:
        events, opened, heard = client.beta.agents.sessions.events, asyncio.Event(), []

        async def follow() -> None:
            async with await events.stream(session.id) as stream:
                async for event in stream:
                    heard.append(event)
                    opened.set()
                    if len(heard) > 1 and event.type == "agent.session.idle":
                        return

        listener = asyncio.create_task(follow())
        await opened.wait()
        await events.create(session.id, events=[message("Do you hear me?")])
        await asyncio.wait_for(listener, 10)
        return heard

    assert kinds(way.do(talk)) == ["idle", *BEGUN, *SAID, *ENDED]


def test_a_live_stream_ends_with_its_session(way: Way) -> None:
    session = look(way, begin(way))

    def follow(client: Any) -> list[Any]:
        stream = client.beta.agents.sessions.events.stream(session.id)
        client.beta.agents.sessions.delete(session.id)
        return [*stream]

    async def follow_async(client: Any) -> list[Any]:
        stream = await client.beta.agents.sessions.events.stream(session.id)
        await client.beta.agents.sessions.delete(session.id)
        return [event async for event in stream]

    events = way.do(follow if way.name in ("sync", "server") else follow_async)
    assert kinds(events) == ["idle"]


def test_a_live_stream_breaks_off_with_its_mock(make_way: MakeWay) -> None:
    way = make_way()
    if way.name == "server":
        pytest.skip("the server outlives the mock's being on")
    session = look(way, begin(way))
    heard: list[Any] = []

    def follow(client: Any) -> None:
        for event in client.beta.agents.sessions.events.stream(session.id):
            heard.append(event)
            way.mock.close()

    async def follow_async(client: Any) -> None:
        async for event in await client.beta.agents.sessions.events.stream(session.id):
            heard.append(event)
            way.mock.close()

    with pytest.raises((openai.APIConnectionError, httpx.TransportError)):
        way.do(follow if way.name == "sync" else lambda client: asyncio.wait_for(follow_async(client), 10))
    assert kinds(heard) == ["idle"]


def test_a_cancelled_turn_is_told(way: Way) -> None:
    way.mock.reply(tool_call("get_weather", city="Paris"))
    session = look(way, begin(way, tools=[WEATHER]))

    def follow(client: Any) -> list[Any]:
        with client.beta.agents.sessions.events.stream(session.id) as stream:
            client.beta.agents.sessions.events.create(session.id, events=[CANCEL])
            return [next(stream) for _ in range(4)]

    async def follow_async(client: Any) -> list[Any]:
        async with await client.beta.agents.sessions.events.stream(session.id) as stream:
            await client.beta.agents.sessions.events.create(session.id, events=[CANCEL])
            return [await anext(stream) for _ in range(4)]

    events = way.do(follow if way.name in ("sync", "server") else follow_async)
    assert kinds(events) == ["requires_action", "turn.item.done", "turn.cancelled", "idle"]
    assert (events[1].item.status, events[2].turn.status) == ("incomplete", "cancelled")


def test_a_turn_that_takes_time_is_told_in_its_time(make_way: MakeWay) -> None:
    way = make_way(advance="10s", clock="frozen")
    # Nobody waits on such a clock: its stream goes on as if the time had passed.
    assert kinds(created(way)) == ["created", *BEGUN, *SAID, *ENDED]


def test_deltas_come_at_the_models_pace(make_way: MakeWay) -> None:
    way = make_way(chunk_delay=0.5, clock="instant")
    way.mock.reply(Answer(text="a b c", pieces=("a", " b", " c")))
    events = created(way)
    assert [event.delta for event in events if event.type.endswith("output_text.delta")] == ["a", " b", " c"]


def test_a_thread_that_nobody_wakes_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_api_mock.intercept.live.PATIENCE", 0.05)
    with mock_openai(), openai.OpenAI() as client:
        session = client.beta.agents.sessions.create(agent=AGENT, environment=NOWHERE, input="Hello")
        stream = client.beta.agents.sessions.events.stream(session.id)
        with pytest.raises(openai.OpenAIError, match="break out of it on 'agent.session.idle'"):
            list(stream)


def test_a_client_that_waits_no_longer_times_out() -> None:
    with mock_openai(), openai.OpenAI(timeout=0.05, max_retries=0) as client:
        session = client.beta.agents.sessions.create(agent=AGENT, environment=NOWHERE, input="Hello")
        with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
            list(client.beta.agents.sessions.events.stream(session.id))
