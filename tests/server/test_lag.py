"""How late the server is with what is due, as it says itself."""

from __future__ import annotations

import math
import queue
import threading
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_api_mock import RemoteMock
from openai_api_mock.server.lag import BOUNDS, Lag

from .conftest import MakeServer, Served, lag_of, page

# The SDK opens its synchronous connections in a way that websockets has given up on.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")


def read(server: Served) -> int:
    with openai.OpenAI(base_url=server.url + "/v1", api_key="sk-mock") as client:
        stream = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        return sum(1 for _ in stream)


def talk(client: openai.OpenAI) -> Any:
    return client.realtime.connect(model="gpt-realtime")


def test_every_timed_write_counts(make_server: MakeServer) -> None:
    server = make_server(pace="ttft=20ms,itl=5ms", length=10)
    assert lag_of(server) == {"open_streams": 0, "writes": 0, "p50_ms": 0, "p99_ms": 0, "max_ms": 0}
    assert read(server) == 12
    said = lag_of(server)
    assert 1 <= said["writes"] <= 10  # what falls due while the server is busy leaves in one
    assert 0 <= said["p50_ms"] <= said["p99_ms"] <= said["max_ms"]
    assert said["max_ms"] > 0
    text = page(server, "/_mock/metrics")
    assert f"openai_api_mock_stream_lag_seconds_count {said['writes']}\n" in text
    assert "openai_api_mock_open_streams 0\n" in text


def test_open_streams_are_counted_until_they_end_or_their_client_leaves(make_server: MakeServer) -> None:
    server = make_server(pace="ttft=1s", clock="manual", length=2)
    remote = RemoteMock(server.url)
    events: queue.Queue[int] = queue.Queue()
    reader = threading.Thread(target=lambda: events.put(read(server)))
    reader.start()
    remote.wait_for_sleepers()
    assert lag_of(server)["open_streams"] == 1
    remote.advance(1)
    assert events.get(timeout=5) == 4
    reader.join(5)
    assert lag_of(server)["open_streams"] == 0
    assert lag_of(server)["writes"] == 0  # nobody is late on a clock that somebody else moves


def test_what_is_said_over_a_websocket_counts(make_server: MakeServer) -> None:
    server = make_server(audio_pace=20)
    server.mock.reply("One two three four five.")
    with openai.OpenAI(base_url=server.url + "/v1", api_key="sk-mock") as client, talk(client) as connection:
        connection.response.create()
        for event in connection:
            if event.type == "response.done":
                break
    said = lag_of(server)
    # Each word but the first waits for the one before it, and the end for the last.
    assert 1 <= said["writes"] <= 5
    assert said["max_ms"] > 0
    assert any(lag_of(server)["open_streams"] == 0 for _ in range(100))


def test_who_speaks_is_counted_until_their_client_leaves(make_server: MakeServer) -> None:
    server = make_server(audio_pace=1, clock="manual")
    with openai.OpenAI(base_url=server.url + "/v1", api_key="sk-mock") as client:
        with talk(client) as connection:
            connection.response.create()
            RemoteMock(server.url).wait_for_sleepers()
            assert lag_of(server)["open_streams"] == 1
        assert any(lag_of(server)["open_streams"] == 0 for _ in range(100))
    assert lag_of(server)["writes"] == 0


def test_it_can_be_counted_anew(make_server: MakeServer) -> None:
    server = make_server(pace="ttft=1ms,itl=1ms")
    read(server)
    assert lag_of(server)["writes"]
    page(server, "/_mock/lag", "DELETE")
    assert lag_of(server)["writes"] == 0


@given(st.lists(st.floats(0, 9), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_quantile_is_a_fifth_too_great_at_worst(late: list[float], share: float) -> None:
    lag = Lag()
    for seconds in late:
        lag.note(seconds)
    true = sorted(late)[max(0, math.ceil(share * len(late) - 1e-9) - 1)]
    assert true <= lag.quantile(share) * (1 + 1e-9)
    assert lag.quantile(share) <= max(true * 1.2 * (1 + 1e-9), BOUNDS[0])
    assert lag.quantile(1) == max(late)
