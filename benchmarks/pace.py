"""How late the server's chunks are, with many timed streams on one core; what an open one weighs; what no pace costs.

    python benchmarks/pace.py [--seconds 10] [--only lateness|memory|absent]

The server runs on core 0, and our own client, bare protocols on asyncio, on core 1: each connection asks for a stream,
reads it to its end and asks again. A chunk's lateness is counted by the client, from the moment when it sent the
request; so it has all that is between, the server's work on the request and the client's own lag too. None may be
early. Where the machine has other work, all of that shows: the load and what the server had of its core are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import timeit
import urllib.request
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import uvloop

from server import Server, free_port, wait_for

TOKENS = 60
TTFT = 0.5
PATH = "/v1/chat/completions"
END = b"0\r\n\r\n"


class Run(NamedTuple):
    streams: int
    itl: float
    limit: float
    """Milliseconds that 99 of 100 chunks may be late."""


RUNS = (Run(1000, 0.020, 10.0), Run(4000, 0.100, 10.0))
LIMIT_OF_MEMORY = 25.0
"""KB of an open stream."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", choices=["lateness", "memory", "absent"])
    options = parser.parse_args()
    if options.only in (None, "lateness"):
        for run in RUNS:
            lateness(run, options.seconds)
    if options.only in (None, "memory"):
        memory()
    if options.only in (None, "absent"):
        absent()


@contextmanager
def serving(*flags: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", str(port), *flags]
    process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


# The client


class Reader(asyncio.Protocol):
    """One connection: asks for a stream, notes how late its chunks are, and asks again."""

    transport: asyncio.Transport

    def __init__(self, itl: float, request: bytes, late: array[float]) -> None:
        self._itl = itl
        self._request = request
        self._late = late
        self.stopped = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        self._sent, self._events, self._end = time.monotonic(), 0, b""
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        events = self._events
        # The role comes with the first token, the finish reason and [DONE] with the last.
        token = max(events - 1, 0)
        if token < TOKENS:
            self._late.append(now - self._sent - TTFT - token * self._itl)
        self._events = events + data.count(b"data: ")
        self._end = (self._end + data)[-len(END) :]
        if self._end == END:
            if self._events != TOKENS + 3:
                raise SystemExit(f"a stream of {self._events} events, not {TOKENS + 3}")
            self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stopped.set_result(None)


async def ask_for_long(server: Server, run: Run, seconds: float) -> tuple[array[float], float, float]:
    """How late each chunk was, in seconds, once all streams run; how long that was; and what the server used of it."""
    loop = asyncio.get_running_loop()
    late: array[float] = array("d")
    host, port = server.url.removeprefix("http://").split(":")
    readers = []
    whole = TTFT + TOKENS * run.itl
    for number in range(run.streams):
        content = {
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": f"Number {number % 50}"}],
            "stream": True,
        }
        body = json.dumps(content).encode()
        head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        request = f"{head}\r\n\r\n".encode() + body
        readers.append((await loop.create_connection(lambda r=request: Reader(run.itl, r, late), host, int(port)))[1])
        await asyncio.sleep(whole / run.streams)  # or all would begin at the same moment, and end so
    await asyncio.sleep(whole)
    del late[:]
    urllib.request.urlopen(urllib.request.Request(server.url + "/_mock/lag", method="DELETE")).close()
    started, before = time.monotonic(), server.processor_seconds()
    await asyncio.sleep(seconds)
    took, used = time.monotonic() - started, server.processor_seconds() - before
    found = array("d", late)
    for reader in readers:
        reader.transport.abort()
    await asyncio.gather(*(reader.stopped for reader in readers))
    return found, took, used


def on_the_other_core() -> None:
    os.sched_setaffinity(0, {1})


def lateness(run: Run, seconds: float) -> None:
    on_the_other_core()
    with serving("--pace", f"ttft={TTFT}s,itl={run.itl}s", "--length", str(TOKENS)) as server:
        late, took, used = uvloop.run(ask_for_long(server, run, seconds))
        own = json.load(urllib.request.urlopen(server.url + "/_mock/lag"))
    milliseconds = sorted(seconds * 1000 for seconds in late)
    half, most = (milliseconds[int(len(milliseconds) * share)] for share in (0.5, 0.99))
    print(
        f"{run.streams:,} streams at {run.itl * 1000:g} ms: {len(late) / took:,.0f} chunks/s, late by {half:.1f} ms "
        f"(p50), {most:.1f} ms (p99, limit {run.limit:g}), {milliseconds[-1]:.0f} ms at most, "
        f"{sum(m < 0 for m in milliseconds)} early; the server's own lag {own['p50_ms']:.1f}, {own['p99_ms']:.1f}, "
        f"{own['max_ms']:.0f} ms; it used {used / took:.0%} of its core, {used / len(late) * 1e6:.1f} us a chunk; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


# Memory


def memory(streams: int = 4000) -> None:
    """With the last of so many streams begun, and none over."""

    async def open_all(url: str, pid: int) -> float:
        loop = asyncio.get_running_loop()
        host, port = url.removeprefix("http://").split(":")
        late: array[float] = array("d")
        readers: list[Reader] = []

        async def open_some(count: int) -> float:
            for number in range(count):
                content = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Number {number % 50}"}]}
                body = json.dumps({**content, "stream": True}).encode()
                head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n"
                request = head.encode() + body
                readers.append((await loop.create_connection(lambda r=request: Reader(1, r, late), host, int(port)))[1])
            while json.load(urllib.request.urlopen(url + "/_mock/lag"))["open_streams"] < len(readers):
                await asyncio.sleep(0.1)
            return resident(pid)

        first = await open_some(200)
        return (await open_some(streams) - first) / streams

    # By default a text has 20 to 60 tokens.
    with serving("--pace", "ttft=1h,itl=20ms") as server:
        weight = uvloop.run(open_all(server.url, server.process.pid))
    print(f"an open stream of the usual length: {weight:.1f} KB (limit {LIMIT_OF_MEMORY:g})", flush=True)


def resident(pid: int) -> float:
    """KB."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return float(found[1])


# No pace


def absent(rounds: int = 200, calls: int = 100) -> None:
    """An engine's call without a pace, a fault or a limit against the same without a schedule, in turns; and what of it
    is to ask for faults and limits. By the processor's time, since the machine may have other work."""
    from openai_api_mock.engine import Engine
    from openai_api_mock.options import options_from
    from openai_api_mock.wire import Request

    content = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
    request = Request("POST", "/chat/completions", "", {}, json.dumps(content).encode())
    engine = Engine(options_from({}))
    nothing = {"apply": lambda reply, call=None: reply, "cached": lambda call, tokens, past=0: 0}
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds + 10):
        for is_there in (True, False) if number % 2 else (False, True):
            for name, does in nothing.items():
                vars(engine.schedule).pop(name, None) if is_there else setattr(engine.schedule, name, does)
            engine.journal.clear()
            seconds = timeit.timeit(lambda: engine.handle(request), number=calls, timer=time.process_time) / calls
            if number >= 10:
                took[is_there].append(seconds)
    whole, without = (statistics.median(seconds) for seconds in took.values())
    # What a call asks of faults and limits is in the middle of it, so that is weighed by itself.
    entry = engine.journal.entries()[-1]
    asks = "e.script.faulty or e.options.fault_header, n.faults, e.limits.limits is not None, n.ticket is not None"
    asked = timeit.timeit(asks, globals={"e": engine, "n": entry}, number=100_000, timer=time.process_time) / 100_000
    print(
        f"a call of {whole * 1e6:.1f} us without a pace: {whole / without:.3f} x one without a schedule; "
        f"without faults and limits: {asked / whole:.2%} of it is to ask for them (limit 1%)"
    )


if __name__ == "__main__":
    main()
