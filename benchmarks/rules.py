"""What scripting adds to a call in the engine: one reply, and 1,000 rules of which the last answers.

    python benchmarks/rules.py

A scripted reply may add 15 us to a call, and the 1,000 rules 150 us. Calls with and without take turns.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from openai_api_mock import OpenAIMock, Options, contains
from openai_api_mock.wire import Request

CALLS = 1000
RULES = 1000


def main() -> None:
    print(f"Python {sys.version.split()[0]}; medians of {CALLS} pairs of calls")
    plain = OpenAIMock(Options())

    scripted = OpenAIMock(Options())
    scripted.chat.completions.create.always.reply("Scripted.")
    compare("a scripted reply", plain, scripted, 15)

    for name, condition in (("equal texts", lambda n: f"question {n}"), ("contains()", lambda n: contains(f"n {n}."))):
        many = OpenAIMock(Options())
        for number in range(RULES):
            many.chat.completions.create.when(message=condition(number)).always.reply("Never.")
        many.chat.completions.create.when(message=contains("Hello")).always.reply("Scripted.")
        compare(f"{RULES:,} rules of {name}", scripted, many, 150)


def compare(what: str, without: OpenAIMock, with_: OpenAIMock, limit: float) -> None:
    times: dict[OpenAIMock, list[float]] = {without: [], with_: []}
    for number in range(CALLS):
        for mock in (without, with_) if number % 2 else (with_, without):
            times[mock].append(timed(lambda mock=mock, number=number: ask(mock, number)))  # type: ignore[misc]
    added = median(times[with_]) - median(times[without])
    print(f"{what}: {added:+.1f} us (limit {limit:.0f})")


def ask(mock: OpenAIMock, number: int) -> None:
    messages = [{"role": "user", "content": f"Hello number {number}, how are you today?"}]
    body = json.dumps({"model": "gpt-4o", "messages": messages}).encode()
    mock.engine.handle(Request("POST", "/v1/chat/completions", body=body))


def timed(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e6


if __name__ == "__main__":
    main()
