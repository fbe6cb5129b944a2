"""A voice agent: it is spoken to, calls a function, and answers aloud. On the instant clock, speaking takes no time."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from openai import AsyncOpenAI

from openai_api_mock import OpenAIMock, tool_call
from openai_api_mock.generate.speech import speak

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


async def listen(connection: Any) -> tuple[Any, bytes]:
    """The next response, and what it sounds like."""
    audio = b""
    async for event in connection:
        if event.type == "response.output_audio.delta":
            audio += base64.b64decode(event.delta)
        if event.type == "response.done":
            return event.response, audio
    raise EOFError


async def agent(question: bytes) -> tuple[str, bytes]:
    """The application: it runs the function that the model calls."""
    async with AsyncOpenAI().realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(session={"type": "realtime", "tools": [WEATHER]})
        await connection.input_audio_buffer.append(audio=base64.b64encode(question).decode())
        response, audio = await listen(connection)
        while (item := response.output[0]).type == "function_call":
            output = f"sunny in {json.loads(item.arguments)['city']}"
            result: Any = {"type": "function_call_output", "call_id": item.call_id, "output": output}
            await connection.conversation.item.create(item=result)
            await connection.response.create()
            response, audio = await listen(connection)
        return item.content[0].transcript, audio


@pytest.mark.openai_mock(audio_pace=1, clock="instant")
def test_the_agent_looks_the_weather_up(openai_mock: OpenAIMock) -> None:
    openai_mock.script(
        user="weather in Paris", calls=tool_call("get_weather", city="Paris"), then="It is sunny in Paris."
    )
    # What the mock speaks, it understands; half a second of silence ends the turn.
    said, heard = asyncio.run(agent(speak("What is the weather in Paris?") + bytes(24_000)))
    assert said == "It is sunny in Paris."
    assert heard == speak("It is sunny in Paris.")
    assert "sunny in Paris" in openai_mock.calls[-1].body["input"][-1]["output"]
