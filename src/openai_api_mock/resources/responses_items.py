"""What the model says as output items of a response, in the order and with the keys that were recorded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from .. import ids
from ..answer import JSON, Answer, ToolCall
from ..generate.logprobs import entry
from ..generate.tokens import Tokenizer
from ..models import Model
from ..noise import Noise
from .responses_hosted import Done, Held, Job, listed_tools, use
from .responses_ids import ChainIds
from .responses_question import Asked, Offered

Item = dict[str, JSON]

_SUMMARY_TOKENS = 12


class Output(msgspec.Struct):
    """A response's output."""

    items: list[Item]
    pieces: Sequence[str] | None
    """The parts in which the message's text (or refusal) is sent, where they are known."""
    images: dict[str, Sequence[str]]
    """Partial images by the id of their item."""
    searches: int = 0
    """How often the web was searched."""


class Writer:
    """Writes the output of one response."""

    def __init__(
        self,
        asked: Asked,
        model: Model,
        body: Mapping[str, JSON],
        made: ChainIds,
        noise: Noise,
        tokenizer: Tokenizer,
    ) -> None:
        self.asked = asked
        self.model = model
        self.tokenizer = tokenizer
        self.body = body
        self.made = made
        self.noise = noise
        self.include = frozenset(body.get("include") or ())
        self.items: list[Item] = []
        self.images: dict[str, Sequence[str]] = {}

    def write(self, answer: Answer, held: Held, scripted: bool) -> Output:
        self._list_tools()
        if answer.reasoning_tokens or answer.reasoning is not None:
            self._reason(answer)
        for item in answer.items:
            self._add(dict(item))
        for image in answer.images:
            if isinstance(image, bytes):
                self._add({"type": "image_generation_call", "result": b64encode(image).decode()})
        calls = [self._resolved(call) for call in answer.tool_calls]
        done = [self._use(call, held) for call in calls if call.kind in ("hosted", "builtin")]
        ends = any(each.ends for each in done)
        pieces: Sequence[str] | None = answer.pieces
        if (answer.text is not None or answer.refusal is not None) and not ends:
            pieces = self._message(answer, [] if scripted else done)
        elif self.images or any(item["type"] == "image_generation_call" for item in self.items):
            self._message(Answer(text=""), [])  # recorded: an image is followed by an empty message
        for call in calls:
            if call.kind in ("function", "custom"):
                self._call(call)
        searches = sum(item["type"] == "web_search_call" for item in self.items)
        return Output(self.items, pieces, self.images, searches)

    def _add(self, item: Item) -> Item:
        """Keys as recorded: id, type and status first, the rest by the alphabet."""
        kind = str(item["type"])
        id = item.pop("id", None) or self.made.make(kind)
        status = item.pop("status", None)
        if status is None and kind not in _WITHOUT_STATUS:
            status = "completed"
        written = {"id": id, "type": kind, **({} if status is None else {"status": status})}
        written |= {name: item[name] for name in sorted(item) if name != "type"}
        self.items.append(written)
        return written

    def _list_tools(self) -> None:
        for offered in self.asked.offered.values():
            label = str(offered.definition.get("server_label"))
            if offered.definition.get("type") == "mcp" and label not in self.asked.listed:
                tools = listed_tools(offered.definition)
                self._add({"type": "mcp_list_tools", "server_label": label, "tools": tools})

    def _reason(self, answer: Answer) -> None:
        item: Item = {"type": "reasoning", "content": [], "summary": []}
        asked = self.body.get("reasoning") or {}
        if asked.get("summary") or asked.get("generate_summary"):
            text = answer.reasoning or _summary(self.asked.question.user)
            item["summary"] = [{"type": "summary_text", "text": text}]
        if "reasoning.encrypted_content" in self.include or self.body.get("store") is False:
            item["encrypted_content"] = _sealed(self.noise, 400 + answer.reasoning_tokens)
        self._add(item)

    def _resolved(self, call: ToolCall) -> ToolCall:
        """A scripted call of a tool of the API's own, such as `tool_call("web_search", query=…)`, is one of that."""
        offered = self.asked.offered.get(call.name)
        if offered is None or call.kind != "function":
            return call
        kind = offered.tool.kind
        return call if kind == "function" else msgspec.structs.replace(call, kind=kind)

    def _use(self, call: ToolCall, held: Held) -> Done:
        definition = self.asked.offered[call.name].definition
        approval = self.asked.approvals.get(call.name)
        job = Job(call, definition, self.asked.question, self.include, self.noise, held, approval)
        done = use(job)
        for index, item in enumerate(done.items):
            added = self._add(item)
            if index in done.images:
                self.images[added["id"]] = done.images[index]
        return done

    def _message(self, answer: Answer, done: Sequence[Done]) -> Sequence[str] | None:
        pieces = answer.pieces
        if answer.refusal is not None:
            content: Item = {"type": "refusal", "refusal": answer.refusal}
        else:
            text, annotations = answer.text or "", list(answer.annotations)
            for each in done:
                if each.text and self.asked.question.schema is None:
                    offset = len(text) + 1
                    text = f"{text} {each.text}"
                    annotations += [_moved(annotation, offset) for annotation in each.annotations]
                    pieces = None
            content = {"type": "output_text", "annotations": annotations, "logprobs": [], "text": text}
            if "message.output_text.logprobs" in self.include or self.body.get("top_logprobs"):
                pieces = pieces if pieces is not None else self.tokenizer.split(text)
                top = self.body.get("top_logprobs") or 0
                content["logprobs"] = [_alphabetical(entry(piece, top, self.noise)) for piece in pieces]
        item: Item = {"type": "message", "content": [content], "role": "assistant"}
        if self.model.family.phases:
            item["phase"] = "final_answer"
        if answer.finish == "length":
            item["status"] = "incomplete"
        self._add(item)
        return pieces

    def _call(self, call: ToolCall) -> None:
        offered = self.asked.offered.get(call.name)
        if offered is not None and offered.deferred and call.name not in self.asked.loaded:
            self._search_tools(offered)
        item: Item = {"call_id": call.id or ids.make("call", self.noise), "name": call.name}
        if offered is not None and offered.namespace is not None:
            item["namespace"] = offered.namespace
        if call.kind == "custom":
            self._add({"type": "custom_tool_call", "input": call.arguments, **item})
        else:
            self._add({"type": "function_call", "arguments": call.arguments, **item})

    def _search_tools(self, offered: Offered) -> None:
        """Recorded: a tool that isn't loaded yet is searched for in the same response, and called then."""
        found = dict(offered.definition)
        if offered.namespace not in (None, offered.tool.name):
            spaces = (tool for tool in self.body.get("tools") or () if tool.get("name") == offered.namespace)
            found = dict(next(spaces, found))
        shared: Item = {"call_id": None, "execution": "server", "status": "completed"}
        self._add({"type": "tool_search_call", "arguments": {"paths": [offered.namespace]}, **shared})
        self._add({"type": "tool_search_output", "tools": [found], **shared})


_WITHOUT_STATUS = frozenset(("compaction", "mcp_approval_request", "mcp_list_tools", "reasoning"))


def _summary(user: str) -> str:
    subject = " ".join(user.split()[:_SUMMARY_TOKENS]) or "the request"
    return f"**Considering the request**\n\nI need to respond to: {subject}"


def _sealed(noise: Noise, length: int) -> str:
    """Looks like encrypted reasoning; nothing is inside."""
    return "gAAAAAB" + ids.base62(noise, length)


def seal(content: bytes, noise: Noise) -> str:
    """Looks like encrypted content, and is the same for the same content."""
    return "gAAAAAB" + blake2b(content, digest_size=32).hexdigest() + ids.base62(noise, 200)


def _moved(annotation: Mapping[str, JSON], offset: int) -> Item:
    places = ("end_index", "index", "start_index")
    return {name: value + offset if name in places else value for name, value in annotation.items()}


def _alphabetical(value: Mapping[str, JSON]) -> Item:
    moved = {name: value[name] for name in sorted(value)}
    moved["top_logprobs"] = [{name: each[name] for name in sorted(each) if name != "top_logprobs"} for each in
                             value["top_logprobs"]]  # fmt: skip
    return moved
