"""openai-agents: runs, handoffs, sessions and traces, on both APIs."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIConversationsSession,
    OpenAIResponsesModel,
    Runner,
    SQLiteSession,
    flush_traces,
    function_tool,
    trace,
)
from openai.types.responses import ResponseFunctionCallArgumentsDeltaEvent, ResponseTextDeltaEvent
from pydantic import BaseModel

from openai_api_mock import OpenAIMock

MODELS = [OpenAIResponsesModel, OpenAIChatCompletionsModel]
both = pytest.mark.parametrize("model", MODELS, ids=["responses", "chat"])
ASKED = "Check the weather in Paris, then book a hotel there for 3 nights."


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"24 degrees in {city}"


@function_tool
def book_hotel(city: str, nights: int) -> str:
    """Book a hotel room for some nights."""
    return f"booked {nights} nights in {city}"


class Trip(BaseModel):
    city: str
    nights: int


def travel(model: Any, **options: Any) -> Agent[Any]:
    made = model("gpt-5", openai.AsyncOpenAI())
    return Agent(name="Travel", instructions="You plan trips.", tools=[get_weather, book_hotel], model=made, **options)


@both
async def test_a_run_calls_its_tools_and_ends(openai_mock: OpenAIMock, model: Any) -> None:
    result = await Runner.run(travel(model), ASKED)
    outputs = [item.output for item in result.new_items if item.type == "tool_call_output_item"]
    assert sorted(outputs) == ["24 degrees in Paris", "booked 3 nights in Paris"]
    assert all(output in result.final_output for output in outputs)


@both
def test_run_sync(openai_mock: OpenAIMock, model: Any) -> None:
    assert "24 degrees" in Runner.run_sync(travel(model), ASKED).final_output


@both
async def test_a_streamed_run_against_the_server(server_url: str, model: Any) -> None:
    agent = travel(model)
    agent.model = model("gpt-5", openai.AsyncOpenAI(base_url=server_url))
    result = Runner.run_streamed(agent, ASKED)
    text, arguments = "", ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
            text += event.data.delta
        if event.type == "raw_response_event" and isinstance(event.data, ResponseFunctionCallArgumentsDeltaEvent):
            arguments += event.data.delta
    assert text == result.final_output
    assert "24 degrees in Paris" in text
    assert '"nights":3' in arguments


@both
async def test_a_handoff_reaches_the_other_agent(openai_mock: OpenAIMock, model: Any) -> None:
    billing = Agent(name="Billing", instructions="You bill.", model=model("gpt-5", openai.AsyncOpenAI()))
    triage = Agent(name="Triage", instructions="You hand over.", handoffs=[billing, travel(model)], model=billing.model)
    result = await Runner.run(triage, "Travel: how is the weather in Paris?")
    assert result.last_agent.name == "Travel"
    assert "24 degrees in Paris" in result.final_output


@both
async def test_a_typed_output(openai_mock: OpenAIMock, model: Any) -> None:
    result = await Runner.run(travel(model, output_type=Trip), ASKED)
    assert result.final_output == Trip(city="Paris", nights=3)


@both
async def test_a_tool_that_must_be_called(openai_mock: OpenAIMock, model: Any) -> None:
    settings = ModelSettings(tool_choice="book_hotel")
    result = await Runner.run(travel(model, model_settings=settings), "Hello!")
    assert result.new_items[0].type in ("reasoning_item", "tool_call_item")
    assert result.final_output


@both
async def test_a_picture(openai_mock: OpenAIMock, model: Any) -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}
    asked: list[Any] = [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, picture]}]
    agent = Agent(name="Eye", model=model("gpt-5", openai.AsyncOpenAI()))
    assert (await Runner.run(agent, asked)).final_output


# openai-agents can't send what a conversation has kept to a chat completion.
@pytest.mark.parametrize(
    ("session", "model"),
    [
        (SQLiteSession, OpenAIResponsesModel),
        (SQLiteSession, OpenAIChatCompletionsModel),
        (OpenAIConversationsSession, OpenAIResponsesModel),
    ],
)
async def test_a_session_remembers(openai_mock: OpenAIMock, model: Any, session: Any) -> None:
    remembered = session("mine") if session is SQLiteSession else session()
    await Runner.run(travel(model), ASKED, session=remembered)
    await Runner.run(travel(model), "And in Rome?", session=remembered)
    items = await remembered.get_items()
    said = [item["content"] for item in items if item.get("role") == "user"]
    assert [text if isinstance(text, str) else text[0]["text"] for text in said] == [ASKED, "And in Rome?"]
    spoken = [call for call in openai_mock.calls if call.operation in ("responses.create", "chat.completions.create")]
    assert ASKED in str(spoken[-1].body)


async def test_what_was_said_is_kept_by_the_api(openai_mock: OpenAIMock) -> None:
    agent = travel(OpenAIResponsesModel)
    first = await Runner.run(agent, ASKED)
    second = await Runner.run(agent, "Thanks!", previous_response_id=first.last_response_id)
    assert second.final_output


@both
async def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock, model: Any) -> None:
    openai_mock.fail(429, retry_after=0.01, times=4)
    agent = Agent(name="A", model=model("gpt-5", openai.AsyncOpenAI(max_retries=2)))
    with pytest.raises(openai.RateLimitError):
        await Runner.run(agent, "Hello!")
    assert (await Runner.run(agent, "Hello!")).final_output


async def test_traces_are_posted(openai_mock: OpenAIMock) -> None:
    with trace("Trip", group_id="test"):
        await Runner.run(travel(OpenAIResponsesModel), ASKED)
    flush_traces()
    sent = [call for call in openai_mock.calls if call.path == "/v1/traces/ingest"]
    assert {call.status for call in sent} == {204}
    kinds = [item.get("span_data", {}).get("type") or item["object"] for call in sent for item in call.body["data"]]
    assert {"trace", "agent", "function", "response"} <= set(kinds)
