"""What aiohttp, requests and urllib3 have in common."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from openai_api_mock import OpenAIMock, mock_openai
from openai_api_mock.errors import Leak
from openai_api_mock.intercept.redirect import OnLoopback

from ..conftest import chat
from .conftest import Elsewhere, Post

URL = "https://api.openai.com/v1/chat/completions"


@pytest.mark.usefixtures("nothing_leaves")
def test_a_session_built_before_the_mock_is_answered_by_it(post: Post) -> None:
    with mock_openai(answers="echo") as mock:
        answer = post(URL + "?trace=1", chat("Are you there?"))
    assert answer.status == 200
    assert answer.content() == "Are you there?"
    assert mock.calls[-1].headers["host"] == "api.openai.com"


@pytest.mark.usefixtures("nothing_leaves")
def test_errors_come_as_the_api_sends_them(post: Post) -> None:
    with mock_openai(strict=True) as mock:
        mock.chat.completions.create.fail(429)
        assert post(URL, chat()).status == 429
        unscripted = post(URL, chat())
    assert unscripted.status == 404
    assert "mock_no_match" in unscripted.text


@pytest.mark.usefixtures("nothing_leaves")
@pytest.mark.parametrize(
    "url", ["https://mine.openai.azure.com/openai/v1/chat/completions", "https://API.OpenAI.com./v1/chat/completions"]
)
def test_every_host_of_the_api_is_answered(post: Post, url: str) -> None:
    with mock_openai(answers="echo"):
        assert post(url, chat("Hello!")).content() == "Hello!"


def test_other_hosts_pass_untouched(post: Post, elsewhere: Elsewhere) -> None:
    with mock_openai():
        assert post(elsewhere.url + "/v1/chat/completions", chat()) == (200, "elsewhere")
    assert elsewhere.asked == ["/v1/chat/completions"]


def test_after_stop_a_session_goes_where_it_went_before(post: Post, elsewhere: Elsewhere) -> None:
    base_url = elsewhere.url + "/gateway/v1"
    url = base_url + "/chat/completions"
    assert post(url, chat()).text == "elsewhere"
    for _ in range(2):
        with mock_openai(answers="echo", base_urls=[base_url]):
            assert post(url, chat("In the mock")).content() == "In the mock"
    assert post(url, chat()).text == "elsewhere"
    assert len(elsewhere.asked) == 2


@pytest.mark.usefixtures("nothing_leaves")
def test_a_redirect_to_the_api_is_answered_by_the_mock(post: Post, elsewhere: Elsewhere) -> None:
    with mock_openai(answers="echo"):
        assert post(f"{elsewhere.url}/moved?{URL}", chat("From elsewhere")).content() == "From elsewhere"


@pytest.mark.usefixtures("nothing_leaves", "environment_proxy")
@pytest.mark.parametrize("url", [URL, "http://gateway.test/v1/chat/completions"])
def test_no_proxy_of_the_environment_swallows_a_call(post: Post, url: str) -> None:
    with mock_openai(answers="echo", base_urls=["http://gateway.test/v1"]):
        assert post(url, chat("Past the proxy")).content() == "Past the proxy"


@pytest.mark.usefixtures("nothing_leaves")
def test_nested_mocks_answer_each_in_its_turn(post: Post) -> None:
    with mock_openai(answers="echo") as outer:
        with mock_openai(answers="fixed"):
            assert post(URL, chat("Hello!")).content() != "Hello!"
        assert post(URL, chat("Hello!")).content() == "Hello!"
    assert len(outer.calls) == 1


def test_without_the_network_the_api_is_answered_and_the_rest_refused(post: Post, elsewhere: Elsewhere) -> None:
    with mock_openai(answers="echo", allow_network=False):
        assert post(URL, chat("Hello!")).content() == "Hello!"
        with pytest.raises(Leak, match="allow_network=False"):
            post(elsewhere.url, chat())
    assert elsewhere.asked == []


@pytest.mark.usefixtures("nothing_leaves")
def test_without_the_extra_a_call_is_refused_and_the_error_names_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai_api_mock.server.loopback", None)
    with mock_openai(), pytest.raises(Leak, match=r"pip install 'openai-api-mock\[server\]'"):
        post(URL, chat())


@pytest.mark.usefixtures("nothing_leaves")
def test_a_call_is_refused_when_the_redirect_itself_fails(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: OnLoopback, *arguments: Any) -> tuple[str, int]:
        raise ZeroDivisionError

    monkeypatch.setattr(OnLoopback, "address", broken)
    with mock_openai(), pytest.raises(ZeroDivisionError):
        post(URL, chat())


def test_nothing_is_served_until_a_call_needs_it() -> None:
    with mock_openai() as mock:
        assert not _is_served(mock)
        mock.loopback.address(URL, "a test")
        assert _is_served(mock)
    assert not _is_served(mock)


def _is_served(mock: OpenAIMock) -> bool:
    return vars(mock.loopback)["_server"] is not None


# In a process of its own, since a library is imported but once.

_PROGRAM = """
import asyncio, os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        address = arguments[1] if event == "socket.connect" else arguments
        if address[0] not in ("127.0.0.1", b"127.0.0.1"):
            os.write(2, f"LEAK {event} {address}".encode())
            os._exit(1)

sys.addaudithook(watch)
URL = "api.openai.com/v1/chat/completions"
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}

def start():
    from openai_api_mock import OpenAIMock, mock_openai
    return mock_openai(answers="echo")

mock = start() if sys.argv[1] == "first" else None
import aiohttp, requests, urllib3, websockets
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect
mock = mock or start()

assert "Hello!" in requests.post("https://" + URL, json=BODY).text
assert b"Hello!" in urllib3.request("POST", "https://" + URL, json=BODY).data

async def main():
    async with aiohttp.ClientSession() as session, session.post("https://" + URL, json=BODY) as response:
        assert "Hello!" in await response.text()
    try:
        await connect_async("wss://" + URL)
    except websockets.InvalidStatus as refused:
        assert b"Invalid URL" in refused.response.body, refused.response

asyncio.run(main())
try:
    connect("wss://" + URL)
except websockets.InvalidStatus as refused:
    assert b"Invalid URL" in refused.response.body, refused.response
mock.stop()
print("answered", len(mock.calls))
"""


@pytest.mark.parametrize("mock", ["first", "last"])
def test_libraries_are_caught_whether_imported_before_the_mock_or_after(mock: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM, mock], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "answered 3\n"
