"""What the files API refuses, in its own words, as quoted in public threads. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..errors import APIError


class Wording(msgspec.Struct, frozen=True):
    """One refusal."""

    message: str
    param: str | None = None
    status: int = 400


Refusal = Literal["no_file", "no_such_file", "not_downloaded", "not_jsonl", "too_large"]

WORDINGS: dict[Refusal, Wording] = {
    "no_file": Wording("'file' is a required property"),
    "no_such_file": Wording("No such File object: {id}", "id", 404),
    "not_downloaded": Wording("Not allowed to download files of purpose: {purpose}"),
    "not_jsonl": Wording("Invalid file format for {api} API. Must be .jsonl"),
    "too_large": Wording("File is too large."),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    wording = WORDINGS[name]
    return APIError(wording.status, wording.message.format(**values), param=wording.param)
