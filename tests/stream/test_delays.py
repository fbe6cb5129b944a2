from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from ..conftest import MakeWay, chat

STEP = 0.05


@pytest.mark.parametrize("how", ["chunk_delay", "latency"])
def test_chunks_are_seen_at_their_times(make_way: MakeWay, how: str) -> None:
    """On the real clock. That none is late, and that no stream arrives whole, is seen on the manual one: test_clock."""
    way = make_way(**{how: STEP})
    way.mock.reply(stream=["One ", "two ", "three"])
    seen: list[float] = []

    started = time.monotonic()
    if way.name in ("sync", "server"):
        stream = way.client.chat.completions.create(**chat(), stream=True)
        seen.extend(time.monotonic() - started for _ in stream)
    else:
        way.do(lambda client: _read(client, seen, started))

    assert len(seen) == 5
    if how == "latency":
        assert all(at >= STEP for at in seen)
        return
    # `[DONE]` has its own delay, which the SDK waits for before it ends.
    assert all(at >= STEP * (i + 1) for i, at in enumerate(seen))
    assert time.monotonic() - started >= STEP * 6


async def _read(client: openai.AsyncOpenAI, seen: list[float], started: float) -> None:
    stream = await client.chat.completions.create(**chat(), stream=True)
    seen.extend([time.monotonic() - started async for _ in stream])


def test_a_replys_own_delay_goes_before_the_mocks(make_way: MakeWay) -> None:
    way = make_way(chunk_delay=10.0)
    way.mock.reply("Hi", chunk_delay=0.001)

    assert len(way.chat(stream=True)) == 3


def test_a_client_that_is_less_patient_than_the_latency_times_out(make_way: MakeWay) -> None:
    way = make_way(latency=5.0)

    with pytest.raises(openai.APITimeoutError):
        way.do(lambda client: client.with_options(timeout=0.05, max_retries=0).chat.completions.create(**chat()))


def test_on_the_instant_clock_nobody_waits(make_way: MakeWay) -> None:
    way = make_way(chunk_delay=3600.0, clock="instant")
    way.do(lambda client: client.with_options(timeout=None).chat.completions.create(**chat(), stream=True))


def test_separate_chunks_come_one_by_one(make_way: MakeWay) -> None:
    way = make_way(separate_chunks=True)
    if way.name == "server":
        pytest.skip("how a socket's bytes are read isn't the server's to say")
    parts: list[Any] = []

    def read(client: Any) -> Any:
        with client.chat.completions.with_streaming_response.create(**chat(), stream=True) as response:
            parts.extend(response.iter_bytes())

    async def read_async(client: Any) -> Any:
        async with client.chat.completions.with_streaming_response.create(**chat(), stream=True) as response:
            parts.extend([part async for part in response.iter_bytes()])

    way.do(read if way.name == "sync" else read_async)
    assert len(parts) > 10
    assert all(part.startswith(b"data: ") for part in parts)


def test_the_frozen_clock_makes_replies_repeat_to_the_byte(make_way: MakeWay) -> None:
    def content() -> Any:
        way = make_way(clock="frozen")
        return way.do(lambda client: client.chat.completions.with_raw_response.create(**chat())).content

    assert content() == content()
