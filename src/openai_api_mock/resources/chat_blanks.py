"""Completions that say a text and nothing else, filled into a blank.

Nearly all completions are of this kind, and one differs from the next by its id, its time, its text and its usage. To
render and encode each anew is a fifth of what the engine does for a call. A blank is a completion that was rendered as
any other, around values that stand out: how a completion looks is written in one place. That filling one gives what
rendering would have given is a law of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..answer import JSON, Answer, FinishReason, Usage
from ..generate.tokens import Tokenizer
from ..models import Model
from ..noise import Noise
from .base import encoded
from .chat_object import completion_of
from .chat_stream import head_of

BLANKS = 64
"""How many are kept: there is one for each model, tier and reason to finish."""

ID, CREATED = "\ue000id", 900_000_001
TEXT = "\ue000text"
# Numbers that no model's name has in it.
USAGE = Usage(
    input=10_203_040_506_070_809,
    output=20_304_050_607_080_901,
    reasoning=30_405_060_708_090_103,
    cached=40_506_070_809_010_207,
    audio=50_607_080_901_020_309,
)
_PECULIAR = frozenset(("logprobs", "moderation", "store"))
"""Fields of a request that bring more into a completion than its text."""

# In the order of a completion's keys, which is the alphabet's.
_VALUES = (
    TEXT, CREATED, ID,
    USAGE.output, USAGE.audio, USAGE.reasoning, USAGE.input, USAGE.cached, USAGE.input + USAGE.output,
)  # fmt: skip
_encode = msgspec.json.encode


def is_plain(answers: list[Answer], body: Mapping[str, JSON]) -> bool:
    """Whether a completion says one text and nothing else."""
    answer = answers[0]
    return (
        len(answers) == 1
        and bool(answer.text)
        and answer.refusal is None
        and answer.audio is None
        and answer.error is None
        and not answer.tool_calls
        and not answer.annotations
        and _PECULIAR.isdisjoint(body)
    )


class Blank:
    """What the completions of one kind have in common."""

    def __init__(self, model: Model, finish: FinishReason, body: Mapping[str, JSON], tokenizer: Tokenizer) -> None:
        """For requests like this one."""
        answer = Answer(text=TEXT, usage=USAGE, finish_reason=finish)
        completion = completion_of(
            model, [answer], body, Noise(b""), tokenizer, id=ID, created=CREATED, usage=USAGE
        )  # which draws nothing from the noise, as no id is in a text
        self.choices = completion["choices"]
        """Of which only the text is another in each completion."""
        self._head = _with_gaps(head_of(completion).encode(), (ID, CREATED)).decode()
        self._written = _with_gaps(encoded(completion), _VALUES)

    def whole(self, id: str, created: int, text: str, usage: Usage) -> bytes:
        """The completion as the JSON of a reply."""
        said, asked = usage.output, usage.input
        return self._written % (
            _encode(text), created, _encode(id), said, usage.audio, usage.reasoning, asked, usage.cached, asked + said,
        )  # fmt: skip

    def head(self, id: str, created: int) -> str:
        """What the chunks of its stream begin with."""
        return self._head % (f'"{id}"', created)


def _with_gaps(written: bytes, values: tuple[str | int, ...]) -> bytes:
    """It with a gap in the place of each value, in their order."""
    parts = []
    rest = written.replace(b"%", b"%%")
    for value in values:
        before, found, rest = rest.partition(_encode(value))
        assert found, f"{value!r} doesn't stand in its place in {written!r}"
        parts += [before, b"%d" if isinstance(value, int) else b"%s"]
    return b"".join((*parts, rest))
