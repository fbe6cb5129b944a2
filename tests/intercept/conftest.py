"""A network that nothing may reach, and what stands on loopback besides the mock: another host, a proxy."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

import aiohttp
import pytest
import requests
import urllib3

_watched: list[list[str]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook sees what C does too, such as an event loop's sockets. It can't be taken off again."""
    if not _watched or event not in ("socket.connect", "socket.getaddrinfo"):
        return
    address = arguments[1] if event == "socket.connect" else arguments
    host = address[0] if isinstance(address, tuple) else address
    if host in ("127.0.0.1", b"127.0.0.1", "localhost", b"localhost"):
        return
    _watched[-1].append(str(host))
    raise OSError(f"{event} {host}: no test reaches the network")


sys.addaudithook(_watch)


@pytest.fixture
def attempts() -> Iterator[list[str]]:
    """The hosts beyond loopback that somebody tried to reach, in vain."""
    _watched.append([])
    yield _watched[-1]
    _watched.pop()


@pytest.fixture
def nothing_leaves(attempts: list[str]) -> Iterator[None]:
    """The test fails if anything tried to leave."""
    yield
    assert attempts == []


class Elsewhere:
    """A host that isn't the API's. Every path answers "elsewhere"; `/moved?to` redirects to what follows."""

    def __init__(self) -> None:
        asked: list[str] = []
        self.asked = asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(self.path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                path, _, location = self.path.partition("?")
                self.send_response(307 if path == "/moved" else 200)
                if location:
                    self.send_header("location", location)
                self.send_header("content-length", "9")
                self.end_headers()
                self.wfile.write(b"elsewhere")

            do_GET = do_POST

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.close()


@pytest.fixture
def proxy() -> Iterator[str]:
    """The URL of a proxy that fails the test if anybody connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture
def environment_proxy(proxy: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "WS_PROXY", "WSS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
        monkeypatch.setenv(name.lower(), proxy)
    for name in ("NO_PROXY", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    return proxy


class Answer(NamedTuple):
    status: int
    text: str

    def content(self) -> str:
        """What the model said."""
        return str(json.loads(self.text)["choices"][0]["message"]["content"])


Post = Callable[[str, Any], Answer]


def _by_requests() -> Iterator[Post]:
    with requests.Session() as session:

        def post(url: str, body: Any) -> Answer:
            response = session.post(url, json=body)
            return Answer(response.status_code, response.text)

        yield post


def _by_urllib3() -> Iterator[Post]:
    with urllib3.PoolManager() as manager:

        def post(url: str, body: Any) -> Answer:
            response = manager.request("POST", url, json=body, retries=urllib3.Retry(1))
            return Answer(response.status, response.data.decode())

        yield post


def _by_aiohttp() -> Iterator[Post]:
    async def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(trust_env=True)

    async def ask(url: str, body: Any) -> Answer:
        async with session.post(url, json=body) as response:
            return Answer(response.status, await response.text())

    loop = asyncio.new_event_loop()
    session = loop.run_until_complete(make())
    yield lambda url, body: loop.run_until_complete(ask(url, body))
    loop.run_until_complete(session.close())
    loop.close()


_LIBRARIES = {"requests": _by_requests, "urllib3": _by_urllib3, "aiohttp": _by_aiohttp}


@pytest.fixture(params=_LIBRARIES)
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """Posts JSON by a session of each library, built before the mock starts."""
    yield from _LIBRARIES[request.param]()
