"""Collections, a page at a time."""

from __future__ import annotations

import itertools
import timeit
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_api_mock.state import Order, Page, Store

from .conftest import KINDS, fill, opened


def numbers(page: Page) -> list[int]:
    return [item["number"] for item in page.items]


@pytest.fixture
def ten(store: Store) -> Store:
    """A store whose collection `/files` holds a0 to a9."""
    fill(store, "/files", 10)
    return store


def test_a_page_of_nothing_is_empty(store: Store) -> None:
    assert store.page("/files", limit=3) == Page([], has_more=False)


def test_the_newest_come_first_unless_told_otherwise(ten: Store) -> None:
    assert numbers(ten.page("/files", limit=3)) == [9, 8, 7]
    assert numbers(ten.page("/files", limit=3, order="asc")) == [0, 1, 2]


@pytest.mark.parametrize(("limit", "has_more"), [(0, True), (9, True), (10, False), (11, False)])
def test_a_page_says_whether_there_is_more(ten: Store, limit: int, has_more: bool) -> None:
    for order in ("asc", "desc"):
        page = ten.page("/files", limit=limit, order=order)
        assert (len(page.items), page.has_more) == (min(limit, 10), has_more)


def test_a_page_begins_behind_its_cursor(ten: Store) -> None:
    assert numbers(ten.page("/files", limit=3, after="a5")) == [4, 3, 2]
    assert numbers(ten.page("/files", limit=3, after="a5", order="asc")) == [6, 7, 8]
    assert ten.page("/files", limit=3, after="a0") == Page([], has_more=False)


def test_a_page_that_is_asked_for_by_what_comes_next_ends_there(ten: Store) -> None:
    page = ten.page("/files", limit=3, before="a5")
    assert (numbers(page), page.has_more) == ([8, 7, 6], True)
    page = ten.page("/files", limit=3, before="a3", order="asc")
    assert (numbers(page), page.has_more) == ([0, 1, 2], False)


def test_a_page_between_two_cursors_begins_behind_the_first(ten: Store) -> None:
    page = ten.page("/files", limit=2, after="a8", before="a4")
    assert (numbers(page), page.has_more) == ([7, 6], True)
    page = ten.page("/files", limit=9, after="a8", before="a4")
    assert (numbers(page), page.has_more) == ([7, 6, 5], False)
    page = ten.page("/files", limit=9, after="a4", before="a8", order="asc")
    assert (numbers(page), page.has_more) == ([5, 6, 7], False)
    assert numbers(ten.page("/files", limit=9, after="a8", before="a4", order="asc")) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_that_follows_a_deleted_object_goes_on_where_it_stood(ten: Store, order: Order) -> None:
    for cursor in ("a5", "a0", "a9"):
        wanted = ten.page("/files", limit=3, order=order, after=cursor)
        led = ten.page("/files", limit=3, order=order, before=cursor)
        ten.delete("/files", cursor)
        assert ten.page("/files", limit=3, order=order, after=cursor) == wanted
        assert ten.page("/files", limit=3, order=order, before=cursor) == led
        ten.delete_below("/files")
        fill(ten, "/files", 10)


def test_what_is_made_after_the_newest_was_deleted_comes_after_it(ten: Store) -> None:
    ten.delete("/files", "a9")
    ten.put("/files", "b", {"number": 10})
    assert numbers(ten.page("/files", limit=3, order="asc", after="a9")) == [10]


def test_a_cursor_that_the_collection_never_held_is_an_error(ten: Store) -> None:
    ten.put("/batches", "b", {})
    for cursor in ("b", "never"):
        with pytest.raises(KeyError):
            ten.page("/files", limit=3, after=cursor)
        with pytest.raises(KeyError):
            ten.page("/files", limit=3, before=cursor)
    with pytest.raises(KeyError):
        ten.page("/none", limit=3, after="a1")


def test_only_objects_with_the_asked_for_fields_are_listed(store: Store) -> None:
    for number in range(30):
        store.put("/files", f"a{number}", {"number": number, "purpose": ("batch", "vision", "evals")[number % 3]})
    page = store.page("/files", limit=3, where={"purpose": "vision"}, after="a20")
    assert (numbers(page), page.has_more) == ([19, 16, 13], True)
    page = store.page("/files", limit=3, where={"purpose": "vision", "number": 4}, order="asc")
    assert (numbers(page), page.has_more) == ([4], False)
    page = store.page("/files", limit=2, where={"purpose": "vision"}, before="a10")
    assert (numbers(page), page.has_more) == ([16, 13], True)


def test_metadata_is_held_against_key_by_key(store: Store) -> None:
    store.put("/files", "a", {"number": 1, "metadata": {"user": "x", "run": 'a "b" é'}})
    store.put("/files", "b", {"number": 2, "metadata": {"user": "y"}})
    store.put("/files", "c", {"number": 3, "metadata": None})
    store.put("/files", "d", {"number": 4, "user": "x"})
    assert numbers(store.page("/files", limit=9, where={"metadata": {"user": "x"}})) == [1]
    assert numbers(store.page("/files", limit=9, where={"metadata": {"user": "x", "run": 'a "b" é'}})) == [1]
    assert numbers(store.page("/files", limit=9, where={"metadata": {"user": "y", "run": "b"}})) == []
    assert numbers(store.page("/files", limit=9, where={"metadata": {}})) == [4, 3, 2, 1]


def test_fields_are_compared_as_json(store: Store) -> None:
    store.put("/files", "a", {"number": 1, "deleted": True, "project": None})
    assert store.page("/files", limit=1, where={"deleted": True, "number": 1.0}).items
    assert store.page("/files", limit=1, where={"project": None, "absent": None}).items
    assert not store.page("/files", limit=1, where={"deleted": 1}).items
    assert not store.page("/files", limit=1, where={"number": True}).items
    assert not store.page("/files", limit=1, where={"number": "1"}).items


@pytest.mark.parametrize("kind", KINDS)
@given(
    count=st.integers(0, 25),
    limit=st.integers(1, 9),
    order=st.sampled_from(["asc", "desc"]),
    meanwhile=st.lists(st.tuples(st.sampled_from(["delete", "put", "change"]), st.integers(0, 24)), max_size=12),
)
@settings(deadline=None, max_examples=60)
def test_pages_concatenate_to_the_whole_whatever_happens_meanwhile(
    kind: str, count: int, limit: int, order: Order, meanwhile: list[tuple[str, int]]
) -> None:
    """What was there all the time is seen once, in its place; what came or went is seen once or not at all."""
    with opened(kind) as store:
        fill(store, "/files", count)
        changes, deleted, seen, after = list(meanwhile), set(), [], None
        while True:
            page = store.page("/files", limit=limit, order=order, after=after)
            seen += numbers(page)
            if not page.has_more:
                break
            after = page.items[-1]["id"]
            for change, number in changes[:3]:
                if change == "delete" and store.delete("/files", f"a{number}"):
                    deleted.add(number)
                elif change == "put":
                    store.put("/files", f"b{number}", {"id": f"b{number}", "number": number + 100})
                elif change == "change" and store.get("/files", f"a{number}"):
                    store.put("/files", f"a{number}", {"id": f"a{number}", "number": number})
            del changes[:3]
        old = [number for number in seen if number < 100]
        assert set(range(count)) - deleted <= set(old)
        assert old == sorted(set(old), reverse=order == "desc")
        assert len(seen) == len(set(seen))


ORDERS: tuple[Order, ...] = ("asc", "desc")
CURSORS = (None, "a10", "a39999", "a50000", "a99990")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_100_000_objects_takes_under_2_ms(kind: str) -> None:
    with opened(kind) as store:
        fill(store, "/files", 100_000)
        with store.transaction():
            for number in range(40_000, 60_000):  # a hole, which nobody may walk through
                store.delete("/files", f"a{number}")
        for order, after, before in itertools.product(ORDERS, CURSORS, CURSORS):
            page = partial(store.page, "/files", limit=20, order=order, after=after, before=before)
            assert min(timeit.repeat(page, number=1, repeat=20)) < 0.002
