"""Sessions over WebSockets through the SDK: in process and over the server, sync and async."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import openai

from openai_api_mock.catalog import Catalog
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

Event = dict[str, Any]
Connect = Callable[[Any], Any]
"""A client's connection manager."""
WAYS = ("sync", "async", "server")


def checked_by(key: str) -> Any:
    """What a server's events of that operation are held against."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(Catalog.load().operation(key).stream_schema() or True)


class Socket:
    """One connection: `send` an event, `until` some type comes. Every event is held against the SDK's types."""

    def __init__(self, send: Callable[[str], Any], receive: Callable[[], str | bytes], events: Any) -> None:
        self._send, self._receive, self._events = send, receive, events

    def send(self, *events: Event | str) -> None:
        for event in events:
            self._send(event if isinstance(event, str) else json.dumps(event))

    def next(self) -> Event:
        event: Event = json.loads(self._receive())
        assert self._events.is_valid(event), event
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


class Door:
    """A mock, and what opens connections to it in one of the ways."""

    def __init__(self, way: str, stack: ExitStack, **options: Any) -> None:
        self.mock = OpenAIMock(options_from(options))
        self._stack = stack
        self._loop: asyncio.AbstractEventLoop | None = None
        if way == "server":
            loopback = Loopback(self.mock.engine)
            stack.callback(loopback.stop)
            given: Any = {"base_url": loopback.url() + "/v1", "api_key": "sk-test"}
        else:
            self.mock.start()
            stack.callback(self.mock.close)
            given = {}
        self.client = openai.OpenAI(**given)
        if way == "async":
            self._loop = asyncio.new_event_loop()
            stack.callback(self._loop.close)

    def connect(self, connect: Connect, events: Any) -> Socket:
        return Socket(*self.opened(connect), events)

    def opened(self, connect: Connect) -> tuple[Callable[[str], Any], Callable[[], str | bytes]]:
        """What sends and what receives over a new connection."""
        loop = self._loop
        if loop is None:
            manager = connect(self.client)
            connection = manager.__enter__()
            self._stack.callback(manager.__exit__, None, None, None)
            return connection._connection.send, connection.recv_bytes
        manager = connect(openai.AsyncOpenAI())
        opened = loop.run_until_complete(manager.__aenter__())
        self._stack.callback(lambda: loop.run_until_complete(manager.__aexit__(None, None, None)))
        return (
            lambda text: loop.run_until_complete(opened._connection.send(text)),
            lambda: loop.run_until_complete(opened.recv_bytes()),
        )


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def merged(events: list[Event]) -> list[str]:
    """The types, deltas that follow one another taken together."""
    found: list[str] = []
    for kind in kinds(events):
        if not (kind.endswith(".delta") and kind in found[-2:]):
            found.append(kind)
    return found
