"""Vector stores: their lives, their files, and the search in them."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_api_mock.clock import FrozenClock

from ..conftest import MakeWay, Way

DAY = 24 * 3600
TEXTS = {
    "cooking.txt": b"Boil the potatoes in salted water for twenty minutes.",
    "cars.md": b"# Cars\n\nChange the oil of the engine every year.",
    "refunds.html": b"<title>x</title><p>Refunds: we transfer the <b>money</b> to your card within thirty days.</p>",
}


def upload(way: Way, name: str, content: bytes | None = None) -> str:
    file = (name, TEXTS[name] if content is None else content)
    return str(way.call("files.create", file=file, purpose="assistants").id)


def filled(way: Way, **attributes: Any) -> Any:
    """A vector store with all of TEXTS, each with its name as an attribute."""
    store = way.call("vector_stores.create", name="help")
    for number, name in enumerate(TEXTS):
        way.call(
            "vector_stores.files.create_and_poll", vector_store_id=store.id, file_id=upload(way, name),
            attributes={"name": name, "number": number, **attributes},
        )  # fmt: skip
    return store


def found(way: Way, store: str, query: Any, **arguments: Any) -> list[str]:
    page = way.call("vector_stores.search", vector_store_id=store, query=query, **arguments)
    return [result.filename for result in page.data]


def counts(thing: Any) -> dict[str, int]:
    return {name: count for name, count in thing.file_counts.to_dict().items() if count}


def test_a_new_one_is_empty_and_completed(way: Way) -> None:
    store = way.call("vector_stores.create", name="help", metadata={"team": "a"})
    assert store.id.startswith("vs_")
    assert (store.status, store.usage_bytes, counts(store), store.metadata) == ("completed", 0, {}, {"team": "a"})
    assert store.to_dict()["description"] is None
    changed = way.call("vector_stores.update", vector_store_id=store.id, name="more", metadata={"team": "b"})
    assert (changed.name, changed.metadata) == ("more", {"team": "b"})
    assert way.call("vector_stores.retrieve", vector_store_id=store.id) == changed
    assert [each.id for each in way.call("vector_stores.list").data] == [store.id]
    assert way.call("vector_stores.delete", vector_store_id=store.id).object == "vector_store.deleted"
    with pytest.raises(openai.NotFoundError, match=r"No vector store found with id 'vs_\w+'"):
        way.call("vector_stores.search", vector_store_id=store.id, query="anything")


def test_a_file_is_read_and_then_completed(way: Way) -> None:
    store = way.call("vector_stores.create").id
    file = way.call("vector_stores.files.create", vector_store_id=store, file_id=upload(way, "cooking.txt"))
    assert (file.status, file.usage_bytes, file.last_error, file.attributes) == ("in_progress", 0, None, {})
    assert file.chunking_strategy.static.to_dict() == {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
    done = way.call("vector_stores.files.retrieve", vector_store_id=store, file_id=file.id)
    assert done.status == "completed"
    assert done.usage_bytes > len(TEXTS["cooking.txt"])
    after = way.call("vector_stores.retrieve", vector_store_id=store)
    assert (after.status, counts(after)) == ("completed", {"completed": 1, "total": 1})
    assert after.usage_bytes == done.usage_bytes
    (content,) = way.call("vector_stores.files.content", vector_store_id=store, file_id=file.id).data
    assert content.text == TEXTS["cooking.txt"].decode()


def test_a_vector_store_is_made_of_files_and_in_progress_until_they_are_read(make_way: MakeWay) -> None:
    way = make_way(advance="polls:2")
    store = way.call("vector_stores.create", file_ids=[upload(way, "cooking.txt"), upload(way, "cars.md")])
    assert (store.status, counts(store)) == ("in_progress", {"in_progress": 2, "total": 2})
    assert way.call("vector_stores.retrieve", vector_store_id=store.id).status == "in_progress"
    assert found(way, store.id, "potatoes") == []
    assert way.call("vector_stores.retrieve", vector_store_id=store.id).status == "completed"
    assert found(way, store.id, "potatoes")[0] == "cooking.txt"


@pytest.mark.parametrize(("name", "content", "code", "message"), [
    ("cat.png", b"\x89PNG", "unsupported_file", "The file type is not supported."),
    ("void.txt", b" \n", "invalid_file", "The file could not be parsed because it is empty."),
])  # fmt: skip
def test_a_file_that_cant_be_read_fails(way: Way, name: str, content: bytes, code: str, message: str) -> None:
    store = way.call("vector_stores.create").id
    file_id = upload(way, name, content)
    file = way.call("vector_stores.files.create_and_poll", vector_store_id=store, file_id=file_id)
    assert (file.status, file.last_error.to_dict()) == ("failed", {"code": code, "message": message})
    assert counts(way.call("vector_stores.retrieve", vector_store_id=store)) == {"failed": 1, "total": 1}


def test_a_file_can_be_told_to_fail(make_way: MakeWay) -> None:
    way = make_way(advance="manual")
    store = way.call("vector_stores.create").id
    file = way.call("vector_stores.files.create", vector_store_id=store, file_id=upload(way, "cars.md"))
    way.mock.vector_stores.files.fail(file.id, "Out of paper.")
    after = way.call("vector_stores.files.retrieve", vector_store_id=store, file_id=file.id)
    assert after.status == "failed"
    assert after.last_error.to_dict() == {"code": "server_error", "message": "Out of paper."}


def test_a_search_finds_by_meaning(way: Way) -> None:
    store = filled(way).id
    page = way.call("vector_stores.search", vector_store_id=store, query="How do I get my money back?")
    best = page.data[0]
    assert best.filename == "refunds.html"
    assert best.content[0].text == "Refunds: we transfer the money to your card within thirty days."
    assert best.attributes["name"] == "refunds.html"
    assert best.score > 0.5 > page.data[1].score
    assert page.object == "vector_store.search_results.page"
    assert page.to_dict()["search_query"] == ["How do I get my money back?"]


def test_a_search_is_limited_filtered_and_ranked(way: Way) -> None:
    store = filled(way).id
    assert found(way, store, "engine", max_num_results=1) == ["cars.md"]
    assert found(way, store, "engine", filters={"type": "lt", "key": "number", "value": 1}) == ["cooking.txt"]
    either = {"type": "or", "filters": [{"type": "eq", "key": "number", "value": number} for number in (0, 2)]}
    assert sorted(found(way, store, "engine", filters=either)) == ["cooking.txt", "refunds.html"]
    assert found(way, store, "engine", ranking_options={"score_threshold": 0.5}) == ["cars.md"]
    assert found(way, store, "engine", ranking_options={"score_threshold": 0.99, "ranker": "none"}) == []
    assert set(found(way, store, ["boil potatoes", "engine oil"])[:2]) == {"cooking.txt", "cars.md"}
    page = way.call(
        "vector_stores.search", vector_store_id=store, query="How to boil the potatoes?", rewrite_query=True
    )
    assert page.to_dict()["search_query"] == ["boil potatoes"]


def test_other_attributes_count_from_the_next_search_on(way: Way) -> None:
    store = filled(way).id
    wanted = {"type": "eq", "key": "name", "value": "new"}
    assert found(way, store, "engine", filters=wanted) == []
    file = way.call("vector_stores.files.list", vector_store_id=store, order="asc").data[0]
    changed = way.call("vector_stores.files.update", vector_store_id=store, file_id=file.id, attributes={"name": "new"})
    assert changed.attributes == {"name": "new"}
    assert found(way, store, "engine", filters=wanted) == ["cooking.txt"]


def test_what_is_removed_is_found_no_more_and_the_file_stays(way: Way) -> None:
    store = filled(way).id
    file = way.call("vector_stores.files.list", vector_store_id=store, order="asc").data[0].id
    deleted = way.call("vector_stores.files.delete", vector_store_id=store, file_id=file)
    assert (deleted.id, deleted.object, deleted.deleted) == (file, "vector_store.file.deleted", True)
    assert "cooking.txt" not in found(way, store, "potatoes")
    assert counts(way.call("vector_stores.retrieve", vector_store_id=store)) == {"completed": 2, "total": 2}
    assert way.call("files.retrieve", file_id=file).filename == "cooking.txt"
    with pytest.raises(openai.NotFoundError):
        way.call("vector_stores.files.retrieve", vector_store_id=store, file_id=file)


def test_a_file_that_is_deleted_goes_from_all_vector_stores(way: Way) -> None:
    store = filled(way).id
    file = way.call("vector_stores.files.list", vector_store_id=store, order="asc").data[0].id
    way.call("files.delete", file_id=file)
    assert "cooking.txt" not in found(way, store, "potatoes")
    assert counts(way.call("vector_stores.retrieve", vector_store_id=store)) == {"completed": 2, "total": 2}


def test_the_helpers_that_upload_and_poll_end(way: Way) -> None:
    store = way.call("vector_stores.create").id
    helper = "vector_stores.files.upload_and_poll"
    file = way.call(helper, vector_store_id=store, file=("cooking.txt", TEXTS["cooking.txt"]))
    assert file.status == "completed"
    batch = way.call(
        "vector_stores.file_batches.upload_and_poll", vector_store_id=store, files=[*TEXTS.items()][1:],
        file_ids=[upload(way, "cat.png", b"\x89PNG")],
    )  # fmt: skip
    assert (batch.status, counts(batch)) == ("completed", {"completed": 2, "failed": 1, "total": 3})
    listing = "vector_stores.file_batches.list_files"
    failed = way.call(listing, batch_id=batch.id, vector_store_id=store, filter="failed").data
    assert [each.last_error.code for each in failed] == ["unsupported_file"]
    assert len(way.call(listing, batch_id=batch.id, vector_store_id=store).data) == 3
    assert found(way, store, "engine")[0] == "cars.md"


def test_a_batch_goes_file_by_file_and_can_be_cancelled(make_way: MakeWay) -> None:
    way = make_way(advance="polls:4")
    store = way.call("vector_stores.create").id
    ids = [upload(way, f"{number}.txt", b"Number %d." % number) for number in range(4)]
    files = [{"file_id": id, "attributes": {"number": number}} for number, id in enumerate(ids)]
    batch = way.call("vector_stores.file_batches.create", vector_store_id=store, files=files)
    assert (batch.status, counts(batch)) == ("in_progress", {"in_progress": 4, "total": 4})
    way.call("vector_stores.file_batches.retrieve", batch_id=batch.id, vector_store_id=store)
    half = way.call("vector_stores.file_batches.retrieve", batch_id=batch.id, vector_store_id=store)
    assert (half.status, counts(half)) == ("in_progress", {"completed": 2, "in_progress": 2, "total": 4})
    over = way.call("vector_stores.file_batches.cancel", batch_id=batch.id, vector_store_id=store)
    assert (over.status, counts(over)) == ("cancelled", {"cancelled": 2, "completed": 2, "total": 4})
    listed = way.call("vector_stores.files.list", vector_store_id=store, order="asc").data
    assert [(each.attributes["number"], each.status) for each in listed] == [
        (0, "completed"), (1, "completed"), (2, "cancelled"), (3, "cancelled"),
    ]  # fmt: skip
    assert counts(way.call("vector_stores.retrieve", vector_store_id=store)) == counts(over)


def test_who_polls_is_told_when_to_ask_again(make_way: MakeWay) -> None:
    def told(advance: str) -> str | None:
        way = make_way(advance=advance)
        store = way.call("vector_stores.create").id
        file = upload(way, "cars.md")
        raw = way.call("vector_stores.files.with_raw_response.create", vector_store_id=store, file_id=file)
        return raw.headers.get("openai-poll-after-ms")  # type: ignore[no-any-return]

    assert [told(advance) for advance in ("now", "polls:3", "2s", "1h")] == ["1", "1", "200", "1000"]


def test_its_time_runs_from_when_it_was_last_used(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    store = way.call("vector_stores.create", expires_after={"anchor": "last_active_at", "days": 2})
    assert store.expires_at == store.created_at + 2 * DAY
    clock.advance(DAY)
    found(way, store.id, "anything")
    used = way.call("vector_stores.retrieve", vector_store_id=store.id)
    assert (used.last_active_at, used.expires_at) == (store.created_at + DAY, store.created_at + 3 * DAY)
    clock.advance(2 * DAY)
    assert way.call("vector_stores.retrieve", vector_store_id=store.id).status == "expired"
    with pytest.raises(openai.BadRequestError, match="has expired"):
        found(way, store.id, "anything")
    with pytest.raises(openai.BadRequestError, match="has expired"):
        way.call("vector_stores.files.create", vector_store_id=store.id, file_id=upload(way, "cars.md"))


@pytest.mark.parametrize(("method", "arguments", "message"), [
    ("files.create", {"file_id": "file-none"}, "No such File object: file-none"),
    ("files.create", {"chunking_strategy": (99, 0)}, r"below minimum value. Expected a value >= 100, but got 99"),
    ("files.create", {"chunking_strategy": (4097, 0)}, r"integer above maximum value. Expected a value <= 4096"),
    ("files.create", {"chunking_strategy": (200, 101)}, r"chunk_overlap_tokens'.*Expected a value <= 100, but got 101"),
    ("files.create", {"attributes": {str(number): number for number in range(17)}}, "at most 16 properties"),
    ("file_batches.create", {"file_ids": []}, "Missing required parameter: 'file_ids'."),
    ("file_batches.create", {"file_ids": ["a"], "files": [{"file_id": "b"}]}, "Mutually exclusive parameters"),
    ("file_batches.retrieve", {"batch_id": "vsfb_none"}, "File batch with id 'vsfb_none' not found"),
    ("files.delete", {"file_id": "file-none"}, "No file found with id 'file-none' in vector store"),
    ("search", {"query": "a", "max_num_results": 51}, "Expected a value <= 50"),
])  # fmt: skip
def test_what_is_refused(way: Way, method: str, arguments: dict[str, Any], message: str) -> None:
    store = way.call("vector_stores.create").id
    given = dict(arguments)
    if method == "files.create":
        given.setdefault("file_id", upload(way, "cars.md"))
    if isinstance(given.get("chunking_strategy"), tuple):
        size, overlap = given["chunking_strategy"]
        static = {"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap}
        given["chunking_strategy"] = {"type": "static", "static": static}
    with pytest.raises(openai.APIStatusError, match=message):
        way.call(f"vector_stores.{method}", vector_store_id=store, **given)


def test_what_was_never_made_is_there_where_it_may_be_made_up(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    assert way.call("vector_stores.retrieve", vector_store_id="vs_mine").id == "vs_mine"
    assert found(way, "vs_mine", "anything") == []
    file = way.call("vector_stores.files.create_and_poll", vector_store_id="vs_mine", file_id="file-mine")
    assert (file.id, file.status) == ("file-mine", "completed")


def test_long_files_are_searched_chunk_by_chunk(way: Way) -> None:
    store = way.call("vector_stores.create").id
    filler = " ".join(f"Paragraph {number} is about the weather in Oslo and its rain." for number in range(60))
    text = f"{filler} The secret ingredient of the soup is saffron. {filler}"
    static = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}
    way.call(
        "vector_stores.files.upload_and_poll", vector_store_id=store, file=("soup.txt", text.encode()),
        chunking_strategy={"type": "static", "static": static},
    )  # fmt: skip
    page = way.call("vector_stores.search", vector_store_id=store, query="secret ingredient soup")
    assert "saffron" in page.data[0].content[0].text
    assert len(page.data) == 10
    assert {result.filename for result in page.data} == {"soup.txt"}
