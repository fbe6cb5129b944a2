"""What the Assistants API refused, as quoted in public threads while it lasted. `{...}` is filled in."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError

Refusal = Literal["no_assistant", "no_thread", "no_run", "no_step", "active", "busy", "no_outputs", "outputs", "cancel"]

WORDINGS: dict[Refusal, tuple[int, str]] = {
    "no_assistant": (404, "No assistant found with id '{id}'."),
    "no_thread": (404, "No thread found with id '{id}'."),
    "no_run": (404, "No run found with id '{id}'."),
    "no_step": (404, "No run step found with id '{id}'."),
    "active": (400, "Thread {thread} already has an active run {run}."),
    "busy": (400, "Can't add messages to {thread} while a run {run} is active."),
    "no_outputs": (400, 'Runs in status "{status}" do not accept tool outputs.'),
    "outputs": (400, "Expected tool outputs for call_ids {wanted}, got {given}"),
    "cancel": (400, "Cannot cancel run with status '{status}'."),
}


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    status, message = WORDINGS[name]
    return APIError(status, message.format(**values))
