"""Downloads: large files are read as they are sent, on every way, out of every store."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from openai_api_mock.resources.base import HELD
from openai_api_mock.wire import PART, FileBody

from ..conftest import MakeWay, Way

LARGE = random.Random(1).randbytes(3 * HELD + 1)


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, make_way: MakeWay, tmp_path: Path) -> Way:
    """A way in to a mock, with each store."""
    return make_way(store="memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/state.db")


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FileBody]]:
    """The files that replies lay in."""
    made: list[FileBody] = []
    closed: dict[int, threading.Event] = defaultdict(threading.Event)
    init, close = FileBody.__init__, FileBody.close

    def note(self: FileBody, file: Any) -> None:
        init(self, file)
        made.append(self)

    def closes(self: FileBody) -> None:
        close(self)
        closed[id(self)].set()

    monkeypatch.setattr(FileBody, "__init__", note)
    monkeypatch.setattr(FileBody, "close", closes)
    yield made
    assert all(body._file.closed or closed[id(body)].wait(10) for body in made)


def streamed(way: Way, id: str, *, between: Any = None, most: int | None = None) -> tuple[dict[str, str], bytes]:
    """A file's headers and bytes, as they come; `between` is called after the first of them."""
    if hasattr(way, "loop"):
        return way.loop.run_until_complete(_streamed_async(way, id, between, most))  # type: ignore[no-any-return]
    parts = []
    with way.client.files.with_streaming_response.content(id) as response:
        for part in response.iter_bytes(100_000):
            parts.append(part)
            if len(parts) == 1 and between is not None:
                between(way.client)
            if len(parts) == most:
                break
        return dict(response.headers), b"".join(parts)


async def _streamed_async(way: Way, id: str, between: Any, most: int | None) -> tuple[dict[str, str], bytes]:
    parts = []
    async with way.client.files.with_streaming_response.content(id) as response:
        async for part in response.iter_bytes(100_000):
            parts.append(part)
            if len(parts) == 1 and between is not None:
                await between(way.client)
            if len(parts) == most:
                break
        return dict(response.headers), b"".join(parts)


@pytest.mark.parametrize("size", [0, HELD, HELD + 1, len(LARGE)])
def test_a_file_of_any_size_comes_back_with_its_length(kept: Way, size: int, bodies: list[FileBody]) -> None:
    content = LARGE[:size]
    file = kept.call("files.create", file=("a.bin", content), purpose="vision")
    headers, came = streamed(kept, file.id)
    assert came == content
    assert headers["content-length"] == str(size) == str(file.bytes)
    assert "transfer-encoding" not in headers
    assert headers["content-type"] == "application/octet-stream"


def test_a_file_that_is_deleted_meanwhile_comes_to_its_end(kept: Way, bodies: list[FileBody]) -> None:
    file = kept.call("files.create", file=("a.bin", LARGE), purpose="vision")
    _, came = streamed(kept, file.id, between=lambda client: client.files.delete(file.id))
    assert came == LARGE
    with pytest.raises(openai.NotFoundError):
        kept.call("files.content", file_id=file.id)


def test_a_reader_that_leaves_early_leaves_no_file_open(kept: Way, bodies: list[FileBody]) -> None:
    file = kept.call("files.create", file=("a.bin", LARGE), purpose="vision")
    _, came = streamed(kept, file.id, most=1)
    assert came == LARGE[:100_000]


def test_only_a_part_of_a_file_is_held(kept: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    parts = FileBody.parts

    def spy(self: FileBody) -> Iterator[bytes]:
        for part in parts(self):
            sizes.append(len(part))
            yield part

    monkeypatch.setattr(FileBody, "parts", spy)
    monkeypatch.setattr(FileBody, "read", lambda self: pytest.fail("a large file was read whole"))
    file = kept.call("files.create", file=("a.bin", LARGE), purpose="vision")
    assert streamed(kept, file.id)[1] == LARGE
    assert max(sizes) <= PART
    assert sum(sizes) == len(LARGE)


def test_faults_strike_it_as_they_do_what_is_small(kept: Way, bodies: list[FileBody]) -> None:
    file = kept.call("files.create", file=("a.bin", LARGE), purpose="vision")
    kept.mock.files.content.fault("cut", bytes=200_000)
    came: list[bytes] = []
    with pytest.raises(Exception, match=r"(?i)incomplete|closed|payload"):
        came.append(streamed(kept, file.id)[1])
    assert not came
    assert streamed(kept, file.id)[1] == LARGE


def test_the_journal_keeps_small_files_alone(kept: Way) -> None:
    large = kept.call("files.create", file=("a.bin", LARGE), purpose="vision")
    small = kept.call("files.create", file=("a.json", b'{"a": 1}'), purpose="vision")
    kept.call("files.content", file_id=large.id)
    kept.call("files.content", file_id=small.id)
    assert [call.reply for call in kept.mock.calls[-2:]] == [None, {"a": 1}]
    assert [call.status for call in kept.mock.calls[-2:]] == [200, 200]


def test_files_of_containers_and_skills_are_downloaded_likewise(kept: Way, bodies: list[FileBody]) -> None:
    container = kept.call("containers.create", name="c")
    file = kept.call("containers.files.create", container_id=container.id, file=("a.bin", LARGE))
    content = kept.call("containers.files.content.retrieve", file_id=file.id, container_id=container.id)
    assert content.content == LARGE
    assert len(bodies) == 1
