"""Files as replies: what is heard and seen."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from openai_api_mock import Answer

from ..conftest import MakeWay, Way

SOUND, PICTURE = b"RIFF what is heard", b"PNG what is seen"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hello.wav").write_bytes(SOUND)
    (tmp_path / "cat.png").write_bytes(PICTURE)
    return tmp_path


def test_speech_is_the_file(way: Way, folder: Path) -> None:
    way.mock.audio.speech.create.reply(Answer(audio=folder / "hello.wav"))
    assert way.call("audio.speech.create", model="tts-1", voice="alloy", input="Hi").content == SOUND


def test_a_chat_in_speech_has_the_file_and_what_is_said_in_it(way: Way, folder: Path) -> None:
    way.mock.reply(Answer(text="Hello!", audio=str(folder / "hello.wav")))
    audio = {"voice": "alloy", "format": "wav"}
    message = way.chat(model="gpt-4o-audio-preview", modalities=["text", "audio"], audio=audio).choices[0].message
    assert (base64.b64decode(message.audio.data), message.audio.transcript) == (SOUND, "Hello!")


def test_images_are_the_files_over_again_where_more_are_asked_for(way: Way, folder: Path) -> None:
    way.mock.images.generate.reply(Answer(images=[folder / "cat.png", b"another"]))
    made = way.call("images.generate", model="gpt-image-1", prompt="A cat", n=3).data
    assert [base64.b64decode(image.b64_json) for image in made] == [PICTURE, b"another", PICTURE]


def test_an_image_by_url_is_fetched_as_it_was_given(make_way: MakeWay, folder: Path) -> None:
    way = make_way()
    way.mock.images.generate.reply(Answer(text="A cat, revised.", images=[folder / "cat.png"]))
    image = way.call("images.generate", model="dall-e-3", prompt="A cat").data[0]
    assert image.revised_prompt == "A cat, revised."
    assert httpx.get(image.url).content == PICTURE


def test_a_response_brings_the_images(way: Way, folder: Path) -> None:
    way.mock.reply(Answer(images=[folder / "cat.png"]))
    first = way.call("responses.create", model="gpt-5", input="Draw a cat").output[0]
    assert (first.type, base64.b64decode(first.result)) == ("image_generation_call", PICTURE)


def test_a_file_of_rules_names_files_beside_it(make_way: MakeWay, folder: Path) -> None:
    (folder / "rules.yaml").write_text(
        "rules:\n"
        "- {endpoint: audio.speech.create, reply: {audio: hello.wav}}\n"
        "- {endpoint: images.generate, reply: {images: [cat.png]}}\n"
        "- {endpoint: embeddings.create, reply: {vectors: {hat: [0.5, 1]}}}\n"
    )
    way = make_way(script=folder / "rules.yaml")
    assert way.call("audio.speech.create", model="tts-1", voice="alloy", input="Hi").content == SOUND
    made = way.call("images.generate", model="gpt-image-1", prompt="A cat").data[0]
    assert base64.b64decode(made.b64_json) == PICTURE
    embedding = way.call("embeddings.create", model="text-embedding-3-small", input="hat", encoding_format="float")
    assert embedding.data[0].embedding == [0.5, 1]
