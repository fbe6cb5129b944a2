"""How a response is made: what was said before, what is answered now, and what is kept of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ..answer import JSON, Answer, Usage
from ..call import Call, Refused
from ..containers import Containers
from ..content import dicts, text_of
from ..errors import APIError
from ..generate.misfits import check_fit
from ..generate.moderation import USUAL_MODEL, moderate
from ..generate.prompt import ToolCounter
from ..models import Model, model_named
from ..noise import Noise
from ..state import walk
from ..wire import Turn
from ..wordings import refusal
from .base import Resource, Services
from .responses_checks import check
from .responses_envelope import NO_TOOL_USAGE, envelope
from .responses_hosted import Held
from .responses_ids import ChainIds
from .responses_input import items_of
from .responses_items import Output, Writer, seal
from .responses_question import Asked, asked_by, format_of, offered_by
from .responses_state import (
    CONVERSATIONS,
    RUNNING,
    Item,
    Kept,
    Past,
    find,
    items_path,
    names,
    past_of_chain,
    past_of_conversation,
    running_path,
)
from .responses_tokens import count_input, count_items, count_output


class Maker(Resource):
    """Makes responses, of a request and of what was said before it."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._tools = ToolCounter()
        self._held = Held(self.vectors, Containers(self.store, self.clock, self.files))

    def made_of(self, call: Call) -> Kept:
        """The response that a request gets, with what is kept of it."""
        body, model, now = call.body, self._model(call), int(self.clock.time())
        past = self._past(body, model, call.request.turn)
        made = ChainIds(call.noise, now, past.earlier)
        given = items_of(body.get("input"), made)
        if self.exacting:
            check(body, model, _asked(body.get("input")), past.recent)
        items = [*past.recent, *given]
        asked = asked_by(body, model, items)
        asked = msgspec.structs.replace(
            asked, loaded=asked.loaded | {*past.loaded}, listed=asked.listed | {*past.listed}
        )
        prompt = self._prompt(body, model, past, given)
        silent = call.request.turn is not None and not call.request.turn.generate
        answer = _SILENCE if silent else self._answer(call, asked)
        call.entry.answer = answer
        conversation = _conversation(body)
        brought = (tool for item in given if item["type"] == "additional_tools" for tool in item["tools"])
        tools = [*(body.get("tools") or ()), *brought]
        response = envelope(body, model, made.make("response"), now, tools, conversation)
        writer = Writer(asked, model, body, made, call.noise, self.tokenizers.of(model.name))
        output = Output([], None, {}) if silent else writer.write(answer, self._held, call.answer is not None)
        if _wants_compaction(body, prompt):
            output.items.append(compaction_of(items, made, call.noise))
        call.usage = answer.usage or Usage(
            input=prompt,
            output=count_output(output.items, answer.reasoning_tokens, self.tokenizers.of(model.name)),
            reasoning=answer.reasoning_tokens,
            cached=self.schedule.cached(call, prompt, past.context),
        )
        self._finish(response, answer, output, call.usage, call)
        return Kept(
            response=response,
            input=given,
            context=0 if response["usage"] is None else response["usage"]["total_tokens"],
            loaded=sorted({*asked.loaded, *(each.tool.name for item in output.items for each in _loaded(item))}),
            listed=sorted({*asked.listed, *names(output.items, "mcp_list_tools", "server_label")}),
            streamed=body.get("stream") is True,
            pieces=None if call.answer is None or output.pieces is None else list(output.pieces),
            error=None if answer.error is None else answer.error.body()["error"],
            images={id: list(images) for id, images in output.images.items()},
        )

    def _finish(self, response: dict[str, JSON], answer: Answer, output: Output, usage: Usage, call: Call) -> None:
        """What a response has when its model has spoken."""
        response["output"] = output.items
        response["usage"] = usage_of(usage)
        if output.searches:
            response["tool_usage"] = {**NO_TOOL_USAGE, "web_search": {"num_requests": output.searches}}
        if answer.error is not None:
            error = answer.error
            response |= {"status": "failed", "usage": None}
            response["error"] = {"code": error.code or error.type, "message": error.message}
        elif answer.finish in ("length", "content_filter"):
            reason = "max_output_tokens" if answer.finish == "length" else "content_filter"
            response |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
        else:
            response |= {"status": "completed", "completed_at": int(self.clock.time())}
        moderation = call.body.get("moderation")
        if isinstance(moderation, dict):
            heard = text_of([part for item in items_of(call.body.get("input"), _NOWHERE) for part in item["content"]])
            said = "\n".join(text_of(item["content"]) for item in output.items if item["type"] == "message")
            judge = str(moderation.get("model") or USUAL_MODEL)
            response["moderation"] = {"input": _moderated(heard, judge), "output": _moderated(said, judge)}

    def _answer(self, call: Call, asked: Asked) -> Answer:
        answer = call.answer
        if answer is not None:
            check_fit(answer, asked.question.schema)
        else:
            try:
                answer = self.generator.answer(asked.question, call.chance())
            except ValueError as error:  # Unsatisfiable or InvalidSchema, which only a schema can bring about
                raise Refused(_bad_schema(call.body, error)) from error
        if call.entry.faults:
            answer = self.distorted(call, answer, asked.question)
        most = call.body.get("max_tool_calls")
        if most is not None:
            hosted = [each for each in answer.tool_calls if each.kind == "hosted"]
            left = tuple(each for each in answer.tool_calls if each not in hosted[most:])
            answer = msgspec.structs.replace(answer, tool_calls=left)
        return answer

    def _model(self, call: Call) -> Model:
        model = model_named(str(call.body.get("model") or "gpt-4o"))
        if not self.knows(call, model.name):
            raise Refused(refusal("unknown_response_model", model=model.name))
        return model

    def _past(self, body: Mapping[str, JSON], model: Model, turn: Turn | None = None) -> Past:
        previous, conversation = body.get("previous_response_id"), _conversation(body)
        synthesize = self.options.missing == "synthesize"
        if previous is not None and conversation is not None and self.exacting:
            raise Refused(refusal("conversation_and_previous"))
        if previous is not None:
            kept = _remembered(turn, previous) or find(self.store, str(previous))
            if kept is None and not synthesize:
                raise Refused(refusal("no_previous_response", id=previous))
            return Past() if kept is None else past_of_chain(self.store, kept)
        if conversation is None:
            return Past()
        if self.store.get(CONVERSATIONS, conversation) is None and not synthesize:
            raise Refused(refusal("no_conversation", id=conversation))
        if self.store.get(running_path(conversation), RUNNING) is not None:
            raise Refused(refusal("conversation_locked"))
        items = list(walk(self.store, items_path(conversation), "asc"))
        context = count_items(items, model, self.tokenizers.of(model.name))
        return past_of_conversation(items, conversation, context)

    def _count(self, body: Mapping[str, JSON], items: Sequence[Item], model: Model) -> int:
        return count_input(body, items, model, self._tools, self.tokenizers.of(model.name))

    def _prompt(self, body: Mapping[str, JSON], model: Model, past: Past, given: Sequence[Item]) -> int:
        prompt = past.context + self._count(body, given, model)
        if prompt > model.family.context:
            if body.get("truncation") != "auto" and self.exacting:
                raise Refused(refusal("response_context_length"))
            return model.family.context
        return prompt


def _remembered(turn: Turn | None, id: JSON) -> Kept | None:
    """What a WebSocket's connection has of a response, which need not be stored."""
    latest: Iterable[Kept] = () if turn is None else turn.latest.values()
    return next((kept for kept in latest if kept.response["id"] == id), None)


def _conversation(body: Mapping[str, JSON]) -> str | None:
    given = body.get("conversation")
    return str(given["id"]) if isinstance(given, dict) else given


def _wants_compaction(body: Mapping[str, JSON], prompt: int) -> bool:
    thresholds = (each.get("compact_threshold") for each in body.get("context_management") or ())
    return any(prompt > threshold for threshold in thresholds if threshold)


def compaction_of(items: Sequence[Item], made: ChainIds, noise: Noise) -> Item:
    sealed = seal(msgspec.json.encode(items), noise)
    return {"id": made.make("compaction"), "type": "compaction", "encrypted_content": sealed}


def _loaded(item: Item) -> Iterator[JSON]:
    return offered_by(item) if item["type"] == "tool_search_output" else iter(())


def usage_of(usage: Usage) -> dict[str, JSON]:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def _moderated(text: str, model: str) -> dict[str, JSON]:
    """Recorded: the type first, the rest by the alphabet."""
    return {"type": "moderation_result", **dict(sorted({"model": model, **moderate(text)}.items()))}


_SILENCE = Answer(finish_reason="stop")
_NOWHERE = ChainIds(Noise(b"ids that nobody sees"), 0)


def _asked(given: JSON) -> list[Item]:
    """The input as the request has it, a text as the message that it stands for."""
    return [{"role": "user", "content": given}] if isinstance(given, str) else dicts(given)


def _bad_schema(body: Mapping[str, JSON], error: ValueError) -> APIError:
    """The API's refusal of a schema that it can't generate for, worded as it words its own."""
    form = format_of(body)
    if form.get("type") == "json_schema":
        message = f"Invalid schema for response_format '{form.get('name')}': {error}"
        return APIError(400, message, param="text.format.schema", code="invalid_json_schema")
    return APIError(400, f"Invalid schema for function: {error}", param="tools", code="invalid_function_parameters")
