"""Realtime translation: audio in one language goes in, audio in another comes out, for as long as it is sent.

As far as the SDK's types tell it: nothing of it was recorded. What is said in the other language is what a script says,
or what was heard: the mock knows no languages.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from .. import ids
from ..answer import JSON
from ..call import Call, Refused
from ..catalog import Catalog
from ..catalog.faults import Fault
from ..catalog.validation import message_check
from ..content import object_in
from ..errors import APIError
from ..faults.frames import arriving, close_code, error_of
from ..noise import Noise
from ..stream.sse import CONTENT_TYPE
from ..voice.format import Format
from ..voice.hearing import heard_in
from ..voice.input import DETECTION, Ended, InputAudio
from ..voice.messages import Event, bytes_of, frame
from ..voice.openings import Openings
from ..wire import Frames, Pending, PendingFrames, Reply, Request, Stream, Turn
from ..wordings import refusal
from .base import Ask, Handler, Resource, Services, operation
from .realtime_secrets import Secrets
from .realtime_settings import LASTS, Settings

KEY = "WEBSOCKET /realtime/translations"
MODEL = "gpt-realtime-translate"
_PCM = Format({"type": "audio/pcm"})
_NORMAL = 1000
_STEP = 200
"""Milliseconds by which the times in events advance (the SDK's description of `elapsed_ms`)."""


class Translations(Resource):
    """`/realtime/translations`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._secrets = Secrets("/_translation_secrets", self.store, self.keys, self.clock)
        self._openings = Openings("translation", self.options.seed)

    def turns(self) -> dict[str, Handler]:
        return {KEY: self._translate}

    @operation("POST /realtime/translations/client_secrets")
    def create_secret(self, call: Call) -> Reply:
        """The key is a browser's, which opens a session with these settings by it."""
        given = call.body.get("session") or {}
        session = _updated(self._usual(call.noise), given)
        session["model"] = given.get("model") or MODEL
        return self.json({**self._secrets.make(call, session), "session": session}, call.noise)

    @operation(KEY)
    def open(self, request: Request, ask: Ask) -> TranslationSession:
        """Raises Refused where the key is a secret that is over."""
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        noise = self._openings.noise()
        session = self._secrets.session_of(request) or self._usual(noise)
        about = {"id": "sess_" + ids.base62(noise, 21), "expires_at": int(self.clock.time()) + LASTS}
        session = {**session, **about, "model": query.get("model") or session["model"]}
        return TranslationSession(request, ask, session, noise, self._check)

    def _usual(self, noise: Noise) -> Settings:
        return {
            "id": "sess_" + ids.base62(noise, 21),
            "type": "translation",
            "model": MODEL,
            "expires_at": int(self.clock.time()) + LASTS,
            "audio": {"input": {"noise_reduction": None, "transcription": None}, "output": {"language": "en"}},
        }

    def _check(self, event: dict[str, JSON]) -> Fault | None:
        if self.options.validate == "off":
            return None
        return message_check(Catalog.load().operation(KEY), self.options.validate)(event)

    def _translate(self, call: Call) -> Reply:
        """What was heard, in the other language."""
        from ..generate.speech import speak, words_of  # with the first that is spoken

        body, answer = call.body, call.answer
        if answer is not None and answer.error is not None:
            raise Refused(answer.error)
        text = (answer.text or "") if answer is not None else str(body["input"][-1]["content"])
        call.entry.answer = answer
        pcm, at, events = speak(text), 0, []
        for number, (word, spoken) in enumerate(zip(text.split(), words_of(text), strict=False)):
            sound = pcm[at : at + 2 * spoken.samples]
            elapsed = body["elapsed_ms"] + at // 48 // _STEP * _STEP
            said = word if not number and not body["elapsed_ms"] else f" {word}"
            events.append({"type": "session.output_transcript.delta", "delta": said, "elapsed_ms": elapsed})
            events.append(
                {
                    "type": "session.output_audio.delta",
                    "delta": base64.b64encode(sound).decode(),
                    "elapsed_ms": elapsed,
                    "sample_rate": _PCM.rate,
                    "channels": 1,
                    "format": "pcm16",
                }
            )
            at += 2 * spoken.samples
        frames = [frame(event, lambda: "event_" + ids.base62(call.noise, 21)) for event in events]
        return Reply(200, self._write(CONTENT_TYPE, call.noise, True), Stream(frames))


def _updated(session: Settings, given: Mapping[str, Any]) -> Settings:
    """The settings with changes; what they leave away stays."""
    audio = dict(session["audio"])
    for side, changed in (given.get("audio") or {}).items():
        audio[side] = {**audio[side], **(changed or {})}
    return {**session, "audio": audio}


class TranslationSession:
    """One connection."""

    def __init__(
        self,
        request: Request,
        ask: Ask,
        session: dict[str, Any],
        noise: Noise,
        check: Callable[[dict[str, JSON]], Fault | None],
    ) -> None:
        self._request = request
        self._ask = ask
        self._session = session
        self._noise = noise
        self._check = check
        self._input = InputAudio(lambda: "")
        self._elapsed = 0
        """Milliseconds of audio that were heard."""

    def opening(self) -> Frames | None:
        return self._frames({"type": "session.created", "session": self._session})

    def lane(self, message: str) -> str:
        return ""

    def receive(self, message: str) -> Frames | PendingFrames:
        event = object_in(message)
        if event is None:
            return self._error(refusal("realtime_not_json"))
        does = _DOES.get(str(event.get("type")))
        if does is None:
            kinds = ", ".join(f"'{kind}'" for kind in _DOES)
            return self._error(refusal("realtime_type", value=event.get("type"), kinds=kinds))
        fault = self._check(event)
        if fault is not None:
            return self._error(APIError(fault.status, fault.message, fault.type, fault.param, fault.code))
        return does(self, event)

    def _update(self, event: Event) -> Frames:
        self._session = _updated(self._session, event["session"])
        return self._frames({"type": "session.updated", "session": self._session})

    def _append(self, event: Event) -> Frames | PendingFrames:
        data = bytes_of(event["audio"])
        if data is None:
            return self._error(refusal("realtime_audio"))
        self._input.append(data, _PCM)
        return self._listen() or Frames(Stream([]))

    def _listen(self) -> Frames | PendingFrames | None:
        while (heard := self._input.listen(DETECTION["server_vad"])) is not None:
            if isinstance(heard, Ended):
                return self._translated(self._listen)
        return None

    def _close(self, event: Event) -> Frames | PendingFrames:
        """What was not translated yet is, first."""

        def closed() -> Frames:
            closing = self._frames({"type": "session.closed"})
            return msgspec.structs.replace(closing, close=_NORMAL)

        return self._translated(closed) if self._input.hears_speech else closed()

    def _translated(self, then: Callable[[], Frames | PendingFrames | None]) -> Frames | PendingFrames:
        """What was said up to here, asked of the engine as a request of its own."""
        _, sound = self._input.take()
        text = heard_in(sound, _PCM.rate, self._noise)
        at, self._elapsed = self._elapsed, self._elapsed + len(sound) // 48
        audio = self._session["audio"]
        body = {
            "model": self._session["model"],
            "input": [{"role": "user", "content": text}],
            "audio": audio,
            "elapsed_ms": at // _STEP * _STEP,
        }
        transcript: list[Event] = []
        if audio["input"].get("transcription"):
            transcript = [
                {"type": "session.input_transcript.delta", "delta": f" {text}" if at else text, "elapsed_ms": at}
            ]
        request = self._request
        reply = self._ask(
            Request("WEBSOCKET", request.path, request.query, request.headers, msgspec.json.encode(body),
                    request.azure, Turn({}))
        )  # fmt: skip
        if isinstance(reply, Pending):
            return PendingFrames(
                reply.awaitable,
                lambda value: self._said(transcript, reply.resume(value), then),
                lambda error: self._error(APIError(500, str(reply.fail(error)), "server_error", code="mock_failed")),
            )
        return self._said(transcript, reply, then)

    def _said(self, transcript: list[Event], reply: Reply, then: Callable[[], Frames | PendingFrames | None]) -> Frames:
        before, body, close = self._frames(*transcript).stream.chunks, reply.body, close_code(reply)
        if isinstance(body, bytes):
            error = error_of(reply)
            told = [] if error is None else self._frames({"type": "error", "error": error}).stream.chunks
            return Frames(Stream([*before, *told]), reply.delay, close, then=then)
        came = arriving(reply, body.chunks)
        times = None if came.times is None else [*(0.0 for _ in before), *came.times]
        return Frames(Stream([*before, *came.chunks], times), reply.delay, close, then=then)

    def _frames(self, *events: Event) -> Frames:
        return Frames(Stream([frame(event, lambda: "event_" + ids.base62(self._noise, 21)) for event in events]))

    def _error(self, error: APIError) -> Frames:
        told: Mapping[str, Any] = error.body()["error"]
        return self._frames({"type": "error", "error": told})


_DOES: dict[str, Callable[[TranslationSession, Event], Frames | PendingFrames]] = {
    "session.update": TranslationSession._update,
    "session.input_audio_buffer.append": TranslationSession._append,
    "session.close": TranslationSession._close,
}
