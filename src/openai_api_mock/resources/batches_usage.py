"""The tokens of a batch: what its lines took together."""

from __future__ import annotations

import msgspec

from ..answer import JSON


class _Details(msgspec.Struct):
    cached_tokens: int | None = 0
    reasoning_tokens: int | None = 0


class _Usage(msgspec.Struct):
    """A reply's, whichever endpoint gave it."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


class _Body(msgspec.Struct):
    usage: _Usage | None = None


_read = msgspec.json.Decoder(_Body).decode

NONE: dict[str, JSON] = {
    "input_tokens": 0,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 0,
}


class Sum:
    """Adds up what replies say of tokens."""

    def __init__(self) -> None:
        self._input = self._output = self._cached = self._reasoning = 0

    def add(self, body: bytes) -> None:
        """A reply's JSON body."""
        try:
            usage = _read(body).usage
        except msgspec.DecodeError:  # a script's own
            return
        if usage is None:
            return
        self._input += (usage.input_tokens or 0) + (usage.prompt_tokens or 0)
        self._output += (usage.output_tokens or 0) + (usage.completion_tokens or 0)
        before = usage.input_tokens_details or usage.prompt_tokens_details
        after = usage.output_tokens_details or usage.completion_tokens_details
        self._cached += (before.cached_tokens or 0) if before else 0
        self._reasoning += (after.reasoning_tokens or 0) if after else 0

    def added_to(self, usage: dict[str, JSON] | None) -> dict[str, JSON]:
        """A batch's usage with this on top."""
        was = usage or NONE
        given, said = was["input_tokens"] + self._input, was["output_tokens"] + self._output
        return {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": was["input_tokens_details"]["cached_tokens"] + self._cached},
            "output_tokens": said,
            "output_tokens_details": {
                "reasoning_tokens": was["output_tokens_details"]["reasoning_tokens"] + self._reasoning
            },
            "total_tokens": given + said,
        }
