"""The events of a run: what has happened in a round, told from its beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ..answer import JSON

Item = dict[str, JSON]
Split = Callable[[str], Sequence[str]]

_encode = msgspec.json.Encoder(order="sorted").encode
DONE = b"event: done\ndata: [DONE]\n\n"


def event(name: str, data: JSON) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode(data))


def chunks(
    began: Item,
    ended: Item,
    steps: Iterable[tuple[Item, Item | None]],
    split: Split,
    *,
    thread: Item | None = None,
    finished: Iterable[Item] = (),
) -> list[bytes]:
    """A run as it began and as it ended (for now); its steps, each with its message where it made one; the thread,
    where it was made with the run; and the steps that tools' outputs finished, where the run goes on from those."""
    first = [event("thread.created", thread)] if thread is not None else []
    earlier = [event("thread.run.step.completed", each) for each in finished]
    if not earlier:
        first.append(event("thread.run.created", began))
    at = began["started_at"] or ended["started_at"]
    told = [
        *first,
        *earlier,
        event("thread.run.queued", began),
        event("thread.run.in_progress", {**began, "status": "in_progress", "started_at": at}),
    ]
    for step, message in steps:
        told += _step(step, message, split)
    return [*told, event(f"thread.run.{ended['status']}", ended), DONE]


def _step(step: Item, message: Item | None, split: Split) -> list[bytes]:
    details = step["step_details"] if message is not None else {"type": "tool_calls", "tool_calls": []}
    begun = {**step, "status": "in_progress", "completed_at": None, "usage": None, "step_details": details}
    told = [event(f"thread.run.step.{name}", begun) for name in ("created", "in_progress")]
    told += _calls(step, split) if message is None else _message(message, split)
    return [*told, event("thread.run.step.completed", step)] if step["status"] == "completed" else told


def _message(message: Item, split: Split) -> list[bytes]:
    ended = {"completed_at": None, "incomplete_at": None, "incomplete_details": None}
    begun = {**message, **ended, "status": "in_progress", "content": []}
    told = [event(f"thread.message.{name}", begun) for name in ("created", "in_progress")]
    extra: Mapping[str, JSON] = {"annotations": []}
    for piece in split(message["content"][0]["text"]["value"]):
        part = {"index": 0, "type": "text", "text": {"value": piece, **extra}}
        told.append(_delta("thread.message", message["id"], {"content": [part]}))
        extra = {}
    return [*told, event(f"thread.message.{message['status']}", message)]


def _calls(step: Item, split: Split) -> list[bytes]:
    told: list[bytes] = []
    for index, call in enumerate(step["step_details"]["tool_calls"]):
        if call["type"] != "function":
            told.append(_delta_of_call(step, {"index": index, **call}))
            continue
        function = call["function"]
        named = {"name": function["name"], "arguments": "", "output": None}
        told.append(_delta_of_call(step, {"index": index, "id": call["id"], "type": "function", "function": named}))
        parts = ({"arguments": piece} for piece in split(function["arguments"]))
        told += [_delta_of_call(step, {"index": index, "type": "function", "function": part}) for part in parts]
    return told


def _delta_of_call(step: Item, call: Item) -> bytes:
    details = {"step_details": {"type": "tool_calls", "tool_calls": [call]}}
    return _delta("thread.run.step", step["id"], details)


def _delta(thing: str, id: str, delta: Item) -> bytes:
    return event(f"{thing}.delta", {"id": id, "object": f"{thing}.delta", "delta": delta})
