"""Realtime: sessions over WebSockets, and the secrets by which a browser may open one.

What a session says comes from the engine like any other answer: each response is a request of its own, of the operation
`WEBSOCKET /realtime`, whose body has the session's settings and its conversation as `input`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from .. import ids
from ..answer import JSON, Answer
from ..call import Call, Refused
from ..catalog import Catalog
from ..catalog.faults import Fault
from ..catalog.validation import message_check
from ..headers import RATE_LIMITS
from ..models import Model
from ..noise import Noise
from ..stream.sse import CONTENT_TYPE
from ..voice.format import Format
from ..voice.hearing import heard_in
from ..voice.messages import Event, frame
from ..voice.openings import Openings
from ..voice.speaking import spoken_words
from ..wire import Reply, Request, Stream
from .base import Ask, Handler, Resource, Services, operation
from .realtime_calls import CALLS
from .realtime_events import Item, Said, events_of
from .realtime_listener import Listener
from .realtime_question import question_of
from .realtime_secrets import Secrets
from .realtime_settings import LASTS, Settings, as_created, updated, usual, voice_named
from .realtime_socket import MADE, Made, RealtimeSession
from .realtime_usage import transcription_usage, usage_of

KEY = "WEBSOCKET /realtime"
_BETA_LASTS = 60
_BETA = {"input_audio_format": "pcm16", "input_audio_transcription": None, "turn_detection": None}
_LIMITS = dict(RATE_LIMITS)
_SPOKEN = ("response.output_audio_transcript.delta", "response.output_audio.delta")


class Realtime(Resource):
    """`/realtime`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._secrets = Secrets("/_secrets", self.store, self.keys, self.clock)
        self._openings = Openings("session", self.options.seed)

    def turns(self) -> dict[str, Handler]:
        return {KEY: self._respond}

    @operation(KEY)
    def open(self, request: Request, ask: Ask) -> RealtimeSession:
        """Raises Refused where the key is a secret that is over."""
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        noise = self._openings.noise()
        given = self._secrets.session_of(request)
        if given is None:
            given = (self.store.get(CALLS, query.get("call_id", "")) or {}).get("session")
        settings = self._settings(query, noise, given)
        listener = Listener(self.clock, self._check, heard_in, self._transcription_usage)
        return RealtimeSession(request, ask, listener, settings, noise)

    def _settings(self, query: Mapping[str, str], noise: Noise, given: Settings | None) -> Settings:
        id, until = "sess_" + ids.base62(noise, 21), int(self.clock.time()) + LASTS
        kind = "transcription" if query.get("intent") == "transcription" else "realtime"
        model = query.get("model") or query.get("deployment")
        if given is not None:
            settings = {**given, "id": id, "expires_at": until}
            return settings if model is None or "model" not in settings else {**settings, "model": model}
        return usual(kind, id, until, None if kind == "transcription" else model)

    def _check(self, event: dict[str, JSON]) -> Fault | None:
        if self.options.validate == "off":
            return None
        return message_check(Catalog.load().operation(KEY), self.options.validate)(event)

    def _transcription_usage(self, pcm: bytes, rate: int, text: str) -> dict[str, JSON]:
        return transcription_usage(len(pcm) / 2 / rate, self.tokenizers.of("gpt-4o-transcribe").count(text))

    # A response

    def _respond(self, call: Call) -> Reply:
        turn = call.request.turn
        assert turn is not None
        body, noise = call.body, call.noise
        model = self.model_of(call, "gpt-realtime")
        answer, question = call.answer, question_of(body, model)
        if answer is None:
            answer = self.generator.answer(question, call.chance())
        if call.entry.faults:
            answer = self.distorted(call, answer, question)
        if answer.error is not None:
            raise Refused(answer.error)
        call.entry.answer = answer
        items, said = self._output(answer, body, model, noise)
        response = self._response(answer, items, body, model, turn.latest["conversation"], noise)
        kept = turn.latest["conversation"] is not None
        events = list(events_of(response, said, turn.latest["previous"], kept))
        turn.latest[MADE] = Made(response, events)

        def make_id() -> str:
            return "event_" + ids.base62(noise, 21)

        frames = [frame(event, make_id) for event in (*events, _limits())]
        headers = self._write(CONTENT_TYPE, noise, True)
        return Reply(200, headers, Stream(frames, self._times(events, body)))

    def _output(
        self, answer: Answer, body: Mapping[str, Any], model: Model, noise: Noise
    ) -> tuple[list[Item], list[Said]]:
        """The items, and how each is cut."""
        items: list[Item] = []
        said: list[Said] = []
        tokenizer = self.tokenizers.of(model.name)
        text = answer.refusal or answer.text or (answer.sound.transcript if answer.sound is not None else "")
        if text or not answer.tool_calls:
            id = "item_" + ids.base62(noise, 21)
            head = {"id": id, "type": "message", "status": "completed", "role": "assistant"}
            if "audio" in body["output_modalities"]:
                items.append({**head, "content": [{"type": "output_audio", "transcript": text}]})
                said.append(self._spoken(answer, text, body["audio"]["output"]))
            else:
                items.append({**head, "content": [{"type": "output_text", "text": text}]})
                said.append(Said(answer.pieces or tokenizer.split(text)))
        for tool in answer.tool_calls:
            names = {"name": tool.name, "arguments": tool.arguments}
            call_id = tool.id or ids.make("call", noise)
            id = "item_" + ids.base62(noise, 21)
            items.append({"id": id, "type": "function_call", "status": "completed", "call_id": call_id, **names})
            said.append(Said(tokenizer.split(tool.arguments)))
        if answer.finish in ("length", "content_filter"):
            items[-1]["status"] = "incomplete"
        return items, said

    def _spoken(self, answer: Answer, text: str, output: Mapping[str, Any]) -> Said:
        """Each word with its samples."""
        speed, voice = float(output.get("speed") or 1), output.get("voice")
        spoken = spoken_words(text, answer.sound, Format(output["format"]), voice, speed)
        return Said([word for word, _ in spoken], [sound for _, sound in spoken])

    def _response(
        self,
        answer: Answer,
        items: list[Item],
        body: Mapping[str, Any],
        model: Model,
        conversation: str | None,
        noise: Noise,
    ) -> dict[str, JSON]:
        cut = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(answer.finish)
        output = body["audio"]["output"]
        return {
            "object": "realtime.response",
            "id": "resp_" + ids.base62(noise, 21),
            "status": "completed" if cut is None else "incomplete",
            "status_details": None if cut is None else {"type": "incomplete", "reason": cut},
            "output": items,
            "conversation_id": conversation,
            "output_modalities": body["output_modalities"],
            "max_output_tokens": body.get("max_output_tokens", "inf"),
            "audio": {"output": {"format": output["format"], "voice": voice_named(output["voice"])}},
            "usage": usage_of(body, items, self.tokenizers.of(model.name)),
            "metadata": body.get("metadata"),
        }

    def _times(self, events: list[Event], body: Mapping[str, Any]) -> list[float] | None:
        """When each event is due where what is spoken leaves on its beat."""
        if not self.options.audio_pace or "audio" not in body["output_modalities"]:
            return None
        rate = Format(body["audio"]["output"]["format"]).bytes_per_second * self.options.audio_pace
        times: list[float] = []
        at = ahead = 0.0
        for event in events:
            if event["type"] in _SPOKEN:
                at, ahead = at + ahead, 0.0
            if event["type"] == "response.output_audio.delta":
                ahead = len(event["delta"]) * 3 // 4 / rate
            times.append(at)
        return [*times, at + ahead]

    # Secrets

    @operation("POST /realtime/sessions")
    def create_session(self, call: Call) -> Reply:
        """The beta's way to a secret, in the beta's form: flat, with the secret inside."""
        return self._beta(call, "realtime.session", {"modalities": ["audio", "text"], "voice": "alloy"})

    @operation("POST /realtime/transcription_sessions")
    def create_transcription_session(self, call: Call) -> Reply:
        return self._beta(call, "realtime.transcription_session", {"modalities": ["text"]})

    def _beta(self, call: Call, object: str, more: dict[str, JSON]) -> Reply:
        kind = "transcription" if "transcription" in object else "realtime"
        id, until = "sess_" + ids.base62(call.noise, 21), int(self.clock.time()) + _BETA_LASTS
        session = usual(kind, id, until, call.body.get("model") if kind == "realtime" else None)
        if kind == "realtime" and call.body.get("instructions"):
            session["instructions"] = call.body["instructions"]
        secret = self._secrets.make(call, session, _BETA_LASTS)
        given = {name: value for name, value in call.body.items() if value is not None}
        told = {"id": id, "object": object, "expires_at": 0, **_BETA, **more, **given, "client_secret": secret}
        return self.json(told, call.noise)

    @operation("POST /realtime/client_secrets")
    def create_secret(self, call: Call) -> Reply:
        """Recorded. The key is a browser's, which opens a session with these settings by it."""
        given = call.body.get("session") or {"type": "realtime"}
        kind = str(given.get("type") or "realtime")
        session = updated(usual(kind, "sess_" + ids.base62(call.noise, 21)), given)
        return self.json({**self._secrets.make(call, session), "session": as_created(session)}, call.noise)


def _limits() -> Event:
    limits = [
        {
            "name": name,
            "limit": int(_LIMITS[f"x-ratelimit-limit-{name}"]),
            "remaining": int(_LIMITS[f"x-ratelimit-remaining-{name}"]),
            "reset_seconds": 0.0,
        }
        for name in ("requests", "tokens")
    ]
    return {"type": "rate_limits.updated", "rate_limits": limits}
