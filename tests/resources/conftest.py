"""Realtime sessions for the tests, in process and over the server, sync and async."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import openai
import pytest

from openai_api_mock.catalog import Catalog
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

Event = dict[str, Any]
EVENTS = jsonschema_rs.validator_for(Catalog.load().operation("WEBSOCKET /realtime").stream_schema() or False)


class Session:
    """One connection: `send` an event, `until` some type comes."""

    def __init__(self, send: Callable[[str], Any], receive: Callable[[], str | bytes], mock: OpenAIMock) -> None:
        self._send, self._receive = send, receive
        self.mock = mock
        self.opening = self.next()

    def send(self, *events: Event | str) -> None:
        for event in events:
            self._send(event if isinstance(event, str) else json.dumps(event))

    def next(self) -> Event:
        event: Event = json.loads(self._receive())
        assert EVENTS.is_valid(event), event
        return event

    def until(self, *kinds: str) -> list[Event]:
        """All events up to one of these types, or an error."""
        events = [self.next()]
        while events[-1]["type"] not in (*kinds, "error"):
            events.append(self.next())
        return events

    def ask(self, event: Event, *kinds: str) -> list[Event]:
        self.send(event)
        return self.until(*kinds)

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


@pytest.fixture(params=["sync", "async", "server"])
def open_session(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a session with a mock of these options."""
    undo: list[Callable[[], object]] = []

    def open(model: str = "gpt-realtime", query: dict[str, str] | None = None, **options: Any) -> Session:
        mock = OpenAIMock(options_from(options))
        if request.param == "server":
            loopback = Loopback(mock.engine)
            undo.append(loopback.stop)
            client = openai.OpenAI(base_url=loopback.url() + "/v1", api_key="sk-test")
        else:
            mock.start()
            undo.append(mock.close)
            client = openai.OpenAI()
        arguments: Any = {"model": model, "extra_query": query or {}}
        if request.param != "async":
            manager = client.realtime.connect(**arguments)
            connection = manager.__enter__()
            undo.append(lambda: manager.__exit__(None, None, None))
            return Session(connection._connection.send, connection.recv_bytes, mock)
        loop = asyncio.new_event_loop()
        undo.append(loop.close)
        other = openai.AsyncOpenAI().realtime.connect(**arguments)
        opened = loop.run_until_complete(other.__aenter__())
        undo.append(lambda: loop.run_until_complete(other.__aexit__(None, None, None)))
        return Session(
            lambda text: loop.run_until_complete(opened._connection.send(text)),
            lambda: loop.run_until_complete(opened.recv_bytes()),
            mock,
        )

    yield open
    for step in reversed(undo):
        step()


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def merged(events: list[Event]) -> list[str]:
    """The types, deltas that follow one another taken together."""
    found: list[str] = []
    for kind in kinds(events):
        if not (kind.endswith(".delta") and kind in found[-2:]):
            found.append(kind)
    return found
