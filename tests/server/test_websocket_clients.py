"""What the SDK does with its WebSockets beyond talking: it reconnects, keeps what it couldn't send, has its options.

The SDK's own suites of these bring peers that they script frame by frame. Here its clients do the same with the mock.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import openai
import pytest
from openai.lib.responses_websocket import ResponsesWebSocketLimits, ResponsesWebSocketSession
from openai.types.websocket_reconnection import ReconnectingEvent
from websockets.exceptions import ConnectionClosedError

from openai_api_mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.run import configure
from openai_api_mock.server.thread import ServerThread

# The SDK opens its synchronous connections in a way that websockets has given up on.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

PRODUCTS = ("realtime", "responses")
ASKS: dict[str, Any] = {
    "realtime": {"type": "response.create"},
    "responses": {"type": "response.create", "model": "gpt-5", "input": "Hi!"},
}
ENDS = {"realtime": "response.done", "responses": "response.completed"}
BROKEN, LOST, TOO_BIG = 1011, 1006, 1009
SOON: dict[str, Any] = {"max_retries": 3, "initial_delay": 0.01, "max_delay": 0.05}


@pytest.fixture
def mock() -> Iterator[OpenAIMock]:
    with OpenAIMock(options_from({"clock": "frozen"})) as made:
        yield made


def connect(client: Any, product: str, **options: Any) -> Any:
    if product == "realtime":
        return client.realtime.connect(model="gpt-realtime", **options)
    return client.responses.connect(**options)


def route(mock: OpenAIMock, product: str) -> Any:
    return mock.realtime.connect if product == "realtime" else mock.responses.create


@pytest.mark.parametrize("fault", ["connection_reset", "cut"])
@pytest.mark.parametrize("product", PRODUCTS)
def test_it_reconnects_where_a_response_breaks_off(mock: OpenAIMock, product: str, fault: str) -> None:
    route(mock, product).fault(fault)
    tries: list[ReconnectingEvent] = []

    def again(event: ReconnectingEvent) -> None:
        tries.append(event)
        connection.send(ASKS[product])  # is kept until the connection stands

    with openai.OpenAI() as client, connect(client, product, on_reconnecting=again, **SOON) as connection:
        connection.send(ASKS[product])
        assert any(event.type == ENDS[product] for event in connection)
    assert [(event.attempt, event.close_code) for event in tries] == [(1, BROKEN)]
    assert len(route(mock, product).calls) == 2


@pytest.mark.parametrize("product", PRODUCTS)
def test_it_reconnects_from_a_coroutine_too(mock: OpenAIMock, product: str) -> None:
    route(mock, product).fault("connection_reset")
    codes: list[int] = []

    async def main() -> None:
        sending: list[asyncio.Task[None]] = []

        def again(event: ReconnectingEvent) -> None:
            codes.append(event.close_code)
            sending.append(asyncio.ensure_future(connection.send(ASKS[product])))

        client = openai.AsyncOpenAI()
        async with client, connect(client, product, on_reconnecting=again, **SOON) as connection:
            await connection.send(ASKS[product])
            async for event in connection:
                if event.type == ENDS[product]:
                    break
            await asyncio.gather(*sending)

    asyncio.run(asyncio.wait_for(main(), 10))
    assert codes == [BROKEN]


def test_it_comes_back_to_a_server_that_was_started_anew(mock: OpenAIMock) -> None:
    with ExitStack() as stack:
        server = ServerThread(configure(mock.engine))
        port = int(server.url.rpartition(":")[2])
        codes: list[int] = []

        def restarted(event: ReconnectingEvent) -> None:
            codes.append(event.close_code)
            if len(codes) == 1:
                stack.callback(ServerThread(configure(mock.engine), port=port).stop)

        client = stack.enter_context(openai.OpenAI(base_url=server.url + "/v1", api_key="sk-test"))
        connection = stack.enter_context(connect(client, "realtime", on_reconnecting=restarted, **SOON))
        events = iter(connection)
        assert next(events).type == "session.created"
        server.stop()
        assert next(events).type == "session.created"
        assert codes == [LOST]


def test_what_was_sent_before_the_connection_stood_comes_in_its_order(mock: OpenAIMock) -> None:
    with openai.OpenAI() as client:
        manager = connect(client, "realtime")
        for name in ("one", "two", "three"):
            manager.send({"type": "session.update", "session": {"type": "realtime", "instructions": name}})
        with manager as connection:
            events = [json.loads(connection.recv_bytes())["session"]["instructions"] for _ in range(4)]
    assert events == ["", "one", "two", "three"]


def test_a_session_that_is_over_isn_t_opened_anew(mock: OpenAIMock) -> None:
    tries: list[ReconnectingEvent] = []
    with openai.OpenAI() as client, connect(client, "realtime", on_reconnecting=tries.append, **SOON) as connection:
        assert connection.recv().type == "session.created"
        mock.engine.clock.advance(3601)
        connection.send({"type": "response.create"})
        assert [event.type for event in connection] == ["error"]
    assert tries == []


@pytest.mark.parametrize("form", [str, str.encode], ids=["text", "bytes"])
def test_a_message_may_be_text_or_bytes(mock: OpenAIMock, form: Any) -> None:
    with openai.OpenAI() as client, connect(client, "realtime") as connection:
        connection.recv_bytes()
        connection.send_raw(form('{"type": "session.update", "session": {"type": "realtime", "instructions": "é"}}'))
        assert json.loads(connection.recv_bytes())["session"]["instructions"] == "é"


def test_what_is_too_big_for_the_client_ends_its_connection_alone(
    mock: OpenAIMock, caplog: pytest.LogCaptureFixture
) -> None:
    with openai.OpenAI() as client:
        with connect(client, "realtime", websocket_connection_options={"max_size": 512}) as connection:
            with pytest.raises(ConnectionClosedError) as closed:
                connection.recv_bytes()
            assert closed.value.sent is not None
            assert closed.value.sent.code == TOO_BIG
        with connect(client, "realtime") as connection:
            assert connection.recv().type == "session.created"
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize("compression", ["deflate", None])
def test_messages_are_compressed_unless_the_client_won_t(mock: OpenAIMock, compression: str | None) -> None:
    options = {"compression": compression}
    with (
        openai.OpenAI() as client,
        connect(client, "realtime", websocket_connection_options=options) as connection,
    ):
        used = [extension.name for extension in connection._connection.protocol.extensions]
        assert used == (["permessage-deflate"] if compression else [])
        assert connection.recv().type == "session.created"


def test_headers_of_the_client_and_of_the_connection_arrive(mock: OpenAIMock) -> None:
    client = openai.OpenAI(default_headers={"x-of-client": "1"})
    with client, connect(client, "responses", extra_headers={"x-of-connection": "2"}) as connection:
        connection.send(ASKS["responses"])
        assert any(event.type == "response.completed" for event in connection)
    headers = mock.calls[-1].headers
    assert (headers["x-of-client"], headers["x-of-connection"]) == ("1", "2")


def test_lanes_of_one_connection_answer_side_by_side(mock: OpenAIMock) -> None:
    limits = ResponsesWebSocketLimits(
        max_lanes=4, max_events_per_lane=128, max_events=256, max_bytes_per_lane=1 << 20, max_bytes=1 << 21,
        max_response_bytes=1 << 20,
    )  # fmt: skip
    mock.responses.create.when(message="One?").reply("One.")
    mock.responses.create.when(message="Two?").reply("Two.")
    with (
        openai.OpenAI() as client,
        client.responses.connect() as connection,
        ResponsesWebSocketSession(connection, limits=limits) as session,
    ):
        lanes = [session.lane("one"), session.lane("two")]
        for lane, text in zip(lanes, ("One?", "Two?"), strict=True):
            lane.send({"type": "response.create", "model": "gpt-5", "input": text, "store": False})
        finals = [lane.get_final_response(timeout=10) for lane in lanes]
    assert [final.output_text for final in finals] == ["One.", "Two."]
