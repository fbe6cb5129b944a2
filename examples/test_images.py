"""Tests of an application that makes images. What it gets are real ones, with the prompt written on them."""

from __future__ import annotations

import base64
import struct

import pytest
from openai import BadRequestError, OpenAI

from openai_api_mock import OpenAIMock


def illustrate(title: str, transparent: bool = False) -> bytes:
    """The application: a PNG for an article."""
    images = OpenAI().images.generate(
        model="gpt-image-1",
        prompt=f"An illustration of {title}",
        size="1536x1024",
        background="transparent" if transparent else "opaque",
    )
    assert images.data
    return base64.b64decode(images.data[0].b64_json or "")


def preview(title: str) -> list[bytes]:
    """The application: the image as it comes into being, the last one finished."""
    stream = OpenAI().images.generate(model="gpt-image-1", prompt=title, stream=True, partial_images=2)
    return [base64.b64decode(event.b64_json) for event in stream]


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack_from(">II", png, 16)
    return width, height


def test_an_illustration_has_its_size(openai_mock: OpenAIMock) -> None:
    assert size_of(illustrate("a fox in the snow")) == (1536, 1024)
    assert openai_mock.calls[-1].body["prompt"] == "An illustration of a fox in the snow"


def test_the_same_prompt_gives_the_same_image(openai_mock: OpenAIMock) -> None:
    assert illustrate("a fox") == illustrate("a fox")
    assert illustrate("a fox") != illustrate("an owl")
    assert illustrate("a fox") != illustrate("a fox", transparent=True)


def test_a_preview_gets_better_and_better(openai_mock: OpenAIMock) -> None:
    pictures = preview("a fox")
    assert len(set(pictures)) == 3
    assert {size_of(picture) for picture in pictures} == {(1024, 1024)}


def test_dall_e_says_how_it_understood_the_prompt(openai_mock: OpenAIMock) -> None:
    openai_mock.images.generate.reply("A red fox, sitting, in oil")

    images = OpenAI().images.generate(model="dall-e-3", prompt="a fox")
    assert images.data
    assert images.data[0].revised_prompt == "A red fox, sitting, in oil"
    assert images.data[0].url  # fetch it with any library: the mock serves it


def test_a_size_that_does_not_exist(openai_mock: OpenAIMock) -> None:
    with pytest.raises(BadRequestError, match="Supported values are: '1024x1024'"):
        OpenAI().images.generate(model="gpt-image-1", prompt="a fox", size="123x45")
