"""Streams of operations without a handler: an event of each kind, in an order that a client can follow."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..answer import JSON
from ..call import Call
from ..stream.sse import DONE
from .generic_drafts import Fill
from .generic_objects import JsonSchema, Shape, branches_of

# The last word of an event's name tells where it belongs. What isn't here comes in the middle.
_OPENING = ("created", "queued", "in_progress", "started", "added")
_CLOSING = ("transcribed", "done", "ended", "completed")
_FAILING = frozenset((
    "blocked", "cancelled", "cancelling", "canceled", "error", "expired", "failed", "incomplete", "interrupted",
    "requires_action",
))  # fmt: skip
# Chunks of a stream whose events have no name.
_CHUNKS = 3


class Event:
    """One kind of event."""

    def __init__(self, schema: JsonSchema) -> None:
        properties = schema.get("properties", {})
        self.named = "event" if "const" in properties.get("event", {}) else "type"
        self.name = str(properties.get(self.named, {}).get("const", ""))
        self.shape = Shape(schema, self.name)

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    def place(self, number: int) -> tuple[int, int, int, int]:
        """What it is sorted by, being the number it is in the schema: what opens last closes first."""
        depth = self.name.count(".")
        if self.last in _OPENING:
            return 0, depth, _OPENING.index(self.last), number
        if self.last in _CLOSING:
            return 2, -depth, -number, _CLOSING.index(self.last)
        return 1, 0, 0, number


class Events:
    """The events of one operation's stream."""

    def __init__(self, schema: JsonSchema) -> None:
        events = [Event({**branch, "$defs": schema.get("$defs", {})}) for branch in branches_of(schema)]
        fine = [event for event in events if event.last not in _FAILING]
        places = {id(event): event.place(number) for number, event in enumerate(events)}
        self._events = sorted(fine or events, key=lambda event: places[id(event)])

    def chunks(self, call: Call, fill: Fill, result: JSON) -> list[bytes]:
        """The stream of a call whose finished object is `result`, where it has one."""
        if len(self._events) == 1 and not self._events[0].name:
            values = [self._events[0].shape.make("rich", f"{call.key.hex()} {n}", fill) for n in range(_CHUNKS)]
            return [*(b"data: %b\n\n" % msgspec.json.encode(value) for value in values), DONE]
        events = [event for event in self._events if not _was_before(event.name, call)]
        chunks = [self._chunk(event, number, call, fill, result) for number, event in enumerate(events)]
        # The assistants' streams end by an event of that name.
        return [*chunks, b"event: done\n" + DONE] if self._events[0].named == "event" else chunks

    def _chunk(self, event: Event, number: int, call: Call, fill: Fill, result: JSON) -> bytes:
        value = event.shape.make("rich", f"{call.key.hex()} {event.name}", fill)
        for name, field in value.items():
            if name == "sequence_number":
                value[name] = number
            elif _same_thing(field, result):
                told = ({**result, "status": event.last}, result)
                value[name] = next((each for each in told if event.shape.valid({**value, name: each})), field)
        data = value["data"] if event.named == "event" else value
        return b"event: %b\ndata: %b\n\n" % (event.name.encode(), msgspec.json.encode(data))


def _was_before(event: str, call: Call) -> bool:
    """Whether an event tells of the creation of what the call goes on with, such as the thread that a run is on.

    A stream that is read (GET) looks back, to the creation too.
    """
    thing = event.removesuffix(".created").rpartition(".")[2]
    return call.operation.method == "POST" and event.endswith(".created") and f"{thing}_id" in call.params


def _same_thing(field: JSON, result: JSON) -> bool:
    if not isinstance(field, Mapping) or not isinstance(result, Mapping):
        return False
    return "id" in field and field.get("object") is not None and field["object"] == result.get("object")
