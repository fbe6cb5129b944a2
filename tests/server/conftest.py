"""Servers for the tests: the engine inside uvicorn's protocol, and behind plain ASGI."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.run import configure
from openai_api_mock.server.thread import ServerThread

from .raw import Connection


class Served:
    """A mock behind real HTTP."""

    def __init__(self, kind: str, stack: ExitStack, **options: Any) -> None:
        self.kind = kind
        self.mock = OpenAIMock(options_from(options))
        stack.callback(self.mock.close)
        self.engine = self.mock.engine
        config = configure(self.engine)
        if kind == "asgi":
            config.http = "httptools"
        config.load()
        self.thread = ServerThread(config, new_loop())
        stack.callback(self.thread.stop)
        self.url = self.thread.url
        self.port = int(self.url.rpartition(":")[2])
        self._stack = stack

    def connect(self) -> Connection:
        connection = Connection(self.port)
        self._stack.callback(connection.close)
        return connection


def page(server: Served, path: str, method: str = "GET") -> str:
    """A page of the server's own."""
    with urllib.request.urlopen(urllib.request.Request(server.url + path, method=method)) as response:
        return str(response.read().decode())


def lag_of(server: Served) -> dict[str, float]:
    said: dict[str, float] = json.loads(page(server, "/_mock/lag"))
    return said


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one, as `serve` takes it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


MakeServer = Callable[..., Served]


@pytest.fixture(params=["protocol", "asgi"])
def make_server(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """Serves a mock with the given options, in both ways."""
    with ExitStack() as stack:
        yield lambda **options: Served(request.param, stack, **options)


@pytest.fixture
def server(make_server: MakeServer) -> Served:
    """A server with the default options, in both ways."""
    return make_server()


@pytest.fixture
def make_protocol_server() -> Iterator[MakeServer]:
    """Serves a mock with the given options, inside uvicorn's protocol."""
    with ExitStack() as stack:
        yield lambda **options: Served("protocol", stack, **options)
