"""Tests of an application that calls OpenAI: pytest's fixture `openai_mock` comes with the package."""

from __future__ import annotations

import json

import pytest
from openai import OpenAI, RateLimitError

from openai_api_mock import OpenAIMock, tool_call

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


def assistant(question: str) -> str:
    """The application: asks, runs the tools that the model calls, and gives the final text."""
    client = OpenAI()
    messages: list = [{"role": "user", "content": question}]  # type: ignore[type-arg]
    while True:
        completion = client.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS)  # type: ignore[arg-type]
        message = completion.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message)
        for call in message.tool_calls:
            city = json.loads(call.function.arguments)["city"]  # type: ignore[union-attr]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": f"24 degrees in {city}"})


def test_nothing_need_be_scripted(openai_mock: OpenAIMock) -> None:
    assert "24 degrees in" in assistant("How is the weather?")


def test_a_scripted_conversation(openai_mock: OpenAIMock) -> None:
    openai_mock.reply(tool_call("get_weather", city="Paris"))
    openai_mock.reply("Take a hat.")

    assert assistant("What should I wear in Paris?") == "Take a hat."
    assert openai_mock.calls[-1].body["messages"][-1]["content"] == "24 degrees in Paris"


def test_a_rate_limit_is_retried(openai_mock: OpenAIMock) -> None:
    openai_mock.chat.completions.create.fail(429, retry_after=0.01)
    openai_mock.reply("Hello!")

    assert assistant("Hi") == "Hello!"
    assert [attempt.status for attempt in openai_mock.calls.last.attempts] == [429, 200]


def test_a_rate_limit_that_stays(openai_mock: OpenAIMock) -> None:
    openai_mock.chat.completions.create.always.fail(429, retry_after=0.01)

    with pytest.raises(RateLimitError):
        assistant("Hi")


@pytest.mark.openai_mock(answers="echo")
def test_an_echo(openai_mock: OpenAIMock) -> None:
    completion = OpenAI().chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Parrot"}])
    assert completion.choices[0].message.content == "Parrot"
