"""Files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import BadRequestError, NotFoundError

from openai_api_mock.clock import FrozenClock
from openai_api_mock.files import FILES, Files
from openai_api_mock.resources import files as resource
from openai_api_mock.state import MemoryStore

from ..conftest import MakeWay, Shared, Way

DAY = 24 * 3600


@pytest.mark.parametrize("purpose", ["assistants", "batch", "evals", "fine-tune", "user_data", "vision"])
def test_every_purpose_is_taken_and_looks_as_recorded(way: Way, purpose: str) -> None:
    file = way.call("files.create", file=("a.jsonl", b"not json"), purpose=purpose)
    shown = way.call("files.retrieve", file_id=file.id).to_dict()
    expires = file.created_at + 30 * DAY if purpose == "batch" else None

    assert file.id.startswith("file-")
    assert shown == file.to_dict() == {
        "id": file.id,
        "object": "file",
        "bytes": 8,
        "created_at": file.created_at,
        "expires_at": expires,
        "filename": "a.jsonl",
        "purpose": purpose,
        "status": "processed",
        "status_details": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"file": ("a.txt", b"x"), "purpose": "answers"},
            "'answers' is not one of ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] - 'purpose'",
        ),
        ({"file": ("a.txt", b"x"), "purpose": "batch"}, "Invalid file format for Batch API. Must be .jsonl"),
        ({"file": ("a.txt", b"x"), "purpose": "fine-tune"}, "Invalid file format for Fine-Tuning API. Must be .jsonl"),
    ],
)
def test_what_the_api_refuses_is_refused_in_its_words(way: Way, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        way.call("files.create", **arguments)
    assert caught.value.body["message"] == message  # type: ignore[index]  # the SDK types it as object
    assert caught.value.param is None
    assert caught.value.code is None


def test_an_expiry_is_held_against_its_bounds(way: Way) -> None:
    with pytest.raises(BadRequestError, match=r"'expires_after.seconds'.*>= 3600, but got 60"):
        way.call(
            "files.create",
            file=("a.txt", b"x"),
            purpose="vision",
            expires_after={"anchor": "created_at", "seconds": 60},
        )


@given(content=st.binary(max_size=2000))
def test_a_file_comes_back_byte_for_byte(one_client: Shared, content: bytes) -> None:
    _, client = one_client
    file = client.files.create(file=("picture.png", content), purpose="vision")
    assert file.bytes == len(content)
    assert client.files.content(file.id).content == content


def test_a_large_file_comes_back_byte_for_byte(way: Way) -> None:
    content = bytes(range(256)) * 4096 * 3
    file = way.call("files.create", file=("a.jsonl", content), purpose="batch")
    assert way.call("files.content", file_id=file.id).content == content


@pytest.mark.parametrize("purpose", ["assistants", "user_data"])
def test_the_api_does_not_give_everything_back(way: Way, purpose: str) -> None:
    file = way.call("files.create", file=("a.pdf", b"%PDF"), purpose=purpose)
    with pytest.raises(BadRequestError, match=f"Not allowed to download files of purpose: {purpose}"):
        way.call("files.content", file_id=file.id)


def test_a_lenient_mock_gives_it_back_all_the_same(make_way: MakeWay) -> None:
    way = make_way(validate="lenient")
    file = way.call("files.create", file=("a.txt", b"x"), purpose="assistants")
    assert way.call("files.content", file_id=file.id).content == b"x"


def test_a_file_is_gone_when_its_time_is_over(make_way: MakeWay) -> None:
    clock = FrozenClock()
    way = make_way(clock=clock)
    expiry = {"anchor": "created_at", "seconds": 3600}
    file = way.call("files.create", file=("a.png", b"x"), purpose="vision", expires_after=expiry)
    stays = way.call("files.create", file=("b.png", b"x"), purpose="vision")
    assert file.expires_at == file.created_at + 3600

    clock.advance(3599)
    assert way.call("files.content", file_id=file.id).content == b"x"
    clock.advance(1)
    for call in ("files.retrieve", "files.content", "files.delete"):
        with pytest.raises(NotFoundError, match=f"No such File object: {file.id}"):
            way.call(call, file_id=file.id)
    assert [each.id for each in way.call("files.list").data] == [stays.id]


def test_a_deleted_file_is_gone(way: Way) -> None:
    file = way.call("files.create", file=("a.png", b"x"), purpose="vision")
    assert way.call("files.delete", file_id=file.id).to_dict() == {"id": file.id, "object": "file", "deleted": True}
    with pytest.raises(NotFoundError) as caught:
        way.call("files.content", file_id=file.id)
    assert caught.value.param == "id"


def test_files_are_listed_newest_first_by_purpose_and_in_pages(way: Way) -> None:
    names = [f"{number}.{kind}" for number in range(3) for kind in ("jsonl", "png")]
    for name in names:
        way.call("files.create", file=(name, b"x"), purpose="batch" if "jsonl" in name else "vision")

    def listed(**query: object) -> list[str]:
        return [file.filename for file in way.call("files.list", **query).data]

    assert listed() == names[::-1]
    assert listed(order="asc") == names
    assert listed(purpose="batch") == ["2.jsonl", "1.jsonl", "0.jsonl"]
    page = way.call("files.list", limit=4)
    assert page.has_more
    assert listed(limit=4, after=page.data[-1].id) == names[1::-1]
    assert listed(limit=10_000) == names[::-1]
    with pytest.raises(BadRequestError, match="10001"):
        listed(limit=10_001)
    with pytest.raises(NotFoundError):
        listed(after="file-none")


def test_a_page_is_full_though_some_files_are_over() -> None:
    store, clock = MemoryStore(), FrozenClock()
    files = Files(store, clock)
    for number in range(20):
        files.make(f"file-{number}", "a", "vision", b"x", seconds=3600 if number % 2 else None)
    clock.advance(3600)
    page = files.page(limit=5, order="asc", after=None, purpose=None)
    assert [file["id"] for file in page.items] == ["file-0", "file-2", "file-4", "file-6", "file-8"]
    assert page.has_more
    assert store.open_file("/files/file-1/content") is None
    assert store.count(FILES) < 20


def test_waiting_for_a_file_to_be_processed_ends_at_once(way: Way) -> None:
    file = way.call("files.create", file=("a.jsonl", b"x"), purpose="batch")
    assert way.call("files.wait_for_processing", id=file.id).status == "processed"


def test_a_file_that_is_too_large_is_refused(make_way: MakeWay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "FILE_LIMIT", 1000)
    way = make_way()
    way.call("files.create", file=("a.png", b"x" * 1000), purpose="vision")
    with pytest.raises(BadRequestError, match=r"File is too large\."):
        way.call("files.create", file=("a.png", b"x" * 1001), purpose="vision")


def test_a_file_that_was_never_made_can_be_made_up(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    assert way.call("files.retrieve", file_id="file-mine").id == "file-mine"
    assert way.call("files.content", file_id="file-mine").content
    assert way.call("files.delete", file_id="file-mine").deleted
