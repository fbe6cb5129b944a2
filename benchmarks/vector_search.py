"""What a search in a vector store costs: over 10,000 chunks, with and without a filter, and again after a restart.

    python benchmarks/vector_search.py [CHUNKS]

Chunks are made of the words of the benchmark of embeddings, about 100 tokens each, ten to a file. Figures are medians
of the processor's time. `found` is how often the search has the same best five as scoring every chunk has.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from embeddings import WORDS

from openai_api_mock import OpenAIMock
from openai_api_mock.options import options_from
from openai_api_mock.retrieval.index import Entry, Ranking, best_of, row_of, score, search, wanted
from openai_api_mock.retrieval.layout import rows_of
from openai_api_mock.wire import Reply, Request

ROUNDS = 40
PER_FILE = 10
STORE = "vs_benchmark"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"Python {sys.version.split()[0]}, {count:,} chunks")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'state.db'}"
        mock = OpenAIMock(options_from({"store": url}))
        started = time.process_time()
        fill(mock, count)
        print(f"filled at {count / (time.process_time() - started):,.0f} chunks a second")
        measure(mock, "the first search reads them all")
        mock.engine.close()
        again = OpenAIMock(options_from({"store": url}))
        measure(again, "so does the first after a restart")
        again.engine.close()


def measure(mock: OpenAIMock, first: str) -> None:
    numbers = iter(range(10**6))

    def ask(**more: object) -> None:
        body = {"query": sentence(10**7 + next(numbers), 6), **more}
        path = f"/v1/vector_stores/{STORE}/search"
        reply = mock.engine.handle(Request("POST", path, "", {}, msgspec.json.encode(body)))
        assert isinstance(reply, Reply)
        assert reply.status == 200
        assert isinstance(reply.body, bytes)
        assert len(msgspec.json.decode(reply.body)["data"]) == 10

    started = time.process_time()
    ask()
    print(f"{first}: {time.process_time() - started:.2f} s")
    print(f"  a search, from bytes to bytes: {median(ask):.1f} ms (limit 20)")
    half = {"type": "eq", "key": "even", "value": True}
    print(f"  with a filter that half of them pass: {median(lambda: ask(filters=half)):.1f} ms (limit 20)")
    entries = mock.engine.vectors.snapshot(STORE).entries
    print(f"  memory of what waits to be searched: {sum(entry.size for entry in entries) / 1e6:.0f} MB")
    print(f"  found: {recall(entries):.0%}")


def recall(entries: Sequence[Entry]) -> float:
    shares = []
    for number in range(20):
        query = wanted(sentence(10**8 + number, 6))
        exact = best_of(((score(entry, query, Ranking()), at) for at, entry in enumerate(entries)), 5)
        near = search(entries, query, 5, Ranking())
        shares.append(len({at for _, at in exact} & {at for _, at in near}) / 5)
    return statistics.mean(shares)


def fill(mock: OpenAIMock, count: int) -> None:
    store, vectors = mock.engine.store, mock.engine.vectors
    vectors.make(STORE, {})
    for file in range(count // PER_FILE):
        id = f"file-{file}"
        texts = [sentence(file * PER_FILE + number, 80) for number in range(PER_FILE)]
        with store.transaction():
            vectors.add(STORE, id, attributes={"even": file % 2 == 0}, chunking={"type": "other"})
            store.put_file(f"/vector_stores/{STORE}/files/{id}/_text", "".join(texts).encode())
            at = 0
            for text in texts:
                row = row_of(text, at, at + len(text))
                store.put(rows_of(STORE, id), row["id"], row)
                at += len(text)
            vectors.settle(STORE, id, "completed")


def median(action: Callable[[], object]) -> float:
    """In milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        action()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1e3


def sentence(number: int, words: int) -> str:
    choose = random.Random(number)
    return " ".join(choose.choice(WORDS.split()) for _ in range(words)) + ". "


if __name__ == "__main__":
    main()
