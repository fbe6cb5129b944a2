"""The engine on loopback, for clients that are redirected."""

from __future__ import annotations

import asyncio
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from .raw import Connection, chat, post


def engine(**options: object) -> Engine:
    return Engine(options_from(options))


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_it_starts_when_it_is_first_asked_for() -> None:
    loopback = Loopback(engine())
    assert "openai-api-mock-server" not in threads()
    loopback.stop()
    try:
        with ThreadPoolExecutor(8) as pool:
            (url,) = set(pool.map(lambda _: loopback.url(), range(32)))
        with openai.OpenAI(base_url=url + "/v1", api_key="sk-test") as client:
            assert client.chat.completions.create(**chat()).choices[0].message.content  # type: ignore[call-overload]
    finally:
        loopback.stop()
    assert "openai-api-mock-server" not in threads()


def test_it_may_be_started_again() -> None:
    loopback = Loopback(engine())
    for _ in range(3):
        connection = Connection(int(loopback.url().rpartition(":")[2]))
        assert connection.ask(post()).status == 200
        loopback.stop()
        connection.close()


def test_stopping_cuts_what_is_under_way_and_leaves_nothing_behind() -> None:
    started = threading.Event()

    async def forever(call: object) -> str:
        started.set()
        await asyncio.sleep(3600)
        return ""

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        thinking, streaming = Loopback(engine(answers=forever)), Loopback(engine(chunk_delay=3600))
        connections = [Connection(int(each.url().rpartition(":")[2])) for each in (thinking, streaming, streaming)]
        connections[0].send(post())
        connections[1].send(post(chat(stream=True)))
        connections[1].head()
        assert started.wait(10)
        thinking.stop()
        streaming.stop()
        for connection in connections:
            with pytest.raises((AssertionError, ConnectionError)):
                connection.until(b"never")
            connection.close()
    assert "openai-api-mock-server" not in threads()


def test_many_come_and_go_quickly() -> None:
    for _ in range(20):
        loopback = Loopback(engine())
        loopback.url()
        loopback.stop()
