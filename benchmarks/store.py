"""What a store's calls take, in memory and in SQLite, among 100 and among 100,000 objects.

    python benchmarks/store.py

A page is of 20 objects, newest first. It may take 2 ms among 100,000 objects; the program fails if it takes longer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from openai_api_mock.state import Store, open_store

FEW, MANY = 100, 100_000
CALLS = 1000
LIMIT = 2000.0
"""Microseconds that a page of many objects may take."""
PAGES = ("first page", "middle page", "last page", "page where")


def main() -> None:
    print(f"Python {sys.version.split()[0]}; medians of {CALLS:,} calls, in us")
    print(f"{'store':<8} {'call':<12} {f'of {FEW}':>9} {f'of {MANY:,}':>12} {'ratio':>7}")
    slow = []
    with TemporaryDirectory() as folder:
        for name, url in (("memory", "memory://"), ("SQLite", f"sqlite:///{Path(folder) / 'state.db'}")):
            with closing(open_store(url)) as store:
                few, many = (dict(measure(store, f"/files{count}", count)) for count in (FEW, MANY))
            for call in few:
                print(f"{name:<8} {call:<12} {few[call]:>9.1f} {many[call]:>12.1f} {many[call] / few[call]:>7.2f}")
            slow += [f"{name}: {call}" for call in PAGES if many[call] > LIMIT]
    if slow:
        sys.exit(f"over {LIMIT / 1000:g} ms: {', '.join(slow)}")


def measure(store: Store, collection: str, count: int) -> Iterator[tuple[str, float]]:
    """Each kind of call and its microseconds, in a collection that it leaves with `count` objects."""
    with store.transaction():
        for number in range(count):
            store.put(collection, f"file-{number}", file(number))
    ids = [f"file-{number * 7919 % count}" for number in range(CALLS)]
    middle, oldest = f"file-{count // 2}", "file-20"
    yield "put, new", timed(lambda i: store.put(collection, f"new-{i}", file(i)))
    yield "delete", timed(lambda i: store.delete(collection, f"new-{i}"))
    yield "put, change", timed(lambda i: store.put(collection, ids[i], file(i)))
    yield "get", timed(lambda i: store.get(collection, ids[i]))
    yield PAGES[0], timed(lambda _: store.page(collection, limit=20))
    yield PAGES[1], timed(lambda _: store.page(collection, limit=20, after=middle))
    yield PAGES[2], timed(lambda _: store.page(collection, limit=20, after=oldest))
    yield PAGES[3], timed(lambda _: store.page(collection, limit=20, where={"purpose": "batch"}))


def timed(call: Callable[[int], object]) -> float:
    times = []
    for number in range(CALLS):
        started = time.perf_counter()
        call(number)
        times.append(time.perf_counter() - started)
    return median(times) * 1e6


def file(number: int) -> dict[str, object]:
    """An object of the size of the API's small ones; every second one is of a purpose."""
    return {
        "id": f"file-{number}",
        "object": "file",
        "bytes": 120_000,
        "created_at": 1_790_000_000 + number,
        "expires_at": None,
        "filename": f"requests-{number}.jsonl",
        "purpose": ("batch", "vision")[number % 2],
        "status": "processed",
        "metadata": {"team": "search", "run": "nightly"},
    }


if __name__ == "__main__":
    main()
