"""The server against @copilotkit/aimock: answers and 32-chunk streams per second, and the time to the first answer.

    python benchmarks/server.py [--rounds 5] [--seconds 3]

Needs wrk, taskset, and npm, which installs aimock under .build/. Both servers run pinned to core 0 and take turns being
asked from core 1, so that what the machine does meanwhile meets both. What counts is the median of the rounds' ratios.
Where the machine has other work, the second ratio is the better one: it is of answers per second of the servers' own
processor time. The first answer is timed from the start of the command.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / ".build" / "aimock"
AIMOCK = "@copilotkit/aimock@1.43.0"
TOKENS = 29
"""With the role chunk, the finish chunk and [DONE] that makes a stream of 32."""
PATH = "/v1/chat/completions"
TICKS = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        """What it has used of a processor, its threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class Load(NamedTuple):
    """What one round brought."""

    per_second: float
    per_processor_second: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    commands = {"openai-api-mock": ours(), "aimock": aimock()}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running(command)) for name, command in commands.items()}
        for server in servers.values():
            check(server.url)
        for what, stream in (("JSON answers", False), ("32-chunk streams", True)):
            compare(what, stream, servers, options.rounds, options.seconds)
    first_answers(commands, options.rounds)


def compare(what: str, stream: bool, servers: dict[str, Server], rounds: int, seconds: int) -> None:
    for server in servers.values():
        load(server, stream, 1)
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            loads[name].append(load(server, stream, seconds))
    ours, theirs = loads.values()
    ratio = statistics.median(a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True))
    of_processor = statistics.median(
        a.per_processor_second / b.per_processor_second for a, b in zip(ours, theirs, strict=True)
    )
    rates = ", ".join(f"{name} {statistics.median(x.per_second for x in own):,.0f}/s" for name, own in loads.items())
    print(f"{what}: {ratio:.2f} x, by processor time {of_processor:.2f} x ({rates})", flush=True)


def load(server: Server, stream: bool, seconds: int) -> Load:
    wrk = ["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(HERE / "chat.lua"), server.url + PATH]
    environment = {**os.environ, "STREAM": "1" if stream else "0"}
    before = server.processor_seconds()
    output = subprocess.run(
        ["taskset", "-c", "1", *wrk], env=environment, capture_output=True, text=True, check=True
    ).stdout
    used = server.processor_seconds() - before
    found = re.search(r"requests=(\d+) microseconds=(\d+) errors=(\d+)", output)
    if found is None or found[3] != "0":
        raise SystemExit(f"wrk got errors from {server.url}:\n{output}")
    return Load(int(found[1]) / int(found[2]) * 1e6, int(found[1]) / used)


def first_answers(commands: dict[str, list[str]], rounds: int) -> None:
    """From the start of the command to the end of its first answer, in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            started = time.perf_counter()
            with running(command) as server:
                check(server.url)
                seconds[name].append(time.perf_counter() - started)
    print("first answer: " + ", ".join(f"{name} {statistics.median(s):.2f} s" for name, s in seconds.items()))


def check(url: str) -> None:
    """It sends what it is measured by."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Tell me about the sea."}], "stream": True}
    headers = {"content-type": "application/json", "authorization": "Bearer sk-bench"}
    request = urllib.request.Request(url + PATH, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        events = response.read().count(b"data: ")
    if events != TOKENS + 3:
        raise SystemExit(f"{url} streams {events} chunks, not {TOKENS + 3}")


def ours() -> list[str]:
    return [sys.executable, "-m", "openai_api_mock", "serve", "--port", "{port}", "--length", str(TOKENS)]


def aimock() -> list[str]:
    command = BUILD / "node_modules" / ".bin" / "llmock"
    if not command.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", str(BUILD), AIMOCK], check=True, stdout=sys.stderr)
    chars = 5
    answer = ("The sea is wide and old, and " * 6)[: TOKENS * chars]
    fixture = BUILD / "catch-all.json"
    fixture.write_text(json.dumps({"fixtures": [{"match": {}, "response": {"content": answer}}]}))
    return [str(command), "-p", "{port}", "-f", str(fixture), "-c", str(chars), "--log-level", "silent"]


@contextmanager
def running(command: list[str]) -> Iterator[Server]:
    """The server on core 0, once it takes connections."""
    port = free_port()
    pinned = ["taskset", "-c", "0", *(part.format(port=port) for part in command)]
    # Python may keep what it compiles, as an installer does: the first start isn't the one that is timed.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(pinned, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise SystemExit(f"{process.args!r} doesn't answer")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
