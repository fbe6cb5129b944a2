from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_api_mock import Answer
from openai_api_mock.resources.images_models import FAMILIES

from ..conftest import MakeWay, Way
from .test_images import FILE, GPT, PROMPT, image_of, only_sync, png


def refused(way: Way, path: str = "images.generate", **arguments: Any) -> dict[str, Any]:
    with pytest.raises(openai.BadRequestError) as caught:
        way.call(path, **{"prompt": PROMPT, **arguments})
    assert isinstance(caught.value.body, dict)
    return caught.value.body


REFUSALS: list[tuple[dict[str, Any], str, str | None, str | None]] = [
    (
        {**GPT, "size": "123x45"},
        ("Invalid value: '123x45'. Supported values are: '1024x1024', '1024x1536', '1536x1024', and 'auto'."),
        "size",
        "invalid_value",
    ),
    (
        {**GPT, "response_format": "b64_json"},
        "Unknown parameter: 'response_format'.",
        "response_format",
        "unknown_parameter",
    ),
    ({**GPT, "style": "vivid"}, "Unknown parameter: 'style'.", "style", "unknown_parameter"),
    (
        {"model": "dall-e-3", "background": "opaque"},
        "Unknown parameter: 'background'.",
        "background",
        "unknown_parameter",
    ),
    (
        {**GPT, "quality": "hd"},
        "Invalid value: 'hd'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
        "quality",
        "invalid_value",
    ),
    (
        {**GPT, "quality": "best"},
        (
            "Invalid value: 'best'. Supported values are: 'low', 'medium', 'high', 'xhigh', "
            "'max', 'auto', 'standard', and 'hd'."
        ),
        "quality",
        "invalid_value",
    ),
    (
        {**GPT, "moderation": "none"},
        "Invalid value: 'none'. Supported values are: 'low' and 'auto'.",
        "moderation",
        "invalid_value",
    ),
    (
        {**GPT, "n": 11},
        "Invalid 'n': integer above maximum value. Expected a value <= 10, but got 11 instead.",
        "n",
        "integer_above_max_value",
    ),
    (
        {**GPT, "prompt": "x" * 32_001},
        (
            "Invalid 'prompt': string too long. Expected a string with maximum length 32000, "
            "but got a string with length 32001 instead."
        ),
        "prompt",
        "string_above_max_length",
    ),
    (
        {**GPT, "partial_images": 4},
        ("Invalid 'partial_images': integer above maximum value. Expected a value <= 3, but got 4 instead."),
        "partial_images",
        "integer_above_max_value",
    ),
    (
        {**GPT, "output_format": "gif"},
        "Invalid value: 'gif'. Supported values are: 'png', 'webp', and 'jpeg'.",
        "output_format",
        "invalid_value",
    ),
    (
        {**GPT, "output_format": "jpeg", "background": "transparent"},
        "Transparent background is not supported for JPEG output format",
        "background",
        "invalid_value",
    ),
    (
        {**GPT, "output_compression": 50},
        "Compression less than 100 is not supported for PNG output format",
        None,
        "invalid_png_output_compression",
    ),
    (
        {"model": "gpt-image-2", "size": "1000x1000"},
        ("Invalid size '1000x1000'. Width and height must both be divisible by 16."),
        "size",
        "invalid_value",
    ),
    (
        {"model": "gpt-image-2", "size": "4096x4096"},
        ("Invalid size '4096x4096'. The longest edge must be less than or equal to 3840."),
        "size",
        "invalid_value",
    ),
    (
        {"model": "gpt-image-2", "size": "512x512"},
        ("Invalid size '512x512'. Requested resolution is below the current minimum pixel budget."),
        "size",
        "invalid_value",
    ),
    (
        {"model": "gpt-image-2", "size": "3840x3840"},
        ("Invalid size '3840x3840'. Requested resolution exceeds the current pixel budget."),
        "size",
        "invalid_value",
    ),
    (
        {"model": "gpt-image-2", "size": "3200x800"},
        ("Invalid size '3200x800'. The aspect ratio must be between 1:3 and 3:1."),
        "size",
        "invalid_value",
    ),
    (
        {"model": "gpt-image-2", "size": "large"},
        ("Invalid value: 'large'. Supported values are: '1024x1024', '1024x1536', '1536x1024', and 'auto'."),
        "size",
        "invalid_value",
    ),
    ({"model": "dall-e-3", "n": 2}, "You must provide n=1 for this model.", None, None),
    ({"model": "dall-e-3", "size": "256x256"}, "The size is not supported by this model.", None, "invalid_size"),
    (
        {"model": "dall-e-2", "size": "1x1"},
        "'1x1' is not one of ['256x256', '512x512', '1024x1024'] - 'size'",
        None,
        None,
    ),
    ({"model": "dall-e-3", "quality": "high"}, "'high' is not one of ['standard', 'hd'] - 'quality'", None, None),
    (
        {"model": "dall-e-2", "prompt": "x" * 1192},
        ("Prompt must be length 1000 or less. Your prompt length is 1192. Please reduce your prompt length."),
        None,
        None,
    ),
]


@only_sync
@pytest.mark.parametrize(("arguments", "message", "param", "code"), REFUSALS, ids=lambda value: None)
def test_a_generation_is_refused_in_the_apis_words(
    way: Way, arguments: dict[str, Any], message: str, param: str | None, code: str | None
) -> None:
    error = refused(way, **arguments)
    assert (error["message"], error["param"], error["code"]) == (message, param, code)


BROKEN = ("fox.png", b"no image at all", "image/png")
EDIT_REFUSALS: list[tuple[dict[str, Any], str, str | None, str | None]] = [
    (
        {**GPT, "image": [FILE, BROKEN]},
        "Invalid image file or mode for image 2, please check your image file.",
        "image",
        "invalid_image_file",
    ),
    (
        {**GPT, "image": b"bytes without a name"},
        (
            "Invalid file 'image': unsupported mimetype "
            "('application/octet-stream'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
        ),
        "image",
        "unsupported_file_mimetype",
    ),
    (
        {**GPT, "image": [FILE] * 17},
        (
            "Invalid 'image': array too long. Expected an array with maximum length 16, but "
            "got an array with length 17 instead."
        ),
        "image",
        "array_above_max_length",
    ),
    (
        {**GPT, "image": FILE, "mask": ("m.png", png((1, 1)), "image/png")},
        "Invalid mask image format - mask size does not match image size",
        "mask",
        "invalid_mask_image_format",
    ),
    (
        {**GPT, "image": FILE, "mask": BROKEN},
        "Invalid mask image format - mask size does not match image size",
        "mask",
        "invalid_mask_image_format",
    ),
    (
        {"model": "dall-e-2", "image": ("f.jpg", png(mode="RGB", form="JPEG"))},
        "Uploaded image must be a PNG and less than 4 MB.",
        None,
        None,
    ),
    (
        {"model": "dall-e-2", "image": ("f.png", png() + bytes(4 * 1024 * 1024))},
        "Uploaded image must be a PNG and less than 4 MB.",
        None,
        None,
    ),
    (
        {"model": "dall-e-3", "image": FILE},
        "Invalid value: 'dall-e-3'. Value must be 'dall-e-2'.",
        "model",
        "invalid_value",
    ),
]


@only_sync
@pytest.mark.parametrize(("arguments", "message", "param", "code"), EDIT_REFUSALS, ids=lambda value: None)
def test_an_edit_is_refused_in_the_apis_words(
    way: Way, arguments: dict[str, Any], message: str, param: str | None, code: str | None
) -> None:
    error = refused(way, "images.edit", **arguments)
    assert (error["message"], error["param"], error["code"]) == (message, param, code)


def test_what_is_no_image_is_refused_on_every_way_in(way: Way) -> None:
    assert refused(way, "images.edit", **GPT, image=BROKEN)["code"] == "invalid_image_file"


@only_sync
@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_variations_are_dall_es(way: Way) -> None:
    with pytest.raises(openai.BadRequestError, match="Value must be 'dall-e-2'"):
        way.call("images.create_variation", image=FILE, model="gpt-image-1")


@only_sync
def test_a_file_that_is_a_string_is_none(way: Way) -> None:
    body = {**GPT, "image": "https://example.com/fox.png"}
    with pytest.raises(openai.BadRequestError, match="expected a file, but got a string"):
        way.do(lambda client: client.post("/images/edits", cast_to=object, body=body))


@only_sync
def test_unknown_models_are_taken_unless_only_known_ones_are(make_way: MakeWay) -> None:
    mine = {"model": "my-deployment", "prompt": PROMPT}
    assert make_way().call("images.generate", **mine, size="512x512").size == "512x512"
    assert "exceeds the current pixel budget" in refused(make_way(), **mine, size="9999x9999")["message"]
    assert make_way().call("images.generate", **mine, response_format="url").data[0].url
    assert refused(make_way(models="known"), **mine)["message"].startswith("Invalid value: 'my-deployment'.")


@only_sync
def test_without_a_model_the_parameters_tell_which(way: Way) -> None:
    assert way.call("images.generate", prompt=PROMPT).data[0].url
    assert way.call("images.generate", prompt=PROMPT, background="opaque").data[0].b64_json


@only_sync
@pytest.mark.parametrize("validate", ["lenient", "off"])
def test_what_is_not_refused_is_made_somehow(make_way: MakeWay, validate: str) -> None:
    way = make_way(validate=validate)
    odd = {"size": "huge", "quality": "best", "output_format": "gif", "n": 99, "style": "natural"}
    if validate == "lenient":
        odd = {"size": "huge", "n": 99, "style": "natural", "response_format": "url"}
    reply = way.call("images.generate", **GPT, **odd)
    assert len(reply.data) == 10
    assert image_of(reply.data[0]).size == (1024, 1024)
    assert image_of(way.call("images.edit", image=BROKEN, **GPT).data[0]).size == (1024, 1024)


def test_every_family_has_a_size_and_a_quality_that_it_takes() -> None:
    assert all("1024x1024" in family.sizes and family.qualities for family in FAMILIES)


def test_a_scripted_refusal_is_the_safety_systems(way: Way) -> None:
    way.mock.images.generate.reply(Answer(refusal="Your request was rejected by the safety system."))

    error = refused(way, **GPT)
    assert error["message"] == "Your request was rejected by the safety system."
    assert (error["type"], error["code"]) == ("image_generation_user_error", "moderation_blocked")
