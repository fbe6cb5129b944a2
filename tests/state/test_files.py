"""Files' bytes."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from openai_api_mock.state import Store

from .conftest import KINDS, Breaking, Start

SIZES = [0, 1, 1 << 20, (1 << 20) + 1, 5_000_000]
LINUX = Path("/proc/self/status").exists()


def read(store: Store, key: str) -> bytes:
    file = store.open_file(key)
    assert file is not None
    with file:
        return file.read()


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_read_as_it_was_put(store: Store, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert store.put_file("/files/a/content", content) == size
    assert read(store, "/files/a/content") == content
    assert store.put_file("/files/b/content", io.BytesIO(content)) == size
    assert read(store, "/files/b/content") == content
    assert store.put_file("/files/c/content", Breaking(content)) == size
    assert read(store, "/files/c/content") == content


def test_a_source_is_read_from_where_it_stands(store: Store) -> None:
    source = io.BytesIO(b"head and body")
    source.seek(9)
    assert store.put_file("/files/a/content", source) == 4
    assert read(store, "/files/a/content") == b"body"


def test_there_is_no_file_under_a_key_that_nobody_put(store: Store) -> None:
    assert store.open_file("/files/a/content") is None
    assert not store.delete_file("/files/a/content")


@pytest.mark.parametrize("size", SIZES)
def test_a_deleted_file_is_gone(store: Store, size: int) -> None:
    store.put_file("/files/a/content", bytes(size))
    assert store.delete_file("/files/a/content")
    assert store.open_file("/files/a/content") is None
    assert not store.delete_file("/files/a/content")


@pytest.mark.parametrize("size", SIZES)
def test_a_reader_keeps_what_it_opened(store: Store, size: int) -> None:
    store.put_file("/files/a/content", b"a" * size)
    first, second, third = (store.open_file("/files/a/content") for _ in range(3))
    assert first
    assert second
    assert third
    with first, second, third:
        assert first.read(1) == b"a" * min(size, 1)
        store.put_file("/files/a/content", b"b" * size)
        assert second.read() == b"a" * size
        assert read(store, "/files/a/content") == b"b" * size
        store.delete_file("/files/a/content")
        assert third.read() == b"a" * size


@pytest.mark.parametrize("breaks_at", [2_900_000, 100_000])
def test_a_source_that_breaks_leaves_the_file_as_it_was(store: Store, breaks_at: int) -> None:
    store.put_file("/files/a/content", b"old")
    with pytest.raises(OSError, match="the source broke"):
        store.put_file("/files/a/content", Breaking(bytes(3_000_000), breaks_at))
    assert read(store, "/files/a/content") == b"old"


def test_files_are_no_collections(store: Store) -> None:
    store.put_file("/files/a/content", b"bytes")
    assert list(store.collections()) == []


def test_other_threads_go_on_while_a_file_is_copied(store: Store) -> None:
    copying, done = threading.Event(), threading.Event()

    class Waiting(Breaking):
        def read(self, size: int | None = -1) -> bytes:
            copying.set()
            assert done.wait(30)
            return super().read(size)

    writer = threading.Thread(target=store.put_file, args=("/files/a/content", Waiting(bytes(2_000_000))))
    writer.start()
    assert copying.wait(30)
    store.put("/files", "b", {})
    assert store.open_file("/files/a/content") is None
    done.set()
    writer.join()
    assert len(read(store, "/files/a/content")) == 2_000_000


@pytest.mark.skipif(not LINUX, reason="reads /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_a_large_file_is_never_held_whole(kind: str, path: Path, start: Start) -> None:
    url = "memory://" if kind == "memory" else f"sqlite:///{path}"
    output, errors = start("copy_a_large_file", url, 64).communicate()
    assert errors == ""
    assert int(output) < 16 << 20
