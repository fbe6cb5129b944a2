"""Vector stores as a whole: they survive a crash, see what others write, and find what brute force finds."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from openai import OpenAI

from openai_api_mock import OpenAIMock, mock_openai
from openai_api_mock.options import options_from
from openai_api_mock.retrieval import snapshots
from openai_api_mock.retrieval.filters import matches
from openai_api_mock.retrieval.index import Ranking, entry_of, row_of, score, wanted
from openai_api_mock.retrieval.layout import batches_of, rows_of
from openai_api_mock.retrieval.search import Question, find
from openai_api_mock.retrieval.snapshots import Snapshots

from .processes import TEXT

ROOT = Path(__file__).parent.parent.parent
WORDS = ["hat", "rain", "Oslo", "soup", "boil", "money", "refund", "engine", "oil", "card"]


@pytest.mark.parametrize("chunks", [1, 40])
def test_a_file_that_was_being_read_when_the_process_was_killed_is_read_on(tmp_path: Path, chunks: int) -> None:
    path = tmp_path / "state.db"
    command = [sys.executable, "-m", "tests.retrieval.processes", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        id = process.stdout.readline().strip()
        for _ in range(chunks):
            assert process.stdout.readline() == "chunk\n"
        process.kill()
    with mock_openai(store=f"sqlite:///{path}") as mock:
        client = OpenAI()
        [batch] = mock.engine.store.page(batches_of(id), limit=2).items
        [file] = mock.engine.vectors.unread(id, batch["id"])
        assert mock.engine.store.count(rows_of(id, file["id"])) >= chunks - 1
        store = client.vector_stores.retrieve(id)
        assert (store.status, store.file_counts.completed) == ("completed", 2)
        assert client.vector_stores.files.content(file["id"], vector_store_id=id).data[0].text == TEXT
        rows = [entry_of(row) for row in mock.engine.store.page(rows_of(id, file["id"]), limit=1000, order="asc").items]
        assert rows[0].start == 0
        assert rows[-1].end == len(TEXT)
        assert all(before.start < after.start <= before.end for before, after in pairwise(rows))
        assert client.vector_stores.search(id, query="hats").data[0].filename == "short.txt"
        assert "Line 2999" in client.vector_stores.search(id, query="Line 2999").data[0].content[0].text


def test_what_another_engine_writes_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    one, other = OpenAIMock(options_from({"store": url})), OpenAIMock(options_from({"store": url}))
    with one:
        client = OpenAI()
        store = client.vector_stores.create().id
        client.vector_stores.files.upload_and_poll(vector_store_id=store, file=("a.txt", b"hats"))
    assert [found.filename for found in find(other.engine.vectors, [store], Question(["hats"]))] == ["a.txt"]
    with one:
        OpenAI().vector_stores.files.upload_and_poll(vector_store_id=store, file=("b.txt", b"rain"))
    assert [found.filename for found in find(other.engine.vectors, [store], Question(["rain"]))] == ["b.txt", "a.txt"]
    one.close()
    other.close()


def test_what_waits_to_be_searched_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = OpenAIMock(options_from({}))
    with mock:
        client = OpenAI()
        stores = [client.vector_stores.create().id for _ in range(3)]
        for store in stores:
            client.vector_stores.files.upload_and_poll(vector_store_id=store, file=("a.txt", b"hats and rain"))
    kept = Snapshots(mock.engine.store)
    size = kept.of(stores[0]).size
    assert size > 0
    monkeypatch.setattr(snapshots, "MOST_BYTES", 2 * size)
    for store in (*stores, stores[0]):
        assert len(kept.of(store).entries) == 1
    assert list(kept._kept) == [stores[2], stores[0]]


class Stores(RuleBasedStateMachine):
    """A vector store beside a plain list of its files."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = OpenAIMock(options_from({})).start()
        self.client = OpenAI()
        self.files: dict[str, tuple[str, dict[str, Any]]] = {}

    @initialize()
    def make(self) -> None:
        self.store = self.client.vector_stores.create().id

    @rule(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), number=st.integers(0, 3))
    def add(self, words: list[str], number: int) -> None:
        text = " ".join(words)
        file = self.client.vector_stores.files.upload_and_poll(
            vector_store_id=self.store, file=("a.txt", text.encode()), attributes={"number": number}
        )
        assert file.status == "completed"
        self.files[file.id] = (text, {"number": number})

    @rule(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    def add_in_a_batch(self, words: list[str]) -> None:
        files = [("a.txt", word.encode()) for word in words]
        batch = self.client.vector_stores.file_batches.upload_and_poll(self.store, files=files)
        listed = self.client.vector_stores.file_batches.list_files(batch.id, vector_store_id=self.store).data
        for file in listed:
            [content] = self.client.vector_stores.files.content(file.id, vector_store_id=self.store).data
            self.files[file.id] = (content.text or "", {})
        assert sorted(self.files[file.id][0] for file in listed) == sorted(words)

    @precondition(lambda self: self.files)
    @rule(data=st.data(), number=st.integers(0, 3))
    def describe(self, data: st.DataObject, number: int) -> None:
        id = data.draw(st.sampled_from(sorted(self.files)))
        self.client.vector_stores.files.update(id, vector_store_id=self.store, attributes={"number": number})
        self.files[id] = (self.files[id][0], {"number": number})

    @precondition(lambda self: self.files)
    @rule(data=st.data(), whole=st.booleans())
    def remove(self, data: st.DataObject, whole: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.files)))
        if whole:
            self.client.files.delete(id)
        else:
            self.client.vector_stores.files.delete(id, vector_store_id=self.store)
        del self.files[id]

    @rule(
        asked=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        kind=st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", None]),
        number=st.integers(0, 3),
        most=st.integers(1, 50),
    )
    def search(self, asked: list[str], kind: str | None, number: int, most: int) -> None:
        filters: Any = None if kind is None else {"type": kind, "key": "number", "value": number}
        more = {} if filters is None else {"filters": filters}
        query = " ".join(asked)
        page = self.client.vector_stores.search(self.store, query=query, max_num_results=most, **more)
        scores = sorted(
            (
                score(entry_of(row_of(text, 0, 0)), wanted(query), Ranking())
                for text, attributes in self.files.values()
                if filters is None or matches(filters, attributes)
            ),
            reverse=True,
        )
        assert [result.score for result in page.data] == scores[:most]
        assert all(self.files[result.file_id][0] == result.content[0].text for result in page.data)
        assert all(self.files[result.file_id][1] == (result.attributes or {}) for result in page.data)

    @invariant()
    def the_counts_are_right(self) -> None:
        counted = self.client.vector_stores.retrieve(self.store).file_counts
        assert (counted.completed, counted.total, counted.in_progress) == (len(self.files), len(self.files), 0)

    def teardown(self) -> None:
        self.client.close()
        self.mock.stop()


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
