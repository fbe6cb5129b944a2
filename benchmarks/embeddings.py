"""What an embedding costs: of a new sentence, of a known one, of a long document.

    python benchmarks/embeddings.py

Each figure is the median over the rounds of the processor's time, the making of the sentence included. A whole call is
what the engine takes for it, from bytes to bytes.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable

import msgspec

from openai_api_mock import OpenAIMock
from openai_api_mock.generate.embedding import embedding
from openai_api_mock.generate.tokens import TOKENIZERS
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request

ROUNDS = 40
CALLS = 25
MODELS = {"text-embedding-3-large": 3072, "text-embedding-3-small": 1536}
WORDS = """
account answer bank bread bridge camera city cloud coffee contract database doctor email engine family flight
forest function garden guitar holiday hospital invoice island journey kitchen language library market medicine
message mountain museum network office orchestra package password picture planet price project question recipe
refund report river school season server station storm student summer teacher telescope tournament traffic
translation university vegetable village weather window winter writer
"""


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds of {CALLS}")
    for model, dimensions in MODELS.items():
        sentences(model, dimensions)
    calls()
    document = " ".join(sentence(number) for number in range(500))
    started = time.process_time()
    embedding(document, "text-embedding-3-large", 3072, "base64")
    print(f"a document of {len(document.split()):,} words: {(time.process_time() - started) * 1e3:.1f} ms")


def sentences(model: str, dimensions: int) -> None:
    number = iter(range(10**6))
    usual = median(lambda: embedding(sentence(next(number)), model, dimensions, "base64"))
    strange = median(lambda: embedding(nonsense(next(number)), model, dimensions, "base64"))
    known = median(lambda: embedding("a known sentence", model, dimensions, "base64"))
    print(f"{model}, {dimensions} dimensions, base64:")
    print(f"  a new sentence of 12 words {usual:.0f} us, of 12 unheard ones {strange:.0f} us (limit 1,000)")
    print(f"  a known sentence {known:.2f} us (limit 60)")


def calls() -> None:
    TOKENIZERS["cl100k_base"].count("load it")
    engine = OpenAIMock(options_from({})).engine
    number = iter(range(10**6, 10**7))
    requests = [request(sentence(next(number))) for _ in range(ROUNDS * CALLS)]
    waiting = iter(requests)
    new = median(lambda: engine.handle(next(waiting)), warm_up=0)
    known = median(lambda: engine.handle(requests[-1]))
    print(f"a whole call in the engine, 3,072 dimensions: {new:.0f} us new, {known:.0f} us known (limit 60)")
    reply = engine.handle(requests[-1])
    assert isinstance(reply, Reply)
    assert reply.status == 200


def request(text: str) -> Request:
    body = {"model": "text-embedding-3-large", "input": text, "encoding_format": "base64"}
    headers = {"content-type": "application/json", "authorization": "Bearer sk-benchmark"}
    return Request("POST", "/embeddings", "", headers, msgspec.json.encode(body))


def median(action: Callable[[], object], warm_up: int = 3) -> float:
    """In microseconds."""
    for _ in range(warm_up):
        action()
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(CALLS):
            action()
        times.append((time.process_time() - started) / CALLS)
    return statistics.median(times) * 1e6


def sentence(number: int) -> str:
    choose = random.Random(number)
    words = WORDS.split()
    return "The " + " ".join(choose.choice(words) for _ in range(11)) + "."


def nonsense(number: int) -> str:
    choose = random.Random(number)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return " ".join("".join(choose.choices(letters, k=choose.randint(4, 9))) for _ in range(12))


if __name__ == "__main__":
    main()
