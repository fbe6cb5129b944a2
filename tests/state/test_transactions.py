"""All or nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from openai_api_mock.state import Store

from .conftest import fill, undone


def contents(store: Store) -> dict[str, Any]:
    """All objects, in their order, and the files that tests make."""
    objects = {path: store.page(path, limit=1000, order="asc").items for path in store.collections()}
    return {**objects, "files": [read(store, key) for key in ("/a/content", "/b/content", "/c/content")]}


def read(store: Store, key: str) -> bytes | None:
    file = store.open_file(key)
    if file is None:
        return None
    with file:
        return file.read()


def test_what_is_written_in_a_transaction_is_there_when_it_ends(store: Store) -> None:
    with store.transaction():
        store.put("/files", "a", {"n": 1})
        store.put_file("/a/content", b"one")
        assert store.get("/files", "a") == {"n": 1}
        assert read(store, "/a/content") == b"one"
    assert store.get("/files", "a") == {"n": 1}
    assert read(store, "/a/content") == b"one"


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_nothing_of_a_transaction_that_raised_remains(store: Store, size: int) -> None:
    fill(store, "/files", 10)
    fill(store, "/threads/t/messages", 3)
    store.delete("/files", "a3")
    store.put_file("/a/content", b"a" * size)
    store.put_file("/b/content", b"b" * size)
    before = contents(store)
    with undone(store):
        store.put("/files", "a5", {"id": "changed"})
        store.put("/files", "a5", {"id": "changed again"})
        store.put("/files", "new", {})
        store.delete("/files", "new")
        store.put("/files", "a3", {"id": "made anew"})
        store.delete("/files", "a3")
        store.put("/files", "a3", {"id": "made anew again"})
        store.delete("/files", "a0")
        store.delete("/files", "a9")
        store.delete_below("/threads/")
        store.put("/threads/t/messages", "other", {})
        store.put("/batches", "b", {})
        store.put_file("/a/content", b"x" * size)
        store.put_file("/a/content", b"y" * size)
        store.delete_file("/b/content")
        store.put_file("/c/content", b"z" * size)
    assert contents(store) == before
    with store.transaction():
        pass  # which must not clear up what the one before would have replaced
    assert contents(store) == before
    assert store.count("/files") == 9
    assert store.page("/files", limit=1, after="a3").items[0]["id"] == "a2"
    for cursor in ("new", "never"):
        with pytest.raises(KeyError):
            store.page("/files", limit=1, after=cursor)


def test_a_store_works_on_after_a_transaction_that_raised(store: Store) -> None:
    fill(store, "/files", 3)
    with undone(store):
        store.put("/files", "a", {})
        store.delete("/files", "a0")
    store.put("/files", "a3", {"id": "a3"})
    assert store.delete("/files", "a0")
    assert [item["id"] for item in store.page("/files", limit=9, order="asc").items] == ["a1", "a2", "a3"]


def test_an_inner_transaction_is_undone_with_the_outer_one(store: Store) -> None:
    with undone(store):
        store.put("/files", "a", {})
        with store.transaction():
            store.put("/files", "b", {})
            store.put_file("/a/content", b"bytes")
        assert store.count("/files") == 2
    assert contents(store) == {"files": [None, None, None]}


def test_an_inner_transaction_that_raises_undoes_its_own_part(store: Store) -> None:
    store.put_file("/a/content", b"old")
    with store.transaction():
        store.put("/files", "a", {"n": 1})
        with undone(store):
            store.put("/files", "a", {"n": 2})
            store.put("/files", "b", {})
            store.put_file("/a/content", b"new")
        store.put("/files", "c", {})
    assert [store.get("/files", id) for id in "abc"] == [{"n": 1}, None, {}]
    assert read(store, "/a/content") == b"old"


def test_a_write_that_fails_leaves_the_transaction_whole(store: Store) -> None:
    with store.transaction():
        store.put("/files", "a", {"n": 1})
        with pytest.raises(TypeError):
            store.put("/files", "a", {"n": object()})
        store.put("/files", "b", {})
    assert store.get("/files", "a") == {"n": 1}
    assert store.count("/files") == 2


def test_other_threads_see_all_of_a_transaction_or_nothing(store: Store) -> None:
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.append(store.count("/files")))
    with store.transaction():
        store.put("/files", "a", {})
        reader.start()
        store.put("/files", "b", {})
    reader.join()
    assert seen in ([0], [2])


def test_threads_that_write_at_once_lose_nothing(store: Store) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def work(name: str) -> None:
        try:
            together.wait()
            for number in range(100):
                store.put("/files", f"{name}{number}", {"by": name, "number": number})
                with store.transaction():
                    held = store.get("/counters", "all") or {"count": 0}
                    store.put("/counters", "all", {"count": held["count"] + 1})
                page = store.page("/files", limit=5, where={"by": name})
                assert [item["number"] for item in page.items][:1] == [number]
                store.put_file(f"/files/{name}", b"%d" % number)
                if number % 3 == 0:
                    assert store.delete("/files", f"{name}{number}")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.get("/counters", "all") == {"count": 400}
    assert store.count("/files") == len(store.page("/files", limit=1000).items) == 4 * 66
