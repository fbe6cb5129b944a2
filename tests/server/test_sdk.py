"""The real SDK against the server, both ways."""

from __future__ import annotations

import asyncio
import threading

import openai
import pytest

from openai_api_mock.server import asgi
from openai_api_mock.server.play import Play

from .conftest import MakeServer, Served
from .raw import chat


def client_of(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=served.url + "/v1", api_key="sk-test", max_retries=0)


def test_it_completes_a_chat_and_streams_the_same(server: Served) -> None:
    with client_of(server) as client:
        whole = client.chat.completions.create(**chat())  # type: ignore[call-overload]
        streamed = [
            chunk.choices[0].delta.content or ""
            for chunk in client.chat.completions.create(**chat(), stream=True)  # type: ignore[call-overload]
        ]
    assert "".join(streamed) == whole.choices[0].message.content


def test_errors_come_as_the_sdk_knows_them(make_server: MakeServer) -> None:
    served = make_server(auth="sk-right")
    with client_of(served) as client, pytest.raises(openai.AuthenticationError) as caught:
        client.chat.completions.create(**chat())  # type: ignore[call-overload]
    assert caught.value.request_id
    assert caught.value.code == "invalid_api_key"


def test_azures_client_finds_its_deployment(server: Served) -> None:
    with openai.AzureOpenAI(azure_endpoint=server.url, api_key="key", api_version="2025-01-01") as client:
        client.chat.completions.create(**chat())  # type: ignore[call-overload]
    assert server.mock.calls[-1].path == "/openai/deployments/gpt-4o/chat/completions"


def test_many_at_once_each_get_their_own(make_server: MakeServer) -> None:
    served = make_server(answers="echo", chunk_delay=0.001)

    async def ask(client: openai.AsyncOpenAI, text: str) -> str:
        stream = await client.chat.completions.create(**chat(text), stream=True)  # type: ignore[call-overload]
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def main() -> list[str]:
        async with openai.AsyncOpenAI(base_url=served.url + "/v1", api_key="sk-test") as client:
            return await asyncio.gather(*(ask(client, f"number {number}") for number in range(50)))

    assert asyncio.run(main()) == [f"number {number}" for number in range(50)]


def test_a_stream_that_the_caller_closes_stops(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    served = make_server(chunk_delay=0.01, length=1000)
    if served.kind == "protocol":
        stop = Play.stop

        def spy_stop(self: Play) -> None:
            stop(self)
            stopped.set()

        monkeypatch.setattr(Play, "stop", spy_stop)
    else:
        until_client_leaves = asgi._until_client_leaves

        async def spy(playing: object, receive: object) -> None:
            try:
                await until_client_leaves(playing, receive)  # type: ignore[arg-type]
            finally:
                stopped.set()

        monkeypatch.setattr(asgi, "_until_client_leaves", spy)
    with client_of(served) as client:
        stream = client.chat.completions.create(**chat(), stream=True)  # type: ignore[call-overload]
        next(iter(stream))
        stream.close()
        # 1,000 chunks take 10 seconds.
        assert stopped.wait(5)
