"""What the store in memory does to stay small, and to leave nothing behind."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from openai_api_mock.state import MemoryStore

from .conftest import Breaking, fill, undone


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go during the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def small() -> Iterator[MemoryStore]:
    with closing(MemoryStore(max_objects=3)) as store:
        yield store


def ids(store: MemoryStore, collection: str) -> list[str]:
    return [item["id"] for item in store.page(collection, limit=100, order="asc").items]


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_oldest_objects_of_a_full_collection_are_dropped(small: MemoryStore) -> None:
    fill(small, "/files", 5)
    fill(small, "/batches", 3)
    assert ids(small, "/files") == ["a2", "a3", "a4"]
    assert ids(small, "/batches") == ["a0", "a1", "a2"]
    assert small.count("/files") == 3
    assert small.get("/files", "a1") is None


def test_a_change_drops_nothing(small: MemoryStore) -> None:
    fill(small, "/files", 3)
    fill(small, "/files", 3)
    assert ids(small, "/files") == ["a0", "a1", "a2"]


def test_what_lies_below_a_dropped_object_is_dropped_with_it(small: MemoryStore) -> None:
    small.put("/files", "a0", {})
    small.put("/files/a0/parts", "p", {})
    small.put_file("/files/a0/content", b"bytes")
    small.put_file("/files/a00/content", b"bytes")
    fill(small, "/files", 4)
    assert list(small.collections()) == ["/files"]
    assert small.open_file("/files/a0/content") is None
    assert small.delete_file("/files/a00/content")


def test_a_warning_is_logged_once_when_objects_are_dropped(
    small: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fill(small, "/files", 3)
        assert caplog.messages == []
        fill(small, "/files", 9)
        fill(small, "/batches", 9)
    (message,) = caplog.messages
    assert message.startswith("/files holds more than 3 objects")


def test_a_collection_is_bounded_in_bytes_too() -> None:
    store = MemoryStore(max_bytes=1000)
    for number in range(20):
        store.put("/responses", f"a{number}", {"id": f"a{number}", "text": "x" * 300})
    assert ids(store, "/responses") == ["a17", "a18", "a19"] or ids(store, "/responses") == ["a18", "a19"]
    store.put("/responses", "a19", {"id": "a19", "text": "x" * 5000})
    assert ids(store, "/responses") == ["a19"]
    store.put("/responses", "a20", {"id": "a20"})
    assert ids(store, "/responses") == ["a20"]


def test_a_dropped_object_serves_as_a_cursor_until_as_many_more_are_gone(small: MemoryStore) -> None:
    fill(small, "/files", 6)
    assert [item["id"] for item in small.page("/files", limit=1, order="asc", after="a1").items] == ["a3"]
    fill(small, "/batches", 4)
    small.put("/files", "b", {"id": "b"})
    with pytest.raises(KeyError):
        small.page("/files", limit=1, order="asc", after="a0")


def test_the_cursor_that_is_forgotten_is_of_the_object_that_was_deleted_longest_ago(small: MemoryStore) -> None:
    small.put("/files", "kept", {"id": "kept"})
    for id in ("a", "b", "c", "a", "d"):
        small.put("/files", id, {})
        small.delete("/files", id)
    for id in ("c", "a", "d"):
        assert small.page("/files", limit=1, after=id).items == [{"id": "kept"}]
    with pytest.raises(KeyError):
        small.page("/files", limit=1, after="b")


def test_what_a_transaction_dropped_comes_back_if_it_raises(small: MemoryStore) -> None:
    fill(small, "/files", 3)
    small.put_file("/files/a0/content", b"bytes")
    with undone(small):
        small.put("/files", "b", {"id": "b"})
        assert small.open_file("/files/a0/content") is None
    assert ids(small, "/files") == ["a0", "a1", "a2"]
    assert small.delete_file("/files/a0/content")


def test_small_files_stay_in_memory_and_large_ones_go_to_disk(temporary: Path) -> None:
    with closing(MemoryStore(max_held=100)) as store:
        store.put_file("/a", bytes(100))
        assert files_below(temporary) == []
        store.put_file("/b", bytes(101))
        assert [path.stat().st_size for path in files_below(temporary)] == [101]


def test_small_files_go_to_disk_while_many_are_held(temporary: Path) -> None:
    with closing(MemoryStore(max_held=100, max_held_together=250)) as store:
        for key in ("/a", "/b", "/c"):
            store.put_file(key, bytes(100))
        assert len(files_below(temporary)) == 1
        store.delete_file("/a")
        store.put_file("/d", bytes(100))
        assert len(files_below(temporary)) == 1
        store.put_file("/d", bytes(50))
        store.put_file("/e", bytes(100))
        assert len(files_below(temporary)) == 1


def test_a_file_leaves_the_disk_when_nothing_names_it(temporary: Path) -> None:
    with closing(MemoryStore(max_held=1)) as store:
        store.put_file("/a", b"one")
        store.put_file("/a", b"two")
        assert len(files_below(temporary)) == 1
        with undone(store):
            store.put_file("/a", b"three")
            store.put_file("/b", b"four")
        assert len(files_below(temporary)) == 1
        with store.transaction():
            store.put_file("/a", b"five")
            store.put_file("/a", b"six")
        assert len(files_below(temporary)) == 1
        store.delete_below("/")
        assert files_below(temporary) == []


def test_a_source_that_breaks_leaves_nothing_on_disk(temporary: Path) -> None:
    with closing(MemoryStore()) as store:
        with pytest.raises(OSError, match="the source broke"):
            store.put_file("/a", Breaking(bytes(3_000_000), breaks_at=500_000))
        assert files_below(temporary) == []


def test_a_store_leaves_nothing_on_disk(temporary: Path) -> None:
    store = MemoryStore(max_held=1)
    store.put_file("/a", b"bytes")
    del store
    gc.collect()
    assert os.listdir(temporary) == []
