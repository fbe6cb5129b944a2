"""A Live session: a voice that hands its tasks over, and an application that does them."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from openai import AsyncOpenAI

from openai_api_mock import OpenAIMock, tool_call
from openai_api_mock.generate.speech import speak


def weather() -> str:
    return "sunny, 22 degrees"


async def agent(question: bytes) -> tuple[str, str]:
    """The application: it does what the voice hands over, until what came of it has been said. Both sides' words."""
    heard = said = ""
    has_worked = False
    async with AsyncOpenAI().live.connect() as connection:
        await connection.session.start(session={"model": "gpt-live-1", "instructions": "Be brief."})
        await connection.session.input_audio.append(audio=base64.b64encode(question).decode())
        event: Any
        async for event in connection:
            if event.type == "session.input_transcript.delta":
                heard += event.delta
            if event.type == "session.output_transcript.delta":
                said += event.delta
            if event.type == "session.delegation.created":
                await connection.session.commentary.append(content=weather(), delegation_id=event.delegation.id)
                has_worked = True
            if event.type == "session.usage.updated" and has_worked and "sunny" in said:
                await connection.session.close()
            if event.type == "session.closed":
                return heard, said
    raise EOFError


def test_the_agent_looks_the_weather_up(openai_mock: OpenAIMock) -> None:
    # A Live model has no tools: what it would call one for, it hands over.
    openai_mock.live.connect.when(message="What is the weather?").reply("One moment.", tool_call("look_up"))
    openai_mock.live.connect.when(tool_result="sunny, 22 degrees").reply("It is sunny.")
    # What the mock speaks, it understands; half a second of silence ends the turn.
    heard, said = asyncio.run(agent(speak("What is the weather?") + bytes(24_000)))
    assert heard == "What is the weather?"
    assert said == "One moment. It is sunny."
