"""In process, a client sees of every fault what it would see of a socket: each is held against the server."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from openai_api_mock import mock_openai
from openai_api_mock.faults import FAULTS
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

from ..conftest import chat

if int(openai.__version__.partition(".")[0]) < 3:
    pytest.skip("which errors are chained is httpx2's: `make faults` holds older SDKs", allow_module_level=True)

KEY = "sk-test-of-a-fault-0123"
NOT_OF_A_SERVER = ("connection_refused", "dns_failure", "tls_failure")
SPELLED = [spelled for kind in FAULTS.values() if kind.name not in NOT_OF_A_SERVER for spelled in kind.spelled]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]
ALL = options_from({"fault_header": True})


class Seen(NamedTuple):
    """What becomes of a call."""

    error: str
    cause: str
    events: list[Any]


class Blocking:
    """The SDK's client. One for all calls: to make one takes longer than to ask it."""

    def __init__(self) -> None:
        self.client: Any = openai.OpenAI(api_key=KEY, max_retries=0, timeout=0.5)

    def see(self, url: str | None, fault: str | None, stream: bool) -> Seen:
        events: list[Any] = []
        error: BaseException | None = None
        client = self.client.with_options(base_url=url) if url else self.client
        try:
            answer = client.chat.completions.create(**question(fault, stream))
            for event in answer if stream else [answer]:
                events.append(event)  # noqa: PERF402  # those before the error count
        except Exception as raised:
            error = raised
        return seen(error, events)

    def close(self) -> None:
        self.client.close()


class Asynchronous:
    def __init__(self, aiohttp: bool = False) -> None:
        self.loop = asyncio.new_event_loop()
        self.client: Any = self.loop.run_until_complete(self._made(aiohttp))

    async def _made(self, aiohttp: bool) -> Any:
        http: Any = openai.DefaultAioHttpClient(timeout=0.5) if aiohttp else None
        return openai.AsyncOpenAI(api_key=KEY, max_retries=0, timeout=0.5, http_client=http)

    def see(self, url: str | None, fault: str | None, stream: bool) -> Seen:
        return self.loop.run_until_complete(self._see(url, fault, stream))

    async def _see(self, url: str | None, fault: str | None, stream: bool) -> Seen:
        events: list[Any] = []
        error: BaseException | None = None
        client = self.client.with_options(base_url=url) if url else self.client
        try:
            answer = await client.chat.completions.create(**question(fault, stream))
            if stream:
                async for event in answer:
                    events.append(event)  # noqa: PERF401  # those before the error count
            else:
                events.append(answer)
        except Exception as raised:
            error = raised
        return seen(error, events)

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


Client = Blocking | Asynchronous
CLIENTS: dict[str, Callable[[], Client]] = {
    "sync": Blocking,
    "async": Asynchronous,
    "aiohttp": lambda: Asynchronous(aiohttp=True),
}


@pytest.fixture(scope="module", params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    made = CLIENTS[request.param]()
    yield made
    made.close()


def question(fault: str | None, stream: bool) -> dict[str, Any]:
    more: dict[str, Any] = {"extra_headers": {"X-Mock-Fault": fault}} if fault else {}
    return {**chat("What's the weather in Zürich?"), "stream": stream, "tools": TOOLS, "tool_choice": "none", **more}


def seen(error: BaseException | None, events: list[Any]) -> Seen:
    cause = error.__cause__ if error is not None else None
    return Seen(_told(error), _told(cause), [_without_ids(event) for event in events])


def _told(error: BaseException | None) -> str:
    return "" if error is None else f"{type(error).__module__}.{type(error).__name__}"


def _without_ids(event: Any) -> Any:
    if not hasattr(event, "model_dump"):
        return event
    left = event.model_dump(exclude={"id", "created", "obfuscation"})
    for choice in left["choices"]:
        for call in (choice.get("message") or choice["delta"]).get("tool_calls") or ():
            call.pop("id")
    return left


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    mock = OpenAIMock(ALL)
    server = Loopback(mock.engine)
    yield server.url() + "/v1"
    server.stop()
    mock.close()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fault", SPELLED)
def test_a_client_sees_in_process_what_it_sees_of_a_server(client: Client, fault: str, stream: bool, url: str) -> None:
    with OpenAIMock(ALL):
        here = client.see(None, fault, stream)
    there = client.see(url, fault, stream)

    assert (here.error, here.cause) == (there.error, there.cause)
    # aiohttp drops what it has not given out yet when the connection fails: how much that is, is a matter of chance.
    if "Aio" not in type(client.client._client).__name__ or not here.error:
        assert here.events == there.events


@pytest.mark.parametrize(
    ("fault", "base_url"),
    [("connection_refused", "http://127.0.0.1:{closed}/v1"), ("dns_failure", "http://nowhere.invalid/v1")],
)
def test_what_a_server_cannot_do_is_as_without_one(client: Client, fault: str, base_url: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        closed = listener.getsockname()[1]
    with OpenAIMock(ALL):
        here = client.see(None, fault, False)
    assert here == client.see(base_url.format(closed=closed), None, False)
    assert here.cause.endswith(("ConnectError", "ConnectTimeout"))


def test_an_untrusted_certificate_is_refused_as_a_real_one(client: Client) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=_offer_certificate, args=(listener,))
        thread.start()
        there = client.see(f"https://127.0.0.1:{listener.getsockname()[1]}/v1", None, False)
        thread.join()
    with OpenAIMock(ALL):
        here = client.see(None, "tls_failure", False)
    assert here == there


def _offer_certificate(listener: socket.socket) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
    connection, _ = listener.accept()
    with connection, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(connection, server_side=True)


@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_a_client_that_would_wait_for_ever_is_told(fault: str) -> None:
    told = pytest.raises(Exception, match=r"ends when the client gives up, and this client never does")
    with mock_openai(faults=fault), openai.OpenAI(timeout=None, max_retries=0) as client, told:
        client.chat.completions.create(**chat())
