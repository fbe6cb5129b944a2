from __future__ import annotations

import asyncio
import importlib
import ssl
import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import openai
import pytest
import trio
import websockets.asyncio.client
import websockets.sync.client
import websockets.trio.client
from websockets.asyncio.client import connect as connect_async
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.sync.client import connect as connect_sync
from websockets.uri import parse_uri

from openai_api_mock import mock_openai
from openai_api_mock.errors import Leak
from openai_api_mock.intercept import websockets as intercept

URL = "wss://api.openai.com/v1/live/sessions/live_none/attach"
MESSAGE = b"Live session with id 'live_none' not found."

Connect = Callable[..., None]


def _async(url: str, **settings: Any) -> None:
    async def main() -> None:
        async with connect_async(url, **settings):
            pass

    asyncio.run(main())


def _sync(url: str, **settings: Any) -> None:
    with connect_sync(url, **settings):
        pass


def _trio(url: str, **settings: Any) -> None:
    async def main() -> None:
        async with websockets.trio.client.connect(url, **settings):
            pass

    trio.run(main)


@pytest.fixture(params=[_async, _sync, _trio])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Connects and leaves, by a name that was imported before the mock starts."""
    named: Connect = request.param
    return named


def refused(connect: Callable[[], object]) -> websockets.http11.Response:
    """How the mock refuses the handshake."""
    with pytest.raises(websockets.InvalidStatus) as refusal:
        connect()
    return refusal.value.response


@pytest.mark.usefixtures("nothing_leaves")
def test_the_mock_refuses_the_handshake_in_the_api_s_shape(connect: Connect) -> None:
    with mock_openai():
        response = refused(lambda: connect(URL))
    assert response.status_code == 404
    assert response.body is not None
    assert MESSAGE in response.body
    assert b'"code": "session_not_found"' in response.body


@pytest.mark.usefixtures("nothing_leaves", "environment_proxy")
def test_no_proxy_swallows_a_connection(connect: Connect, proxy: str) -> None:
    with mock_openai():
        assert refused(lambda: connect(URL)).status_code == 404
        assert refused(lambda: connect(URL, proxy=proxy)).status_code == 404


@pytest.mark.usefixtures("nothing_leaves")
def test_settings_of_tls_do_no_harm(connect: Connect) -> None:
    with mock_openai():
        assert (
            refused(lambda: connect(URL, ssl=ssl.create_default_context(), server_hostname="x.test")).status_code == 404
        )


@pytest.mark.usefixtures("nothing_leaves")
def test_a_base_url_with_a_path_is_asked_for_what_the_api_has(connect: Connect) -> None:
    with mock_openai(base_urls=["https://gateway.test/team/v1"]):
        assert MESSAGE in (refused(lambda: connect(URL.replace("api.openai.com", "gateway.test/team"))).body or b"")
        assert refused(lambda: connect("wss://gateway.test/team/v1/nowhere")).status_code == 404


@pytest.mark.usefixtures("nothing_leaves")
def test_without_the_extra_a_connection_is_refused_and_the_error_names_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai_api_mock.server.loopback", None)
    with mock_openai(), pytest.raises(Leak, match=r"pip install 'openai-api-mock\[server\]'"):
        connect(URL)


def test_after_stop_a_connection_goes_where_it_went_before(connect: Connect, attempts: list[str]) -> None:
    with mock_openai():
        refused(lambda: connect(URL))
    assert attempts == []
    with pytest.raises(OSError, match="no test reaches the network"):
        connect(URL, proxy=None)
    assert set(attempts) == {"api.openai.com"}


@pytest.mark.usefixtures("nothing_leaves")
def test_a_connection_prepared_before_the_mock_is_caught_and_itself_unchanged() -> None:
    async def main() -> tuple[int, str]:
        prepared = connect_async(URL)
        with mock_openai(), pytest.raises(websockets.InvalidStatus) as refusal:
            await prepared
        return refusal.value.response.status_code, prepared.uri

    assert asyncio.run(main()) == (404, URL)


async def _greet(connection: ServerConnection) -> None:
    await connection.send("elsewhere")


def _served(server: Server) -> str:
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@pytest.mark.usefixtures("nothing_leaves")
def test_other_hosts_pass_untouched() -> None:
    async def main() -> Any:
        async with serve(_greet, "127.0.0.1", 0) as server:
            url = _served(server)
            with mock_openai():
                async with connect_async(url) as connection:
                    return await connection.recv(), await asyncio.to_thread(_receive, url)

    def _receive(url: str) -> Any:
        with connect_sync(url) as connection:
            return connection.recv()

    assert asyncio.run(main()) == ("elsewhere", "elsewhere")


@pytest.mark.usefixtures("nothing_leaves")
def test_a_redirect_to_the_api_is_answered_by_the_mock() -> None:
    def to_the_api(connection: ServerConnection, request: Any) -> Any:
        response = connection.respond(307, "")
        response.headers["location"] = URL
        return response

    async def main() -> None:
        async with serve(_greet, "127.0.0.1", 0, process_request=to_the_api) as server:
            await connect_async(_served(server))

    with mock_openai():
        assert refused(lambda: asyncio.run(main())).status_code == 404


# The SDK


@pytest.mark.usefixtures("nothing_leaves")
@pytest.mark.skipif(not hasattr(openai.OpenAI, "live"), reason="this SDK has no live sessions")
def test_the_sdk_s_live_connection_is_refused_with_the_mock_s_message() -> None:
    def sync() -> None:
        with openai.OpenAI() as client, client.live.sideband.connect(session_id="live_none"):
            pass

    async def main() -> None:
        async with openai.AsyncOpenAI() as client, client.live.sideband.connect(session_id="live_none"):
            pass

    with mock_openai():
        assert MESSAGE in (refused(sync).body or b"")
        assert MESSAGE in (refused(lambda: asyncio.run(main())).body or b"")


# What other versions of websockets have


@pytest.fixture
def legacy() -> Any:
    with warnings.catch_warnings():
        # It says that it is deprecated, when it is first imported.
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("websockets.legacy.client")


@pytest.mark.usefixtures("nothing_leaves")
def test_the_legacy_client_is_refused(legacy: Any) -> None:
    async def main() -> None:
        await legacy.connect(URL)

    with mock_openai(), pytest.raises(Leak, match=r"websockets\.asyncio\.client"):
        asyncio.run(main())


@pytest.mark.usefixtures("nothing_leaves")
def test_a_redirect_of_the_legacy_client_to_the_api_is_refused(legacy: Any) -> None:
    async def main() -> None:
        legacy.connect("wss://elsewhere.test/").handle_redirect(URL)

    with mock_openai(), pytest.raises(Leak):
        asyncio.run(main())


_FUNCTION = """
def connect(uri, *, sock=None, ssl=None, proxy=True, additional_headers="default", **kwargs):
    if sock is not None:
        with sock:
            sock.sendall(b"GET /v1/none HTTP/1.1\\r\\nhost: api.openai.com\\r\\n\\r\\n")
            sock = sock.recv(12)
    return uri, sock, ssl, proxy, additional_headers, kwargs
"""


@pytest.mark.usefixtures("nothing_leaves")
def test_where_the_synchronous_connect_is_one_function_it_is_caught_under_any_name() -> None:
    library = ModuleType("websockets.sync.client")
    vars(library)["parse_uri"] = parse_uri
    exec(_FUNCTION, vars(library))
    imported = library.connect
    undo = intercept.patch_sync(library)
    with mock_openai():
        plain = "ws://api.openai.com/v1/live/sessions/live_none/attach"
        assert imported(uri=URL, ssl="context", additional_headers="given", proxy_ssl=None) == (
            *(plain, b"HTTP/1.1 404", None, True, "given"),
            {},
        )
        assert imported("ws://elsewhere.test/", family=2)[:2] == ("ws://elsewhere.test/", None)
    undo()
    assert imported(URL, ssl="context") == (URL, None, "context", True, "default", {})
