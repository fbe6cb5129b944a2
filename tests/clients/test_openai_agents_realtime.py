"""openai-agents' realtime agents: turns, spoken and written, with tools, handoffs, interruptions and guardrails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest
from agents import GuardrailFunctionOutput, OutputGuardrail, function_tool
from agents.realtime import (
    OpenAIRealtimeSIPModel,
    RealtimeAgent,
    RealtimeModelConfig,
    RealtimeRunConfig,
    RealtimeRunner,
    RealtimeSession,
)
from travel import get_weather

from openai_api_mock import OpenAIMock, tool_call
from openai_api_mock.generate.speech import speak
from openai_api_mock.generate.speech_hear import hear

ASKED = "What is the weather in Paris?"
SILENCE = bytes(48_000)
"""A second, which ends a turn however it is detected."""
WEATHER = function_tool(get_weather)
SETTINGS: RealtimeRunConfig = {
    "model_settings": {
        "model_name": "gpt-realtime",
        "audio": {
            "input": {"turn_detection": {"type": "server_vad"}, "transcription": {"model": "gpt-4o-mini-transcribe"}}
        },
    }
}
Told = list[Any]
On = Callable[[Any], Awaitable[None]]


def agent(**options: Any) -> RealtimeAgent[Any]:
    return RealtimeAgent(name="Travel", instructions="You plan trips.", tools=[WEATHER], **options)


@pytest.fixture(params=["in process", "server"])
def to_the_mock(request: pytest.FixtureRequest, openai_mock: OpenAIMock) -> RealtimeModelConfig:
    """How a session gets to the mock: by itself, or by the URL of a server."""
    if request.param == "in process":
        return {}
    server_url = request.getfixturevalue("server_url")
    return {"url": server_url.replace("http", "ws", 1) + "/realtime?model=gpt-realtime", "api_key": "sk-test"}


async def listen(session: RealtimeSession, runs: int, on: On | None = None) -> Told:
    """The session's events until so many runs of agents have ended; `on` is told each."""
    events: Told = []

    async def gather() -> None:
        ended = 0
        async for event in session:
            events.append(event)
            if on is not None:
                await on(event)
            ended += event.type == "agent_end"
            if ended == runs:
                return

    await asyncio.wait_for(gather(), 10)
    return events


def kinds(events: Told) -> list[str]:
    """The types, those of the model's own events left away, and one for each run of the same."""
    found: list[str] = []
    for event in events:
        if event.type not in ("raw_model_event", "history_updated", "history_added", *found[-1:]):
            found.append(event.type)
    return found


def heard(events: Told) -> str:
    """What the audio of the events says."""
    return " ".join(word.text for word in hear(b"".join(event.audio.data for event in events if event.type == "audio")))


def said(session: RealtimeSession) -> list[tuple[str, str]]:
    """Who said what, as the session's history has it."""
    messages = [item.model_dump() for item in session._history if item.type == "message"]
    return [
        (item["role"], " ".join(part.get("text") or part.get("transcript") or "" for part in item["content"]))
        for item in messages
    ]


async def test_a_spoken_turn_calls_a_tool_and_is_answered_aloud(
    to_the_mock: RealtimeModelConfig, openai_mock: OpenAIMock
) -> None:
    async with await RealtimeRunner(agent(), config=SETTINGS).run(model_config=to_the_mock) as session:
        await session.send_audio(speak(ASKED) + SILENCE)
        events = await listen(session, 2)
    # Whether a run's end is told before its tool has begun is a race of the framework's own.
    told = [kind for kind in kinds(events) if kind.startswith(("tool", "audio"))]
    assert told == ["tool_start", "tool_end", "audio", "audio_end"]
    (ended,) = [event for event in events if event.type == "tool_end"]
    assert (ended.tool.name, ended.arguments, ended.output) == (
        "get_weather",
        '{"city":"Paris"}',
        "24 degrees in Paris",
    )
    assert "24 degrees in Paris" in heard(events)
    assert said(session) == [("user", ASKED), ("assistant", heard(events))]
    assert [call.operation for call in openai_mock.calls] == ["realtime.connect"] * 2


async def test_a_scripted_turn(to_the_mock: RealtimeModelConfig, openai_mock: OpenAIMock) -> None:
    openai_mock.script(user="Rome", calls=tool_call("get_weather", city="Roma"), then="It is warm in Rome.")
    async with await RealtimeRunner(agent(), config=SETTINGS).run(model_config=to_the_mock) as session:
        await session.send_message("How is Rome?")
        events = await listen(session, 2)
    assert [event.output for event in events if event.type == "tool_end"] == ["24 degrees in Roma"]
    assert heard(events) == "It is warm in Rome."


async def test_a_turn_in_writing(to_the_mock: RealtimeModelConfig) -> None:
    config: RealtimeRunConfig = {"model_settings": {"modalities": ["text"]}}
    async with await RealtimeRunner(agent(), config=config).run(model_config=to_the_mock) as session:
        await session.send_message(ASKED)
        events = await listen(session, 2)
    deltas = [event.data.delta for event in events if getattr(event, "data", None) and is_text(event.data)]
    assert "".join(deltas) == said(session)[-1][1]
    assert "24 degrees in Paris" in said(session)[-1][1]
    assert not heard(events)


def is_text(event: Any) -> bool:
    return bool(event.type == "output_text_delta")


async def test_a_handoff_reaches_the_other_agent(to_the_mock: RealtimeModelConfig) -> None:
    triage = RealtimeAgent[Any](name="Triage", instructions="You hand over.", handoffs=[agent()])
    async with await RealtimeRunner(triage).run(model_config=to_the_mock) as session:
        await session.send_message(f"Travel: {ASKED}")
        events = await listen(session, 3)
    (handed,) = [event for event in events if event.type == "handoff"]
    assert (handed.from_agent.name, handed.to_agent.name) == ("Triage", "Travel")
    assert [event.output for event in events if event.type == "tool_end"] == ["24 degrees in Paris"]


@pytest.mark.openai_mock(audio_pace=1)
async def test_who_speaks_interrupts(to_the_mock: RealtimeModelConfig, openai_mock: OpenAIMock) -> None:
    openai_mock.reply("one two three four five six seven eight nine ten " * 10)
    openai_mock.reply("All right.")

    async def stop(event: Any) -> None:
        if event.type == "audio" and not interrupted:
            interrupted.append(event)
            await session.send_audio(speak("Stop") + SILENCE)

    interrupted: Told = []
    async with await RealtimeRunner(agent(), config=SETTINGS).run(model_config=to_the_mock) as session:
        await session.send_message("Count!")
        events = await listen(session, 2, stop)
    assert "audio_interrupted" in kinds(events)
    spoken = said(session)
    assert [who for who, _ in spoken] == ["user", "assistant", "user", "assistant"]
    assert "one two three four".startswith(spoken[1][1])
    assert [text for _, text in spoken[2:]] == ["Stop", "All right."]


@pytest.mark.openai_mock(audio_pace=1)
async def test_a_guardrail_trips_while_the_agent_speaks(
    to_the_mock: RealtimeModelConfig, openai_mock: OpenAIMock
) -> None:
    def secret(context: Any, agent: Any, output: str) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered="secret" in output)

    openai_mock.reply("The secret is out now. " * 20)
    openai_mock.when(message="guardrail triggered: secret").reply("Sorry.")
    guarded = agent(output_guardrails=[OutputGuardrail(guardrail_function=secret)])
    config: RealtimeRunConfig = {"guardrails_settings": {"debounce_text_length": 10}}
    async with await RealtimeRunner(guarded, config=config).run(model_config=to_the_mock) as session:
        await session.send_message("Hello!")
        events = await listen(session, 2)
    assert "guardrail_tripped" in kinds(events)
    assert said(session)[-1] == ("assistant", "Sorry.")


async def test_a_failure_is_told_and_the_session_goes_on(
    to_the_mock: RealtimeModelConfig, openai_mock: OpenAIMock
) -> None:
    openai_mock.realtime.connect.fail(500)
    openai_mock.reply("Now it works.")

    async def again(event: Any) -> None:
        if event.type == "error":
            await session.send_message("And now?")

    async with await RealtimeRunner(agent()).run(model_config=to_the_mock) as session:
        await session.send_message("Does it work?")
        events = await listen(session, 1, again)
    assert [event.error.type for event in events if event.type == "error"] == ["server_error"]
    assert heard(events) == "Now it works."


async def test_a_picture(to_the_mock: RealtimeModelConfig) -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "high"}
    content = [picture, {"type": "input_text", "text": "What is this?"}]
    async with await RealtimeRunner(RealtimeAgent[Any](name="Eye")).run(model_config=to_the_mock) as session:
        await session.send_message({"type": "message", "role": "user", "content": content})
        assert heard(await listen(session, 1))


async def test_a_call_over_sip_is_talked_to(openai_mock: OpenAIMock) -> None:
    async with openai.AsyncOpenAI() as client:
        await client.realtime.calls.accept("rtc_1", type="realtime", model="gpt-realtime")
    openai_mock.reply("Who is calling?")
    runner = RealtimeRunner(agent(), model=OpenAIRealtimeSIPModel())
    async with await runner.run(model_config={"call_id": "rtc_1"}) as session:
        await session.send_message("Somebody calls.")
        assert heard(await listen(session, 1)) == "Who is calling?"
