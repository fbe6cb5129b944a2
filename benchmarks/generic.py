"""How long operations without a handler take in the engine, in microseconds. Run it with nothing else running."""

from __future__ import annotations

import statistics
import time

import msgspec

from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request

ROUNDS = 15
CALLS = 400
# Collections of small and of large objects: a path, and what makes one.
MADE: dict[str, dict[str, object]] = {
    "/vaults": {"name": "keys"},
    "/organization/projects": {"name": "Search"},
    "/assistants": {"model": "gpt-4o", "name": "Clerk", "metadata": {"team": "a"}},
    "/fine_tuning/jobs": {"model": "gpt-4o-mini", "training_file": "file-abc"},
}


def main() -> None:
    kept, made_up = Engine(options_from({})), Engine(options_from({"missing": "synthesize"}))
    for path, body in MADE.items():
        both = median(lambda n, p=path, b=body: create_and_retrieve(kept, p, b, n))
        unknown = median(lambda n, p=path: call(made_up, "GET", f"{p}/unknown-{n}"))
        print(f"{path}: create and retrieve {both:.0f} µs, retrieve made up {unknown:.0f} µs")
    page = median(lambda n: call(kept, "GET", "/vaults"))
    print(f"a page of 20 of {kept.store.count('/vaults')}: {page:.0f} µs")


def create_and_retrieve(engine: Engine, path: str, body: dict[str, object], number: int) -> None:
    made = call(engine, "POST", path, msgspec.json.encode(body))
    call(engine, "GET", f"{path}/{made['id']}")


def call(engine: Engine, method: str, path: str, body: bytes = b"") -> dict[str, object]:
    reply = engine.handle(Request(method, "/v1" + path, body=body))
    assert isinstance(reply, Reply)
    assert reply.status == 200
    assert isinstance(reply.body, bytes)
    decoded: dict[str, object] = msgspec.json.decode(reply.body)
    return decoded


def median(act: object) -> float:
    """The median over rounds of the time of one."""
    assert callable(act)
    rounds = []
    for number in range(ROUNDS + 1):
        began = time.perf_counter()
        for at in range(CALLS):
            act(number * CALLS + at)
        rounds.append((time.perf_counter() - began) / CALLS * 1e6)
    return statistics.median(rounds[1:])  # the first compiles schemas


if __name__ == "__main__":
    main()
