"""What the images API refuses, in its own words.

As quoted in public threads, those of the retired models among them; `{...}` is filled in. They have few habits in
common: that is how they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ..answer import JSON
from ..call import Refused
from ..errors import APIError

_USER_ERROR = "image_generation_user_error"


class Wording(msgspec.Struct, frozen=True):
    """One refusal."""

    message: str
    param: str | None = None
    code: str | None = None
    type: str = "invalid_request_error"


Refusal = Literal[
    "unknown_parameter", "wrong_value", "only_value", "not_one_of", "size_of_another_model", "one_at_a_time",
    "prompt_too_long", "many_images", "size_step", "size_edge", "size_ratio", "size_small", "size_large",
    "transparent_jpeg", "compressed_png", "no_file", "mimetype", "no_image", "no_png", "mask_size", "blocked",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "unknown_parameter": Wording("Unknown parameter: '{param}'.", "{param}", "unknown_parameter"),
    "wrong_value": Wording("Invalid value: '{value}'. Supported values are: {values}.", "{param}", "invalid_value"),
    "only_value": Wording("Invalid value: '{value}'. Value must be '{only}'.", "{param}", "invalid_value"),
    "not_one_of": Wording("'{value}' is not one of {values} - '{param}'"),
    "size_of_another_model": Wording("The size is not supported by this model.", None, "invalid_size"),
    "one_at_a_time": Wording("You must provide n=1 for this model."),
    "prompt_too_long": Wording(
        "Prompt must be length {most} or less. Your prompt length is {length}. Please reduce your prompt length."
    ),
    "many_images": Wording(
        "Invalid 'image': array too long. Expected an array with maximum length {most}, but got an array with length "
        "{length} instead.",
        "image",
        "array_above_max_length",
    ),
    "size_step": Wording(
        "Invalid size '{value}'. Width and height must both be divisible by 16.", "size", "invalid_value"
    ),
    "size_edge": Wording(
        "Invalid size '{value}'. The longest edge must be less than or equal to {most}.", "size", "invalid_value"
    ),
    # Never quoted: worded like its siblings.
    "size_ratio": Wording(
        "Invalid size '{value}'. The aspect ratio must be between 1:3 and 3:1.", "size", "invalid_value"
    ),
    "size_small": Wording(
        "Invalid size '{value}'. Requested resolution is below the current minimum pixel budget.",
        "size",
        "invalid_value",
    ),
    "size_large": Wording(
        "Invalid size '{value}'. Requested resolution exceeds the current pixel budget.", "size", "invalid_value"
    ),
    "transparent_jpeg": Wording(
        "Transparent background is not supported for JPEG output format", "background", "invalid_value"
    ),
    "compressed_png": Wording(
        "Compression less than 100 is not supported for PNG output format",
        None,
        "invalid_png_output_compression",
        _USER_ERROR,
    ),
    "no_file": Wording(
        "Invalid type for '{param}': expected a file, but got a string instead.", "{param}", "invalid_type"
    ),
    "mimetype": Wording(
        "Invalid file '{param}': unsupported mimetype ('{value}'). Supported file formats are 'image/jpeg', "
        "'image/png', and 'image/webp'.",
        "{param}",
        "unsupported_file_mimetype",
    ),
    "no_image": Wording(
        "Invalid image file or mode for image {number}, please check your image file.",
        "image",
        "invalid_image_file",
        _USER_ERROR,
    ),
    "no_png": Wording("Uploaded image must be a PNG and less than 4 MB."),
    "mask_size": Wording(
        "Invalid mask image format - mask size does not match image size",
        "mask",
        "invalid_mask_image_format",
        _USER_ERROR,
    ),
    "blocked": Wording("{message}", None, "moderation_blocked", _USER_ERROR),
}


def refuse(refusal: Refusal, **values: JSON) -> Refused:
    """The refusal, to be raised."""
    wording = WORDINGS[refusal]
    param = wording.param and wording.param.format_map(values)
    return Refused(APIError(400, wording.message.format_map(values), wording.type, param, wording.code))


def listed(values: Sequence[str]) -> str:
    """`'a', 'b', and 'c'`, as the API lists."""
    *others, last = [f"'{value}'" for value in values]
    return ", ".join([*others, f"and {last}"] if len(others) > 1 else [" and ".join([*others, last])])
