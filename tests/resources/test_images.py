from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image

from openai_api_mock.catalog import Catalog
from openai_api_mock.engine import Engine
from openai_api_mock.options import options_from
from openai_api_mock.wire import Reply, Request

from ..conftest import MakeWay, Way
from ..generate.test_pictures import caption_of, read

PROMPT = "A fox in the snow"
GPT = {"model": "gpt-image-1", "prompt": PROMPT}


def png(size: tuple[int, int] = (64, 64), mode: str = "RGBA", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form)
    return out.getvalue()


FILE = ("fox.png", png(), "image/png")


def image_of(data: Any) -> Image.Image:
    return opened(base64.b64decode(data.b64_json))


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


# For what doesn't depend on the way in.
only_sync = pytest.mark.parametrize("make_way", ["sync"], indirect=True)


# Generations


def test_gpt_image_models_give_the_image_itself(way: Way) -> None:
    reply = way.call("images.generate", **GPT)

    assert (reply.background, reply.output_format, reply.quality, reply.size) == ("opaque", "png", "high", "1024x1024")
    (data,) = reply.data
    assert data.url is None
    image = image_of(data)
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (1024, 1024))
    assert read(image, caption_of(PROMPT, 1024, 1024)) == PROMPT
    usage = reply.usage
    assert usage.input_tokens == usage.input_tokens_details.text_tokens == 5
    assert usage.input_tokens_details.image_tokens == 0
    assert usage.output_tokens == 4160
    assert usage.total_tokens == 4165


@pytest.mark.parametrize("form", ["png", "webp"])
def test_a_transparent_background_is_transparent(way: Way, form: str) -> None:
    reply = way.call("images.generate", **GPT, background="transparent", output_format=form, size="1536x1024")

    assert (reply.background, reply.output_format, reply.size) == ("transparent", form, "1536x1024")
    image = image_of(reply.data[0])
    assert (image.format, image.mode, image.size) == (form.upper(), "RGBA", (1536, 1024))
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert read(image, caption_of(PROMPT, 1536, 1024)) == PROMPT


def test_a_jpeg_is_smaller_the_more_it_is_compressed(way: Way) -> None:
    replies = [way.call("images.generate", **GPT, output_format="jpeg", output_compression=c) for c in (20, 90)]

    assert all(image_of(reply.data[0]).format == "JPEG" for reply in replies)
    assert len(replies[0].data[0].b64_json) < len(replies[1].data[0].b64_json)


def test_n_images_differ_and_usage_sums_them(way: Way) -> None:
    reply = way.call("images.generate", **GPT, n=3, quality="low")

    assert len({data.b64_json for data in reply.data}) == 3
    assert reply.usage.output_tokens == 3 * 272
    assert reply.quality == "low"


def test_the_same_request_gives_the_same_image_and_another_seed_another(make_way: MakeWay) -> None:
    first, again, other = (make_way(seed=seed).call("images.generate", **GPT).data for seed in (1, 1, 2))

    assert first == again
    assert first != other


@only_sync
def test_newer_models_make_images_of_any_size(way: Way) -> None:
    reply = way.call("images.generate", model="gpt-image-2", prompt=PROMPT, size="1536x864", quality="medium")

    assert reply.size == "1536x864"
    assert image_of(reply.data[0]).size == (1536, 864)
    assert reply.usage.output_tokens == round(1056 * 1536 * 864 / 1024**2)


@only_sync
def test_who_asked_is_echoed(way: Way) -> None:
    assert way.call("images.generate", **GPT).safety_identifier is None
    assert way.call("images.generate", **GPT, user="u").safety_identifier == "u"
    assert way.call("images.generate", **GPT, user="u", safety_identifier="s").safety_identifier == "s"


# Streams


@pytest.mark.parametrize("partial_images", [0, 1, 3])
def test_a_stream_is_unfinished_images_and_then_the_object(way: Way, partial_images: int) -> None:
    arguments = {**GPT, "partial_images": partial_images, "size": "1024x1536", "user": "u"}
    whole = way.call("images.generate", **arguments)
    *partial, completed = way.call("images.generate", **arguments, stream=True)

    assert [(event.type, event.partial_image_index) for event in partial] == [
        ("image_generation.partial_image", index) for index in range(partial_images)
    ]
    assert all(image_of(event).size == (1024, 1536) for event in partial)
    assert len({event.b64_json for event in (*partial, completed)}) == partial_images + 1
    assert completed.type == "image_generation.completed"
    fields = ("background", "output_format", "quality", "safety_identifier", "size")
    assert [getattr(completed, name) for name in fields] == [getattr(whole, name) for name in fields]
    assert completed.b64_json == whole.data[0].b64_json
    assert completed.usage.to_dict() == whole.usage.to_dict()
    assert completed.usage.output_tokens == 6240 + 100 * partial_images


def test_a_stream_shows_the_image_that_is_given_without_one(way: Way) -> None:
    assert way.call("images.generate", **GPT, stream=True, partial_images=2)[-1].b64_json == (
        way.call("images.generate", **GPT).data[0].b64_json
    )


def stream_of(**body: Any) -> list[bytes]:
    engine = Engine(options_from({}))
    content = json.dumps({**GPT, "stream": True, **body}).encode()
    reply = engine.handle(Request("POST", "/v1/images/generations", body=content))
    assert isinstance(reply, Reply)
    assert not isinstance(reply.body, bytes)
    assert ("content-type", "text/event-stream; charset=utf-8") in reply.headers
    return list(reply.body.chunks)


def test_events_are_named_and_fit_the_sdks_types() -> None:
    import jsonschema_rs

    schema = Catalog.load().operation("POST /images/generations").stream_schema()
    assert schema is not None
    for chunk in stream_of(partial_images=3, size="1024x1024"):
        name, data, *rest = chunk.decode().split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert rest == ["", ""]
        assert name == f"event: {event['type']}"
        assert "sequence_number" not in event
        jsonschema_rs.validate(schema, event)


def test_several_images_stream_one_after_another() -> None:
    names = [chunk.decode().partition("\n")[0].rpartition(".")[2] for chunk in stream_of(partial_images=1, n=2)]
    assert names == ["partial_image", "completed"] * 2


def test_edits_have_events_of_their_own(way: Way) -> None:
    events = way.call("images.edit", image=FILE, **GPT, stream=True, partial_images=1)

    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    assert image_of(events[-1]).size == (1024, 1024)


# Edits and variations


def test_an_edit_takes_several_images_and_a_mask(way: Way) -> None:
    images = [FILE, ("b.webp", png((500, 250), "RGB", "WEBP"), "image/webp"), ("c.jpg", png((9, 9), "RGB", "JPEG"))]
    reply = way.call("images.edit", image=images, mask=("mask.png", png(), "image/png"), **GPT, quality="low")

    assert read(image_of(reply.data[0]), caption_of(PROMPT, 1024, 1024)) == PROMPT
    assert reply.usage.input_tokens_details.image_tokens == (65 + 129) + (65 + 2 * 129) + (65 + 129)
    assert reply.usage.output_tokens == 272


def test_an_edit_depends_on_what_is_in_the_file(way: Way) -> None:
    first, again, other = (
        way.call("images.edit", image=("a.png", png(size), "image/png"), **GPT).data
        for size in ((64, 64), (64, 64), (65, 65))
    )
    assert first == again
    assert first != other


@only_sync
@pytest.mark.parametrize(
    ("model", "sent", "made"),
    [
        ("gpt-image-1", (300, 200), "1536x1024"),
        ("gpt-image-1", (200, 900), "1024x1536"),
        ("gpt-image-1", (50, 51), "1024x1024"),
        ("gpt-image-2", (1280, 720), "1280x720"),
        ("gpt-image-2", (1279, 720), "1536x1024"),
        ("dall-e-2", (77, 77), "1024x1024"),
    ],
)
def test_an_edits_size_is_its_images_as_far_as_the_model_can(
    way: Way, model: str, sent: tuple[int, int], made: str
) -> None:
    legacy = {"response_format": "b64_json"} if model == "dall-e-2" else {"size": "auto"}
    reply = way.call("images.edit", image=("a.png", png(sent), "image/png"), model=model, prompt=PROMPT, **legacy)
    assert "{}x{}".format(*image_of(reply.data[0]).size) == made


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_variations_are_images_of_the_same_file(way: Way) -> None:
    reply = way.call("images.create_variation", image=FILE, n=2, size="512x512", response_format="b64_json")

    images = [image_of(data) for data in reply.data]
    caption = "Variation of fox.png"
    assert [read(image, caption_of(caption, 512, 512)) for image in images] == [caption] * 2
    assert images[0].tobytes() != images[1].tobytes()


# Scripts


def test_a_scripted_text_is_the_caption(way: Way) -> None:
    way.mock.images.generate.reply("Two foxes")
    way.mock.images.generate.reply("Three foxes")

    assert read(image_of(way.call("images.generate", **GPT).data[0]), caption_of("Two foxes", 1024, 1024)) == (
        "Two foxes"
    )
    reply = way.call("images.generate", model="dall-e-3", prompt=PROMPT)
    assert reply.data[0].revised_prompt == "Three foxes"
