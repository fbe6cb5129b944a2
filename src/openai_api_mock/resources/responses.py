"""Responses: the answer as one finished object, kept for what comes after, and in slices where a stream is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..answer import JSON, Usage
from ..call import Call, Refused
from ..jobs import Kind
from ..wire import Reply, Request
from ..wordings import refusal
from . import responses_stream
from .base import Ask, Handler, Services, operation
from .responses_background import KIND, Background, path_of, shown
from .responses_ids import ChainIds
from .responses_input import items_of, lasting
from .responses_making import Maker, compaction_of, usage_of
from .responses_question import role_of
from .responses_socket import ResponsesSession
from .responses_state import (
    RESPONSES,
    RUNNING,
    Item,
    Kept,
    find,
    input_items,
    items_path,
    keep,
    running_path,
)
from .responses_stream import Said


class Responses(Maker):
    """`/responses`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._background = Background(self.store, self.jobs, self.options.advance)

    def job_kinds(self) -> dict[str, Kind]:
        return {KIND: self._background}

    def handlers(self) -> dict[str, Handler]:
        """The beta client's calls are the same, but for a query."""
        known = super().handlers()
        return known | {f"{key}?beta=true": handler for key, handler in known.items()}

    @operation("WEBSOCKET /responses")
    def connect(self, request: Request, ask: Ask) -> ResponsesSession:
        return ResponsesSession(request, ask, self.clock)

    @operation("POST /responses")
    def create(self, call: Call) -> Reply:
        kept = self.made_of(call)
        turn = call.request.turn
        if turn is not None:
            turn.latest[turn.lane] = kept
        if call.body.get("store") is not False:
            self._keep(kept, call)
        if call.body.get("stream"):
            return self._streamed(kept, call)
        return self.json(shown(kept), call.noise, of_model=True)

    @operation("GET /responses/{response_id}")
    def retrieve(self, call: Call) -> Reply:
        if not call.query.get("stream"):
            self.jobs.look(path_of(call.params["response_id"]))
        kept = self._found(call)
        if call.query.get("stream"):
            if not (kept.streamed and kept.response["background"]):
                raise Refused(refusal("not_streamable"))
            return self._streamed(kept, call, (call.query.get("starting_after") or -1) + 1)
        return self.json(shown(kept), call.noise)

    @operation("DELETE /responses/{response_id}")
    def delete(self, call: Call) -> Reply:
        kept = self._found(call)
        with self.store.transaction():
            self.jobs.end(path_of(kept.response["id"]))
            self.store.delete(RESPONSES, kept.response["id"])
        return self.json({"id": kept.response["id"], "object": "response.deleted", "deleted": True}, call.noise)

    @operation("POST /responses/{response_id}/cancel")
    def cancel(self, call: Call) -> Reply:
        kept = self._found(call)
        if kept.running is not None:
            self._background.cancel(kept.response["id"])
            kept = self._found(call)
        if self.options.missing == "synthesize":
            kept.response |= {"status": "cancelled", "output": [], "usage": None, "completed_at": None}
            keep(self.store, kept)
        status = kept.response["status"]
        if status != "cancelled":
            raise Refused(
                refusal("cancel_finished", status=status)
                if kept.response["background"]
                else refusal("cancel_synchronous")
            )
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
        given = items_of(body.get("input"), made)
        items = [*past.recent, *given]
        prompt = past.context + self._count(body, given, model)
        # Recorded: what the user said is kept word for word. The SDK's types don't know that, so what is made up to
        # obey them leaves it out.
        kept = [] if self.options.missing == "synthesize" else items
        output = [item for item in kept if role_of(item) == "user"]
        output.append(compaction_of(items, made, call.noise))
        written = max(32, prompt // 4)
        compacted = {
            "id": made.make("response"),
            "object": "response.compaction",
            "created_at": now,
            "output": output,
            "usage": usage_of(Usage(input=prompt, output=written)),
        }
        return self.json(compacted, call.noise, of_model=True)

    def _keep(self, kept: Kept, call: Call) -> None:
        """With what else follows from it. A line of a batch is acknowledged by the batch, not before."""
        if not kept.response["background"] and kept.response.get("conversation") is None:
            keep(self.store, kept, soon=call.request.batch is not None)
            return
        with self.store.transaction():
            if kept.response["background"]:
                self._background.begin(kept)
            keep(self.store, kept)
            self._append(kept)

    def _append(self, kept: Kept) -> None:
        """What was asked and said becomes part of the conversation."""
        conversation = kept.response.get("conversation")
        if conversation is not None:
            for item in (*lasting(kept.input), *kept.response["output"]):
                self.store.put(items_path(conversation["id"]), item["id"], item)
            if kept.running is not None:
                self.store.put(running_path(conversation["id"]), RUNNING, {})

    # Finding one

    def _found(self, call: Call) -> Kept:
        id = call.params["response_id"]
        kept = find(self.store, id)
        if kept is None:
            if self.options.missing == "404":
                raise Refused(refusal("no_response", id=id))
            call.body.update({"model": "gpt-4o", "input": "Hello", "background": True, "stream": True})
            kept = self.made_of(call)
            kept.response["id"] = id
        return kept

    def _streamed(self, kept: Kept, call: Call, skipped: int = 0) -> Reply:
        """Its events, from the one of that number on."""
        reply = self.events(self._chunks(kept, call)[skipped:], call.noise)
        if kept.running is None:
            return reply
        return self._background.timed(reply, kept.response["id"], skipped, self.clock.time())

    def _chunks(self, kept: Kept, call: Call) -> list[bytes]:
        split = self.tokenizers.of(str(kept.response["model"])).split
        options = call.body.get("stream_options") or {}
        # Recorded: what runs in the background isn't obfuscated.
        obfuscated = options.get("include_obfuscation") is not False and not kept.response["background"]
        said = Said(split, kept.pieces, kept.images)
        flat = self.options.error_events == "flat"
        return responses_stream.chunks(kept.response, said, call.noise if obfuscated else None, kept.error, flat)


def listed(items: Iterator[Item], limit: int) -> dict[str, JSON]:
    """A page of items that are read only as far as it goes."""
    page = list(islice(items, limit))
    first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    more = next(items, None) is not None
    return {"object": "list", "data": page, "first_id": first, "last_id": last, "has_more": more}
