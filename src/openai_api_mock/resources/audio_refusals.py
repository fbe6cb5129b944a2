"""What the audio API refuses, in its own words.

As quoted in public threads; where none was found, worded like its siblings. `{...}` is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ..answer import JSON
from ..call import Refused
from ..errors import APIError


class Wording(msgspec.Struct, frozen=True):
    """One refusal."""

    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400
    type: str = "invalid_request_error"


Refusal = Literal[
    "voice", "sse", "empty_input", "no_file", "file_format", "file_size", "too_short", "too_long", "response_format",
    "granularities", "logprobs", "no_prompt", "chunking", "translation_model",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "voice": Wording("Invalid value: '{value}'. Supported values are: {values}.", "voice", "invalid_value"),
    "sse": Wording(
        "Unsupported value: 'stream_format' does not support 'sse' with this model. Supported values are: 'audio'.",
        "stream_format",
        "unsupported_value",
    ),
    "empty_input": Wording(
        "Invalid 'input': string too short. Expected a string with minimum length 1, but got an empty string instead.",
        "input",
        "string_below_min_length",
    ),
    "no_file": Wording("Invalid type for 'file': expected a file, but got a string instead.", "file", "invalid_type"),
    "file_format": Wording(
        "Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', "
        "'webm']"
    ),
    "file_size": Wording(
        "Maximum content size limit (26214400) exceeded ({size} bytes read)", status=413, type="server_error"
    ),
    "too_short": Wording("Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short"),
    "too_long": Wording(
        "audio duration {seconds} seconds is longer than 1400 seconds which is the maximum for this model",
        None,
        "invalid_value",
    ),
    "response_format": Wording(
        "response_format '{value}' is not compatible with model '{model}'. Use {values} instead.",
        "response_format",
        "unsupported_value",
    ),
    "granularities": Wording(
        "response_format must be set to 'verbose_json' to use timestamp granularities.",
        "timestamp_granularities",
        "invalid_value",
    ),
    "logprobs": Wording(
        "Unsupported value: 'include' does not support 'logprobs' with this model.", "include", "unsupported_value"
    ),
    "no_prompt": Wording("Prompt is not supported for diarization models.", "prompt", "unsupported_parameter"),
    "chunking": Wording(
        "chunking_strategy is required for diarization models", "chunking_strategy", "missing_required_parameter"
    ),
    "translation_model": Wording(
        "Unsupported value: 'model' does not support '{model}' here. Supported values are: 'whisper-1'.",
        "model",
        "unsupported_value",
    ),
}


def refuse(refusal: Refusal, **values: JSON) -> Refused:
    """The refusal, to be raised."""
    wording = WORDINGS[refusal]
    message = wording.message.format_map(values)
    return Refused(APIError(wording.status, message, wording.type, wording.param, wording.code))


def listed(values: Sequence[str], word: str) -> str:
    """`'a', 'b', and 'c'`, as the API lists; with `word` before the last."""
    *others, last = [f"'{value}'" for value in values]
    if not others:
        return last
    comma = "," if len(others) > 1 else ""
    return f"{', '.join(others)}{comma} {word} {last}"


def number_or(value: JSON, usual: float) -> float:
    """The value, or what is usual where it isn't a number: requests needn't be validated."""
    return float(value) if isinstance(value, (int, float)) else usual
