"""Videos, which are there for who says that they should be."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import openai
import pytest

from openai_api_mock.generate.media_archives import mp4
from openai_api_mock.generate.pictures import Picture, render

from ..conftest import MakeWay, Way

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def videos(make_way: MakeWay) -> Way:
    return make_way(legacy="videos")


def test_they_are_gone_unless_asked_for(way: Way) -> None:
    for method, path, arguments in (
        ("POST", "create", {"prompt": "A cat"}),
        ("GET", "list", {}),
        ("GET", "retrieve", {"video_id": "video_a"}),
        ("GET", "download_content", {"video_id": "video_a"}),
    ):
        with pytest.raises(openai.NotFoundError, match=rf"Invalid URL \({method} /v1/videos"):
            way.call(f"videos.{path}", **arguments)


def test_a_video_is_queued_made_and_downloaded(videos: Way) -> None:
    made = videos.call("videos.create", prompt="A cat", seconds="8", size="1280x720", model="sora-2-pro")
    assert made.id.startswith("video_")
    assert (made.status, made.progress, made.seconds, made.size) == ("queued", 0, "8", "1280x720")
    done = videos.call("videos.retrieve", video_id=made.id)
    assert (done.status, done.progress, done.model) == ("completed", 100, "sora-2-pro")
    assert done.expires_at == done.completed_at + 3600
    content = videos.call("videos.download_content", video_id=made.id)
    assert content.response.headers["content-type"] == "video/mp4"
    assert content.content[4:8] == b"ftyp"
    pillow = pytest.importorskip("PIL.Image")
    for variant, form, size in (("thumbnail", "WEBP", (1280, 720)), ("spritesheet", "JPEG", (320, 180))):
        image = pillow.open(
            io.BytesIO(videos.call("videos.download_content", video_id=made.id, variant=variant).content)
        )
        assert (image.format, image.size) == (form, size)


def test_the_helper_that_polls_ends(videos: Way) -> None:
    done = videos.call("videos.create_and_poll", prompt="A cat", seconds="4")
    assert done.status == "completed"


def test_it_shows_how_far_it_is(make_way: MakeWay) -> None:
    way = make_way(legacy="videos", advance="polls:8")
    id = way.call("videos.create", prompt="A cat").id
    shown = [way.call("videos.retrieve", video_id=id) for _ in range(8)]
    assert [(each.status, each.progress) for each in shown] == [
        ("queued", 0), ("queued", 0), ("queued", 0), ("in_progress", 0), ("in_progress", 25), ("in_progress", 50),
        ("in_progress", 75), ("completed", 100),
    ]  # fmt: skip


def test_it_can_be_told_to_fail(make_way: MakeWay) -> None:
    way = make_way(legacy="videos", advance="manual")
    id = way.call("videos.create", prompt="A cat").id
    with pytest.raises(openai.NotFoundError, match="not ready"):
        way.call("videos.download_content", video_id=id)
    way.mock.videos.fail(id, "No cats.", code="moderation_blocked")
    failed = way.call("videos.retrieve", video_id=id)
    assert (failed.status, failed.error.code, failed.error.message) == ("failed", "moderation_blocked", "No cats.")


def test_a_remix_is_like_what_it_is_of(videos: Way) -> None:
    first = videos.call("videos.create", prompt="A cat", seconds="12", size="1024x1792").id
    remix = videos.call("videos.remix", video_id=first, prompt="A dog")
    assert (remix.remixed_from_video_id, remix.seconds, remix.size) == (first, "12", "1024x1792")
    assert [each.id for each in videos.call("videos.list").data] == [remix.id, first]
    assert videos.call("videos.delete", video_id=first).object == "video.deleted"
    with pytest.raises(openai.NotFoundError):
        videos.call("videos.retrieve", video_id=first)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="there is no ffprobe")
def test_a_player_finds_the_video_as_long_and_large_as_asked(tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_bytes(mp4(render(Picture("A cat", 720, 1280, b"cat"), "png"), 720, 1280, 8))
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(file)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    [stream] = told["streams"]
    assert (stream["width"], stream["height"], int(stream["nb_read_frames"])) == (720, 1280, 8)
    assert float(told["format"]["duration"]) == 8
