"""Streams that go on for as long as something happens, over real HTTP: an agent's session is told live."""

from __future__ import annotations

import threading
from typing import Any

import openai
import pytest

from openai_api_mock import tool_call
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from .conftest import MakeServer, Served

pytestmark = pytest.mark.skipif(not openai.VERSION.startswith("3."), reason="older SDKs haven't the Agents API")

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CREATE: Any = {"agent": {"model": "gpt-4o"}, "environment": {"type": "none"}, "input": "Hello"}


def client_of(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="sk-test", max_retries=0, timeout=10)


def test_what_a_reader_sends_while_it_reads_is_told_in_the_same_stream(server: Served) -> None:
    server.mock.reply(tool_call("get_weather", city="Paris"))
    server.mock.reply("Warm.")
    with client_of(server) as client:
        stream = client.beta.agents.sessions.create(
            **{**CREATE, "agent": {"model": "gpt-4o", "tools": [WEATHER]}},
            stream=True,
            tool_handlers={"get_weather": lambda given: f"24 degrees in {given['city']}"},
        )
        with stream:
            assert stream.get_final_result().output_text == "Warm."


def test_each_event_leaves_when_it_happens(server: Served) -> None:
    with client_of(server) as client:
        sessions = client.beta.agents.sessions
        session = sessions.create(**CREATE)
        assert sessions.retrieve(session.id).status == "idle"
        with sessions.events.stream(session.id) as stream:
            assert next(stream).type == "agent.session.idle"
            for _ in range(3):
                sessions.events.create(
                    session.id,
                    events=[
                        {
                            "type": "agent.session.input.message",
                            "input": [{"role": "user", "content": [{"type": "input_text", "text": "More"}]}],
                        }
                    ],
                )
                told = [next(stream).type]
                while told[-1] != "agent.session.idle":
                    told.append(next(stream).type)
                assert told[0] == "agent.session.turn.created"


def test_one_that_takes_its_time_is_told_in_it(make_server: MakeServer) -> None:
    served = make_server(advance="200ms")
    with client_of(served) as client:
        kinds = [event.type for event in client.beta.agents.sessions.create(**CREATE, stream=True)]
    assert kinds[-2:] == ["agent.session.turn.completed", "agent.session.idle"]


def test_a_server_stops_while_somebody_listens() -> None:
    mock = OpenAIMock(options_from({}))
    loopback = Loopback(mock.engine)
    opened, ended = threading.Event(), threading.Event()

    def listen() -> None:
        with openai.OpenAI(base_url=f"{loopback.url()}/v1", api_key="sk-test", max_retries=0, timeout=10) as client:
            sessions = client.beta.agents.sessions
            try:
                for _ in sessions.events.stream(sessions.create(**CREATE).id):
                    opened.set()
            except openai.APIConnectionError:
                pass
            ended.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert opened.wait(5)
    finally:
        loopback.stop()
    assert ended.wait(5)
    listener.join()
    mock.close()


def test_it_goes_on_with_a_coroutine_that_somebody_else_waits_for(make_server: MakeServer) -> None:
    async def answer(call: Any) -> str:
        return "From afar."

    served = make_server(answers=answer)
    with (
        client_of(served) as client,
        client.beta.agents.sessions.create(**CREATE, stream=True) as stream,
    ):
        assert stream.get_final_result().output_text == "From afar."
