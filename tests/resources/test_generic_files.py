"""Files and streams of operations without a handler."""

from __future__ import annotations

import io
import json
import struct
import wave
import zipfile
import zlib
from typing import Any

import jsonschema_rs
import openai
import pytest

from openai_api_mock.catalog import Operation
from openai_api_mock.engine import Engine
from openai_api_mock.generate.media import MEDIA_TYPES, media
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request, Stream

from ..conftest import MakeWay, Way
from .test_generic_results import operations

STREAMING = [each for each in operations() if each.stream is not None and each.stream_schema() is not None]


def test_a_zip_archive_unpacks() -> None:
    with zipfile.ZipFile(io.BytesIO(media("zip"))) as archive:
        assert archive.testzip() is None
        assert archive.read("SKILL.md").startswith(b"---\nname:")


def test_a_wav_file_plays() -> None:
    with wave.open(io.BytesIO(media("wav"))) as sound:
        assert 0.5 < sound.getnframes() / sound.getframerate() < 2


def test_a_png_file_shows() -> None:
    assert _png_size(media("png")) == (64, 64)


def test_an_mp4_file_is_boxes_in_boxes_around_a_picture() -> None:
    content = media("mp4")
    boxes = dict(_boxes(content))
    assert list(boxes) == [b"ftyp", b"moov", b"mdat"]
    track = dict(_boxes(dict(_boxes(boxes[b"moov"]))[b"trak"]))
    table = dict(_boxes(dict(_boxes(dict(_boxes(track[b"mdia"]))[b"minf"]))[b"stbl"]))
    (size,) = struct.unpack_from(">I", table[b"stsz"], 12)
    (offset,) = struct.unpack_from(">I", table[b"stco"], 8)
    assert _png_size(content[offset : offset + size]) == (64, 64)
    width, height = struct.unpack_from(">HH", table[b"stsd"], 40)
    assert (width, height) == (64, 64)


@pytest.mark.parametrize(("form", "start"), [
    ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF"), ("mp3", b""), ("bin", b"openai"),
])  # fmt: skip
def test_other_files_begin_as_they_must(form: str, start: bytes) -> None:
    assert media(form).startswith(start)
    assert form in MEDIA_TYPES


def test_what_was_uploaded_is_what_is_downloaded(way: Way) -> None:
    box = way.call("containers.create", name="box")
    file = way.call("containers.files.create", container_id=box.id, file=("note.txt", b"Take a hat."))

    assert file.id.startswith("cfile_")
    assert file.bytes == 11
    content = way.call("containers.files.content.retrieve", container_id=box.id, file_id=file.id)
    assert content.content == b"Take a hat."
    way.call("containers.files.delete", container_id=box.id, file_id=file.id)
    with pytest.raises(openai.NotFoundError):
        way.call("containers.files.content.retrieve", container_id=box.id, file_id=file.id)


def test_a_skill_downloads_as_an_archive(make_way: MakeWay) -> None:
    way = make_way(missing="synthesize")
    content = way.call("skills.content.retrieve", skill_id="skill_mine").content
    assert zipfile.is_zipfile(io.BytesIO(content))


@pytest.mark.parametrize("operation", STREAMING, ids=lambda operation: operation.key)
def test_every_stream_has_valid_events_in_order(operation: Operation) -> None:
    engine = Engine(options_from({"missing": "synthesize", "validate": "off", "legacy": "assistants,videos"}))
    engine._tables.handlers.clear()
    path = "/v1" + operation.path.replace("{", "").replace("}", "")
    query = "stream=true&beta=true" if operation.key.endswith("beta=true") else "stream=true"
    body = b'{"stream": true}' if operation.method == "POST" else b""
    reply = engine.handle(Request(operation.method, path, query, {}, body))

    assert isinstance(reply, Reply)
    assert isinstance(reply.body, Stream)
    validator = jsonschema_rs.validator_for(operation.stream_schema() or {})
    events = [event for event in map(_event, reply.body.chunks) if event[1] != "[DONE]"]
    for name, data in events:
        value = json.loads(data)
        wrapped = {"event": name, "data": value} if name.startswith("thread.") else value
        validator.validate(wrapped)
        assert name in ("", wrapped.get("type"), wrapped.get("event"))
    names = [name for name, _ in events if name]
    numbers = [json.loads(data).get("sequence_number") for _, data in events]
    assert numbers in ([None] * len(events), list(range(len(events))))
    for opening in (name for name in names if name.endswith(".created")):
        closing = opening.removesuffix("created") + "completed"
        if closing in names:
            assert names.index(opening) < names.index(closing)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_stream_of_what_is_made_up_tells_of_the_creation_of_what_it_creates_alone(make_way: MakeWay) -> None:
    way = make_way(legacy="assistants", missing="synthesize")

    def created(path: str, **named: Any) -> list[str]:
        events = [event.event for event in way.call(path, **named, stream=True)]
        assert events[-1] == "thread.run.completed"
        return [name for name in events if name in ("thread.created", "thread.run.created")]

    at = {"thread_id": "thread_abc"}
    runs = "beta.threads.runs"
    assert created("beta.threads.create_and_run", assistant_id="asst_abc") == ["thread.created", "thread.run.created"]
    assert created(f"{runs}.create", **at, assistant_id="asst_abc") == ["thread.run.created"]
    assert created(f"{runs}.submit_tool_outputs", **at, run_id="run_abc", tool_outputs=[]) == []


def _event(chunk: bytes) -> tuple[str, str]:
    fields = dict(line.split(": ", 1) for line in chunk.decode().strip().split("\n"))
    return fields.get("event", ""), fields["data"]


def _boxes(content: bytes) -> Any:
    at = 0
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        assert size >= 8
        yield name, content[at + 8 : at + size]
        at += size


def _png_size(content: bytes) -> tuple[int, int]:
    """The size that a PNG says it has, once its rows are found to be there."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size, channels = 8, b"", (0, 0), 3
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(kind + body),)
        if kind == b"IHDR":
            size, channels = (body_size := struct.unpack_from(">II", body)), {2: 3, 3: 1, 6: 4, 0: 1}[body[9]]
            assert body_size
            assert body[8] in (1, 2, 4, 8)
            depth = body[8]
        data += body if kind == b"IDAT" else b""
        at += length + 12
    rows = zlib.decompress(data)
    assert len(rows) == size[1] * (1 + -(-size[0] * channels * depth // 8))
    return size
