"""A load test of a gateway with wrk: the mock stands for the API, at a pace, and says whether it was the bottleneck."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("wrk") is None, reason="needs wrk: apt-get install wrk")

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Tell me about the sea."}]}'
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("answers=%d failures=%d p50_us=%d\\n",
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50)))
end
"""


@pytest.fixture
def mock() -> Iterator[str]:
    """A server whose model takes 50 ms for the first of 10 tokens, and 5 ms for each of the others."""
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", "0", "--length", "10"]
    with subprocess.Popen([*command, "--pace", "ttft=50ms,itl=5ms"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[-1]
        server.terminate()


@pytest.fixture
def gateway(mock: str) -> Iterator[str]:
    """Yours goes here; this one passes on bytes."""
    loop = asyncio.new_event_loop()
    host, port = mock.removeprefix("http://").split(":")

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up, down = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, down), pass_on(up, writer), return_exceptions=True)

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def stop() -> None:
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def load(url: str, script: Path) -> dict[str, int]:
    command = ["wrk", "-t1", "-c20", "-d2s", "--latency", "-s", str(script), url + "/v1/chat/completions"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", done.stdout)}


def test_what_the_gateway_adds(mock: str, gateway: str, tmp_path: Path) -> None:
    script = tmp_path / "chat.lua"
    script.write_text(SCRIPT)
    direct, through = load(mock, script), load(gateway, script)
    with urllib.request.urlopen(mock + "/_mock/lag") as answer:
        lag = json.load(answer)
    print(f"direct {direct}, through the gateway {through}, the mock's own lag {lag}")

    assert direct["answers"] > 0
    assert through["answers"] > 0
    assert direct["failures"] == through["failures"] == 0
    # No answer is faster than its pace: 50 ms, and nine times 5.
    assert min(direct["p50_us"], through["p50_us"]) >= 95_000
    assert lag["writes"] > 0  # and lag["p99_ms"] tells how much of the rest is the mock's
