"""What an open Realtime session weighs, and how late the audio of many speakers leaves.

    python benchmarks/realtime.py [--only sockets|speakers]

The server runs on core 0 and the clients on core 1. A word's lateness is what lies between the time when it was due
after the response's first event and when the client had it, so it has the client's own lag too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import websockets

from server import free_port, wait_for

SOCKETS, SPEAKERS = 1_000, 200
UPDATE = {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sockets", "speakers"])
    only = parser.parse_args().only
    os.sched_setaffinity(0, {1})
    print(f"load {os.getloadavg()[0]:.1f}")
    if only in (None, "sockets"):
        with serving() as (url, pid):
            asyncio.run(sockets(url, pid))
    if only in (None, "speakers"):
        with serving("--audio-pace", "1", "--length", "40") as (url, _):
            asyncio.run(speakers(url))


@contextmanager
def serving(*flags: str) -> Iterator[tuple[str, int]]:
    port = free_port()
    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", str(port), *flags]
    process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"ws://127.0.0.1:{port}/v1/realtime?model=gpt-realtime", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


async def sockets(url: str, pid: int) -> None:
    first = [await opened(url) for _ in range(100)]
    before = resident(pid)
    more = [await opened(url) for _ in range(SOCKETS)]
    weight = (resident(pid) - before) / SOCKETS
    print(f"{SOCKETS} open sessions: {weight:.0f} KB each (limit 60)")
    await asyncio.gather(*(connection.close() for connection in (*first, *more)))


async def opened(url: str) -> Any:
    connection = await websockets.connect(url, compression=None)
    await connection.recv()
    await connection.send(json.dumps(UPDATE))
    await connection.recv()
    return connection


def resident(pid: int) -> int:
    """KB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


async def speakers(url: str) -> None:
    connections = [await opened(url) for _ in range(SPEAKERS)]
    found = await asyncio.gather(*(lateness(connection, at) for at, connection in enumerate(connections)))
    late = sorted(each for own in found for each in own)
    print(
        f"{SPEAKERS} speakers, {len(late)} words: late by {1000 * late[len(late) // 2]:.1f} ms in the median, "
        f"{1000 * late[len(late) * 99 // 100]:.1f} ms at p99 (limit 10), {1000 * late[-1]:.1f} ms at most"
    )
    await asyncio.gather(*(connection.close() for connection in connections))


async def lateness(connection: Any, at: int) -> list[float]:
    await asyncio.sleep(at * 0.01)  # people don't begin at the same instant
    await connection.send('{"type": "response.create"}')
    started, due, late = 0.0, 0.0, []
    while True:
        message = await connection.recv()
        now = time.perf_counter()
        kind = message[9:40]
        if kind.startswith("response.created"):
            started = now
        elif kind.startswith("response.output_audio.delta"):
            late.append(now - started - due)
            due += len(json.loads(message)["delta"]) * 3 // 4 / 48_000
        elif kind.startswith("response.done"):
            return late


if __name__ == "__main__":
    main()
