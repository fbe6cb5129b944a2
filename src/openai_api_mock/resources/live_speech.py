"""What a Live model says, as the events that bring it: word by word, each with its samples and its place in time."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..answer import JSON, Answer, Question, Tool
from ..content import dicts, text_of
from ..models import Model
from ..voice.format import RATE, Format
from ..voice.messages import Event
from ..voice.speaking import spoken_words

TRANSCRIPT, AUDIO = "session.output_transcript.delta", "session.output_audio.delta"
PCM = Format({"type": "audio/pcm", "rate": RATE})
MADE = "made"
"""Under which a turn's request brings back what it made."""


class Made(msgspec.Struct, frozen=True):
    """What the model does."""

    events: Sequence[Event]
    """With `pcm` in the place of what each connection gets of it."""
    text: str
    delegates: bool
    """Whether it called a tool: a Live model has none itself, so it hands the task over."""


def made_of(answer: Answer, body: Mapping[str, Any], start_ms: int, is_first: bool, make_id: Callable[[], str]) -> Made:
    """The answer's events, from a place on the session's timeline on. `is_first` is whether nothing was said before."""
    text = answer.refusal or answer.text or (answer.sound.transcript if answer.sound is not None else "")
    events: list[Event] = []
    at = 0
    for word, pcm in spoken_words(text, answer.sound, PCM, body["audio"]["output"]["voice"]):
        begin, at = start_ms + _milliseconds(at), at + len(pcm) // 2
        times = {"start_ms": begin, "end_ms": start_ms + _milliseconds(at)}
        said = word if is_first or word.startswith(" ") else f" {word}"
        events.append({"type": TRANSCRIPT, "event_id": make_id(), "delta": said, **times})
        events.append({"type": AUDIO, "pcm": pcm, **times})
    if events:
        usage = {"seconds": (start_ms + _milliseconds(at)) / 1000}
        events.append({"type": "session.usage.updated", "event_id": make_id(), "usage": usage})
    return Made(events, text, bool(answer.tool_calls))


def _milliseconds(samples: int) -> int:
    return samples * 1000 // RATE


def primary(event: Event, form: Format) -> bytes:
    """An event as a primary WebSocket gets it: audio in the session's format, without its times."""
    if "pcm" not in event:
        return msgspec.json.encode(event)
    return msgspec.json.encode({"type": AUDIO, "delta": _base64(form.encoded(event["pcm"]))})


def reflected(event: Event) -> bytes:
    """An event as a sideband gets it: audio in PCM at 24 kHz, with its times."""
    if "pcm" not in event:
        return msgspec.json.encode(event)
    times = {name: event[name] for name in ("start_ms", "end_ms")}
    return msgspec.json.encode({"type": AUDIO, "delta": _base64(event["pcm"]), **times})


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def times_of(events: Sequence[Event], pace: float) -> list[float] | None:
    """When each event is due where what sounds leaves on its beat."""
    if not pace or not events:
        return None
    begin, end = events[0]["start_ms"], max(event.get("end_ms", 0) for event in events)
    return [(event.get("start_ms", end) - begin) / 1000 / pace for event in events]


def woven(
    events: Sequence[Event], times: Sequence[float] | None, decided: Sequence[Event]
) -> tuple[list[Event], list[float] | None]:
    """The events of a speech with the decisions that its words triggered: each behind the sound of its word."""
    found: list[Event] = []
    due: list[float] = []
    word = ""
    for event, at in zip(events, times or [0.0] * len(events), strict=True):
        word = event["event_id"] if event["type"] == TRANSCRIPT else word
        decisions = [each for each in decided if each["source_event_id"] == word] if "pcm" in event else []
        found += (event, *decisions)
        due += [at] * (1 + len(decisions))
    return found, None if times is None else due


def question_of(body: Mapping[str, JSON], model: Model) -> Question:
    """What a Live model is asked, from the body that the session makes of its conversation."""
    items = dicts(body.get("input"))
    last = max((index for index, item in enumerate(items) if item.get("role") == "user"), default=0)
    results = tuple(str(item["output"]) for item in items[last:] if item.get("type") == "function_call_output")
    told = [text_of(item.get("content")) for item in items if item.get("role") == "developer"]
    tools = tuple(
        Tool(str(tool["name"]), parameters=tool.get("parameters"), description=str(tool.get("description") or ""))
        for tool in dicts(body.get("tools"))
    )
    return Question(
        model=model.name,
        user=text_of(items[last].get("content")) if items and items[last].get("role") == "user" else "",
        told="\n".join([str(body.get("instructions") or ""), *told]),
        tools=() if results else tools,
        choice="none" if results or not tools else "auto",
        results=results,
    )
