"""How many lines of a batch are answered in a second, in process on one core, in memory and in SQLite.

    python benchmarks/batches.py [LINES]

By the processor's time, so that what else the machine does counts little. It is to be 5,000 at least; the program fails
where it is less.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openai import OpenAI

from openai_api_mock import mock_openai

LEAST = 5_000
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is {}?"}]},
    "/v1/responses": {"model": "gpt-4o", "input": "What is {}?"},
    "/v1/embeddings": {"model": "text-embedding-3-small", "input": "What is {}?", "dimensions": 256},
}


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else 50_000
    print(f"Python {sys.version.split()[0]}; {count:,} lines; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    slow = []
    with TemporaryDirectory() as folder:
        for number, (endpoint, body) in enumerate(BODIES.items()):
            for store in ("memory://", f"sqlite:///{Path(folder) / f'{number}.db'}"):
                speed, elapsed = run(store, endpoint, body, count)
                print(f"{endpoint:<22} {store.partition(':')[0]:<7} {speed:>9,.0f} lines/s, {elapsed:5.1f} s in all")
                slow += [f"{endpoint} in {store}"] if speed < LEAST else []
    if slow:
        sys.exit(f"under {LEAST:,} lines a second: {', '.join(slow)}")


def run(store: str, endpoint: str, body: dict[str, Any], count: int) -> tuple[float, float]:
    """Lines a second of processor time, and the seconds that passed."""
    text = json.dumps(body)
    ask = {"method": "POST", "url": endpoint}
    lines = (
        json.dumps({"custom_id": f"r{number}", **ask, "body": json.loads(text.replace("{}", str(number)))})
        for number in range(count)
    )
    with mock_openai(store=store) as mock, OpenAI(timeout=600) as client:
        file = client.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
        endpoint_: Any = endpoint
        batch = client.batches.create(input_file_id=file.id, endpoint=endpoint_, completion_window="24h")
        began, elapsed = time.process_time(), time.perf_counter()
        batch = client.batches.retrieve(batch.id)
        began, elapsed = time.process_time() - began, time.perf_counter() - elapsed
        assert batch.request_counts is not None
        assert batch.request_counts.completed == count
        mock.close()
    return count / began, elapsed


if __name__ == "__main__":
    main()
