"""What the API refuses of vector stores. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal["no_store", "no_file", "no_such_file", "no_batch", "expired", "overlap", "no_files", "both_files"]

# That there is no store, and that it has expired, begin as they are quoted in public programs that look for them; that
# there is no file is from `files`. The others are worded like the API's refusals elsewhere.
WORDINGS: dict[Refusal, Wording] = {
    "no_store": Wording("No vector store found with id '{id}'.", "vector_store_id", status=404),
    "no_file": Wording("No file found with id '{id}' in vector store '{store}'.", "file_id", status=404),
    "no_such_file": Wording("No such File object: {id}", "id", status=404),
    "no_batch": Wording("File batch with id '{id}' not found in vector store '{store}'.", "batch_id", status=404),
    "expired": Wording("Vector store '{id}' has expired.", "vector_store_id", "vector_store_expired"),
    "overlap": Wording(
        "Invalid '{param}': integer above maximum value. Expected a value <= {most}, but got {value} instead.",
        "{param}",
        "integer_above_max_value",
    ),
    "no_files": Wording("Missing required parameter: 'file_ids'.", "file_ids", "missing_required_parameter"),
    "both_files": Wording(
        "Mutually exclusive parameters: 'file_ids' and 'files'. Ensure you are only providing one of them.",
        "files",
        "mutually_exclusive_parameters",
    ),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
