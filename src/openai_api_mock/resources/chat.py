"""Chat completions: the answer as one finished object, and, where a stream is asked for, that object in slices."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from .. import ids
from ..answer import JSON, Answer, FinishReason, Question, ToolCall, Usage
from ..call import Call, Refused
from ..errors import APIError
from ..generate.logprobs import logprobs_of
from ..generate.misfits import check_fit
from ..generate.prompt import ToolCounter, count_messages
from ..generate.text import words_of
from ..generate.tokens import Tokenizer
from ..models import Model, tier_of
from ..noise import Noise
from ..state.store import Order, Page
from ..wire import Reply
from ..wordings import refusal
from . import chat_checks, chat_stream
from .base import Resource, Services, encoded, operation
from .chat_blanks import BLANKS, CREATED, ID, USAGE, Blank, is_plain, marked
from .chat_moderation import moderation_of
from .chat_plain import plain_question
from .chat_question import definitions_of, offers_tools, question_of

STORED = "/chat/completions"
"""The collection of stored completions."""
AUDIO_LIVES = 3600
"""Seconds until an answer's audio expires."""


KNOWN, KNOWN_SIZE = 500, 8_000
"""Requests that needn't be worked out again when they are repeated, and the most bytes of one: 4 MB at worst."""


class Said(msgspec.Struct, frozen=True):
    """What is answered, as far as it follows from the request."""

    model: Model
    answers: list[Answer]
    usage: Usage
    """Where nothing of the prompt is cached."""
    blank: Blank | None = None
    """What it is filled into, where it is one text and nothing else."""


class ChatCompletions(Resource):
    """`/chat/completions`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._tools = ToolCounter()
        self._known: dict[bytes, Said] = {}
        self._blanks: dict[tuple[str, str, str | None], Blank] = {}

    @operation("POST /chat/completions")
    def create(self, call: Call) -> Reply:
        body = call.body
        said = self._said(call)
        call.entry.answer = answer = said.answers[0]
        if answer.error is not None and not body.get("stream"):
            raise Refused(answer.error)
        id, created = ids.make("chatcmpl", call.noise), int(self.clock.time())
        usage = self._used(call, said)
        blank, stream = said.blank, body.get("stream")
        if blank is not None:
            if not stream:
                return self.said(blank.whole(id, created, answer.text or "", usage), call.noise)
            completion: dict[str, JSON] = {"choices": blank.choices, "usage": _usage(usage, said.model)}
            return self._stream(call, said, blank.head(id, created), completion)
        completion = self._render(said, body, call.noise, id, created, usage)
        if body.get("store"):
            self._keep(completion, body)
        if not stream:
            return self.json(completion, call.noise, of_model=True)
        return self._stream(call, said, chat_stream.head_of(completion), completion)

    def _stream(self, call: Call, said: Said, head: str, completion: Mapping[str, JSON]) -> Reply:
        tokenizer, error = self.tokenizers.of(said.model.name), said.answers[0].error
        pieces = [_pieces(answer, tokenizer) for answer in said.answers]
        chunks = chat_stream.chunks(head, completion, pieces, call.body, call.noise, tokenizer, error)
        return self.events(chunks, call.noise)

    def _said(self, call: Call) -> Said:
        """What follows from the request: for one that comes again, it is known."""
        body, model = call.body, self.model_of(call)
        usual = call.answer is None and not call.entry.faults
        known = self._known.get(call.key) if usual else None
        if known is not None:
            return known
        tokenizer = self.tokenizers.of(model.name)
        plain = plain_question(body, model, tokenizer)
        if plain is not None:
            question, prompt = plain
        else:
            if self.exacting:
                chat_checks.check(body, model)
            question, prompt = question_of(body, model), self._prompt(body, model)
        answers = self._answers(call, question)
        if call.entry.faults:
            answers = [self.distorted(call, answer, question) for answer in answers]
        blank = self._blank(call, model, answers[0].finish) if is_plain(answers, body) else None
        said = Said(model, answers, _counted(answers, prompt, tokenizer), blank)
        content = call.request.body
        if usual and isinstance(content, bytes) and len(content) <= KNOWN_SIZE:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[call.key] = said
        return said

    def _blank(self, call: Call, model: Model, finish: FinishReason) -> Blank:
        """The blank of a completion that says one text and nothing else."""
        tier = call.body.get("service_tier")
        kind = model.name, finish, tier if isinstance(tier, str) else None
        blank = self._blanks.get(kind)
        if blank is None:
            if len(self._blanks) >= BLANKS:
                self._blanks.clear()
            said = Said(model, [marked(finish)], USAGE)
            completion = self._render(said, call.body, call.noise, ID, CREATED, USAGE)
            blank = self._blanks[kind] = Blank(completion, encoded(completion))
        return blank

    @operation("GET /chat/completions/{completion_id}/messages")
    def messages(self, call: Call) -> Reply:
        """The messages of a stored completion's request: the SDK's type knows the role of assistants alone."""
        id, query = call.params["completion_id"], call.query
        if self.store.get(STORED, id) is None and self.options.missing == "404":
            raise Refused(refusal("no_completion", id=id))
        order: Order = "desc" if query.get("order") == "desc" else "asc"
        try:
            page = self.store.page(
                f"{STORED}/{id}/messages", limit=query.get("limit") or 20, order=order, after=query.get("after")
            )
        except KeyError:
            if self.options.missing == "404":
                raise Refused(refusal("no_completion", id=query.get("after"))) from None
            page = Page([], False)
        ids = [item["id"] for item in page.items] or [None]
        listed = {"data": page.items, "first_id": ids[0], "last_id": ids[-1], "has_more": page.has_more}
        return self.json({"object": "list", **listed}, call.noise)

    def _keep(self, completion: dict[str, JSON], body: Mapping[str, JSON]) -> None:
        """Keep it where the operations that list, find, change and delete stored completions look."""
        id = completion["id"]
        with self.store.transaction():
            self.store.put(STORED, id, {**completion, "metadata": body.get("metadata") or {}})
            for index, message in enumerate(body.get("messages") or ()):
                key = f"{id}-{index}"
                self.store.put(f"{STORED}/{id}/messages", key, {"id": key, "content": None, "refusal": None, **message})

    def _answers(self, call: Call, question: Question) -> list[Answer]:
        choices = range(call.body.get("n") or 1)
        if call.answer is not None:
            check_fit(call.answer, question.schema)
            return [self.generator.spoken(call.answer, question)] * len(choices)
        try:
            return [self.generator.answer(question, call.chance(choice)) for choice in choices]
        except ValueError as error:  # Unsatisfiable or InvalidSchema, which only a schema can bring about
            raise Refused(_bad_schema(call.body, error)) from error

    def _render(
        self, said: Said, body: Mapping[str, JSON], noise: Noise, id: str, created: int, usage: Usage
    ) -> dict[str, JSON]:
        """The object that the non-streaming call returns."""
        model, answers = said.model, said.answers
        completion: dict[str, JSON] = {
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": model.snapshot,
            "choices": [self._choice(i, answer, body, model, noise) for i, answer in enumerate(answers)],
            "usage": _usage(usage, model),
            "system_fingerprint": _fingerprint(model.snapshot) if model.family.fingerprint else None,
        }
        if model.family.tier:
            completion["service_tier"] = tier_of(body.get("service_tier"))
        moderation = moderation_of(body, answers)
        if moderation is not None:
            completion["moderation"] = moderation
        return completion

    def _used(self, call: Call, said: Said) -> Usage:
        usage = said.usage
        cached = self.schedule.cached(call, usage.input) if said.answers[0].usage is None else 0
        call.usage = usage = msgspec.structs.replace(usage, cached=cached) if cached else usage
        return usage

    def _choice(
        self, index: int, answer: Answer, body: Mapping[str, JSON], model: Model, noise: Noise
    ) -> dict[str, JSON]:
        legacy = "functions" in body and "tools" not in body
        message: dict[str, JSON] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
        if answer.refusal is not None or answer.tool_calls:
            message["content"] = answer.text or None
        if answer.tool_calls and legacy:
            first = answer.tool_calls[0]
            message["function_call"] = {"name": first.name, "arguments": first.arguments}
        elif answer.tool_calls:
            message["tool_calls"] = [_tool_call(tool, noise) for tool in answer.tool_calls]
        if answer.sound is not None:
            message["content"] = None
            message["audio"] = {
                "id": ids.make("audio", noise),
                "data": base64.b64encode(answer.sound.data).decode(),
                "expires_at": int(self.clock.time()) + AUDIO_LIVES,
                "transcript": answer.sound.transcript,
            }
        message["annotations"] = list(answer.annotations)
        choice: dict[str, JSON] = {"index": index, "message": message}
        if body.get("logprobs"):
            pieces = _pieces(answer, self.tokenizers.of(model.name))
            choice["logprobs"] = logprobs_of(pieces, answer, body.get("top_logprobs") or 0, noise)
        elif model.family.logprobs:
            choice["logprobs"] = None
        choice["finish_reason"] = "function_call" if legacy and answer.finish == "tool_calls" else answer.finish
        return choice

    def _prompt(self, body: Mapping[str, JSON], model: Model) -> int:
        messages = body.get("messages")
        if not isinstance(messages, list):
            return 0
        functions = definitions_of(body) if offers_tools(body) else []
        tokenizer = self.tokenizers.of(model.name)
        in_messages = count_messages(messages, model, tokenizer)
        in_functions = self._tools.count(functions, model, _has_system(messages), tokenizer) if functions else 0
        if self.exacting:
            chat_checks.check_length(body, model, in_messages, in_functions)
        return in_messages + in_functions


def _has_system(messages: list[JSON]) -> bool:
    return any(isinstance(message, dict) and message.get("role") in ("system", "developer") for message in messages)


@lru_cache(maxsize=256)
def _fingerprint(snapshot: str) -> str:
    """The same for all replies of one model: it names a build of the backend, not a request."""
    return ids.make("fingerprint", Noise(snapshot.encode()[:64]))


def _tool_call(tool: ToolCall, noise: Noise) -> dict[str, JSON]:
    id = tool.id or ids.make("call", noise)
    if tool.kind == "custom":
        return {"id": id, "type": "custom", "custom": {"name": tool.name, "input": tool.arguments}}
    return {"id": id, "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}}


def _pieces(answer: Answer, tokenizer: Tokenizer) -> tuple[str, ...]:
    """The answer's text, refusal or transcript in the parts that a stream sends."""
    if answer.pieces is not None:
        return answer.pieces
    text = answer.refusal if answer.refusal is not None else answer.text
    if not text:
        return ()
    # Where there are as many words as tokens, each of them is one.
    words = words_of(text) if answer.tokens is not None else ()
    return words if len(words) == answer.tokens else tokenizer.split(text)


def _usage(usage: Usage, model: Model) -> dict[str, JSON]:
    written = {"cache_write_tokens": 0} if model.family.cache_writes else {}
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0, **written},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": usage.audio,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _counted(answers: list[Answer], prompt: int, tokenizer: Tokenizer) -> Usage:
    first = answers[0]
    if first.usage is not None:
        return first.usage
    if len(answers) == 1:
        return Usage(prompt, _output(first, tokenizer), first.reasoning_tokens)
    output = sum(_output(answer, tokenizer) for answer in answers)
    return Usage(prompt, output, sum(answer.reasoning_tokens for answer in answers))


def _output(answer: Answer, tokenizer: Tokenizer) -> int:
    tokens = answer.reasoning_tokens
    if answer.tokens is not None:
        tokens += answer.tokens
    elif answer.text or answer.refusal:
        tokens += tokenizer.count(answer.text or answer.refusal or "")
    for call in answer.tool_calls:
        tokens += tokenizer.count(call.name) + tokenizer.count(call.arguments)
    return tokens


def _bad_schema(body: Mapping[str, JSON], error: ValueError) -> APIError:
    """The API's refusal of a schema that it can't generate for, worded as it words its own."""
    form = body.get("response_format")
    if isinstance(form, dict) and form.get("type") == "json_schema":
        name = (form.get("json_schema") or {}).get("name")
        return APIError(400, f"Invalid schema for response_format '{name}': {error}", param="response_format")
    return APIError(400, f"Invalid schema for function: {error}", param="tools", code="invalid_function_parameters")
