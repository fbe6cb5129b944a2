"""litellm: its functions and its router, on both APIs; it pins an SDK of a major version before."""

from __future__ import annotations

import json
from typing import Any

import litellm
import pytest
from pydantic import BaseModel

from openai_api_mock import OpenAIMock

ASKED: list[Any] = [{"role": "user", "content": "Check the weather in Paris, then book a hotel there for 3 nights."}]


class Trip(BaseModel):
    city: str
    nights: int


def get_weather(city: str) -> str:
    return f"24 degrees in {city}"


def book_hotel(city: str, nights: int) -> str:
    return f"booked {nights} nights in {city}"


FUNCTIONS = {"get_weather": get_weather, "book_hotel": book_hotel}
CITY, NIGHTS = {"type": "string"}, {"type": "integer"}
DEFINITIONS = [
    {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": CITY}, "required": ["city"]},
    },
    {
        "name": "book_hotel",
        "description": "Book a hotel room for some nights",
        "parameters": {
            "type": "object",
            "properties": {"city": CITY, "nights": NIGHTS},
            "required": ["city", "nights"],
        },
    },
]
TOOLS = [{"type": "function", "function": definition} for definition in DEFINITIONS]


def run(call: Any) -> str:
    return FUNCTIONS[call.name](**json.loads(call.arguments))


def answered(messages: list[Any], message: Any) -> list[Any]:
    results = [{"role": "tool", "tool_call_id": call.id, "content": run(call.function)} for call in message.tool_calls]
    return [*messages, message, *results]


def test_a_loop_of_tools_ends(openai_mock: OpenAIMock) -> None:
    messages = ASKED
    while (message := litellm.completion("gpt-4o", messages, tools=TOOLS).choices[0].message).tool_calls:
        messages = answered(messages, message)
    assert "24 degrees in Paris" in message.content
    assert "booked 3 nights in Paris" in message.content


async def test_a_streamed_loop_of_tools_against_the_server(server_url: str) -> None:
    messages: list[Any] = ASKED
    for _ in range(3):
        stream = await litellm.acompletion("gpt-4o", messages, tools=TOOLS, stream=True, base_url=server_url)
        chunks = [chunk async for chunk in stream]
        message = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
        if not message.tool_calls:
            break
        messages = answered(messages, message)
    assert "booked 3 nights in Paris" in message.content
    assert len(chunks) > 5


def test_responses_call_tools(openai_mock: OpenAIMock) -> None:
    tools = [{"type": "function", **definition} for definition in DEFINITIONS]
    said = litellm.responses(model="gpt-4o", input=ASKED[0]["content"], tools=tools)
    while calls := [item for item in said.output if item.type == "function_call"]:
        results = [{"type": "function_call_output", "call_id": call.call_id, "output": run(call)} for call in calls]
        said = litellm.responses(model="gpt-4o", input=results, tools=tools, previous_response_id=said.id)
    assert "24 degrees in Paris" in said.output[-1].content[0].text


async def test_responses_stream(openai_mock: OpenAIMock) -> None:
    stream = await litellm.aresponses(model="gpt-4o", input="Hello!", stream=True)
    events = [event async for event in stream]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == events[-1].response.output[-1].content[0].text


def test_a_typed_answer(openai_mock: OpenAIMock) -> None:
    said = litellm.completion("gpt-4o", ASKED, response_format=Trip).choices[0].message.content
    assert Trip.model_validate_json(said) == Trip(city="Paris", nights=3)


def test_a_picture(openai_mock: OpenAIMock) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    content = [{"type": "text", "text": "What is this?"}, picture]
    assert litellm.completion("gpt-4o", [{"role": "user", "content": content}]).choices[0].message.content


def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock) -> None:
    openai_mock.fail(429, retry_after=0.01, times=2)
    with pytest.raises(litellm.RateLimitError):
        litellm.completion("gpt-4o", ASKED, max_retries=1)
    assert litellm.completion("gpt-4o", ASKED).choices[0].message.content


async def test_a_router_falls_back(openai_mock: OpenAIMock) -> None:
    openai_mock.chat.completions.create.fail(500)
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "max_retries": 0}}
        for name in ("gpt-4o", "gpt-4.1")
    ]
    router = litellm.Router(models, fallbacks=[{"gpt-4o": ["gpt-4.1"]}], num_retries=0)
    assert (await router.acompletion("gpt-4o", ASKED)).model.startswith("gpt-4.1")


def test_embeddings_of_like_texts_are_near(openai_mock: OpenAIMock) -> None:
    texts = ["refund my money", "ship my parcel", "I want a refund"]
    data = litellm.embedding("text-embedding-3-small", texts).data
    refund, parcel, asked = (each["embedding"] for each in data)
    near = [sum(a * b for a, b in zip(asked, other, strict=True)) for other in (refund, parcel)]
    assert near[0] > near[1]
