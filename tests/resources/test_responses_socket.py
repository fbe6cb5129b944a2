"""Responses over a WebSocket, through the SDK: in process and over the server, sync and async."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from openai_api_mock import mock_openai
from openai_api_mock.mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.server.loopback import Loopback

pytest.importorskip("websockets")
if not hasattr(pytest.importorskip("openai.resources.responses").Responses, "connect"):
    pytest.skip("this SDK has no responses.connect", allow_module_level=True)

# The SDK opens its synchronous connections in a way that websockets has given up on.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

Exchange = Callable[..., list[list[dict[str, Any]]]]
END = {"response.completed", "response.incomplete", "response.failed", "error", "response.steer.failed"}


def create(input: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"type": "response.create", "model": "gpt-4o", "input": input, **more}


def _sync(client: openai.OpenAI, messages: list[Any]) -> list[list[dict[str, Any]]]:
    answers: list[list[dict[str, Any]]] = []
    with client.responses.connect() as connection:
        for message in messages:
            made = message(answers) if callable(message) else message
            connection.send_raw(made if isinstance(made, str) else json.dumps(made))
            events: list[dict[str, Any]] = []
            while not events or events[-1]["type"] not in END:
                events.append(json.loads(connection.recv_bytes()))
            answers.append(events)
    return answers


async def _async(client: openai.AsyncOpenAI, messages: list[Any]) -> list[list[dict[str, Any]]]:
    answers: list[list[dict[str, Any]]] = []
    async with client.responses.connect() as connection:
        for message in messages:
            made = message(answers) if callable(message) else message
            await connection.send_raw(made if isinstance(made, str) else json.dumps(made))
            events: list[dict[str, Any]] = []
            while not events or events[-1]["type"] not in END:
                events.append(json.loads(await connection.recv_bytes()))
            answers.append(events)
    return answers


@pytest.fixture(params=["sync", "async", "server"])
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """Sends messages one after the other over one connection; the events that answer each."""
    mocks: list[OpenAIMock] = []

    def run(*messages: Any, script: Callable[[OpenAIMock], object] | None = None, **options: Any) -> Any:
        mock = OpenAIMock(options_from(options))
        mocks.append(mock)
        if script is not None:
            script(mock)
        if request.param == "server":
            loopback = Loopback(mock.engine)
            try:
                client = openai.OpenAI(base_url=loopback.url() + "/v1", api_key="sk-test")
                return _sync(client, list(messages))
            finally:
                loopback.stop()
        with mock:
            if request.param == "async":
                return asyncio.run(_async(openai.AsyncOpenAI(), list(messages)))
            return _sync(openai.OpenAI(), list(messages))

    yield run
    for mock in mocks:
        mock.close()


def names(events: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(event["type"] for event in events))


def test_a_message_is_answered_by_the_events_of_the_stream(exchange: Exchange) -> None:
    (events,) = exchange(create(), script=lambda mock: mock.reply("Good day!"))

    assert names(events)[:2] == ["response.created", "response.in_progress"]
    assert names(events)[-1] == "response.completed"
    assert "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta") == "Good day!"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert not any("stream_id" in event for event in events)


def test_a_chain_goes_on_though_nothing_is_stored(exchange: Exchange) -> None:
    first, second = exchange(
        create("My name is Ada.", store=False),
        lambda answers: create("And?", store=False, previous_response_id=answers[0][-1]["response"]["id"]),
    )

    usage = first[-1]["response"]["usage"]["total_tokens"]
    assert second[-1]["type"] == "response.completed"
    assert second[-1]["response"]["usage"]["input_tokens"] > usage


def test_only_the_latest_response_is_remembered(exchange: Exchange) -> None:
    def again(answers: Any) -> Any:
        return create(store=False, previous_response_id=answers[0][-1]["response"]["id"])

    *_, last = exchange(create(store=False), create("More", store=False), again)

    assert last == [
        {
            "type": "error",
            "status": 400,
            "error": {
                "message": last[0]["error"]["message"],
                "type": "invalid_request_error",
                "param": "previous_response_id",
                "code": "previous_response_not_found",
            },
        }
    ]


def test_warming_up_says_nothing_and_gives_an_id(exchange: Exchange) -> None:
    warm, spoken = exchange(
        create("Be kind.", generate=False),
        lambda answers: create("Hi", previous_response_id=answers[0][-1]["response"]["id"]),
    )

    assert warm[-1]["response"]["output"] == []
    assert spoken[-1]["response"]["output"]


def test_lanes_are_told_apart(exchange: Exchange) -> None:
    first, second = exchange(create(stream_id="a"), create(stream_id="b.2"))

    assert {event["stream_id"] for event in first} == {"a"}
    assert {event["stream_id"] for event in second} == {"b.2"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", "invalid_json"),
        ("[" * 5000, "invalid_json"),
        ({"type": "response.create", "stream_id": "no spaces", "model": "gpt-4o"}, "invalid_stream_id"),
        ({"type": "session.update"}, "invalid_value"),
        (create(temperature=9), "decimal_above_max_value"),
    ],
)
def test_what_is_wrong_is_an_error_frame_and_the_connection_goes_on(
    exchange: Exchange, message: Any, code: str
) -> None:
    refused, answered = exchange(message, create())

    assert [event["type"] for event in refused] == ["error"]
    assert refused[0]["status"] == 400
    assert refused[0]["error"]["code"] == code
    assert answered[-1]["type"] == "response.completed"


def test_there_is_nothing_left_to_steer(exchange: Exchange) -> None:
    _, known, unknown = exchange(
        create(),
        lambda answers: {
            "type": "response.steer",
            "previous_response_id": answers[0][-1]["response"]["id"],
            "input": "Shorter!",
        },
        {"type": "response.steer", "previous_response_id": "resp_x", "input": "Shorter!"},
    )

    assert known[0]["error"]["code"] == "response_already_completed"
    assert known[0]["steer"]["input"] == "Shorter!"
    assert unknown[0]["error"]["code"] == "response_not_found"


def test_an_answer_may_be_awaited(exchange: Exchange) -> None:
    async def answer(call: Any) -> str:
        await asyncio.sleep(0)
        return "Awaited."

    (events,) = exchange(create(), answers=answer)

    assert "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta") == "Awaited."


def test_after_an_hour_the_connection_ends() -> None:
    from openai_api_mock.clock import FrozenClock
    from openai_api_mock.engine import Engine
    from openai_api_mock.options import Options
    from openai_api_mock.wire import Frames, Reply, Request

    clock = FrozenClock()
    engine = Engine(Options(clock=clock))
    session = engine.connect(Request("GET", "/v1/responses"))
    assert not isinstance(session, Reply)
    clock.at += 3601

    frames = session.receive(json.dumps(create()))

    assert isinstance(frames, Frames)
    assert frames.close == 1000
    assert b"websocket_connection_limit_reached" in frames.stream.join()


def test_a_wrong_key_is_refused_at_the_handshake() -> None:
    import websockets

    with mock_openai(auth="sk-right"), pytest.raises(websockets.InvalidStatus) as caught:
        openai.OpenAI(api_key="sk-wrong-sk-wrong").responses.connect().enter()
    assert caught.value.response.status_code == 401


def test_the_sdks_session_runs_lanes_side_by_side() -> None:
    session_of = pytest.importorskip("openai.lib.responses_websocket")
    limits = session_of.ResponsesWebSocketLimits(
        max_lanes=4, max_events_per_lane=512, max_events=2048, max_bytes_per_lane=1 << 23, max_bytes=1 << 24,
        max_response_bytes=1 << 24,
    )  # fmt: skip
    with (
        mock_openai() as mock,
        openai.OpenAI().responses.connect() as connection,
        session_of.ResponsesWebSocketSession(connection, limits=limits) as session,
    ):
        mock.reply("one")
        mock.reply("two")
        lanes = [session.lane(name) for name in ("a", "b")]
        lanes[0].send(create(store=False))
        first = lanes[0].get_final_response(timeout=30)
        lanes[1].send(create(store=False))
        assert first.output_text == "one"
        assert lanes[1].get_final_response(timeout=30).output_text == "two"
        lanes[1].send(create("again", store=False, previous_response_id=first.id))
        assert lanes[1].get_final_response(timeout=30).previous_response_id == first.id


def test_a_mock_that_ends_tells_who_is_connected(caplog: pytest.LogCaptureFixture) -> None:
    import websockets

    with mock_openai():
        connection = openai.OpenAI().responses.connect().enter()
    with pytest.raises(websockets.ConnectionClosed):
        connection.recv()
    assert not [record for record in caplog.records if record.exc_info]
