"""Objects, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from openai_api_mock.state import Store

from .conftest import fill, undone


def test_an_object_is_found_as_it_was_put(store: Store) -> None:
    value: dict[str, Any] = {"id": "a", "text": "Zürich 🌍\u2028\x00", "deep": [{"n": 1.5}, None, True, 2**60]}
    store.put("/files", "a", value)
    assert store.get("/files", "a") == value
    assert list(store.get("/files", "a") or {}) == ["id", "text", "deep"]


def test_nothing_is_found_under_an_id_that_nobody_put(store: Store) -> None:
    store.put("/files", "a", {})
    assert store.get("/files", "b") is None
    assert store.get("/batches", "a") is None


def test_collections_of_one_name_below_different_parents_do_not_mix(store: Store) -> None:
    store.put("/vector_stores/one/files", "a", {"in": "one"})
    store.put("/vector_stores/two/files", "a", {"in": "two"})
    assert store.get("/vector_stores/one/files", "a") == {"in": "one"}
    assert store.count("/vector_stores/two/files") == 1


def test_what_a_caller_changes_in_its_copy_changes_nothing_in_the_store(store: Store) -> None:
    value: dict[str, Any] = {"list": [1]}
    store.put("/files", "a", value)
    value["list"].append(2)
    for copy in (store.get("/files", "a"), store.page("/files", limit=1).items[0]):
        assert copy is not None
        copy["list"].append(3)
    assert store.get("/files", "a") == {"list": [1]}


@pytest.mark.parametrize("id", ["", "a/b", "a\x00b", "%", "é", "x" * 5000])
def test_any_text_serves_as_an_id(store: Store, id: str) -> None:
    store.put("/files", "a", {"is": "another"})
    store.put("/files", id, {"is": "this"})
    assert store.get("/files", id) == {"is": "this"}
    assert store.page("/files", limit=1, after=id).items == [{"is": "another"}]
    assert store.delete("/files", id)
    assert store.count("/files") == 1


def test_any_mapping_can_be_put(store: Store) -> None:
    store.put("/files", "a", MappingProxyType({"b": 1}))
    assert store.get("/files", "a") == {"b": 1}


def test_an_object_that_is_put_again_changes_in_its_place(store: Store) -> None:
    fill(store, "/files", 3)
    store.put("/files", "a1", {"changed": True})
    assert store.get("/files", "a1") == {"changed": True}
    assert store.count("/files") == 3
    assert store.page("/files", limit=3).items[1] == {"changed": True}


def test_a_deleted_object_is_gone(store: Store) -> None:
    fill(store, "/files", 3)
    assert store.delete("/files", "a1")
    assert store.get("/files", "a1") is None
    assert store.count("/files") == 2
    assert [item["id"] for item in store.page("/files", limit=9).items] == ["a2", "a0"]


def test_delete_says_whether_there_was_an_object(store: Store) -> None:
    assert not store.delete("/files", "a")
    store.put("/files", "a", {})
    assert store.delete("/files", "a")
    assert not store.delete("/files", "a")


def test_an_object_that_is_made_anew_after_its_deletion_stands_at_the_end(store: Store) -> None:
    fill(store, "/files", 3)
    store.delete("/files", "a0")
    store.put("/files", "a0", {"id": "a0"})
    assert [item["id"] for item in store.page("/files", limit=9, order="asc").items] == ["a1", "a2", "a0"]
    assert store.count("/files") == 3
    assert store.page("/files", limit=9, order="asc", after="a0").items == []


def test_the_paths_of_collections_that_hold_something_are_listed(store: Store) -> None:
    assert list(store.collections()) == []
    for collection in ("/files", "/batches", "/files/a/parts", "/emptied"):
        fill(store, collection, 2)
    store.delete("/emptied", "a0")
    store.delete("/emptied", "a1")
    assert list(store.collections()) == ["/batches", "/files", "/files/a/parts"]


def test_all_below_a_path_is_deleted_and_counted_and_nothing_beside_it(store: Store) -> None:
    for collection in ("/threads", "/threads/t1/messages", "/threads/t1/runs/r1/steps", "/threads/t10/messages"):
        fill(store, collection, 3)
    store.delete("/threads/t1/messages", "a0")
    for key in ("/threads/t1/picture", "/threads/t10/picture"):
        store.put_file(key, b"bytes")
    assert store.delete_below("/threads/t1/") == 2 + 3 + 1
    assert list(store.collections()) == ["/threads", "/threads/t10/messages"]
    assert store.get("/threads/t1/messages", "a1") is None
    assert store.open_file("/threads/t1/picture") is None
    assert store.delete_file("/threads/t10/picture")
    assert store.delete_below("/threads/t1/") == 0


@pytest.mark.parametrize("prefix", ["/a%", "/a_", "/a*", "/a[", "/ä", "/\U0001f30d"])
def test_a_prefix_is_no_pattern(store: Store, prefix: str) -> None:
    fill(store, prefix + "/b", 1)
    fill(store, "/abc/b", 1)
    assert store.delete_below(prefix) == 1
    assert list(store.collections()) == ["/abc/b"]


def test_a_collection_that_was_deleted_as_a_whole_starts_anew(store: Store) -> None:
    fill(store, "/threads/t1/messages", 3)
    store.delete_below("/threads/t1/")
    with pytest.raises(KeyError):
        store.page("/threads/t1/messages", limit=1, after="a1")
    fill(store, "/threads/t1/messages", 2)
    assert [item["id"] for item in store.page("/threads/t1/messages", limit=9).items] == ["a1", "a0"]


def test_a_store_can_be_closed_twice_and_then_goes_on_where_it_was(store: Store) -> None:
    store.put("/files", "a", {"id": "a"})
    store.put_file("/files/a/content", b"bytes" * 1_000_000)
    store.close()
    store.close()
    store.put("/files", "b", {"id": "b"})
    assert [item["id"] for item in store.page("/files", limit=9).items] == ["b", "a"]
    file = store.open_file("/files/a/content")
    assert file is not None
    with file:
        assert len(file.read()) == 5_000_000


READS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get("/files", "a"),
    "page": lambda store: store.page("/files", limit=1).items[0],
    "count": lambda store: store.count("/files") == 1,
    "collections": lambda store: list(store.collections()) == ["/files"],
    "delete": lambda store: store.delete("/files", "a"),
    "delete_below": lambda store: store.delete_below("/files") == 1,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_is_to_be_written_soon_is_there_for_whoever_asks(store: Store, read: Callable[[Store], object]) -> None:
    store.put("/files", "a", {"id": "a"}, soon=True)
    assert read(store)


def test_what_is_to_be_written_soon_keeps_its_place(store: Store) -> None:
    store.put("/files", "a", {"id": "a"})
    store.delete("/files", "a")
    store.put("/files", "b", {"id": "b"}, soon=True)
    store.put("/files", "a", {"id": "a"}, soon=True)
    store.put("/files", "c", {"id": "c"})
    store.put("/files", "b", {"id": "b", "again": True}, soon=True)
    items = store.page("/files", limit=9, order="asc").items
    assert items == [{"id": "b", "again": True}, {"id": "a"}, {"id": "c"}]


def test_what_is_to_be_written_soon_belongs_to_the_transaction_that_it_is_in(store: Store) -> None:
    store.put("/files", "before", {}, soon=True)
    with undone(store):
        store.put("/files", "within", {}, soon=True)
    assert store.get("/files", "before") == {}
    assert store.get("/files", "within") is None
