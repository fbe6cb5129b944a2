"""What a mock holds after many calls, and whether a call costs more after them.

python benchmarks/memory.py
"""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path

from openai_api_mock import Options
from openai_api_mock.engine import Engine
from openai_api_mock.wire import Request

FEW, MANY = 100, 100_000


def main() -> None:
    engine = Engine(Options())
    run(engine, 0, FEW)
    few, early = resident(), cost(engine, FEW)
    run(engine, FEW * 2, MANY)
    many, late = resident(), cost(engine, MANY * 2)
    print(f"resident after {FEW} calls {few:.0f} MB, after {MANY} {many:.0f} MB: {many - few:.0f} MB more (limit 60)")
    print(f"a call in the engine: {early:.1f} us then, {late:.1f} us now: {late / early:.2f} x")


def run(engine: Engine, start: int, count: int) -> None:
    for number in range(start, start + count):
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Question number {number}"}]}
        headers = {"content-type": "application/json", "authorization": "Bearer sk-test"}
        engine.handle(Request("POST", "/v1/chat/completions", headers=headers, body=json.dumps(body).encode()))


def cost(engine: Engine, start: int) -> float:
    """Microseconds of a call: the best of several rounds."""
    best = float("inf")
    for round in range(10):
        started = time.perf_counter()
        run(engine, start + round * FEW, FEW)
        best = min(best, (time.perf_counter() - started) / FEW)
    return best * 1e6


def resident() -> float:
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise OSError("no VmRSS: this needs Linux")


if __name__ == "__main__":
    main()
