"""One Realtime session over its WebSocket: what the client says is done at once, and a response is sent beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from .. import ids
from ..answer import JSON
from ..call import Refused
from ..content import object_in
from ..errors import APIError
from ..faults.frames import arriving, as_scripted, close_code, error_of
from ..noise import Noise
from ..voice.format import Format
from ..voice.input import LEAST, Began, InputAudio
from ..voice.messages import Event, bytes_of, frame
from ..wire import Frames, Pending, PendingFrames, Progress, Reply, Request, Stream, Turn
from ..wordings import refusal
from .base import Ask
from .realtime_events import cut_short
from .realtime_idle import Idle, playback_of
from .realtime_items import Item, Items, added, made
from .realtime_listener import Listener
from .realtime_settings import LASTS, Settings, updated

VOICE = "response"
"""In which the conversation's responses are sent; those beside it have voices of their own."""
MADE = "made"
"""Under which a turn's request brings back what it made, before it was sliced."""
_NORMAL = 1000
# What a response may say otherwise than its session.
_OWN = ("instructions", "max_output_tokens", "output_modalities", "tool_choice", "tools", "reasoning")


class Made(msgspec.Struct, frozen=True):
    """A response that is being sent."""

    response: Mapping[str, Any]
    events: Sequence[Event]


class Speech(msgspec.Struct, frozen=True):
    """A response on its way."""

    made: Made
    progress: Progress

    @property
    def is_over(self) -> bool:
        """Whether all of it has left, the limits that follow it aside."""
        return self.progress.sent >= len(self.made.events)


class RealtimeSession:
    """One connection."""

    def __init__(self, request: Request, ask: Ask, listener: Listener, settings: Settings, noise: Noise) -> None:
        self._request = request
        self._ask = ask
        self._listener = listener
        self.settings = settings
        self._noise = noise
        self._conversation = self._id("conv_")
        self._items = Items(self._id, self._hear, lambda: self.settings)
        self._input = InputAudio(lambda: self._id("item_"))
        self._idle = Idle(listener.clock, self._input)
        self._speech: Speech | None = None
        self._beside: dict[str, Speech] = {}
        self._until = listener.clock.time() + LASTS
        self._event_id: str | None = None
        self._has_spoken = False

    def opening(self) -> Frames | None:
        return self._frames({"type": "session.created", "session": self.settings})

    def lane(self, message: str) -> str:
        return ""

    def receive(self, message: str) -> Frames | PendingFrames:
        if self._listener.clock.time() >= self._until:
            return msgspec.structs.replace(self._error(refusal("realtime_over")), close=_NORMAL)
        self._event_id = None
        event = object_in(message)
        if event is None:
            return self._error(refusal("realtime_not_json"))
        self._event_id = event["event_id"] if isinstance(event.get("event_id"), str) else None
        takes = _DOES if "model" in self.settings else _TRANSCRIBES
        does = takes.get(str(event.get("type")))
        if does is None:
            kinds = ", ".join(f"'{kind}'" for kind in takes)
            return self._error(refusal("realtime_type", value=event.get("type"), kinds=kinds))
        fault = self._listener.check(event)
        if fault is not None:
            return self._error(APIError(fault.status, fault.message, fault.type, fault.param, fault.code))
        try:
            return does(self, event)
        except Refused as refused:
            return self._error(refused.error)

    # What is said though nobody asked (wire.Unasked)

    def attend(self, wake: Callable[[], None]) -> None:
        pass

    def leave(self) -> None:
        pass

    def wakes_at(self) -> float | None:
        return self._idle.due_at(self._detection)

    def unasked(self) -> Frames | PendingFrames | None:
        """The user has been silent for too long."""
        detection = self._detection
        if detection is None or not self._idle.is_over(detection) or self._active() is not None:
            return None
        told = self._idle.told(detection)
        self._idle.stop()
        return self._committed(told, then=self._respond_to_turn)

    # The session

    @property
    def _detection(self) -> Mapping[str, JSON] | None:
        detection: Mapping[str, JSON] | None = self.settings["audio"]["input"]["turn_detection"]
        return detection

    def _update(self, event: Event) -> Frames:
        given = event["session"]
        if given.get("type", self.settings["type"]) != self.settings["type"]:
            raise Refused(refusal("realtime_session_type", type=self.settings["type"]))
        voice = ((given.get("audio") or {}).get("output") or {}).get("voice")
        if voice is not None and self._has_spoken and voice != self.settings["audio"]["output"]["voice"]:
            raise Refused(refusal("realtime_voice"))
        self.settings = updated(self.settings, given)
        return self._frames({"type": "session.updated", "session": self.settings})

    # What the user says

    def _append(self, event: Event) -> Frames | PendingFrames:
        data = bytes_of(event["audio"])
        if data is None:
            raise Refused(refusal("realtime_audio"))
        self._input.append(data, self._format("input"))
        return self._listen() or Frames(Stream([]))

    def _listen(self) -> Frames | PendingFrames | None:
        """What the audio that was appended means: a turn that begins or ends, one at a time."""
        detection = self._detection
        heard = self._input.listen(detection)
        if detection is None or heard is None:
            return self.unasked()
        if isinstance(heard, Began):
            self._idle.stop()
            begun = {"type": "input_audio_buffer.speech_started", "audio_start_ms": heard.at, "item_id": heard.item}
            if detection.get("interrupt_response") is False or self._active() is None:
                return self._frames(begun, then=self._listen)
            return self._silenced("turn_detected", begun)
        stopped = {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": heard.at}
        answers = detection.get("create_response") is not False and self.settings["type"] == "realtime"
        return self._committed(stopped, then=self._respond_to_turn if answers else self._listen)

    def _respond_to_turn(self) -> Frames | PendingFrames | None:
        if self._active() is not None:
            return self._listen()
        return self._respond({}, then=self._listen)

    def _commit(self, event: Event) -> Frames:
        held = self._input.milliseconds
        if held < LEAST:
            raise Refused(refusal("realtime_commit_empty", held=f"{held:.2f}"))
        return self._committed()

    def _committed(
        self,
        *before: Event,
        then: Callable[[], Frames | PendingFrames | None] | None = None,
    ) -> Frames:
        """What was heard becomes an item; `before` are events about it that come first."""
        rate = self._input.rate
        id, sound = self._input.take()
        item = made({"type": "message", "role": "user", "content": [{"type": "input_audio"}]}, id)
        previous = self._items.add(item)
        text = self._items.hear(id, sound, rate)
        events = [{**event, "item_id": id} for event in before]
        events += [{"type": "input_audio_buffer.committed", "previous_item_id": previous, "item_id": id}]
        events += added(item, previous)
        transcription = self.settings["audio"]["input"].get("transcription")
        if transcription:
            item["content"][0]["transcript"] = text
            at = {"item_id": id, "content_index": 0}
            kind = "conversation.item.input_audio_transcription"
            events += [{"type": f"{kind}.delta", **at, "delta": word} for word in _words(text)]
            usage = self._listener.usage_of(sound, rate, text)
            events.append({"type": f"{kind}.completed", **at, "transcript": text, "usage": usage})
        return self._frames(*events, then=then)

    def _clear(self, event: Event) -> Frames:
        self._input.clear()
        return self._frames({"type": "input_audio_buffer.cleared"})

    def _clear_output(self, event: Event) -> Frames:
        raise Refused(refusal("realtime_no_output_buffer"))

    # Responses

    def _create_response(self, event: Event) -> Frames | PendingFrames:
        asked = event.get("response") or {}
        active = self._active()
        if active is not None and asked.get("conversation") != "none":
            raise Refused(refusal("realtime_active", id=active.made.response["id"]))
        return self._respond(asked)

    def _respond(
        self, asked: Mapping[str, Any], then: Callable[[], Frames | PendingFrames | None] | None = None
    ) -> Frames | PendingFrames:
        """Ask the engine for a response as if it were a request of its own."""
        session = self.settings
        body = {name: session[name] for name in _OWN if name in session} | {
            name: value for name, value in asked.items() if value is not None and name != "input"
        }
        audio = (asked.get("audio") or {}).get("output") or {}
        given = asked.get("input")
        body |= {
            "model": session["model"],
            "input": self._items.asked() if given is None else self._own_input(given),
            "audio": {"output": {**session["audio"]["output"], **audio}},
        }
        latest: dict[str, Any] = {
            "conversation": None if asked.get("conversation") == "none" else self._conversation,
            "previous": self._items.last,
        }
        reply = self._ask(
            Request(
                "WEBSOCKET",
                self._request.path,
                self._request.query,
                self._request.headers,
                msgspec.json.encode(body),
                self._request.azure,
                Turn(latest),
            )
        )
        event_id = self._event_id
        if isinstance(reply, Pending):
            return PendingFrames(
                reply.awaitable,
                lambda value: self._spoken(reply.resume(value), latest, then, event_id),
                lambda error: self._error(_failed(reply.fail(error)), event_id),
            )
        return self._spoken(reply, latest, then, event_id)

    def _own_input(self, given: Sequence[Mapping[str, Any]]) -> list[Item]:
        """The items that a response is asked about in the conversation's place; some only name one of that."""
        found = []
        for item in given:
            if item.get("type") == "item_reference":
                found += [known for known in self._items.all if known["id"] == item.get("id")]
            else:
                found.append(made(item, str(item.get("id") or self._id("item_"))))
        return self._items.asked(found)

    def _spoken(
        self,
        reply: Reply,
        latest: Mapping[str, Any],
        then: Callable[[], Frames | PendingFrames | None] | None,
        event_id: str | None,
    ) -> Frames:
        body, close = reply.body, close_code(reply)
        if isinstance(body, bytes):
            error = error_of(reply)
            told = Frames(Stream([])) if error is None else self._error_frames(error, event_id)
            return msgspec.structs.replace(told, delay=reply.delay, close=close, then=then)
        response: Made | None = latest.get(MADE)
        if response is None:
            return Frames(as_scripted(reply), reply.delay, close, then=then)
        speech = Speech(response, Progress())
        voice = VOICE
        if latest["conversation"] is None:
            voice = str(response.response["id"])
            self._beside = {name: other for name, other in self._beside.items() if not other.is_over}
            self._beside[voice] = speech
        else:
            self._speech = speech
            playback = playback_of(response.events, self.settings["audio"]["output"])
            self._idle.begin(reply.delay + (body.times[-1] if body.times else 0.0), playback)
            for item in response.response["output"]:
                self._items.add(item)
        self._has_spoken = self._has_spoken or "audio" in response.response["output_modalities"]
        stream = arriving(reply, body.chunks)
        return Frames(stream, reply.delay, close, voice=voice, progress=speech.progress, then=then)

    def _active(self) -> Speech | None:
        """The conversation's response that is being sent."""
        if self._speech is not None and self._speech.is_over:
            self._speech = None
        return self._speech

    def _cancel(self, event: Event) -> Frames:
        wanted = event.get("response_id")
        active = self._active()
        if wanted is not None and (active is None or active.made.response["id"] != wanted):
            beside = self._beside.get(wanted)
            if beside is None or beside.is_over:
                raise Refused(refusal("realtime_not_active"))
            ending, _ = _cut(beside, "client_cancelled")
            del self._beside[wanted]
            return self._frames(*ending, silences=wanted)
        if active is None:
            raise Refused(refusal("realtime_not_active"))
        self._idle.begin()
        return self._silenced("client_cancelled")

    def _silenced(self, reason: str, *before: Event) -> Frames:
        """The response under way ends where it is."""
        active = self._active()
        assert active is not None
        ending, left = _cut(active, reason)
        self._items.put(left, active.made.response["output"])
        self._speech = None
        then = self._listen if before else None
        return self._frames(*before, *ending, silences=VOICE, then=then)

    def _retrieve(self, event: Event) -> Frames:
        """What is being said is given as far as it has been."""
        active = self._active()
        spoken = [] if active is None else _cut(active, "")[1]
        for item in spoken:
            if item["id"] == event["item_id"] and item["status"] == "incomplete":
                return self._frames({"type": "conversation.item.retrieved", "item": {**item, "status": "in_progress"}})
        return self._frames(*self._items.retrieve(event))

    def _hear(self, sound: bytes, rate: int) -> str:
        return self._listener.hear(sound, rate, self._noise)

    # How it is told

    def _format(self, side: str) -> Format:
        return Format(self.settings["audio"][side]["format"])

    def _id(self, prefix: str) -> str:
        return prefix + ids.base62(self._noise, 21)

    def _frames(
        self,
        *events: Event,
        silences: str | None = None,
        then: Callable[[], Frames | PendingFrames | None] | None = None,
    ) -> Frames:
        chunks = [frame(event, lambda: self._id("event_")) for event in events]
        return Frames(Stream(chunks), silences=silences, then=then)

    def _error(self, error: APIError, event_id: str | None = None) -> Frames:
        return self._error_frames(error.body()["error"], event_id)

    def _error_frames(self, error: Mapping[str, JSON], event_id: str | None = None) -> Frames:
        return self._frames({"type": "error", "error": {**error, "event_id": event_id or self._event_id}})


def _cut(speech: Speech, reason: str) -> tuple[list[Event], list[Item]]:
    """The events that end a response now, and what is left of its items."""
    events, sent = speech.made.events, speech.progress.sent
    ending, left = cut_short(events[: max(1, sent)], reason)
    return ([] if sent else [events[0]]) + ending, left


def _on_items(does: Callable[[Items, Event], list[Event]]) -> Callable[[RealtimeSession, Event], Frames]:
    return lambda session, event: session._frames(*does(session._items, event))


_DOES: dict[str, Callable[[RealtimeSession, Event], Frames | PendingFrames]] = {
    "session.update": RealtimeSession._update,
    "input_audio_buffer.append": RealtimeSession._append,
    "input_audio_buffer.commit": RealtimeSession._commit,
    "input_audio_buffer.clear": RealtimeSession._clear,
    "conversation.item.create": _on_items(Items.create),
    "conversation.item.truncate": _on_items(Items.truncate),
    "conversation.item.delete": _on_items(Items.delete),
    "conversation.item.retrieve": RealtimeSession._retrieve,
    "response.create": RealtimeSession._create_response,
    "response.cancel": RealtimeSession._cancel,
    "output_audio_buffer.clear": RealtimeSession._clear_output,
}
# Not documented: a session that only listens has no model to respond.
_TRANSCRIBES = {kind: does for kind, does in _DOES.items() if not kind.startswith("response.")}


def _words(text: str) -> list[str]:
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)] if text else []


def _failed(error: Exception) -> APIError:
    return APIError(500, str(error), "server_error", code="mock_failed")
