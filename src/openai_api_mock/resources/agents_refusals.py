"""What the Agents API refuses. None was found quoted: worded like the API's other refusals, or in the words that the
SDK's docstrings have for it, which is said where it is so."""

from __future__ import annotations

from typing import Literal

from ..errors import APIError
from ..wordings import Wording

Refusal = Literal[
    "not_found", "no_file", "missing", "both", "unknown_call", "wrong_turn", "unknown_request", "busy",
    "not_running", "running", "failed", "budget", "stream_options", "path", "data", "not_connected",
    "environment_taken", "status", "run_at", "network", "page", "periodic", "once", "target", "expression",
]  # fmt: skip

WORDINGS: dict[Refusal, Wording] = {
    "not_found": Wording("No such {what} object: {id}", status=404),
    "no_file": Wording("No such File object: {id}", "{param}", status=404),
    "missing": Wording("Missing required parameter: '{param}'.", "{param}", "missing_required_parameter"),
    "both": Wording(
        "Mutually exclusive parameters: {names}. Ensure you are only providing one of them.",
        "{param}",
        "mutually_exclusive_parameters",
    ),
    # Quoted: the SDK retries on exactly this message and code (openai 3.54, lib/streaming/agents/_tools.py).
    "unknown_call": Wording("Unknown pending tool call: {id}", code="invalid_request_error"),
    "wrong_turn": Wording("Tool call {id} was not requested by turn {turn}.", "{param}"),
    "unknown_request": Wording("Unknown pending approval request: {id}", code="invalid_request_error"),
    # The message is what the SDK's SessionTurnError says of this code.
    "busy": Wording(
        "The session cannot accept additional input while a request is running.", code="active_turn_not_steerable"
    ),
    "not_running": Wording("Session {id} has no active turn to cancel."),
    # The SDK's docstring of sessions.delete: "Running execution must be cancelled first."
    "running": Wording("Session {id} has a running turn. Running execution must be cancelled first."),
    "failed": Wording("Session {id} has failed and accepts no more input."),
    # The code and message are those of the SDK's SessionTurnError.
    "budget": Wording("The session has reached its usage budget.", "spend_control", "session_budget_exceeded"),
    "stream_options": Wording(
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
    ),
    # The rules are the SDK's own, which it holds paths against before it asks (lib/beta/agents/_files.py).
    "path": Wording(
        "Invalid value for '{param}': expected an absolute POSIX file path under /workspace.",
        "{param}",
        "invalid_value",
    ),
    "data": Wording("Invalid value for '{param}': expected standard base64.", "{param}", "invalid_value"),
    "not_connected": Wording("Environment {id} is {status}."),
    "environment_taken": Wording("Environment {id} is attached to another session.", "environment.environment_id"),
    "network": Wording("Invalid value: '{param}' can't broaden the network policy of the template.", "{param}"),
    "page": Wording("Invalid value for '{param}': expected a token of the previous page.", "{param}", "invalid_value"),
    "status": Wording("Automation {id} is {status}."),
    "run_at": Wording("Invalid value: '{param}' must be a future Unix timestamp.", "{param}", "invalid_value"),
    "periodic": Wording("Invalid parameter: '{param}' is only accepted for periodic automations.", "{param}"),
    "once": Wording("Invalid parameter: '{param}' is only accepted for one-time automations.", "{param}"),
    "expression": Wording("Invalid value for '{param}': {why}.", "{param}", "invalid_value"),
    "target": Wording("Invalid value: 'target.type' can't be changed from '{was}'.", "target.type", "invalid_value"),
}  # fmt: skip


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
