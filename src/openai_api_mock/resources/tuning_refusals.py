"""What fine-tuning refuses, in the API's words where they are public: of a job that isn't there, and a model that can't
be tuned. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal["no_job", "no_cursor", "no_file", "not_now", "not_tunable", "purpose"]

WORDINGS: dict[Refusal, Wording] = {
    "no_job": Wording("Could not find fine tune: {id}", "fine_tune_id", "fine_tune_not_found", 404),
    "no_cursor": Wording("Invalid 'after': there is no '{id}' in this list.", "after", None),
    "no_file": Wording("invalid {name}: {id}", "{name}", "invalid_file"),
    "not_now": Wording("Cannot {what} a job that is {status}: {id}", "fine_tune_id"),
    "not_tunable": Wording(
        "Model {model} is not available for fine-tuning or does not exist.", None, "model_not_available"
    ),
    "purpose": Wording(
        "File '{id}' has the purpose '{purpose}', and must have the purpose 'fine-tune'.", "{name}", "invalid_file"
    ),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
