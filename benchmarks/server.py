"""The server against @copilotkit/aimock: answers and 32-chunk streams per second, and the time to the first answer.

    python benchmarks/server.py [--rounds 5] [--seconds 3]

Needs wrk, taskset, and npm, which installs aimock under .build/. Both servers run pinned to core 0 and take turns being
asked from core 1, so that what the machine does meanwhile meets both. What counts is the median of the rounds' ratios.
The first answer is timed from the start of the command, on a machine that has nothing else to do.
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

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / ".build" / "aimock"
AIMOCK = "@copilotkit/aimock@1.43.0"
TOKENS = 29
"""With the role chunk, the finish chunk and [DONE] that makes a stream of 32."""
PATH = "/v1/chat/completions"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    with ExitStack() as stack:
        urls = {
            "openai-api-mock": stack.enter_context(running(ours(), stack)),
            "aimock": stack.enter_context(running(aimock(), stack)),
        }
        for url in urls.values():
            check(url)
        for what, stream in (("JSON answers", False), ("32-chunk streams", True)):
            compare(what, stream, urls, options.rounds, options.seconds)

    first_answers(options.rounds)


def compare(what: str, stream: bool, urls: dict[str, str], rounds: int, seconds: int) -> None:
    for url in urls.values():
        load(url, stream, 1)
    rates: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(rounds):
        for name, url in urls.items():
            rates[name].append(load(url, stream, seconds))
    ours, theirs = rates.values()
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    figures = ", ".join(f"{name} {statistics.median(rate):,.0f}/s" for name, rate in rates.items())
    print(f"{what}: {ratio:.2f} x ({figures})", flush=True)


def load(url: str, stream: bool, seconds: int) -> float:
    """Answers per second."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(HERE / "chat.lua"), url + PATH]
    environment = {**os.environ, "STREAM": "1" if stream else "0"}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found = re.search(r"requests=(\d+) microseconds=(\d+) errors=(\d+)", output)
    if found is None or found[3] != "0":
        raise SystemExit(f"wrk got errors from {url}:\n{output}")
    return int(found[1]) / int(found[2]) * 1e6


def check(url: str) -> None:
    """Both send what they are measured by."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Tell me about the sea."}], "stream": True}
    headers = {"content-type": "application/json", "authorization": "Bearer sk-bench"}
    request = urllib.request.Request(url + PATH, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        events = response.read().count(b"data: ")
    if events != TOKENS + 3:
        raise SystemExit(f"{url} streams {events} chunks, not {TOKENS + 3}")


def first_answers(rounds: int) -> None:
    """From the start of the command to the end of its first answer, in turns."""
    seconds: dict[str, list[float]] = {"openai-api-mock": [], "aimock": []}
    for _ in range(rounds):
        for name, command in (("openai-api-mock", ours()), ("aimock", aimock())):
            with ExitStack() as stack:
                started = time.perf_counter()
                check(stack.enter_context(running(command, stack)))
                seconds[name].append(time.perf_counter() - started)
    print("first answer: " + ", ".join(f"{name} {statistics.median(s):.2f} s" for name, s in seconds.items()))


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
def running(command: list[str], stack: ExitStack) -> Iterator[str]:
    """The server's URL, once it answers."""
    port = free_port()
    pinned = ["taskset", "-c", "0", *(part.format(port=port) for part in command)]
    process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.send_signal, signal.SIGTERM)
    wait_for(port, process)
    yield f"http://127.0.0.1:{port}"


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
