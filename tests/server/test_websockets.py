"""WebSockets are refused, in words, until the mock answers them."""

from __future__ import annotations

import asyncio
from typing import Any

from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.asgi import App

from .conftest import MakeServer, Served
from .raw import chat, get, post

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def test_a_handshake_is_refused_with_501(server: Served) -> None:
    response = server.connect().ask(get("/v1/live/sessions", *UPGRADE))
    assert response.status == 501
    error = response.json()["error"]
    assert error["code"] == "mock_not_implemented"
    assert "live" in error["message"]
    assert response.headers["x-should-retry"] == "false"


def test_a_handshake_at_a_path_that_the_api_lacks_is_refused_with_404(server: Served) -> None:
    response = server.connect().ask(get("/v1/nothing", *UPGRADE))
    assert (response.status, response.json()["error"]["type"]) == (404, "invalid_request_error")


def test_a_handshake_may_follow_another_request(server: Served) -> None:
    connection = server.connect()
    assert connection.ask(post()).status == 200
    assert connection.ask(get("/v1/live/sessions", *UPGRADE)).status == 501


def test_a_handshake_behind_an_unfinished_stream_does_not_take_over_its_connection(
    make_protocol_server: MakeServer,
) -> None:
    connection = make_protocol_server(chunk_delay=3600).connect()
    connection.send(post(chat(stream=True)) + get("/v1/live/sessions", *UPGRADE))
    assert b"501" not in connection.rest().partition(b"\r\n")[0]


def test_where_the_server_cannot_send_a_reply_the_reason_is_given() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/v1/live/sessions", "query_string": b"", "headers": []}
    asyncio.run(App(Engine(Options()))(scope, receive, send))
    (message,) = sent
    assert (message["type"], message["code"]) == ("websocket.close", 1008)
    assert "live" in message["reason"]
    assert len(message["reason"].encode()) <= 123
