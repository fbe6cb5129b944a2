"""An agent on the Responses API: it runs the tools that the model calls until the model answers in text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from openai import OpenAI

from openai_api_mock import OpenAIMock, tool_call

FUNCTIONS: dict[str, Callable[..., str]] = {
    "get_weather": lambda city: f"24 degrees in {city}",
    "book_hotel": lambda city, nights: f"booked {nights} nights in {city}",
}
CITY, NIGHTS = {"type": "string"}, {"type": "integer"}
TOOLS: list[Any] = [
    {
        "type": "function",
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
        "strict": True,
    }
    for name, description, properties in (
        ("get_weather", "The weather in a city", {"city": CITY}),
        ("book_hotel", "Book a hotel room for some nights", {"city": CITY, "nights": NIGHTS}),
    )
]


def agent(question: str) -> str:
    """The application: what was said before is kept by the API, so only results are sent."""
    client = OpenAI()
    response = client.responses.create(model="gpt-5", input=question, tools=TOOLS)
    while calls := [item for item in response.output if item.type == "function_call"]:
        results: list[Any] = [
            {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": FUNCTIONS[call.name](**json.loads(call.arguments)),
            }
            for call in calls
        ]
        response = client.responses.create(model="gpt-5", input=results, tools=TOOLS, previous_response_id=response.id)
    return response.output_text


def test_it_ends_unscripted(openai_mock: OpenAIMock) -> None:
    said = agent("Check the weather in Paris, then book a hotel there for 3 nights.")

    assert "24 degrees in Paris" in said
    assert "booked 3 nights in Paris" in said


def test_as_scripted(openai_mock: OpenAIMock) -> None:
    openai_mock.reply(tool_call("get_weather", city="Oslo"))
    openai_mock.reply("Stay at home.")

    assert agent("Where should I go?") == "Stay at home."
    assert openai_mock.calls[-1].body["input"][0]["output"] == "24 degrees in Oslo"
