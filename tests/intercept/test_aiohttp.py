from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import openai
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from openai_api_mock import mock_openai

from ..conftest import chat
from .gated import GatedClock

BASE = "https://api.openai.com/v1/"
PATH = "chat/completions"

pytestmark = pytest.mark.usefixtures("nothing_leaves")

_T = TypeVar("_T")


def run(main: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(main)


async def ask(session: aiohttp.ClientSession, url: str = BASE + PATH, **arguments: Any) -> str:
    async with session.post(url, json=chat("Are you there?"), **arguments) as response:
        assert response.status == 200
        return await response.text()


def test_a_response_keeps_its_url_and_a_session_its_base_url() -> None:
    async def main() -> tuple[str, str]:
        async with (
            aiohttp.ClientSession(BASE) as session,
            session.post(PATH, params={"a": "b c"}, json=chat()) as response,
        ):
            return str(response.url), str(response.request_info.url)

    with mock_openai() as mock:
        assert run(main()) == (BASE + PATH + "?a=b+c",) * 2
    assert mock.calls[-1].path == "/v1/chat/completions"


@pytest.mark.parametrize("url", [BASE + PATH, "http://gateway.test/v1/chat/completions"])
def test_a_proxy_of_the_session_or_the_call_swallows_nothing(proxy: str, url: str) -> None:
    async def main() -> list[str]:
        async with aiohttp.ClientSession(proxy=proxy) as session:
            return [await ask(session, url), await ask(session, url, proxy=proxy)]

    with mock_openai(answers="echo", base_urls=["http://gateway.test/v1"]):
        assert all("Are you there?" in answer for answer in run(main()))


def test_settings_of_tls_do_no_harm() -> None:
    async def main() -> str:
        async with aiohttp.ClientSession() as session:
            return await ask(session, ssl=False, server_hostname="another.test") + await ask(
                session, ssl=aiohttp.Fingerprint(b"0" * 32)
            )

    with mock_openai(answers="echo"):
        assert run(main()).count("Are you there?") == 2


class NoResolver(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise AssertionError(f"{host} was to be resolved")

    async def close(self) -> None:
        pass


def test_a_connector_or_a_resolver_of_the_user_s_is_passed_by(tmp_path: Path) -> None:
    async def main() -> str:
        connectors = [
            aiohttp.UnixConnector(str(tmp_path / "nobody.sock")),
            aiohttp.TCPConnector(resolver=NoResolver(), local_addr=("192.0.2.1", 0)),
        ]
        said = ""
        for connector in connectors:
            async with aiohttp.ClientSession(connector=connector) as session:
                said += await ask(session)
        return said

    with mock_openai(answers="echo"):
        assert run(main()).count("Are you there?") == 2


def test_a_middleware_that_turns_a_call_to_the_api_can_not_leak_it() -> None:
    async def turn(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.url = request.url.with_host("api.openai.com")
        return await send(request)

    async def main() -> str:
        async with aiohttp.ClientSession(middlewares=[turn]) as session:
            return await ask(session, "https://elsewhere.test/v1/chat/completions")

    with mock_openai(answers="echo"):
        assert "Are you there?" in run(main())


def test_the_chunks_of_a_stream_arrive_when_they_are_due() -> None:
    clock = GatedClock()

    async def main() -> list[bytes]:
        lines: list[bytes] = []
        clock.open()
        async with (
            aiohttp.ClientSession() as session,
            session.post(BASE + PATH, json=chat(stream=True)) as response,
        ):
            async for line in response.content:
                if line.strip():
                    lines.append(line.strip())
                    clock.open()
        return lines

    with mock_openai(answers="fixed", clock=clock, chunk_delay=1):
        lines = run(main())
    assert lines[-1] == b"data: [DONE]"
    assert len(lines) > 4


def test_a_base_url_with_a_path_is_asked_for_what_the_api_has() -> None:
    async def main() -> str:
        async with aiohttp.ClientSession() as session:
            return await ask(session, "https://gateway.test/team%20one/v1/chat/completions?a=b%20c")

    with mock_openai(answers="echo", base_urls=["https://gateway.test/team%20one/v1"]) as mock:
        assert "Are you there?" in run(main())
    assert mock.calls[-1].path == "/v1/chat/completions"
    assert mock.calls[-1].headers["host"] == "gateway.test"


def test_a_websocket_is_refused_by_the_mock() -> None:
    async def main() -> int:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect("wss://api.openai.com/v1/live/sessions/live_none/attach")
            return refused.value.status

    with mock_openai():
        assert run(main()) == 404


def test_the_sdk_s_aiohttp_client_is_answered_in_place_and_not_redirected() -> None:
    async def main() -> str:
        async with openai.AsyncOpenAI(http_client=openai.DefaultAioHttpClient()) as client:
            completion = await client.chat.completions.create(**chat("Are you there?"))
            return str(completion.choices[0].message.content)

    with mock_openai(answers="echo") as mock:
        assert run(main()) == "Are you there?"
        assert vars(mock.loopback)["_server"] is None


def test_calls_at_the_same_time_are_all_answered_and_leave_nothing_open() -> None:
    async def main() -> list[str]:
        async with aiohttp.ClientSession() as session:
            return await asyncio.gather(*(ask(session) for _ in range(20)))

    with mock_openai(answers="echo") as mock:
        assert all("Are you there?" in answer for answer in run(main()))
    assert len(mock.calls) == 20
