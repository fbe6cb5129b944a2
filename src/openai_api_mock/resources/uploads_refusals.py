"""What the uploads API refuses. No reply of it was found quoted: worded like its siblings. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal[
    "empty", "md5", "no_data", "no_part", "no_upload", "not_pending", "part_too_large", "part_twice", "size",
    "upload_too_large",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "empty": Wording(
        "Invalid 'bytes': integer below minimum value. Expected a value >= 1, but got {size} instead.",
        "bytes",
        "integer_below_min_value",
    ),
    "md5": Wording("The md5 of the parts is {md5}, not {expected}.", "md5", "invalid_value"),
    "no_data": Wording("Invalid type for 'data': expected a file, but got a string instead.", "data", "invalid_type"),
    "no_part": Wording("No such Part object: {id} in upload {upload}", "part_ids", "invalid_value"),
    "no_upload": Wording("No such Upload object: {id}", "id", None, 404),
    "not_pending": Wording("Cannot change an upload with status '{status}'."),
    "part_too_large": Wording(
        "Invalid 'data': part too large. Expected at most {limit} bytes, but got {size} instead.", "data", None, 413
    ),
    "part_twice": Wording("Part {id} is named more than once.", "part_ids", "invalid_value"),
    "size": Wording(
        "The parts come to {size} bytes, but the upload was created for {expected} bytes.", "part_ids", "invalid_value"
    ),
    "upload_too_large": Wording(
        "Invalid 'bytes': integer above maximum value. Expected a value <= {limit}, but got {size} instead.",
        "bytes",
        "integer_above_max_value",
    ),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
