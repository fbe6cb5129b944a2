"""What the files API refuses, in its own words, as quoted in public threads. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal["no_file", "no_such_file", "not_downloaded", "not_jsonl", "too_large"]

WORDINGS: dict[Refusal, Wording] = {
    "no_file": Wording("'file' is a required property"),
    "no_such_file": Wording("No such File object: {id}", "id", status=404),
    "not_downloaded": Wording("Not allowed to download files of purpose: {purpose}"),
    "not_jsonl": Wording("Invalid file format for {api} API. Must be .jsonl"),
    "too_large": Wording("File is too large."),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
