"""Decisions: what a model says to questions about an input, each with its own options.

Known from the SDK's types and docstrings alone; what they leave open is marked here as a guess, and told in
docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..answer import JSON, Answer, Usage
from ..call import Call, Refused
from ..content import dicts
from ..models import model_named
from ..wire import Reply
from ..wordings import refusal
from .base import Resource, operation
from .decisions_answers import answered, scripted
from .decisions_checks import check, unsupported

MODEL = "gpt-6-luna"
"""The only one that is supported, as the SDK's docstring of `model` says."""


class Decisions(Resource):
    """`/decisions`."""

    @operation("POST /decisions")
    def create(self, call: Call) -> Reply:
        body, model = call.body, self._model(call)
        questions = dicts(body.get("questions"))
        if self.exacting:
            check(body)
        said = scripted(call.answer, questions)
        answers = [
            answered(question, value, call.chance(number))
            for number, (question, value) in enumerate(zip(questions, said, strict=True))
        ]
        call.entry.answer = call.answer or Answer(text=msgspec.json.encode(answers).decode())
        prompt = sum(map(self.tokenizers.of(model).count, _texts([body.get("input"), questions])))
        # Not documented: a token for each answer.
        call.usage = usage = (call.answer and call.answer.usage) or Usage(
            input=prompt, output=len(answers), cached=self.schedule.cached(call, prompt)
        )
        value: dict[str, JSON] = {
            "answers": answers,
            "model": model,
            "usage": {
                "input_tokens": usage.input,
                "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": usage.cached},
                "output_tokens": usage.output,
                "output_tokens_details": {"reasoning_tokens": usage.reasoning},
                "total_tokens": usage.input + usage.output,
            },
        }
        return self.json(value, call.noise, of_model=True)

    def _model(self, call: Call) -> str:
        """A name that is none of the API's may be anybody's, such as a gateway's."""
        name = str(call.body.get("model") or MODEL)
        if name != MODEL and not self.knows(call, name):
            raise Refused(refusal("unknown_model", model=name))
        if name != MODEL and model_named(name).known and self.exacting:
            raise Refused(unsupported(name))
        return name


_NOT_READ = frozenset(("call_id", "detail", "id", "image_url", "phase", "prompt_cache_breakpoint", "status", "type"))


def _texts(value: JSON) -> Iterator[str]:
    """All that the model reads. Not documented: that it is counted as plain text, and images not at all."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _NOT_READ:
                yield from _texts(inner)
    elif value is not None:
        yield str(value)
