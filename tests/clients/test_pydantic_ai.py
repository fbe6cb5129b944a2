"""pydantic-ai: agents on both APIs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_ai import Agent, BinaryContent, Embedder, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, ToolCallPartDelta
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from travel import ASKED, Trip, book_hotel, get_weather

from openai_api_mock import OpenAIMock

both = pytest.mark.parametrize("model", [OpenAIChatModel, OpenAIResponsesModel], ids=["chat", "responses"])


def travel(model: Any, provider: Any = "openai", **options: Any) -> Agent[None, Any]:
    return Agent(model("gpt-5", provider=provider), tools=[get_weather, book_hotel], instructions="Plan.", **options)


@both
def test_a_run_calls_its_tools_and_ends(openai_mock: OpenAIMock, model: Any) -> None:
    said = travel(model).run_sync(ASKED).output
    assert "24 degrees in Paris" in said
    assert "booked 3 nights in Paris" in said


@both
async def test_a_streamed_run_against_the_server(server_url: str, model: Any) -> None:
    agent = travel(model, OpenAIProvider(base_url=server_url, api_key="sk-test"))
    arguments, called = "", set()

    async def watch(_: Any, events: Any) -> None:
        nonlocal arguments
        async for event in events:
            if isinstance(event, PartStartEvent) and event.part.part_kind == "tool-call":
                called.add(event.part.tool_name)
            if isinstance(event, PartDeltaEvent) and isinstance(event.delta, ToolCallPartDelta):
                arguments += str(event.delta.args_delta)

    async with agent.run_stream(ASKED, event_stream_handler=watch) as result:
        deltas = [delta async for delta in result.stream_text(delta=True, debounce_by=None)]
    assert len(deltas) > 5
    assert "booked 3 nights in Paris" in "".join(deltas)
    assert called == {"get_weather", "book_hotel"}
    assert '"nights":3' in arguments


@both
@pytest.mark.parametrize("output", [Trip, ToolOutput(Trip), NativeOutput(Trip), PromptedOutput(Trip)])
async def test_a_typed_output(openai_mock: OpenAIMock, model: Any, output: Any) -> None:
    assert (await travel(model, output_type=output).run(ASKED)).output == Trip(city="Paris", nights=3)


@both
async def test_a_streamed_typed_output(openai_mock: OpenAIMock, model: Any) -> None:
    async with travel(model, output_type=NativeOutput(Trip)).run_stream(ASKED) as result:
        assert await result.get_output() == Trip(city="Paris", nights=3)


@both
async def test_an_agent_is_another_agents_tool(openai_mock: OpenAIMock, model: Any) -> None:
    front = Agent(model("gpt-5"))

    @front.tool_plain
    async def plan_trip(wish: str) -> str:
        """Plan a trip: hotel and weather."""
        return (await travel(model).run(ASKED)).output

    assert "24 degrees in Paris" in (await front.run("Plan my trip.")).output


@both
async def test_a_conversation_goes_on(openai_mock: OpenAIMock, model: Any) -> None:
    agent = travel(model)
    first = await agent.run(ASKED)
    second = await agent.run("Thanks!", message_history=first.all_messages())
    assert second.output
    assert ASKED in str(openai_mock.calls[-1].body)


@both
async def test_a_picture(openai_mock: OpenAIMock, model: Any) -> None:
    picture = BinaryContent(b"\x89PNG\r\n\x1a\n", media_type="image/png")
    assert (await Agent(model("gpt-4o")).run(["What is this?", picture])).output


@both
async def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock, model: Any) -> None:
    openai_mock.fail(429, retry_after=0.01, times=4)
    agent = Agent(model("gpt-4o"))
    with pytest.raises(ModelHTTPError) as raised:
        await agent.run("Hello!")
    assert raised.value.status_code == 429
    assert (await agent.run("Hello!")).output
    tries = [[attempt.status for attempt in call.attempts] for call in openai_mock.calls]
    assert tries == [[429, 429, 429], [429, 200]]


async def test_embeddings_of_like_texts_are_near(openai_mock: OpenAIMock) -> None:
    embedder = Embedder("openai:text-embedding-3-small")
    result = await embedder.embed_documents(["refund my money", "ship my parcel", "I want a refund"])
    refund, parcel, asked = result.embeddings
    near = [sum(a * b for a, b in zip(asked, other, strict=True)) for other in (refund, parcel)]
    assert near[0] > near[1]
