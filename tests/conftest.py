"""The ways in: every test of behaviour that takes `way` (or `make_way`) runs on each of them, through the real SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, settings

from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

pytest_plugins = ["pytester"]

# No test is timed: a machine with other work is slow, and that is no fault of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Each of those needs an environment of its own: `make clients`.
collect_ignore = ["clients"]
# Older SDKs haven't the Agents API.
collect_ignore_glob = [] if openai.VERSION.startswith("3.") else ["resources/test_agents*"]

WAYS = ("sync", "async", "aiohttp", "server")


class Way:
    """A client of the mock, whose calls look the same whichever way they take."""

    name: str
    mock: OpenAIMock
    client: Any

    def call(self, path: str, /, **arguments: Any) -> Any:
        """Call the client's method at that path; of a stream, the list of its events."""
        return self.do(lambda client: _method(client, path)(**arguments))

    def chat(self, content: str = "Hello there!", **arguments: Any) -> Any:
        """A chat completion of gpt-4o, unless told otherwise."""
        return self.call("chat.completions.create", **chat(content, **arguments))

    def do(self, action: Callable[[Any], Any]) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class SyncWay(Way):
    name = "sync"

    def __init__(self, mock: OpenAIMock, stack: ExitStack) -> None:
        self.mock = mock
        mock.start()
        self.client = openai.OpenAI()

    def do(self, action: Callable[[Any], Any]) -> Any:
        result = action(self.client)
        return list(result) if isinstance(result, openai.Stream) else result

    def close(self) -> None:
        self.client.close()


class ServerWay(SyncWay):
    name = "server"

    def __init__(self, mock: OpenAIMock, stack: ExitStack) -> None:
        self.mock = mock
        loopback = Loopback(mock.engine)
        stack.callback(loopback.stop)
        self.client = openai.OpenAI(base_url=loopback.url() + "/v1", api_key="sk-test-of-a-way-in-0123")


class AsyncWay(Way):
    name = "async"

    def __init__(self, mock: OpenAIMock, stack: ExitStack) -> None:
        self.mock = mock
        mock.start()
        self.loop = asyncio.new_event_loop()
        self.client = self.loop.run_until_complete(self.make_client())

    async def make_client(self) -> Any:
        return openai.AsyncOpenAI()

    def do(self, action: Callable[[Any], Any]) -> Any:
        return self.loop.run_until_complete(self._do(action))

    async def _do(self, action: Callable[[Any], Any]) -> Any:
        result = await action(self.client)
        return [event async for event in result] if isinstance(result, openai.AsyncStream) else result

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


class AiohttpWay(AsyncWay):
    name = "aiohttp"

    async def make_client(self) -> Any:
        return openai.AsyncOpenAI(http_client=openai.DefaultAioHttpClient())


_CLASSES: dict[str, Callable[[OpenAIMock, ExitStack], Way]] = {
    "sync": SyncWay,
    "async": AsyncWay,
    "aiohttp": AiohttpWay,
    "server": ServerWay,
}

MakeWay = Callable[..., Way]


@pytest.fixture(params=WAYS)
def make_way(request: pytest.FixtureRequest) -> Iterator[MakeWay]:
    """Makes a way in to a mock with the given options; what a test scripted and didn't ask for is the test's affair."""
    with ExitStack() as stack:

        def make(**options: Any) -> Way:
            mock = OpenAIMock(options_from(options))
            stack.callback(mock.close)
            way = _CLASSES[request.param](mock, stack)
            stack.callback(way.close)
            return way

        yield make


@pytest.fixture
def way(make_way: MakeWay) -> Way:
    """A way in to a mock with the default options."""
    return make_way()


MANY = 1000 if openai.VERSION.startswith("3.") else 50
"""Examples of the laws that are about all that can be said. They don't depend on the SDK: the newest proves them."""

Shared = tuple[OpenAIMock, openai.OpenAI]


@pytest.fixture(scope="module")
def one_client() -> Iterator[Shared]:
    """A mock and a client for all examples of a law: to make a client takes longer than to ask it."""
    with OpenAIMock(options_from({})) as mock, openai.OpenAI() as client:
        yield mock, client


def chat(content: str = "Hello there!", **arguments: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": content}], **arguments}


def _method(client: Any, path: str) -> Any:
    for name in path.split("."):
        client = getattr(client, name)
    return client
