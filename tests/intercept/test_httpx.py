from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from openai_api_mock import Leak, mock_openai
from openai_api_mock.engine import Engine
from openai_api_mock.resources.base import HELD

from ..conftest import Way, chat

sdk3 = int(openai.__version__.partition(".")[0]) >= 3


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Refuses and records every look-up and connection that isn't on this machine."""
    tried: list[Any] = []
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            tried.append(address)
            raise OSError("no network in tests")
        connect(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1", None):
            tried.append(host)
            raise OSError("no network in tests")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield tried
    assert tried == []


HOSTS = [
    "https://api.openai.com/v1",
    "https://eu.api.openai.com/v1",
    "https://mine.openai.azure.com/openai/v1",
    "https://gateway.example.com/llm/v1",
    "http://named.example.com:8080",
]


@pytest.mark.parametrize("base_url", HOSTS)
def test_calls_to_the_apis_hosts_are_answered_and_never_leave(
    no_network: list[Any], monkeypatch: pytest.MonkeyPatch, base_url: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example.com/llm/v1")
    with mock_openai(base_urls=["http://named.example.com:8080"]), openai.OpenAI(base_url=base_url) as client:
        assert client.chat.completions.create(**chat()).choices[0].message.content


def test_azures_client_is_answered(no_network: list[Any]) -> None:
    with (
        mock_openai() as mock,
        openai.AzureOpenAI(
            azure_endpoint="https://mine.openai.azure.com", api_version="2024-10-21", api_key="k"
        ) as client,
    ):
        assert client.chat.completions.create(**chat(model="gpt-4o")).choices
        assert mock.calls[0].path == "/openai/deployments/gpt-4o/chat/completions"
        assert mock.calls[0].query == "api-version=2024-10-21"


def test_other_hosts_pass_untouched(httpserver: str) -> None:
    with mock_openai() as mock, httpx.Client(trust_env=False) as client:
        assert client.get(httpserver).text == "the real one"
    assert len(mock.calls) == 0


def test_other_hosts_are_refused_where_the_network_is_forbidden(httpserver: str) -> None:
    with (
        mock_openai(allow_network=False),
        httpx.Client(trust_env=False) as client,
        pytest.raises(Leak, match="allow_network=False forbids it"),
    ):
        client.get(httpserver)


def test_nothing_leaves_even_when_the_mock_itself_breaks(
    no_network: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Engine, request: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Engine, "handle", broken)
    with (
        mock_openai(),
        openai.OpenAI(max_retries=0) as client,
        pytest.raises(ZeroDivisionError if sdk3 else openai.APIConnectionError),
    ):
        client.chat.completions.create(**chat())


def test_event_hooks_still_run() -> None:
    heard: list[str] = []
    library: Any = sys.modules["httpx2"] if sdk3 else httpx
    http_client = library.Client(
        event_hooks={
            "request": [lambda request: heard.append(request.method)],
            "response": [lambda response: heard.append(str(response.status_code))],
        }
    )
    with mock_openai(), openai.OpenAI(http_client=http_client) as client:
        client.chat.completions.create(**chat())
    assert heard == ["POST", "200"]


def test_head_asks_for_what_get_would_answer_without_its_body() -> None:
    with mock_openai(), httpx.Client(base_url="https://api.openai.com/v1") as client:
        file = openai.OpenAI().files.create(file=b"x" * (HELD + 1), purpose="evals")
        for url in ("models", f"files/{file.id}/content"):
            whole, head = client.get(url), client.head(url)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(whole.content))


def test_raw_and_streaming_responses_work(way: Way) -> None:
    raw = way.do(lambda client: client.chat.completions.with_raw_response.create(**chat()))
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.parse().choices[0].message.content

    def lines(client: Any) -> list[str]:
        with client.chat.completions.with_streaming_response.create(**chat(), stream=True) as response:
            return [line for line in response.iter_lines() if line]

    async def lines_async(client: Any) -> list[str]:
        async with client.chat.completions.with_streaming_response.create(**chat(), stream=True) as response:
            return [line async for line in response.iter_lines() if line]

    said = way.do(lines if way.name in ("sync", "server") else lines_async)
    assert said[0].startswith('data: {"id":"chatcmpl-')
    assert said[-1] == "data: [DONE]"


def test_the_libraries_are_as_they_were_afterwards() -> None:
    libraries: list[Any] = [httpx, *([sys.modules["httpx2"]] if sdk3 else [])]
    before = [(lib.Client._transport_for_url, lib.AsyncClient._transport_for_url) for lib in libraries]
    with mock_openai(), mock_openai():
        during = [(lib.Client._transport_for_url, lib.AsyncClient._transport_for_url) for lib in libraries]
    after = [(lib.Client._transport_for_url, lib.AsyncClient._transport_for_url) for lib in libraries]
    assert before == after
    assert before != during


def test_an_sdk_that_is_imported_after_the_mock_started_is_caught() -> None:
    program = """
        import sys
        from openai_api_mock import mock_openai

        with mock_openai(answers="fixed"):
            assert "openai" not in sys.modules and "httpx" not in sys.modules and "httpx2" not in sys.modules
            from openai import OpenAI
            message = OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
            print(message.choices[0].message.content)
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "This is a mock response from openai-api-mock.\n", done.stderr


# The SDK stops reading at `[DONE]` and leaves its own generators to the garbage collector, which trio complains of.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <async_generator object (AsyncStream|SSEDecoder)")
@pytest.mark.filterwarnings("ignore:Async generator 'openai._streaming:ResourceWarning")
def test_trio_reads_a_paced_stream() -> None:
    trio = pytest.importorskip("trio")

    async def main() -> int:
        async with openai.AsyncOpenAI() as client:
            return len([c async for c in await client.chat.completions.create(**chat(), stream=True)])

    with mock_openai(chunk_delay=0.001, length=5):
        assert trio.run(main) == 7


def test_many_tasks_are_answered_at_once() -> None:
    async def main() -> list[Any]:
        async with openai.AsyncOpenAI() as client:
            return await asyncio.gather(*(client.chat.completions.create(**chat(f"task {i}")) for i in range(50)))

    with mock_openai(answers="echo"):
        completions = asyncio.run(main())
    assert [c.choices[0].message.content for c in completions] == [f"task {i}" for i in range(50)]


@pytest.fixture
def httpserver() -> Iterator[str]:
    """A server that is none of the API's."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "12")
            self.end_headers()
            self.wfile.write(b"the real one")

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
