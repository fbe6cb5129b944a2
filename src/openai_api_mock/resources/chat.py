"""Chat completions: the answer as one finished object, and, where a stream is asked for, that object in slices."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .. import ids
from ..answer import JSON, Answer, FinishReason, Question, Usage
from ..call import Call, Refused
from ..errors import APIError
from ..generate.misfits import check_fit
from ..generate.prompt import ToolCounter, count_messages
from ..generate.tokens import Tokenizer
from ..models import Model
from ..state.store import Order, Page
from ..wire import Reply
from ..wordings import refusal
from . import chat_checks, chat_stream
from .base import Resource, Services, operation
from .chat_blanks import BLANKS, Blank, is_plain
from .chat_object import completion_of, pieces_of, usage_of
from .chat_plain import plain_question
from .chat_question import definitions_of, offers_tools, question_of

STORED = "/chat/completions"
"""The collection of stored completions."""


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
            completion: dict[str, JSON] = {"choices": blank.choices, "usage": usage_of(usage, said.model)}
            return self._stream(call, said, blank.head(id, created), completion)
        tokenizer = self.tokenizers.of(said.model.name)
        completion = completion_of(
            said.model, said.answers, body, call.noise, tokenizer, id=id, created=created, usage=usage
        )
        if body.get("store"):
            self._keep(completion, body)
        if not stream:
            return self.json(completion, call.noise, of_model=True)
        return self._stream(call, said, chat_stream.head_of(completion), completion)

    def _stream(self, call: Call, said: Said, head: str, completion: Mapping[str, JSON]) -> Reply:
        tokenizer, error = self.tokenizers.of(said.model.name), said.answers[0].error
        pieces = [pieces_of(answer, tokenizer) for answer in said.answers]
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
            tokenizer = self.tokenizers.of(model.name)
            blank = self._blanks[kind] = Blank(model, finish, call.body, tokenizer)
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

    def _used(self, call: Call, said: Said) -> Usage:
        usage = said.usage
        cached = self.schedule.cached(call, usage.input) if said.answers[0].usage is None else 0
        call.usage = usage = msgspec.structs.replace(usage, cached=cached) if cached else usage
        return usage

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
