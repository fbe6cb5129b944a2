"""Whatever is done to a store, it answers like a list of objects."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from openai_api_mock.state import MemoryStore, Order, Store
from openai_api_mock.state.sqlite import SQLiteStore

from .conftest import undone

COLLECTIONS = st.sampled_from(["/files", "/threads", "/threads/t/messages"])
IDS = st.sampled_from([f"a{number}" for number in range(12)])
ORDERS = st.sampled_from(["asc", "desc"])

Row = tuple[str, int | None]
"""An id and its object's number, or None where the object was deleted."""


class Model:
    """Collections as lists of rows, in the order in which the objects were made."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}

    def put(self, collection: str, id: str, number: int) -> None:
        rows = self.rows.setdefault(collection, [])
        for at, (known, held) in enumerate(rows):
            if known == id and held is not None:
                rows[at] = (id, number)
                return
        self.rows[collection] = [*(row for row in rows if row[0] != id), (id, number)]

    def delete(self, collection: str, id: str) -> bool:
        rows = self.rows.get(collection, [])
        there = self.get(collection, id) is not None
        self.rows[collection] = [(known, None if known == id else held) for known, held in rows]
        return there

    def get(self, collection: str, id: str) -> int | None:
        return dict(self.rows.get(collection, [])).get(id)

    def page(
        self, collection: str, limit: int, order: Order, after: str | None, before: str | None, parity: int | None
    ) -> tuple[list[int], bool]:
        rows = self.rows.get(collection, [])
        rows = rows if order == "asc" else rows[::-1]
        ids = [id for id, _ in rows]
        if not {after, before} <= {None, *ids}:
            raise KeyError
        start = 0 if after is None else ids.index(after) + 1
        end = len(ids) if before is None else ids.index(before)
        found = [held for _, held in rows[start:end] if held is not None and parity in (None, held % 2)]
        if before is not None and after is None:
            return found[max(0, len(found) - limit) :], len(found) > limit
        return found[:limit], len(found) > limit


class StoreMachine(RuleBasedStateMachine):
    """Memory, with blocks of objects so short that they are split and emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.number = 0
        self.store = self.open()

    def open(self) -> Store:
        return MemoryStore()

    def value(self) -> dict[str, Any]:
        self.number += 1
        return {"number": self.number, "parity": str(self.number % 2)}

    @rule(collection=COLLECTIONS, id=IDS)
    def put(self, collection: str, id: str) -> None:
        self.store.put(collection, id, self.value())
        self.model.put(collection, id, self.number)

    @rule(collection=COLLECTIONS, id=IDS)
    def delete(self, collection: str, id: str) -> None:
        assert self.store.delete(collection, id) == self.model.delete(collection, id)

    @rule(prefix=st.sampled_from(["/threads", "/threads/", "/threads/t/", "/f"]))
    def delete_below(self, prefix: str) -> None:
        below = [path for path in self.model.rows if path.startswith(prefix)]
        there = sum(held is not None for path in below for _, held in self.model.rows.pop(path))
        assert self.store.delete_below(prefix) == there

    @rule(collection=COLLECTIONS, ids=st.lists(st.tuples(IDS, st.booleans()), min_size=1, max_size=6))
    def transaction_that_raises(self, collection: str, ids: list[tuple[str, bool]]) -> None:
        with undone(self.store):
            for id, puts in ids:
                if puts:
                    self.store.put(collection, id, self.value())
                else:
                    self.store.delete(collection, id)
            self.store.delete_below("/threads/")

    @rule(
        collection=COLLECTIONS,
        limit=st.integers(0, 13),
        order=ORDERS,
        after=st.none() | IDS,
        before=st.none() | IDS,
        parity=st.sampled_from([None, 0, 1]),
    )
    def page(
        self, collection: str, limit: int, order: Order, after: str | None, before: str | None, parity: int | None
    ) -> None:
        where = None if parity is None else {"parity": str(parity)}
        cursors = {"order": order, "after": after, "before": before, "where": where}
        try:
            wanted = self.model.page(collection, limit, order, after, before, parity)
        except KeyError:
            with pytest.raises(KeyError):
                self.store.page(collection, limit=limit, **cursors)  # type: ignore[arg-type]
            return
        page = self.store.page(collection, limit=limit, **cursors)  # type: ignore[arg-type]
        assert ([item["number"] for item in page.items], page.has_more) == wanted

    @rule(collection=COLLECTIONS, limit=st.integers(1, 13), order=ORDERS)
    def walk(self, collection: str, limit: int, order: Order) -> None:
        whole = [held for _, held in self.model.rows.get(collection, []) if held is not None]
        seen: list[int] = []
        after = None
        has_more = True
        ids = {held: id for id, held in self.model.rows.get(collection, [])}
        while has_more:
            page = self.store.page(collection, limit=limit, order=order, after=after)
            seen += [item["number"] for item in page.items]
            has_more = page.has_more
            after = ids[seen[-1]] if seen else None
        assert seen == (whole if order == "asc" else whole[::-1])

    @rule()
    def close(self) -> None:
        self.store.close()

    @invariant()
    def objects_are_those_of_the_model(self) -> None:
        held = {path: {id: n for id, n in rows if n is not None} for path, rows in self.model.rows.items()}
        assert list(self.store.collections()) == sorted(path for path, objects in held.items() if objects)
        for path, objects in held.items():
            assert self.store.count(path) == len(objects)
            for number in range(12):
                found = self.store.get(path, f"a{number}")
                assert (found and found["number"]) == objects.get(f"a{number}")

    def teardown(self) -> None:
        self.store.close()


class SQLiteMachine(StoreMachine):
    """SQLite, which is closed and opened again now and then."""

    def open(self) -> Store:
        self.folder = TemporaryDirectory()
        return SQLiteStore(Path(self.folder.name) / "state.db")

    @precondition(lambda self: self.number % 5 == 4)
    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = SQLiteStore(Path(self.folder.name) / "state.db")

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


@pytest.fixture(autouse=True)
def _short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_api_mock.state.blocks.FULL", 2)


TestMemory = StoreMachine.TestCase
TestMemory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
