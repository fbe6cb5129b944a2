"""A finished Realtime response as the events that bring it, and what is left of one that was cut short.

Recorded: the order of the events, text and audio, functions and turns alike. An item's audio comes word by word, each
behind the word of the transcript that it says.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON
from ..voice.messages import Event

Item = dict[str, Any]


class Said(msgspec.Struct, frozen=True):
    """How an item of the output is cut."""

    pieces: Sequence[str]
    """Of its text, its transcript or its arguments."""
    sounds: Sequence[bytes] = ()
    """The audio of each piece, in the session's format."""


def events_of(response: Mapping[str, JSON], said: Sequence[Said], previous: str | None, kept: bool) -> Iterator[Event]:
    """All events of a response but the limits at its end; without their ids.

    `previous` is the item before it in the conversation, which it becomes part of where it is `kept`.
    """
    begun = {**response, "status": "in_progress", "status_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    for index, (item, how) in enumerate(zip(response["output"], said, strict=True)):
        of_item = {"response_id": response["id"], "output_index": index}
        empty = {**item, "status": "in_progress", **_EMPTY[item["type"]]}
        yield {"type": "response.output_item.added", **of_item, "item": empty}
        if kept:
            yield {"type": "conversation.item.added", "previous_item_id": previous, "item": empty}
        at = {**of_item, "item_id": item["id"]}
        yield from _message(item, how, at) if item["type"] == "message" else _call(item, how, at)
        if kept:
            yield {"type": "conversation.item.done", "previous_item_id": previous, "item": item}
        yield {"type": "response.output_item.done", **of_item, "item": item}
        previous = item["id"]
    yield {"type": "response.done", "response": dict(response)}


_EMPTY: dict[str, Item] = {"message": {"content": []}, "function_call": {"arguments": ""}}


def _message(item: Item, how: Said, at: Mapping[str, JSON]) -> Iterator[Event]:
    part = item["content"][0]
    at = {**at, "content_index": 0}
    if part["type"] == "output_text":
        yield {"type": "response.content_part.added", **at, "part": {"type": "text", "text": ""}}
        for piece in how.pieces:
            yield {"type": "response.output_text.delta", **at, "delta": piece}
        yield {"type": "response.output_text.done", **at, "text": part["text"]}
        yield {"type": "response.content_part.done", **at, "part": {"type": "text", "text": part["text"]}}
        return
    yield {"type": "response.content_part.added", **at, "part": {"type": "audio", "transcript": ""}}
    for piece, sound in zip(how.pieces, how.sounds, strict=True):
        yield {"type": "response.output_audio_transcript.delta", **at, "delta": piece}
        yield {"type": "response.output_audio.delta", **at, "delta": base64.b64encode(sound).decode()}
    yield {"type": "response.output_audio.done", **at}
    yield {"type": "response.output_audio_transcript.done", **at, "transcript": part["transcript"]}
    yield {"type": "response.content_part.done", **at, "part": {"type": "audio", "transcript": part["transcript"]}}


def _call(item: Item, how: Said, at: Mapping[str, JSON]) -> Iterator[Event]:
    at = {**at, "call_id": item["call_id"]}
    for piece in how.pieces:
        yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
    names = {"name": item["name"], "arguments": item["arguments"]}
    yield {"type": "response.function_call_arguments.done", **at, **names}


def cut_short(sent: Sequence[Event], reason: str) -> tuple[list[Event], list[Item]]:
    """The events that end a response of which only these were sent, and the items that it leaves behind."""
    response: dict[str, Any] = {}
    items: dict[int, Item] = {}
    opened: dict[int, Event] = {}
    parts: dict[int, tuple[Event, str]] = {}
    kept: dict[str, Event] = {}
    for event in sent:
        kind, index = event["type"], event.get("output_index", 0)
        if kind == "response.created":
            response = event["response"]
        elif kind == "response.output_item.added":
            items[index], opened[index] = event["item"], event
        elif kind == "response.output_item.done":
            items[index] = event["item"]
            del opened[index]
        elif kind == "conversation.item.added":
            kept[event["item"]["id"]] = event
        elif kind == "response.content_part.added":
            parts[index] = event, ""
        elif kind == "response.content_part.done":
            del parts[index]
        elif kind in _TEXTS and index in parts:
            part, text = parts[index]
            parts[index] = part, text + event["delta"]
    ending: list[Event] = []
    for index, begun in opened.items():
        item = {**begun["item"], "status": "incomplete"}
        if index in parts:
            part, text = parts[index]
            ending += _ended_part(part, text)
            named = {"text": text} if part["part"]["type"] == "text" else {"transcript": text}
            item["content"] = [{"type": f"output_{part['part']['type']}", **named}]
        if item["id"] in kept:
            ending.append({**kept[item["id"]], "type": "conversation.item.done", "item": item})
        ending.append({**begun, "type": "response.output_item.done", "item": item})
        items[index] = item
    output = [items[index] for index in sorted(items)]
    status = {"type": "cancelled", "reason": reason}
    ended = {**response, "status": "cancelled", "status_details": status, "output": output}
    return [*ending, {"type": "response.done", "response": ended}], output


_TEXTS = ("response.output_text.delta", "response.output_audio_transcript.delta")


def _ended_part(begun: Event, text: str) -> Iterator[Event]:
    at = {name: begun[name] for name in ("response_id", "output_index", "item_id", "content_index")}
    if begun["part"]["type"] == "text":
        yield {"type": "response.output_text.done", **at, "text": text}
        yield {"type": "response.content_part.done", **at, "part": {"type": "text", "text": text}}
        return
    yield {"type": "response.output_audio.done", **at}
    yield {"type": "response.output_audio_transcript.done", **at, "transcript": text}
    yield {"type": "response.content_part.done", **at, "part": {"type": "audio", "transcript": text}}
