"""Legacy completions: a prompt's continuation, as one finished object or in slices of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from .. import ids
from ..answer import JSON, Answer, Question, Usage
from ..call import Call, Refused
from ..errors import APIError
from ..generate.text_or_tokens import Counted, UnknownToken, counted
from ..generate.tokens import Tokenizer
from ..models import Model
from ..noise import Noise
from ..wire import Reply
from . import completions_stream
from .base import Resource, operation
from .completions_logprobs import logprobs_of

MAX_TOKENS = 16
"""Tokens of a completion unless told otherwise."""

NO_PROMPT = "<|endoftext|>"
"""What separates documents in training: without a prompt, the model begins a new one."""

_TOO_LONG = (
    "This model's maximum context length is {limit} tokens, however you requested {tokens} tokens ({prompt} in your "
    "prompt; {completion} for the completion). Please reduce your prompt; or completion length."
)
_TOO_FEW_CANDIDATES = (
    "You requested that the server return more choices than it will generate (HINT: you must set 'n' (currently {n}) "
    "to be at most 'best_of' (currently {best_of}), or omit either parameter if you don't specifically want to use "
    "them.)"
)


class Candidate(msgspec.Struct, frozen=True):
    """A prompt and what might follow it, in tokens."""

    prompt: Counted
    answer: Answer
    echoed: tuple[str, ...]
    """The prompt's tokens, where it is to be echoed."""
    said: tuple[str, ...]
    tokens: int
    """How many tokens are said; a script's parts needn't be tokens."""

    @property
    def pieces(self) -> tuple[str, ...]:
        return self.echoed + self.said


class Completions(Resource):
    """`/completions`."""

    @operation("POST /completions")
    def create(self, call: Call) -> Reply:
        body = call.body
        model = self.model_of(call)
        tokenizer = self.tokenizers.of(model.name)
        prompts = _prompts(body, tokenizer)
        n, best_of = _numbers(body)
        if self.options.validate != "off":
            _check(body, model, prompts)
        candidates = [
            self._candidate(call, model, prompt, index * best_of + number)
            for index, prompt in enumerate(prompts)
            for number in range(best_of)
        ]
        chosen = [candidate for index, candidate in enumerate(candidates) if index % best_of < n]
        call.entry.answer = chosen[0].answer
        completion: dict[str, JSON] = {
            "id": ids.make_for("text_completion", call.noise),
            "object": "text_completion",
            "created": int(self.clock.time()),
            "model": model.snapshot,
            "choices": [
                _choice(i, candidate, body, call.chance(i), null=self.options.missing == "404")
                for i, candidate in enumerate(chosen)
            ],
            "usage": _usage(call, tokenizer, prompts, candidates),
        }
        if not body.get("stream"):
            return self.json(completion, call.noise, of_model=True)
        pieces = [candidate.pieces for candidate in chosen]
        return self.events(completions_stream.chunks(completion, pieces, body), call.noise)

    def _candidate(self, call: Call, model: Model, prompt: Counted, number: int) -> Candidate:
        body = call.body
        stop = body.get("stop") or ()
        question = Question(
            model=model.name,
            user=prompt.text,
            max_tokens=_max_tokens(body),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
        )
        answer = call.answer or self.generator.answer(question, call.chance(number))
        if call.entry.faults:
            answer = self.distorted(call, answer, question)
        tokenizer = self.tokenizers.of(model.name)
        text = answer.text or answer.refusal or ""
        said = tokenizer.split(text) if answer.pieces is None else answer.pieces
        tokens = tokenizer.count(text) if answer.tokens is None else answer.tokens
        echoed = tokenizer.split(prompt.text) if body.get("echo") else ()
        return Candidate(prompt, answer, echoed, said, tokens)


def _prompts(body: Mapping[str, JSON], tokenizer: Tokenizer) -> list[Counted]:
    given = body.get("prompt")
    if given is None or given == []:
        return [Counted(NO_PROMPT, 1)]
    try:
        return counted(given, tokenizer)
    except UnknownToken as error:
        raise Refused(APIError(400, f"Invalid 'prompt': {error}.", param="prompt", code="invalid_value")) from error


def _numbers(body: Mapping[str, JSON]) -> tuple[int, int]:
    """How many choices each prompt gets, and of how many candidates they are the best."""
    n = body.get("n") or 1
    best_of = body.get("best_of") or n
    if best_of < n:
        raise Refused(APIError(400, _TOO_FEW_CANDIDATES.format(n=n, best_of=best_of)))
    return n, best_of


def _max_tokens(body: Mapping[str, JSON]) -> int:
    asked: int | None = body.get("max_tokens")
    return MAX_TOKENS if asked is None else asked


def _check(body: Mapping[str, JSON], model: Model, prompts: Sequence[Counted]) -> None:
    """Raises Refused where a prompt and its completion are longer than the model's context."""
    limit = model.family.context
    prompt = max(prompt.tokens for prompt in prompts)
    completion = _max_tokens(body)
    if prompt + completion > limit:
        message = _TOO_LONG.format(limit=limit, tokens=prompt + completion, prompt=prompt, completion=completion)
        raise Refused(APIError(400, message))


def _choice(index: int, candidate: Candidate, body: Mapping[str, JSON], noise: Noise, *, null: bool) -> dict[str, JSON]:
    """`null`: the first token of an echoed prompt has no probability. The SDK's types don't know that."""
    top = body.get("logprobs")
    finish = candidate.answer.finish
    return {
        "text": "".join(candidate.pieces),
        "index": index,
        "logprobs": None if top is None else _logprobs(candidate, top, noise, null),
        "finish_reason": finish if finish in ("length", "content_filter") else "stop",
    }


def _logprobs(candidate: Candidate, top: int, noise: Noise, null: bool) -> dict[str, JSON]:
    offset = 0 if candidate.echoed else len(candidate.prompt.text)
    return logprobs_of(candidate.pieces, top, noise, offset=offset, starts=null and bool(candidate.echoed))


def _usage(
    call: Call, tokenizer: Tokenizer, prompts: Sequence[Counted], candidates: Sequence[Candidate]
) -> dict[str, JSON]:
    """A prompt counts once for all its candidates, and each candidate counts, returned or not."""
    suffix = tokenizer.count(str(call.body.get("suffix") or ""))
    call.usage = usage = candidates[0].answer.usage or Usage(
        input=sum(prompt.tokens + suffix for prompt in prompts),
        output=sum(candidate.tokens for candidate in candidates),
    )
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
    }
