"""Answers made by a function of the call, sync or async."""

from __future__ import annotations

from openai import OpenAI

from openai_api_mock import ToolCall, mock_openai, tool_call
from openai_api_mock.call import Call


async def model(call: Call) -> str | ToolCall:
    question = call.body["messages"][-1]["content"]
    if "weather" in question:
        return tool_call("get_weather", city="Oslo")
    return f"You asked: {question}"


with mock_openai(answers=model):
    client = OpenAI()
    for question in ("What is new?", "How is the weather?"):
        completion = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": question}])
        print(completion.choices[0].message.content or completion.choices[0].message.tool_calls)
