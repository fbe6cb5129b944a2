"""Realtime sessions for the tests."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from openai_api_mock.mock import OpenAIMock

from .sockets import WAYS, Door, Event, Socket, checked_by

EVENTS = checked_by("WEBSOCKET /realtime")


class Session(Socket):
    """One connection, with what is often done over it."""

    def __init__(self, send: Callable[[str], Any], receive: Callable[[], str | bytes], mock: OpenAIMock) -> None:
        super().__init__(send, receive, EVENTS)
        self.mock = mock
        self.opening = self.next()

    def say(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.ask({"type": "conversation.item.create", "item": item}, "conversation.item.done")

    def respond(self, **response: Any) -> list[Event]:
        return self.ask({"type": "response.create", "response": response}, "rate_limits.updated")

    def hear(self, pcm: bytes, step: int = 4800) -> None:
        for at in range(0, len(pcm), step):
            audio = base64.b64encode(pcm[at : at + step]).decode()
            self.send({"type": "input_audio_buffer.append", "audio": audio})


Open = Callable[..., Session]


@pytest.fixture(params=WAYS)
def open_session(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a session with a mock of these options."""
    with ExitStack() as stack:

        def open(model: str = "gpt-realtime", query: dict[str, str] | None = None, **options: Any) -> Session:
            door = Door(request.param, stack, **options)
            arguments: Any = {"model": model, "extra_query": query or {}}
            return Session(*door.opened(lambda client: client.realtime.connect(**arguments)), door.mock)

        yield open
