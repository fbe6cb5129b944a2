"""WebSockets: how they are refused where the mock doesn't answer them, and how they end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from openai_api_mock.engine import Engine
from openai_api_mock.options import Options
from openai_api_mock.server.asgi import App

from .conftest import MakeServer, Served, lag_of
from .raw import chat, get, post

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def test_a_handshake_is_refused_with_404(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    response = server.connect().ask(get("/v1/live/sessions/live_none/attach", *UPGRADE))
    assert response.status == 404
    error = response.json()["error"]
    assert error["code"] == "session_not_found"
    assert "live_none" in error["message"]
    assert server.connect().ask(post()).status == 200  # the server is done with the handshake by then
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


def test_a_handshake_at_a_path_that_the_api_lacks_is_refused_with_404(server: Served) -> None:
    response = server.connect().ask(get("/v1/nothing", *UPGRADE))
    assert (response.status, response.json()["error"]["type"]) == (404, "invalid_request_error")


def test_a_handshake_may_follow_another_request(server: Served) -> None:
    connection = server.connect()
    assert connection.ask(post()).status == 200
    assert connection.ask(get("/v1/live/sessions/live_none/attach", *UPGRADE)).status == 404


def test_a_handshake_behind_an_unfinished_stream_does_not_take_over_its_connection(
    make_protocol_server: MakeServer,
) -> None:
    connection = make_protocol_server(chunk_delay=3600).connect()
    connection.send(post(chat(stream=True)) + get("/v1/live/sessions/live_none/attach", *UPGRADE))
    assert b"404" not in connection.rest().partition(b"\r\n")[0]


def test_where_the_server_cannot_send_a_reply_the_reason_is_given() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/v1/live/sessions/live_none/attach", "query_string": b"", "headers": []}
    asyncio.run(App(Engine(Options()))(scope, receive, send))
    (message,) = sent
    assert (message["type"], message["code"]) == ("websocket.close", 1008)
    assert "live_none" in message["reason"]
    assert len(message["reason"].encode()) <= 123


# How they end

Send = Callable[[Any], Awaitable[None]]
CLOSE = bytes([0x88, 0x82, 0, 0, 0, 0, *(1000).to_bytes(2, "big")])
"""A client's frame that closes the connection."""
SPEAK = {"type": "websocket.receive", "text": '{"type": "response.create"}'}


async def converse(send: Send, *messages: Any) -> list[Any]:
    """A client says this over plain ASGI, and leaves only once `send` has failed. What the loop complains of."""
    complaints: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    waiting, gone = list(messages), asyncio.Event()

    async def receive() -> Any:
        if not waiting:
            await gone.wait()
            return {"type": "websocket.disconnect", "code": 1006}
        return waiting.pop(0)

    async def watched(message: Any) -> None:
        try:
            await send(message)
        except Exception:
            gone.set()
            raise

    scope = {"type": "websocket", "path": "/v1/realtime", "query_string": b"model=gpt-realtime", "headers": []}
    try:
        await App(Engine(Options()))(scope, receive, watched)
    finally:
        gc.collect()  # a task whose failure nobody asked for tells so when it goes
        await asyncio.sleep(0)
    return complaints


def test_a_client_that_goes_while_it_is_spoken_to_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def send(message: Any) -> None:
        if "audio.delta" in message.get("text", ""):
            raise OSError  # ASGI: what is sent to a client that has left does

    assert asyncio.run(converse(send, {"type": "websocket.connect"}, SPEAK)) == []
    assert caplog.records == []


def test_what_fails_beside_the_listening_ends_the_connection() -> None:
    closed: list[Any] = []

    async def send(message: Any) -> None:
        if "audio.delta" in message.get("text", ""):
            raise RuntimeError("the server's own failure")
        closed.append(message)

    with pytest.raises(RuntimeError, match="the server's own failure"):
        asyncio.run(converse(send, {"type": "websocket.connect"}, SPEAK))
    assert closed[-1] == {"type": "websocket.close", "code": 1011}


def test_clients_that_leave_while_they_are_spoken_to_leave_no_trace(
    make_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server(audio_pace=1000, length=400)
    for _ in range(20):
        connection = server.connect()
        connection.send(get("/v1/realtime?model=gpt-realtime", *UPGRADE))
        connection.until(b"session.created")
        connection.send(masked(SPEAK["text"].encode()))
        connection.until(b"audio.delta")
        connection.send(CLOSE)
        connection.close()
    assert any(lag_of(server)["open_streams"] == 0 for _ in range(1000))
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


def masked(text: bytes) -> bytes:
    """A client's frame of a short text, whose mask is zero."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
