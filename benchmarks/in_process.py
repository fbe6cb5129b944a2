"""What the mock adds to a call in this process, against the same SDK on a transport that returns the
same reply, prebuilt.

    python benchmarks/in_process.py

The two take turns, call by call, and the medians are compared: what disturbs the machine disturbs both.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import openai

from openai_api_mock import OpenAIMock, mock_openai
from openai_api_mock.generate.tokens import TOKENIZERS

PAIRS = 2_000
LENGTH = 29  # tokens: with role, finish and `[DONE]`, 32 events
MESSAGES: Any = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "Hello there, how are you today?"},
]


def main() -> None:
    TOKENIZERS["o200k_base"].preload()
    library: Any = sys.modules.get("httpx2") or sys.modules["httpx"]
    with mock_openai(length=LENGTH) as mock:
        whole, stream = recorded(mock)

        def handle(request: Any) -> Any:
            reply = stream if b'"stream":true' in request.content else whole
            return library.Response(200, headers=reply[0], content=reply[1])

        canned = openai.OpenAI(
            http_client=library.Client(transport=library.MockTransport(handle)), base_url="http://x/v1"
        )
        mocked = openai.OpenAI()
        print(f"openai {openai.__version__}, Python {sys.version.split()[0]}, medians of {PAIRS} pairs of calls")
        compare("chat.completions.create", canned, mocked, create)
        compare(f"a stream of {LENGTH + 3} events", canned, mocked, read_stream)
    start_and_stop()
    first_call()


Prebuilt = tuple[list[tuple[str, str]], bytes]
"""A reply's headers and body."""


def recorded(mock: OpenAIMock) -> tuple[Prebuilt, Prebuilt]:
    """A whole reply and a streamed one."""
    client = openai.OpenAI()
    create = client.chat.completions.with_raw_response.create
    whole = create(model="gpt-4o", messages=MESSAGES).http_response
    stream = create(model="gpt-4o", messages=MESSAGES, stream=True).http_response
    return (whole.headers.multi_items(), whole.content), (stream.headers.multi_items(), stream.read())


def create(client: openai.OpenAI, number: int) -> None:
    client.chat.completions.create(model="gpt-4o", messages=fresh(number))


def read_stream(client: openai.OpenAI, number: int) -> None:
    for _ in client.chat.completions.create(model="gpt-4o", messages=fresh(number), stream=True):
        pass


def fresh(number: int) -> Any:
    """A request that was not made before, so that no cache of a text's tokens helps."""
    return [MESSAGES[0], {"role": "user", "content": f"{MESSAGES[1]['content']} Number {number}."}]


def compare(
    what: str, canned: openai.OpenAI, mocked: openai.OpenAI, call: Callable[[openai.OpenAI, int], None]
) -> None:
    for number in range(50):
        call(canned, -number)
        call(mocked, -number)
    times: dict[openai.OpenAI, list[float]] = {canned: [], mocked: []}
    gc.collect()
    for number in range(PAIRS):
        for client in (canned, mocked) if number % 2 else (mocked, canned):
            started = time.perf_counter()
            call(client, number)
            times[client].append(time.perf_counter() - started)
    plain, ours = (statistics.median(times[client]) for client in (canned, mocked))
    print(f"{what:26} {plain * 1e6:7.0f} us canned, {ours * 1e6:7.0f} us mocked: {ours / plain:.3f} x (limit 1.10)")


def start_and_stop() -> None:
    times = []
    for _ in range(50):
        started = time.perf_counter()
        mock_openai().stop()
        times.append(time.perf_counter() - started)
    print(f"mock_openai() start and stop: {statistics.median(times) * 1e3:.2f} ms (limit 5)")


def first_call() -> None:
    """In a fresh process, the SDK imported and the tokenizer loaded: what the first call takes beyond the second."""
    import subprocess

    program = (
        "import time, openai; from openai_api_mock import mock_openai\n"
        "from openai_api_mock.generate.tokens import TOKENIZERS; TOKENIZERS['o200k_base'].count('x')\n"
        "mock = mock_openai(); client = openai.OpenAI(); times = []\n"
        "for i in range(2):\n"
        "    started = time.perf_counter()\n"
        "    client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': 'hi'}])\n"
        "    times.append(time.perf_counter() - started)\n"
        "print((times[0] - times[1]) * 1e3)\n"
    )
    times = [float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(5)]
    print(f"first call beyond the second: {statistics.median(times):.1f} ms (limit 60)")


if __name__ == "__main__":
    main()
