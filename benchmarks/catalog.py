"""How fast the catalog is: loading, lookup, validation. Prints medians; run it with nothing else running."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from openai_api_mock.catalog import Catalog, validate

LOADS = 15
ROUNDS = 15
CALLS = 5_000

_LOAD = """
import time
began = time.perf_counter()
from openai_api_mock.catalog import Catalog
imported = time.perf_counter()
Catalog.load()
print((imported - began) * 1e3, (time.perf_counter() - imported) * 1e3)
"""

CHAT = {
    "model": "gpt-4o",
    "messages": [{"role": "system", "content": "You are terse."}, {"role": "user", "content": "Weather in Paris?"}],
    "temperature": 0.5,
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
            },
        }
    ],
}


def microseconds(call: Callable[[], object]) -> float:
    """The median over rounds of one call's time."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(CALLS):
            call()
        rounds.append((time.perf_counter() - began) / CALLS * 1e6)
    return statistics.median(rounds)


def loading() -> tuple[float, float]:
    """Medians of importing and of loading, in milliseconds, in fresh processes."""
    runs = [
        subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True) for _ in range(LOADS)
    ]
    times = [[float(part) for part in run.stdout.split()] for run in runs]
    return statistics.median(each[0] for each in times), statistics.median(each[1] for each in times)


def main() -> None:
    imported, loaded = loading()
    print(f"import {imported:.1f} ms, load {loaded:.1f} ms")
    catalog = Catalog.load()
    print(f"process after load: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MB at most")
    for method, path in (
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/files/file-abc"),
        ("POST", "/openai/deployments/mine/chat/completions"),
        ("GET", "/v1/threads/t/runs/r/steps/s"),
        ("GET", "/v1/nothing"),
    ):
        print(f"find {method} {path}: {microseconds(lambda m=method, p=path: catalog.find(m, p)):.2f} µs")  # type: ignore[misc]
    chat = catalog.operation("POST /chat/completions")
    began = time.perf_counter()
    validate(chat, CHAT)
    print(f"first validation (compiles): {(time.perf_counter() - began) * 1e3:.1f} ms")
    print(f"validate a chat of 2 messages and a tool: {microseconds(lambda: validate(chat, CHAT)):.2f} µs")
    refused = {**CHAT, "temperature": 3}
    print(f"validate and word a refusal: {microseconds(lambda: validate(chat, refused)):.2f} µs")


if __name__ == "__main__":
    main()
