"""Checks of content's provenance, and the safety alerts and cases that nobody can make by the API."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from openai import BadRequestError

from ..conftest import MakeWay, Way

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def made(way: Way, kind: str) -> bytes:
    """A file of that kind, as the API would make it."""
    if kind in ("mp3", "wav", "flac", "opus"):
        spoken = way.call("audio.speech.create", model="tts-1", voice="alloy", input="Hi", response_format=kind)
        return bytes(spoken.content)
    if kind == "gif":
        return GIF
    images = way.call("images.generate", model="gpt-image-1", prompt="A cat", output_format=kind)
    return base64.b64decode(images.data[0].b64_json)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif"])
def test_an_image_is_checked_for_both_signals(way: Way, kind: str) -> None:
    check = way.call("content_provenance_checks.create", file=(f"a.{kind}", made(way, kind)))
    assert check.object == "content_provenance_check"
    assert [(result.type, result.outcome) for result in check.results] == [
        ("c2pa", "not_detected"),
        ("synthid", "not_detected"),
    ]
    assert check.results[0].validation_state == "not_present"


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "opus"])
def test_a_recording_is_checked_for_the_watermark_alone(way: Way, kind: str) -> None:
    check = way.call("content_provenance_checks.create", file=(f"a.{kind}", made(way, kind)))
    assert [result.type for result in check.results] == ["synthid"]


def test_another_file_is_refused_and_a_lenient_mock_takes_it(make_way: MakeWay) -> None:
    with pytest.raises(BadRequestError, match="PNG, JPEG, WebP or GIF"):
        make_way().call("content_provenance_checks.create", file=("a.txt", b"Hello"))
    lenient = make_way(validate="lenient")
    assert len(lenient.call("content_provenance_checks.create", file=("a.txt", b"Hello")).results) == 1


def test_what_is_found_is_up_to_the_script(way: Way) -> None:
    found: dict[str, Any] = {"type": "c2pa", "outcome": "detected", "validation_state": "trusted", "issuer": "OpenAI"}
    way.mock.content_provenance_checks.create.reply(fields={"results": [found]})
    check = way.call("content_provenance_checks.create", file=("a.gif", GIF))
    assert (check.results[0].outcome, check.results[0].issuer) == ("detected", "OpenAI")


def test_an_alert_is_there_under_any_id_and_says_the_same_each_time(way: Way) -> None:
    alert = way.call("safety.alerts.retrieve", id="alert_1")
    assert (alert.id, alert.object) == ("alert_1", "safety.alert")
    assert way.call("safety.alerts.retrieve", id="alert_1").to_dict() == alert.to_dict()
    way.mock.safety.alerts.retrieve.reply(fields={"error_type": "other", "response_id": "resp_1"})
    alert = way.call("safety.alerts.retrieve", id="alert_2")
    assert (alert.error_type, alert.response_id) == ("other", "resp_1")
    case = way.call("safety.cases.retrieve", id="case_1")
    assert (case.id, case.object, case.notice.type in ("warning", "deactivation")) == ("case_1", "safety.case", True)
