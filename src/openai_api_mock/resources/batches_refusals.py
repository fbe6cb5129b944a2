"""What the batch API refuses, and what it finds wrong with a batch's input, in its own words.

As quoted in public threads and in the notes of another server's tests of the real API; what wasn't found quoted is
marked, and worded like its siblings. `{...}` is filled in.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..answer import JSON
from ..errors import APIError


class Wording(msgspec.Struct, frozen=True):
    """One refusal, or one fault of the input."""

    message: str
    code: str | None = None
    param: str | None = None
    status: int = 400


Refusal = Literal["no_batch", "cancel_finished"]

WORDINGS: dict[Refusal, Wording] = {
    "no_batch": Wording("No batch found with id '{id}'.", None, None, 404),
    "cancel_finished": Wording("Cannot cancel a batch with status '{status}'.", None, None, 409),
}

Fault = Literal[
    "duplicate", "empty", "file_size", "json", "method", "mixed_models", "no_file", "no_field", "no_model", "purpose",
    "requests", "stream", "type", "unknown_model", "url",
]  # fmt: skip

FAULTS: dict[Fault, Wording] = {
    "duplicate": Wording(
        "The custom_id '{custom_id}' for this request is a duplicate of another request. The custom_id parameter must "
        "be unique for each request in a batch.",
        "duplicate_custom_id",
        "custom_id",
    ),
    "empty": Wording(
        "The input file is empty. Please ensure that the batch contains at least one request.", "empty_file"
    ),
    "file_size": Wording(
        "The batch input file is larger than the {limit} maximum for the {model} model.",
        "maximum_input_file_size_exceeded",
    ),
    "json": Wording("This line is not parseable as valid JSON.", "invalid_json_line"),
    # Not found quoted.
    "method": Wording("Invalid value: '{method}'. Supported values are: 'POST'.", "invalid_value", "method"),
    "mixed_models": Wording(
        "The model '{model}' for this request does not match the rest of the batch. Each batch must contain requests "
        "for a single model.",
        "mismatched_model",
        "body.model",
    ),
    "no_file": Wording(
        "Cannot find file {file}, or organization {organization} does not have access to it.",
        "invalid_request",
        "file_id",
    ),
    "no_field": Wording("Missing required parameter: '{name}'.", "missing_required_parameter", "{param}"),
    "no_model": Wording("Model parameter is required.", "invalid_request", "body.model"),
    # Not found quoted.
    "purpose": Wording(
        "File {file} has the purpose '{purpose}'; the input of a batch must have the purpose 'batch'.",
        "invalid_request",
        "file_id",
    ),
    # The code is quoted, the message wasn't found.
    "requests": Wording(
        "The batch input file has more requests or inputs than the {limit} maximum for the {model} model.",
        "maximum_requests_exceeded",
    ),
    "stream": Wording("{api}: Streaming is not supported in the Batch API.", "streaming_unsupported", "body.stream"),
    "type": Wording(
        "Invalid type for '{param}': expected {expected}, but got something else instead.", "invalid_type", "{param}"
    ),
    "unknown_model": Wording(
        "The provided model '{model}' is not supported by the Batch API.", "model_not_found", "body.model"
    ),
    "url": Wording("The URL provided for this request does not match the batch endpoint.", "invalid_url", "url"),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    wording = WORDINGS[name]
    return APIError(wording.status, wording.message.format(**values), param=wording.param, code=wording.code)


def fault(name: Fault, line: int | None = None, /, **values: object) -> dict[str, JSON]:
    """One of `errors.data`."""
    wording = FAULTS[name]
    param = None if wording.param is None else wording.param.format(**values)
    return {"code": wording.code, "line": line, "message": wording.message.format(**values), "param": param}
