"""Uploads."""

from __future__ import annotations

import hashlib
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI

from openai_api_mock import mock_openai
from openai_api_mock.resources import uploads

from ..conftest import MakeWay, Way

FILE = b"".join(b"%d," % number for number in range(1000))
PARTS = [FILE[:1000], FILE[1000:1010], FILE[1010:]]


def begin(way: Way, size: int = len(FILE), **more: Any) -> Any:
    arguments = {"filename": "numbers.jsonl", "mime_type": "text/jsonl", "purpose": "batch", **more}
    return way.call("uploads.create", bytes=size, **arguments)


def add(way: Way, upload: Any, *parts: bytes) -> list[str]:
    return [way.call("uploads.parts.create", upload_id=upload.id, data=part).id for part in parts]


def complete(way: Way, upload: Any, ids: list[str], **more: Any) -> Any:
    return way.call("uploads.complete", upload_id=upload.id, part_ids=ids, **more)


def test_an_upload_is_pending_until_its_parts_make_the_file(way: Way) -> None:
    upload = begin(way)
    assert upload.to_dict() == {
        "id": upload.id,
        "object": "upload",
        "bytes": len(FILE),
        "created_at": upload.created_at,
        "filename": "numbers.jsonl",
        "purpose": "batch",
        "status": "pending",
        "expires_at": upload.created_at + 3600,
        "file": None,
    }
    part = way.call("uploads.parts.create", upload_id=upload.id, data=PARTS[0])
    assert part.to_dict() == {
        "id": part.id,
        "object": "upload.part",
        "created_at": part.created_at,
        "upload_id": upload.id,
    }
    done = complete(way, upload, [part.id, *add(way, upload, *PARTS[1:])], md5=hashlib.md5(FILE).hexdigest())
    assert done.status == "completed"
    assert (done.file.bytes, done.file.filename, done.file.purpose) == (len(FILE), "numbers.jsonl", "batch")
    assert way.call("files.retrieve", file_id=done.file.id) == done.file
    assert way.call("files.content", file_id=done.file.id).content == FILE


def test_parts_may_come_in_any_order(way: Way) -> None:
    for order in permutations(range(3)):
        upload = begin(way)
        ids = dict(zip(order, add(way, upload, *(PARTS[at] for at in order)), strict=True))
        file = complete(way, upload, [ids[at] for at in range(3)]).file
        assert way.call("files.content", file_id=file.id).content == FILE


def test_a_part_that_isnt_named_isnt_in_the_file(way: Way) -> None:
    upload = begin(way, len(PARTS[0]))
    ids = add(way, upload, *PARTS)
    file = complete(way, upload, ids[:1]).file
    assert way.call("files.content", file_id=file.id).content == PARTS[0]


def test_what_doesnt_make_the_file_is_refused_and_can_be_mended(way: Way) -> None:
    upload = begin(way)
    ids = add(way, upload, *PARTS)
    for wrong, message in (
        (ids[:2], f"come to 1010 bytes, but the upload was created for {len(FILE)} bytes"),
        ([*ids, ids[0]], f"Part {ids[0]} is named more than once"),
        ([*ids, "part_none"], "No such Part object: part_none"),
    ):
        with pytest.raises(BadRequestError, match=message):
            complete(way, upload, wrong)
    with pytest.raises(BadRequestError, match=f"The md5 of the parts is {hashlib.md5(FILE).hexdigest()}, not abc"):
        complete(way, upload, ids, md5="abc")
    assert complete(way, upload, ids).status == "completed"


def test_what_is_over_takes_nothing_more(make_way: MakeWay) -> None:
    way = make_way(clock="frozen")
    done, gone, late = begin(way), begin(way), begin(way)
    ids = {upload.id: add(way, upload, FILE) for upload in (done, gone, late)}
    complete(way, done, ids[done.id])
    assert way.call("uploads.cancel", upload_id=gone.id).status == "cancelled"
    way.mock.clock.advance(3600)
    for upload, status in ((done, "completed"), (gone, "cancelled"), (late, "expired")):
        for act in (
            lambda upload=upload: add(way, upload, b"more"),
            lambda upload=upload: complete(way, upload, ids[upload.id]),
            lambda upload=upload: way.call("uploads.cancel", upload_id=upload.id),
        ):
            with pytest.raises(BadRequestError, match=f"Cannot change an upload with status '{status}'"):
                act()
    assert len(way.call("files.list").data) == 1
    store = way.mock.engine.store
    assert [path for path in store.collections() if "parts" in path] == []
    assert store.open_file(f"/uploads/{late.id}/parts/{ids[late.id][0]}/content") is None


def test_an_upload_that_isnt_there(way: Way) -> None:
    with pytest.raises(NotFoundError, match="No such Upload object: upload_none"):
        way.call("uploads.parts.create", upload_id="upload_none", data=b"x")


def test_sizes_are_held_against_their_bounds(make_way: MakeWay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART_LIMIT", 100)
    monkeypatch.setattr(uploads, "LIMIT", 250)
    way = make_way()
    with pytest.raises(BadRequestError, match="Expected a value <= 250, but got 251"):
        begin(way, 251)
    with pytest.raises(BadRequestError, match="Expected a value >= 1, but got 0"):
        begin(way, 0)
    upload = begin(way, 250)
    add(way, upload, b"x" * 100, b"x" * 100)
    with pytest.raises(APIStatusError, match="at most 100 bytes, but got 101") as caught:
        add(way, upload, b"x" * 101)
    assert caught.value.status_code == 413
    with pytest.raises(BadRequestError, match="Expected a value <= 250, but got 300"):
        add(way, upload, b"x" * 100)
    with pytest.raises(BadRequestError, match=r"'expires_after.seconds'.*>= 3600"):
        begin(way, 1, expires_after={"anchor": "created_at", "seconds": 1})


def test_the_files_time_begins_when_it_is_there(make_way: MakeWay) -> None:
    way = make_way(clock="frozen")
    upload = begin(way, expires_after={"anchor": "created_at", "seconds": 7200})
    ids = add(way, upload, FILE)
    way.mock.clock.advance(1000)
    assert complete(way, upload, ids).file.expires_at == upload.created_at + 1000 + 7200


def test_the_sdk_uploads_a_file_in_chunks(way: Way, tmp_path: Path) -> None:
    content = random.Random(0).randbytes(5_000_000)
    path = tmp_path / "large.jsonl"
    path.write_bytes(content)
    upload = way.call(
        "uploads.upload_file_chunked",
        file=path,
        mime_type="text/jsonl",
        purpose="batch",
        part_size=1_500_000,
        md5=hashlib.md5(content).hexdigest(),
    )
    assert upload.status == "completed"
    assert way.call("files.content", file_id=upload.file.id).content == content
    assert len(way.mock.uploads.parts.create.calls) == 4


class UploadsOfAModel(RuleBasedStateMachine):
    """Uploads against what a dict of theirs says."""

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_openai(clock="frozen")
        self.client = OpenAI()
        self.parts: dict[str, dict[str, bytes]] = {}
        self.sizes: dict[str, int] = {}
        self.status: dict[str, str] = {}
        self.begun: dict[str, float] = {}
        self.files: dict[str, bytes] = {}

    def teardown(self) -> None:
        self.client.close()
        self.mock.stop()

    @rule(size=st.integers(1, 6))
    def create(self, size: int) -> None:
        upload = self.client.uploads.create(bytes=size, filename="a", mime_type="text/plain", purpose="vision")
        self.parts[upload.id], self.sizes[upload.id], self.status[upload.id] = {}, size, "pending"
        self.begun[upload.id] = self.mock.clock.time()

    @precondition(lambda self: self.status)
    @rule(data=st.data(), content=st.binary(min_size=0, max_size=3))
    def add(self, data: st.DataObject, content: bytes) -> None:
        id = data.draw(st.sampled_from(sorted(self.status)))
        part = self.may(id, lambda: self.client.uploads.parts.create(id, data=content))
        if part is not None:
            self.parts[id][part.id] = content

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.status)))
        ids = data.draw(st.lists(st.sampled_from(sorted(self.parts[id])), unique=True)) if self.parts[id] else []
        content = b"".join(self.parts[id][part] for part in ids)
        fits = len(content) == self.sizes[id]
        done = self.may(id, lambda: self.client.uploads.complete(id, part_ids=ids), fits=fits)
        if done is not None:
            self.status[id] = done.status
            self.files[done.file.id] = content

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.status)))
        done = self.may(id, lambda: self.client.uploads.cancel(id))
        if done is not None:
            self.status[id] = done.status

    @rule(seconds=st.sampled_from([1, 1800, 3600]))
    def wait(self, seconds: int) -> None:
        self.mock.clock.advance(seconds)
        for id, begun in self.begun.items():
            if self.status[id] == "pending" and self.mock.clock.time() >= int(begun) + 3600:
                self.status[id] = "expired"

    @invariant()
    def files_are_what_was_put_together(self) -> None:
        assert {file.id for file in self.client.files.list()} == set(self.files)
        for id, content in self.files.items():
            assert self.client.files.content(id).content == content

    def may(self, id: str, act: Any, *, fits: bool = True) -> Any:
        """What the call gives; None where it is refused, as it must be."""
        allowed = self.status[id] == "pending" and fits
        try:
            done = act()
        except BadRequestError:
            assert not allowed
            return None
        assert allowed
        return done


UploadsOfAModel.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestUploadsOfAModel = UploadsOfAModel.TestCase
