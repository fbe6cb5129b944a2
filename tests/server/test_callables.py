"""Answers that a user's coroutine gives."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from .conftest import MakeServer
from .raw import chat, events, post, said


def test_a_coroutine_answers(make_server: MakeServer) -> None:
    async def answer(call: Any) -> str:
        await asyncio.sleep(0)
        return "thought about it"

    connection = make_server(answers=answer).connect()
    assert said(connection.ask(post())) == "thought about it"
    assert events(connection.ask(post(chat(stream=True))))[-1] == "[DONE]"


def test_while_it_thinks_others_are_answered_and_its_own_connection_waits(make_server: MakeServer) -> None:
    release = threading.Event()

    async def answer(call: Any) -> str:
        text: str = call.body["messages"][0]["content"]
        while text == "slow" and not release.is_set():
            await asyncio.sleep(0.001)
        return text

    served = make_server(answers=answer)
    slow = served.connect()
    slow.send(post(chat("slow")) + post(chat("behind")))
    assert said(served.connect().ask(post(chat("quick")))) == "quick"
    release.set()
    assert said(slow.response()) == "slow"
    assert said(slow.response()) == "behind"


def test_one_that_raises_is_a_500(make_server: MakeServer) -> None:
    async def answer(call: Any) -> str:
        raise ValueError("lost the thread")

    connection = make_server(answers=answer).connect()
    for _ in range(2):
        response = connection.ask(post())
        assert response.status == 500
        assert "lost the thread" in response.json()["error"]["message"]


def test_one_that_is_cancelled_from_within_is_a_500(make_protocol_server: MakeServer) -> None:
    async def answer(call: Any) -> str:
        raise asyncio.CancelledError

    assert make_protocol_server(answers=answer).connect().ask(post()).status == 500


def test_it_is_cancelled_when_the_client_leaves(make_protocol_server: MakeServer) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def answer(call: Any) -> str:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return ""

    connection = make_protocol_server(answers=answer).connect()
    connection.send(post())
    assert begun.wait(10)
    connection.close()
    assert cancelled.wait(10)
