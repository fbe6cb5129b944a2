"""What exact counting of tokens adds to a call in this process, against tokens="estimate".

    python benchmarks/tokens.py

Prompts are new each time, and of a length that people send. The two take turns, call by call, and the medians are
compared: what disturbs the machine disturbs both.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import openai

from openai_api_mock import OpenAIMock
from openai_api_mock.generate.text import ADJECTIVES, ADVERBS, NOUNS, VERBS
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

PAIRS = 2_000
LIMIT = 1.05
SYSTEM = "You are a helpful assistant. Answer in plain words, and say so where you are not sure."
WORDS = (*ADJECTIVES, *NOUNS, *VERBS, *ADVERBS)


def main() -> None:
    exact, estimate = (client(tokens) for tokens in ("exact", "estimate"))
    print(f"openai {openai.__version__}, Python {sys.version.split()[0]}, medians of {PAIRS} pairs of calls")
    for words in (20, 200):
        compare(f"a prompt of {words} words", exact, estimate, words, create)
        compare(f"a prompt of {words} words, streamed", exact, estimate, words, stream)


def client(tokens: str) -> openai.OpenAI:
    """A client of a mock of its own; its requests are answered by the engine in this process."""
    library: Any = sys.modules.get("httpx2") or sys.modules["httpx"]
    engine = OpenAIMock(options_from({"tokens": tokens, "journal_bytes": 0})).engine

    def handle(request: Any) -> Any:
        reply = engine.handle(Request(request.method, request.url.path, headers=request.headers, body=request.content))
        assert isinstance(reply, Reply)
        content = reply.body.join() if isinstance(reply.body, Stream) else reply.body
        return library.Response(reply.status, headers=reply.headers, content=content)

    return openai.OpenAI(http_client=library.Client(transport=library.MockTransport(handle)), api_key="sk-bench")


def create(client: openai.OpenAI, messages: Any) -> None:
    client.chat.completions.create(model="gpt-4o", messages=messages)


def stream(client: openai.OpenAI, messages: Any) -> None:
    for _ in client.chat.completions.create(model="gpt-4o", messages=messages, stream=True):
        pass


def compare(
    what: str, exact: openai.OpenAI, estimate: openai.OpenAI, words: int, call: Callable[[openai.OpenAI, Any], None]
) -> None:
    random = Random(words)
    times: dict[openai.OpenAI, list[float]] = {exact: [], estimate: []}
    gc.collect()
    for number in range(-50, PAIRS):
        text = f"{' '.join(random.choices(WORDS, k=words))}, {number}?"
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
        for client in (exact, estimate) if number % 2 else (estimate, exact):
            started = time.perf_counter()
            call(client, messages)
            if number >= 0:
                times[client].append(time.perf_counter() - started)
    counted, guessed = (statistics.median(times[client]) for client in (exact, estimate))
    print(
        f"{what:36} {guessed * 1e6:7.0f} us estimated, {counted * 1e6:7.0f} us exact: {counted / guessed:.3f} x "
        f"(limit {LIMIT})"
    )


if __name__ == "__main__":
    main()
