"""Responses: the answer as one finished object, kept for what comes after, and in slices where a stream is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from ..answer import JSON, Answer, Usage
from ..call import Call, Refused
from ..errors import APIError
from ..generate.misfits import check_fit
from ..generate.moderation import moderate
from ..generate.prompt import ToolCounter
from ..models import Model, model_named
from ..noise import Noise
from ..wire import Reply, Request, Turn
from ..wordings import refusal
from . import responses_stream
from .base import Ask, Handler, Resource, Services, operation
from .responses_checks import check
from .responses_envelope import NO_TOOL_USAGE, envelope
from .responses_ids import ChainIds
from .responses_input import items_of
from .responses_items import Output, Writer, seal
from .responses_question import Asked, asked_by, offered_by, role_of, text_of
from .responses_socket import ResponsesSession
from .responses_state import (
    CONVERSATIONS,
    RESPONSES,
    RUNNING,
    Item,
    Kept,
    Past,
    find,
    input_items,
    items_path,
    keep,
    names,
    newest_first,
    past_of_chain,
    past_of_conversation,
    running_path,
)
from .responses_stream import Said
from .responses_tokens import count_input, count_items, count_output

_UNFINISHED = ("queued", "in_progress")


class Responses(Resource):
    """`/responses`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._tools = ToolCounter()

    def handlers(self) -> dict[str, Handler]:
        """The beta client's calls are the same, but for a query."""
        known = super().handlers()
        return known | {f"{key}?beta=true": handler for key, handler in known.items()}

    @operation("WEBSOCKET /responses")
    def connect(self, request: Request, ask: Ask) -> ResponsesSession:
        return ResponsesSession(request, ask, self.clock)

    @operation("POST /responses")
    def create(self, call: Call) -> Reply:
        kept = self._kept(call)
        turn = call.request.turn
        if turn is not None:
            turn.latest[turn.lane] = kept
        if call.body.get("store") is not False:
            with self.store.transaction():
                keep(self.store, kept)
                self._append(kept)
        if call.body.get("stream"):
            return self.events(self._chunks(kept, call), call.noise)
        return self.json(_shown(kept), call.noise, of_model=True)

    @operation("GET /responses/{response_id}")
    def retrieve(self, call: Call) -> Reply:
        kept = self._found(call)
        if call.query.get("stream"):
            if not (kept.streamed and kept.response["background"]):
                raise Refused(refusal("not_streamable"))
            return self.events(self._chunks(kept, call)[(call.query.get("starting_after") or -1) + 1 :], call.noise)
        if not kept.done:
            self._finished(kept)
        return self.json(_shown(kept), call.noise)

    @operation("DELETE /responses/{response_id}")
    def delete(self, call: Call) -> Reply:
        kept = self._found(call)
        self.store.delete(RESPONSES, kept.response["id"])
        return self.json({"id": kept.response["id"], "object": "response.deleted", "deleted": True}, call.noise)

    @operation("POST /responses/{response_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        kept = self._found(call)
        status = kept.response["status"]
        if self.options.missing != "synthesize" and status != "cancelled":
            if not kept.response["background"]:
                raise Refused(refusal("cancel_synchronous"))
            if kept.done:
                raise Refused(refusal("cancel_finished", status=status))
        kept.response |= {"status": "cancelled", "output": [], "usage": None, "completed_at": None}
        self._finished(kept)
        return self.json(kept.response, call.noise)

    @operation("GET /responses/{response_id}/input_items")
    def input_items(self, call: Call) -> Reply:
        kept, query = self._found(call), call.query
        items: Iterator[Item] = input_items(self.store, kept)
        if query.get("order") == "asc":
            items = iter(list(items)[::-1])
        after = query.get("after")
        if after is not None and not any(item["id"] == after for item in items) and self.options.missing == "404":
            raise Refused(refusal("no_conversation_item", id=after))
        return self.json(listed(items, query.get("limit") or 20), call.noise)

    @operation("POST /responses/input_tokens")
    def count(self, call: Call) -> Reply:
        body, model = call.body, self._model(call)
        past = self._past(body, model)
        made = ChainIds(call.noise, int(self.clock.time()))
        tokens = past.context + self._count(body, items_of(body.get("input"), made), model)
        return self.json({"object": "response.input_tokens", "input_tokens": tokens}, call.noise)

    @operation("POST /responses/compact")
    def compact(self, call: Call) -> Reply:
        body, model, now = call.body, self._model(call), int(self.clock.time())
        past = self._past(body, model)
        made = ChainIds(call.noise, now, past.earlier)
        items = [*past.recent, *items_of(body.get("input"), made)]
        prompt = past.context + self._count(body, items_of(body.get("input"), made), model)
        # Recorded: what the user said is kept word for word. The SDK's types don't know that, so what is made up to
        # obey them leaves it out.
        kept = [] if self.options.missing == "synthesize" else items
        output = [item for item in kept if role_of(item) == "user"]
        output.append(_compaction(items, made, call.noise))
        written = max(32, prompt // 4)
        compacted = {
            "id": made.make("response"),
            "object": "response.compaction",
            "created_at": now,
            "output": output,
            "usage": _usage(Usage(input=prompt, output=written)),
        }
        return self.json(compacted, call.noise, of_model=True)

    # Making one

    def _kept(self, call: Call) -> Kept:
        """The response that a request gets, with what is kept of it."""
        body, model, now = call.body, self._model(call), int(self.clock.time())
        past = self._past(body, model, call.request.turn)
        made = ChainIds(call.noise, now, past.earlier)
        given = items_of(body.get("input"), made)
        if self.exacting:
            check(body, model, _dicts(body.get("input")), past.recent)
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
        output = Output([], None, {}) if silent else writer.write(answer, self.store, call.answer is not None)
        if _wants_compaction(body, prompt):
            output.items.append(_compaction(items, made, call.noise))
        self._finish(response, answer, output, prompt, model, call)
        return Kept(
            response=response,
            input=given,
            context=0 if response["usage"] is None else response["usage"]["total_tokens"],
            loaded=sorted({*asked.loaded, *(each.tool.name for item in output.items for each in _loaded(item))}),
            listed=sorted({*asked.listed, *names(output.items, "mcp_list_tools", "server_label")}),
            done=not response["background"],
            streamed=body.get("stream") is True,
            pieces=None if output.pieces is None else list(output.pieces),
            error=None if answer.error is None else answer.error.body()["error"],
            images={id: list(images) for id, images in output.images.items()},
        )

    def _finish(
        self, response: dict[str, JSON], answer: Answer, output: Output, prompt: int, model: Model, call: Call
    ) -> None:
        """What a response has when its model has spoken."""
        given = answer.usage
        written = count_output(output.items, answer.reasoning_tokens, self.tokenizers.of(model.name))
        usage = given or Usage(input=prompt, output=written, reasoning=answer.reasoning_tokens)
        response["output"] = output.items
        response["usage"] = _usage(usage)
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
            judge = str(moderation.get("model") or "omni-moderation-latest")
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
        items = reversed(list(newest_first(self.store, conversation)))
        context = count_items(items, model, self.tokenizers.of(model.name))
        return past_of_conversation(self.store, conversation, context)

    def _count(self, body: Mapping[str, JSON], items: Sequence[Item], model: Model) -> int:
        return count_input(body, items, model, self._tools, self.tokenizers.of(model.name))

    def _prompt(self, body: Mapping[str, JSON], model: Model, past: Past, given: Sequence[Item]) -> int:
        prompt = past.context + self._count(body, given, model)
        if prompt > model.family.context:
            if body.get("truncation") != "auto" and self.exacting:
                raise Refused(refusal("response_context_length"))
            return model.family.context
        return prompt

    def _append(self, kept: Kept) -> None:
        """What was asked and said becomes part of the conversation."""
        conversation = kept.response.get("conversation")
        if conversation is not None:
            for item in (*kept.input, *kept.response["output"]):
                self.store.put(items_path(conversation["id"]), item["id"], item)
            if not kept.done:
                self.store.put(running_path(conversation["id"]), RUNNING, {})

    def _finished(self, kept: Kept) -> None:
        """A background response's outcome shows from now on."""
        kept.done = True
        with self.store.transaction():
            keep(self.store, kept)
            if kept.response.get("conversation") is not None:
                self.store.delete(running_path(kept.response["conversation"]["id"]), RUNNING)

    # Finding one

    def _found(self, call: Call) -> Kept:
        id = call.params["response_id"]
        kept = find(self.store, id)
        if kept is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_response", id=id))
            call.body.update({"model": "gpt-4o", "input": "Hello", "background": True, "stream": True})
            kept = self._kept(call)
            kept.response["id"] = id
            kept.done = True
        return kept

    def _chunks(self, kept: Kept, call: Call) -> list[bytes]:
        split = self.tokenizers.of(str(kept.response["model"])).split
        options = call.body.get("stream_options") or {}
        # Recorded: what runs in the background isn't obfuscated.
        obfuscated = options.get("include_obfuscation") is not False and not kept.response["background"]
        said = Said(split, kept.pieces, kept.images)
        flat = self.options.error_events == "flat"
        return responses_stream.chunks(kept.response, said, call.noise if obfuscated else None, kept.error, flat)


def _remembered(turn: Turn | None, id: JSON) -> Kept | None:
    """What a WebSocket's connection has of a response, which need not be stored."""
    latest: Iterable[Kept] = () if turn is None else turn.latest.values()
    return next((kept for kept in latest if kept.response["id"] == id), None)


def listed(items: Iterator[Item], limit: int) -> dict[str, JSON]:
    """A page of items that are read only as far as it goes."""
    page = list(islice(items, limit))
    first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    more = next(items, None) is not None
    return {"object": "list", "data": page, "first_id": first, "last_id": last, "has_more": more}


def _shown(kept: Kept) -> dict[str, JSON]:
    """A response as it shows by now: one in the background has said nothing until its outcome is asked for."""
    if kept.done:
        return kept.response
    waiting: Item = {"status": "queued", "completed_at": None, "output": [], "usage": None, "service_tier": "auto"}
    shown = {**kept.response, **waiting, "error": None, "incomplete_details": None}
    return {name: value for name, value in shown.items() if name != "billing"}


def _conversation(body: Mapping[str, JSON]) -> str | None:
    given = body.get("conversation")
    return str(given["id"]) if isinstance(given, dict) else given


def _wants_compaction(body: Mapping[str, JSON], prompt: int) -> bool:
    thresholds = (each.get("compact_threshold") for each in body.get("context_management") or ())
    return any(prompt > threshold for threshold in thresholds if threshold)


def _compaction(items: Sequence[Item], made: ChainIds, noise: Noise) -> Item:
    sealed = seal(msgspec.json.encode(items), noise)
    return {"id": made.make("compaction"), "type": "compaction", "encrypted_content": sealed}


def _loaded(item: Item) -> Iterator[JSON]:
    return offered_by(item) if item["type"] == "tool_search_output" else iter(())


def _usage(usage: Usage) -> dict[str, JSON]:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def _moderated(text: str, model: str) -> dict[str, JSON]:
    return dict(sorted({"type": "moderation_result", "model": model, **moderate(text)}.items()))


_SILENCE = Answer(finish_reason="stop")
_NOWHERE = ChainIds(Noise(b"ids that nobody sees"), 0)


def _dicts(value: JSON) -> list[Item]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _bad_schema(body: Mapping[str, JSON], error: ValueError) -> APIError:
    """The API's refusal of a schema that it can't generate for, worded as it words its own."""
    text = body.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        message = f"Invalid schema for response_format '{form.get('name')}': {error}"
        return APIError(400, message, param="text.format.schema", code="invalid_json_schema")
    return APIError(400, f"Invalid schema for function: {error}", param="tools", code="invalid_function_parameters")
