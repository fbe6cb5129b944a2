"""What responses take in the engine: a stream of 200 events, and the head of a long chain.

    python benchmarks/responses.py

A stream of 200 events may take 1.5 ms. The head of a chain of 10,000 responses may take no longer than that of 10, to
retrieve and to go on from: the two take turns, so what disturbs the machine disturbs both.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

EVENTS = 200
AROUND = 8  # events of a stream besides its deltas
LIMIT = 1500.0
"""Microseconds."""
SHORT, LONG = 10, 10_000
CALLS = 500


def main() -> None:
    print(f"Python {sys.version.split()[0]}; medians of {CALLS} calls")
    streaming()
    chains()


def streaming() -> None:
    engine = Engine(options_from({"length": EVENTS - AROUND}))
    times = []
    for number in range(CALLS + 50):
        took, reply = timed(partial(post, engine, input=f"Hello number {number}", stream=True))
        assert isinstance(reply.body, Stream)
        assert len(reply.body.chunks) == EVENTS, len(reply.body.chunks)
        times.append(took)
    print(f"a stream of {EVENTS} events: {median(times[50:]):.0f} us (limit {LIMIT:.0f})")


def chains() -> None:
    engine = Engine(options_from({"length": 5, "journal_bytes": 0}))
    heads = {length: chain(engine, length) for length in (SHORT, LONG)}
    actions: dict[str, Callable[[str], Reply]] = {
        "retrieve its head": lambda id: get(engine, id),
        "go on from its head": lambda id: post(engine, input="More", previous_response_id=id, store=False),
        "list its last inputs": lambda id: get(engine, f"{id}/input_items"),
    }
    for name, action in actions.items():
        times: dict[int, list[float]] = {SHORT: [], LONG: []}
        for number in range(CALLS):
            for length in (SHORT, LONG) if number % 2 else (LONG, SHORT):
                times[length].append(timed(partial(action, heads[length]))[0])
        short, long = median(times[SHORT]), median(times[LONG])
        print(f"{name}: {short:.0f} us of {SHORT}, {long:.0f} us of {LONG:,}: {long / short:.2f} x")


def chain(engine: Engine, length: int) -> str:
    id: str | None = None
    for number in range(length):
        reply = post(engine, input=f"Step {number}", **({} if id is None else {"previous_response_id": id}))
        assert isinstance(reply.body, bytes)
        id = json.loads(reply.body)["id"]
    assert id is not None
    return id


def post(engine: Engine, **body: Any) -> Reply:
    content = json.dumps({"model": "gpt-4.1", **body}).encode()
    return answered(engine, Request("POST", "/v1/responses", body=content))


def get(engine: Engine, path: str) -> Reply:
    return answered(engine, Request("GET", f"/v1/responses/{path}"))


def answered(engine: Engine, request: Request) -> Reply:
    reply = engine.handle(request)
    assert isinstance(reply, Reply)
    assert reply.status == 200, reply.body
    return reply


def timed(call: Callable[[], Reply]) -> tuple[float, Reply]:
    started = time.perf_counter()
    reply = call()
    return (time.perf_counter() - started) * 1e6, reply


if __name__ == "__main__":
    main()
