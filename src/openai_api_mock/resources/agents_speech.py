"""What an agent's model says in a turn: the same as a response, of which it is made.

The model is asked as `POST /responses` with `stream`; so scripts, faults, paces and limits work on an agent as on a
response. What comes is told in the Agents API's own events, whose names are those of a response's, but for what they
begin with (openai 3.54: `agent.session.turn.output_text.delta` and the like have the fields that
`response.output_text.delta` has).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ..answer import JSON
from ..content import as_json, data_of
from ..wire import Reply, Request, Stream

Item = dict[str, JSON]

TURN = "agent.session.turn."
CALLS = frozenset(("function_call", "mcp_approval_request"))
"""Kinds of items after which the agent waits for the application."""
_REMEMBERED = CALLS | {"function_call_output", "mcp_call", "mcp_list_tools", "message", "web_search_call"}
"""Kinds of output that the model is told of when it is asked again: those that a response takes as input."""

_OWN: dict[str, Item] = {
    "command_execution": {"command": "", "cwd": None, "duration_ms": None, "exit_code": 0, "output": ""},
    "computer_use_call": {"output": None, "title": None},
}
"""Kinds that no response has, with the defaults of what a script leaves away."""

_ACTIONS = {"search": ("queries", "query"), "open_page": ("url",), "find_in_page": ("pattern", "url")}

# What a turn fails of, by the status of a refusal. The codes are those of the SDK's SessionTurnError.
_BY_STATUS = {
    400: "invalid_request", 401: "authentication_error", 403: "authentication_error", 404: "resource_not_found",
    408: "request_timeout", 429: "rate_limit_exceeded", 503: "server_overloaded",
}  # fmt: skip
_BY_CODE = {
    "context_length_exceeded": "context_length_exceeded",
    "insufficient_quota": "usage_limit_exceeded",
    "rate_limit_exceeded": "rate_limit_exceeded",
}
_BY_REASON = {
    "content_filter": ("misalignment_policy_violation", "The request was blocked by the safety systems."),
    "max_output_tokens": (
        "max_output_tokens",
        "The model reached its output token limit before finishing the response.",
    ),
}
_LOST = ("connection_failed", "The request could not connect to the model service.")


class Said(msgspec.Struct):
    """What the model said, once it was asked."""

    items: list[Item]
    """As sessions list them, but for the turn's id. Calls of functions are in progress."""
    events: list[tuple[float, str, Item]]
    """Seconds after the question, the event's type, and its fields."""
    remembered: list[Item]
    """What it said as a response has it, to be told when it is asked again."""
    usage: Item | None = None
    error: tuple[str, str] | None = None
    """Code and message of what went wrong after all this."""

    @property
    def calls(self) -> list[Item]:
        return [item for item in self.items if item["type"] == "function_call"]

    @property
    def requests(self) -> list[Item]:
        """For approval, as a response has them."""
        return [item for item in self.remembered if item["type"] == "mcp_approval_request"]


def request_of(agent: Mapping[str, JSON], tools: Sequence[Item], asked: Sequence[Item], work: str) -> Request:
    """What asks the model; `asked` is the session's input up to here."""
    body: Item = {"model": agent["model"], "input": list(asked), "stream": True, "store": False}
    if agent["instructions"]:
        body["instructions"] = agent["instructions"]
    offered = list(_offered(tools))
    if offered:
        body["tools"] = offered
    reasoning = {name: value for name, value in agent["reasoning"].items() if value is not None}
    if reasoning:
        body["reasoning"] = reasoning
    text: Item = {}
    if agent["text"]["format"]["type"] == "json_schema":
        text["format"] = {"type": "json_schema", "name": "answer", "schema": agent["text"]["format"]["schema"]}
    if agent["text"]["verbosity"] != "medium":
        text["verbosity"] = agent["text"]["verbosity"]
    if text:
        body["text"] = text
    headers = {"content-type": "application/json"}
    return Request("POST", "/v1/responses", "", headers, msgspec.json.encode(body), batch=work)


def _offered(tools: Sequence[Item]) -> Iterator[Item]:
    """The agent's tools as a response is offered them; those that only an environment could run aren't."""
    searched = any(tool["type"] == "tool_search" for tool in tools)
    for tool in tools:
        if tool["type"] == "function":
            named = {name: tool[name] for name in ("type", "name", "description", "parameters")}
            yield {**named, "strict": False, **({"defer_loading": True} if searched and tool["defer_loading"] else {})}
        elif tool["type"] == "tool_search":
            yield {"type": "tool_search"}
        elif tool["type"] == "web_search" and tool["mode"] != "disabled":
            yield {"type": "web_search", "search_context_size": tool["context_size"]}
        elif tool["type"] == "mcp" and tool["transport"]["type"] == "http":
            server = {"server_label": tool["server_label"], "server_url": tool["transport"]["server_url"]}
            allowed = {} if tool["allowed_tools"] is None else {"allowed_tools": tool["allowed_tools"]}
            yield {"type": "mcp", **server, **allowed, "require_approval": "never"}


def said_in(reply: Reply, first_index: int) -> Said:
    """What a reply to the question says; the turn's items are counted from `first_index` on."""
    said = Said([], [], [])
    body = reply.body
    if reply.status >= 400 or isinstance(body, bytes):
        whole = body if isinstance(body, bytes) else body.join()
        said.error = _refused(reply.status, as_json(whole))
        return said
    told = [(reply.delay if body.times is None else at, event) for at, event in _events(body)]
    finals = {event["output_index"]: event["item"] for _, event in told if event["type"] == _DONE}
    scribe = _Scribe(said, first_index, commenting=any(item["type"] in CALLS for item in finals.values()))
    said.error = _LOST
    for at, event in told:
        kind = event["type"]
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            response = event["response"]
            said.usage = usage_of(response.get("usage"))
            said.error = _outcome(response)
        elif kind.startswith("response."):
            scribe.take(at, kind.removeprefix("response."), event)
    scribe.close()
    return said


_DONE = "response.output_item.done"


def _events(stream: Stream) -> Iterator[tuple[float, Item]]:
    for at, chunk in zip(stream.times or [0.0] * len(stream.chunks), stream.chunks, strict=True):
        event = data_of(chunk)
        if isinstance(event, dict) and isinstance(event.get("type"), str):
            yield at, event


def _outcome(response: Mapping[str, JSON]) -> tuple[str, str] | None:
    if response["status"] == "failed":
        error = response.get("error") or {}
        code = str(error.get("code"))
        return _BY_CODE.get(code, "server_error"), str(error.get("message") or "The turn failed.")
    if response["status"] == "incomplete":
        reason = (response.get("incomplete_details") or {}).get("reason")
        return _BY_REASON.get(str(reason), ("server_error", "The turn failed."))
    return None


def _refused(status: int, body: JSON) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    message = str(error.get("message") or _LOST[1])
    if status < 400:
        return _LOST[0], message
    return _BY_CODE.get(str(error.get("code"))) or _BY_STATUS.get(status, "server_error"), message


def usage_of(usage: JSON) -> Item | None:
    """Tokens as sessions count them."""
    if not usage:
        return None
    return {
        "input_tokens": usage["input_tokens"],
        "input_tokens_details": {"cached_tokens": usage["input_tokens_details"]["cached_tokens"]},
        "output_tokens": usage["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": usage["output_tokens_details"]["reasoning_tokens"]},
        "total_tokens": usage["total_tokens"],
    }


def added(usages: Iterable[Item | None]) -> Item | None:
    """The sum of some usages; None where none is known."""
    known = [usage for usage in usages if usage is not None]
    if not known:
        return None
    return {
        "input_tokens": _total(known, "input_tokens"),
        "input_tokens_details": {"cached_tokens": _total(known, "input_tokens_details", "cached_tokens")},
        "output_tokens": _total(known, "output_tokens"),
        "output_tokens_details": {"reasoning_tokens": _total(known, "output_tokens_details", "reasoning_tokens")},
        "total_tokens": _total(known, "total_tokens"),
    }


def _total(usages: Iterable[Item], name: str, inner: str | None = None) -> int:
    counts = (usage[name] if inner is None else usage[name][inner] for usage in usages)
    return sum(int(count) for count in counts)


class _Scribe:
    """Writes a response's events anew, as a turn's."""

    def __init__(self, said: Said, first_index: int, *, commenting: bool) -> None:
        self._said = said
        self._first = first_index
        self._places: dict[int, int] = {}
        """Of the response's output in the turn's, which lacks some."""
        self._open: dict[int, Item] = {}
        """What was added and isn't done yet, as it is by now."""
        self._at = 0.0
        # Not documented for rounds of a turn: what is said ahead of a call is no final answer.
        self._phase = "commentary" if commenting else "final_answer"

    def take(self, at: float, kind: str, event: Item) -> None:
        index = int(event.get("output_index", -1))
        self._at = at
        if kind == "output_item.added":
            self._add(at, index, event["item"])
        elif kind == "output_item.done":
            self._end(at, index, event["item"])
        elif index in self._places and kind in _PASSED_ON:
            name, fields = _PASSED_ON[kind]
            told = {field: event[field] for field in fields}
            if kind.startswith("content_part."):
                told["part"] = _part(event["part"])
            elif kind == "refusal.done":
                told["text"] = event["refusal"]
            self._tell(at, name, {**told, "output_index": self._places[index]})
            if index in self._open:
                _spell(self._open[index], name, told)

    def close(self) -> None:
        """The stream is over: what was cut off in its middle stays as it is."""
        for index, item in self._open.items():
            item["status"] = "incomplete"
            self._said.items.append(item)
            self._tell(self._at, "item.done", {"item": item, "output_index": self._places[index]})

    def _add(self, at: float, index: int, item: Item) -> None:
        # A function's call is added once its arguments are whole: the SDK runs its tools on that event.
        if item["type"] == "function_call" or (shown := self._shown(item)) is None:
            return
        if item["type"] == "message":
            shown["content"] = []
        elif item["type"] == "reasoning":
            shown["summary"] = []
        if "status" in shown:
            shown["status"] = "in_progress"
        self._begin(at, index, shown)
        self._open[index] = {**shown, **{name: [] for name in ("content", "summary") if name in shown}}

    def _begin(self, at: float, index: int, item: Item) -> None:
        self._places[index] = self._first + len(self._places)
        self._tell(at, "item.added", {"item": item, "output_index": self._places[index]})

    def _end(self, at: float, index: int, item: Item) -> None:
        if item["type"] in _REMEMBERED:
            self._said.remembered.append(item)
        shown = self._shown(item)
        if shown is None:
            return
        self._said.items.append(shown)
        if item["type"] == "function_call":
            shown["status"] = "in_progress"  # until its output comes
            self._begin(at, index, shown)
            return
        self._open.pop(index, None)
        if item["type"] == "command_execution" and shown["output"]:
            here = {"item_id": shown["id"], "output_index": self._places[index]}
            self._said.events.append(
                (at, "agent.output.command_execution_output.delta", {**here, "delta": shown["output"]})
            )
        self._tell(at, "item.done", {"item": shown, "output_index": self._places[index]})

    def _tell(self, at: float, name: str, fields: Item) -> None:
        self._said.events.append((at, TURN + name, fields))

    def _shown(self, item: Item) -> Item | None:
        """A response's item as a session's; None where sessions have none of the kind."""
        kind = str(item["type"])
        same = {"id": item["id"], "type": kind}
        status = {"status": item.get("status") or "completed"}
        if kind == "message":
            content = [_part(part) for part in item["content"]]
            return {**same, **status, "role": "assistant", "content": content, "phase": self._phase}
        if kind == "reasoning":
            summary = [{"type": "summary_text", "text": part["text"]} for part in item["summary"]]
            return {**same, **status, "summary": summary}
        if kind == "function_call":
            named = {"call_id": item["call_id"], "name": item["name"], "arguments": _decoded(item["arguments"])}
            return {**same, **status, **named}
        if kind == "mcp_call":
            called = {name: item.get(name) for name in ("error", "name", "output", "server_label")}
            return {**same, **status, **called, "arguments": _decoded(item["arguments"])}
        if kind == "web_search_call":
            return {**same, **status, "action": _action(item.get("action"))}
        if kind in _OWN:
            return {**_OWN[kind], **item, **status}
        return item | status if kind.endswith(("_subagent_call", "_subagents_call")) else None


_INDEXED = ("item_id", "content_index")
_SUMMARY = ("item_id", "summary_index")
# A response's events that a turn has too: what they are called there, and the fields that stay.
_PASSED_ON: dict[str, tuple[str, tuple[str, ...]]] = {
    "content_part.added": ("content_part.added", _INDEXED),
    "content_part.done": ("content_part.done", _INDEXED),
    "output_text.delta": ("output_text.delta", (*_INDEXED, "delta")),
    "output_text.done": ("output_text.done", (*_INDEXED, "text")),
    # An agent's messages have no refusals: one is told as the text that it is.
    "refusal.delta": ("output_text.delta", (*_INDEXED, "delta")),
    "refusal.done": ("output_text.done", _INDEXED),
    "reasoning_summary_part.added": ("reasoning_summary_part.added", (*_SUMMARY, "part")),
    "reasoning_summary_part.done": ("reasoning_summary_part.done", (*_SUMMARY, "part")),
    "reasoning_summary_text.delta": ("reasoning_summary_text.delta", (*_SUMMARY, "delta")),
    "reasoning_summary_text.done": ("reasoning_summary_text.done", (*_SUMMARY, "text")),
}


def _spell(item: Item, name: str, told: Item) -> None:
    """Put what an event adds to an item into it."""
    parts = item["content"] if "content_index" in told else item["summary"]
    if name.endswith("part.added"):
        parts.append(dict(told["part"]))
    elif name.endswith(".delta"):
        parts[-1]["text"] += told["delta"]


def _part(part: Mapping[str, JSON]) -> Item:
    text = part["refusal"] if part["type"] == "refusal" else part["text"]
    return {"type": "output_text", "text": text}


def _action(action: JSON) -> Item | None:
    if not action:
        return None
    kind = action.get("type")
    if kind not in _ACTIONS:
        return {"type": "other"}
    return {"type": kind, **{name: action.get(name) for name in _ACTIONS[kind]}}


def _decoded(arguments: str) -> JSON:
    """The arguments of a call; as they are where they are no JSON."""
    value = as_json(arguments.encode())
    return arguments if value is None else value
