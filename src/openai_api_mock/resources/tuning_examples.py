"""The files of fine-tuning jobs: read line by line, and refused in the API's words.

Worded as quoted from failed jobs: `invalid_n_examples`, a role that is missing, a format that isn't the method's, a
file of neither prompts nor messages. What isn't quoted there is worded like it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ..answer import JSON
from ..content import dicts
from ..generate.prompt import count_messages
from ..generate.tokens import Tokenizer
from ..models import Model

Method = Literal["supervised", "dpo", "reinforcement"]
Side = Literal["training", "validation"]

FEWEST = 10
ROLES = ("system", "user", "assistant", "function", "tool", "developer")
_FORMATS: Mapping[str, Method] = {
    "fine-tune-chat": "supervised",
    "fine-tune-completion": "supervised",
    "fine-tune-preference": "dpo",
    "fine-tune-reinforcement": "reinforcement",
}


class BadFile(Exception):
    """Why a file can't be trained on."""

    def __init__(self, side: Side, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is None:
            code, message = f"invalid_{side}_file", f"The job failed due to an invalid {side} file. {message}"
        self.error: dict[str, JSON] = {"code": code, "message": message, "param": f"{side}_file"}


class Counted(msgspec.Struct):
    """What is in a file."""

    examples: int = 0
    tokens: int = 0


def counted(
    lines: Iterable[bytes], file_id: str, side: Side, method: Method, model: Model, tokenizer: Tokenizer
) -> Counted:
    """The examples of a file and their tokens, with no regard to how many are read. Raises BadFile."""
    found = Counted()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        example = _example(line, number, side)
        found.examples += 1
        form = _form(example, method)
        if form is None:
            raise BadFile(side, "Unexpected file format, expected either prompt/completion pairs or chat messages.")
        if _FORMATS[form] != method:
            raise BadFile(
                side,
                f"Invalid file format. Input file {file_id} is in the {form} format, but the specified fine-tuning job "
                f"is not using '{_FORMATS[form]}' as the training method (provided method={method}). ",
            )
        messages = _messages(example, form)
        fault = _fault(messages, number, form)
        if fault is not None:
            raise BadFile(side, f"Invalid file format. {fault}")
        found.tokens += min(count_messages(messages, model, tokenizer), model.family.context)
    if found.examples < FEWEST and side == "training":
        raise BadFile(
            side,
            f"Training file has {found.examples} example(s), but must have at least {FEWEST} examples",
            "invalid_n_examples",
        )
    return found


def _example(line: bytes, number: int, side: Side) -> dict[str, JSON]:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    start = line[:20].decode("utf-8", "replace").strip()
    raise BadFile(
        side,
        "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
        f'Line {number} is not a dictionary (HINT: line starts with: "{start}...").',
    )


def _form(example: Mapping[str, JSON], method: Method) -> str | None:
    if "preferred_output" in example and "input" in example:
        return "fine-tune-preference"
    if isinstance(example.get("messages"), list):
        return "fine-tune-reinforcement" if method == "reinforcement" else "fine-tune-chat"
    return "fine-tune-completion" if {"prompt", "completion"} <= example.keys() else None


def _messages(example: Mapping[str, JSON], form: str) -> list[JSON]:
    """All that is trained on, as messages."""
    if form == "fine-tune-completion":
        return [{"role": "user", "content": example["prompt"]}, {"role": "assistant", "content": example["completion"]}]
    if form == "fine-tune-preference":
        asked = example["input"].get("messages") if isinstance(example["input"], dict) else None
        return [*(asked or ()), *(example.get("preferred_output") or ()), *(example.get("non_preferred_output") or ())]
    messages: list[JSON] = example["messages"]
    return messages


def _fault(messages: list[JSON], number: int, form: str) -> str | None:
    for place, message in enumerate(messages, 1):
        where = f"Example {number}, message {place}"
        if not isinstance(message, dict):
            return f"{where} value is not a valid dict"
        if "role" not in message:
            return f"{where} Discriminator 'role' is missing in value"
        if message["role"] not in ROLES:
            allowed = ", ".join(map(repr, ROLES))
            return (
                f"{where} No match for discriminator 'role' and value {message['role']!r} (allowed values: {allowed})"
            )
        if message.get("content") is None and not (message.get("tool_calls") or message.get("function_call")):
            return f"{where} must have content, or call a tool"
    says = [message["role"] for message in dicts(messages)]
    if not says:
        return f"Example {number} has no messages"
    if form != "fine-tune-reinforcement" and says[-1] != "assistant":
        return f"Example {number}: the last message must be from the assistant"
    if form == "fine-tune-reinforcement" and says[-1] != "user":
        return f"Example {number}: the last message must be from the user"
    return None
