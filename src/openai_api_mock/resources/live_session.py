"""One Live session: what is heard, said and done in it, whichever of its connections that comes from.

As the SDK's types and docstrings tell it; nothing of it was recorded. Its timeline goes by the audio that was heard and
said, not by the clock: so it repeats.
"""

from __future__ import annotations

import base64
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from .. import ids
from ..answer import JSON
from ..call import Refused
from ..clock import Clock
from ..errors import APIError
from ..faults.frames import arriving, as_scripted, close_code, error_of
from ..noise import Noise
from ..voice.format import RATE, Format, resampled
from ..voice.hearing import transcript_of
from ..voice.input import DETECTION, Began, InputAudio
from ..voice.messages import Event
from ..wire import Frames, Pending, PendingFrames, Progress, Reply, Request, Stream, Turn
from .base import Ask
from .live_delegation import Delegations
from .live_member import Member
from .live_refusals import refusal
from .live_settings import Settings, updated
from .live_speaking import Speaking
from .live_speech import AUDIO, MADE, TRANSCRIPT, Made, times_of, woven

PATH = "/live/sessions"
Transport = Literal["websocket", "webrtc", "sip"]
Reason = Literal["close_requested", "expired", "remote_hangup", "connection_lost"]
HEARD = "session.input_transcript.delta"
_NORMAL = 1000
_REPLAYED = 8
"""Events that somebody who attaches is told again: "an attachment's short replay" (the SDK's lib/live/README.md)."""
_CONTENT = 500
"""Tokens (the SDK's docstrings of the events that append)."""
_FIXTURE = 30
"""Seconds (the SDK's docstring of `session.output_audio.fixture.play`)."""
_PIECE = RATE // 10


class Lent(msgspec.Struct, frozen=True):
    """What the engine lends a session."""

    clock: Clock
    ask: Ask
    pace: float
    """How fast what is spoken leaves; 0: at once."""
    count: Callable[[str], int]
    """The tokens of a text."""
    ended: Callable[[LiveSession], None]


def _nothing() -> None:
    pass


class LiveSession:
    """A session's state. Whoever calls has its lock."""

    def __init__(
        self,
        lent: Lent,
        settings: Settings,
        transport: Transport,
        request: Request,
        noise: Noise,
        history: Sequence[dict[str, JSON]] | None = None,
    ) -> None:
        self.lent = lent
        self.settings = settings
        self.transport = transport
        self.lock = threading.RLock()
        self.history = list(settings["input"] if history is None else history)
        self.delegations = Delegations(self)
        self.is_over = False
        self.members: list[Member] = []
        self._request = request
        self._noise = noise
        self._recent: deque[Event] = deque(maxlen=_REPLAYED)
        self._speaking = Speaking(self)
        self._input = InputAudio(lambda: "")
        self._is_muted = False
        self._began = self._offset = 0
        self._has_heard = False

    # Who takes part

    def join(self, member: Member) -> None:
        """Somebody who attaches is told again what was told last, and then what is still being said."""
        unsent = {id(event) for speech in self._speaking.active for event in speech.unsent}
        recent = [event for event in self._recent if id(event) not in unsent]
        if recent:
            member.say(recent)
        self._speaking.share(member)
        self.members.append(member)

    def leave(self, member: Member) -> None:
        """A connection is over; without its primary one, so is the session."""
        if member in self.members:
            self.members.remove(member)
            if member.is_primary:
                self.close("connection_lost")

    # How it is told

    def id(self, prefix: str) -> str:
        return prefix + ids.base62(self._noise, 21)

    def event(self, kind: str, command: Mapping[str, Any] | None = None, /, **fields: JSON) -> Event:
        """An event; `command` is what the client asked for it by."""
        named = {} if command is None or not command.get("event_id") else {"client_event_id": command["event_id"]}
        return {"type": kind, "event_id": self.id("event_"), **named, **fields}

    def tell(
        self,
        *events: Event,
        times: Sequence[float] | None = None,
        voice: str | None = None,
        behind: Sequence[str] = (),
        close: int | None = None,
    ) -> Progress | None:
        """Send events to all who take part; how far they have left, where anybody does."""
        self._recent.extend(event for event in events if "event_id" in event)
        sent = [member.say(events, times, voice, behind, close) for member in self.members]
        return sent[0] if sent else None

    # Time

    @property
    def now(self) -> int:
        """Milliseconds since the session's beginning."""
        return max(self._offset + self._input.milliseconds_heard, self._speaking.until)

    def _catch_up(self) -> None:
        """What is heard from here on is heard after what was said, unless that is still being said."""
        if not self._speaking.active:
            self._offset = max(self._offset, self._speaking.until - self._input.milliseconds_heard)

    # What the user says

    def mute(self, is_muted: bool) -> None:
        self._is_muted = is_muted

    def hear(self, by: Member, data: bytes, form: Format) -> None:
        pcm = form.decoded(data)
        onlookers = [member for member in self.members if member is not by and not member.is_primary]
        if onlookers:
            audio = base64.b64encode(resampled(pcm, form.rate, RATE)).decode()
            for member in onlookers:
                member.say([{"type": "session.input_audio.append", "audio": audio}])
        self._catch_up()
        silent = self._is_muted or self._speaking.plays_fixture
        self._input.append(bytes(len(pcm)) if silent else pcm, Format({"type": "audio/pcm", "rate": form.rate}))
        self._listen(by)

    def _listen(self, by: Member) -> None:
        while not self.is_over and (heard := self._input.listen(DETECTION["server_vad"])) is not None:
            if isinstance(heard, Began):
                self._began = heard.at
                self._speaking.interrupt()
            else:
                self._understand(by)
                self.answer(by, lambda: self._listen(by))
                return

    def _understand(self, by: Member) -> None:
        """Put into words what the user said up to here."""
        start = self._offset + self._began
        _, pcm = self._input.take()
        transcript = transcript_of(pcm, self._input.rate, self._noise)
        events = []
        for word in transcript.words:
            begin, end = (start + round(1000 * seconds) for seconds in (word.start, word.end))
            said = f" {word.text}" if self._has_heard else word.text
            events.append(self.event(HEARD, None, delta=said, start_ms=begin, end_ms=max(begin, end)))
            self._has_heard = True
        self.tell(*events)
        content = [{"type": "input_audio", "text": transcript.text}]
        self.history.append({"type": "message", "role": "user", "content": content})
        if self.settings["store"]:
            self._speaking.recording.add(start, resampled(pcm, self._input.rate, RATE))
        self.delegations.fire(by, events, self.tell)

    # What the model says

    def answer(self, by: Member, then: Callable[[], None] = _nothing, behind: Sequence[str] = ()) -> None:
        """Ask the engine what the model says, as a request of its own; it leaves `behind` these voices."""
        settings = self.settings
        latest: dict[str, Any] = {"start_ms": self.now, "is_first": not self._speaking.has_spoken}
        body = {
            "model": settings["model"],
            "instructions": settings["instructions"],
            "input": self.history,
            "audio": settings["audio"],
            "delegation": settings["delegation"]["type"],
            "tools": self.delegations.functions,
        }
        self.ask(by, "WEBSOCKET", PATH, body, lambda reply: self._said(by, reply, latest, then, behind), Turn(latest))

    def ask(
        self,
        by: Member,
        method: str,
        path: str,
        body: Mapping[str, JSON],
        go_on: Callable[[Reply], None],
        turn: Turn | None = None,
    ) -> None:
        """Ask the engine, and go on with the reply: at once, or where a coroutine gives it, when it does."""
        request = self._request
        kept = {name: value for name, value in request.headers.items() if name in _KEPT}
        headers = {**kept, "content-type": "application/json"}
        base = request.path.partition(PATH)[0]
        given = Request(method, base + path, "", headers, msgspec.json.encode(body), request.azure, turn)
        reply = self.lent.ask(given)
        if not isinstance(reply, Pending):
            go_on(reply)
            return
        pending = reply

        def resume(value: object) -> Frames:
            try:
                said = pending.resume(value)
            except Exception as error:  # what was said doesn't fit the request
                return fail(error)
            with self.lock:
                go_on(said)
            return Frames(Stream([]), then=by.following)

        def fail(error: Exception) -> Frames:
            by.fail(APIError(500, str(error), "server_error", code="mock_failed"))
            return Frames(Stream([]), then=by.following)

        by.post(PendingFrames(reply.awaitable, resume, lambda error: fail(pending.fail(error))))

    def _said(
        self, by: Member, reply: Reply, latest: Mapping[str, Any], then: Callable[[], None], behind: Sequence[str]
    ) -> None:
        made: Made | None = latest.get(MADE)
        if isinstance(reply.body, bytes):
            self.refused(by, reply)
        elif made is None:
            by.post(Frames(as_scripted(reply), reply.delay))
            self._break(by, reply)
        elif made.delegates:
            wait = self.settings["delegation"]["acknowledgement_delay_ms"] / 1000
            self.delegations.begin(by, lambda: self._say(by, made, reply, wait, behind, acknowledges=True), then)
            return
        else:
            self._say(by, made, reply, behind=behind)
        then()

    def refused(self, by: Member, reply: Reply) -> None:
        """Tell of an error that the engine replied with."""
        error = error_of(reply)
        if error is not None:
            kind, code = error.get("type") or "server_error", error.get("code")
            by.fail(APIError(reply.status, error["message"], kind, error.get("param"), code))
        self._break(by, reply)

    def _break(self, by: Member, reply: Reply) -> None:
        """The connection ends under a reply where a fault wants that."""
        code = close_code(reply)
        if code is not None:
            by.post(Frames(Stream([]), reply.delay, code, voice="end", behind=self._speaking.voices))

    def _say(
        self,
        by: Member,
        made: Made,
        reply: Reply,
        wait: float = 0.0,
        behind: Sequence[str] = (),
        acknowledges: bool = False,
    ) -> None:
        body = reply.body
        assert isinstance(body, Stream)
        came = arriving(reply, body.chunks)
        events = made.events[: len(came.chunks)]
        if not events or self.is_over:
            self._break(by, reply)
            return
        content = [{"type": "output_audio", "text": made.text}]
        item: dict[str, JSON] = {"type": "message", "role": "assistant", "content": content}
        self.history.append(item)
        decided: list[Event] = []
        is_woven = False

        def put(decision: Event) -> None:
            # What a coroutine decides comes when it does.
            self.tell(decision) if is_woven else decided.append(decision)

        self.delegations.fire(by, [event for event in events if event["type"] == TRANSCRIPT], put)
        is_woven = True
        together, times = woven(events, came.times, decided)
        self._speaking.speak(together, times, item, wait, delay=reply.delay, behind=behind, acknowledges=acknowledges)
        self._break(by, reply)

    # What the client adds

    def update(self, command: Event) -> None:
        self.settings = updated(self.settings, command["session"])
        self.tell(self.event("session.updated", command, session=self.settings))

    def append(self, by: Member, command: Event, kind: Literal["instructions", "thinking", "commentary"]) -> None:
        if self._speaking.plays_fixture:
            raise Refused(refusal("fixture_active"))
        text = command["content"]
        if (tokens := self.lent.count(text)) > _CONTENT:
            raise Refused(refusal("too_long", tokens=tokens))
        id = self.delegations.named(command.get("delegation_id"))
        if kind != "instructions":
            self._speaking.drop_acknowledgements()
        now = self.now
        self.tell(self.event(f"session.{kind}.appended", command, start_ms=now, end_ms=now))
        if kind != "commentary":
            content = [{"type": "input_text", "text": text}]
            self.history.append({"type": "message", "role": "developer", "content": content})
            return
        self.communicate(by, id or "commentary", text)

    def communicate(
        self, by: Member, id: str, text: str, then: Callable[[], None] = _nothing, behind: Sequence[str] = ()
    ) -> None:
        """Have the model tell the user what came of something."""
        self.history.append({"type": "function_call_output", "call_id": id, "output": text})
        self.answer(by, then, behind)

    def play(self, command: Event, pcm: bytes | None) -> None:
        """Play a fixture: `pcm` is 16-bit samples at 24 kHz."""
        seconds = 0 if pcm is None else len(pcm) / 2 / RATE
        if not pcm or len(pcm) % 2 or seconds > _FIXTURE:
            got = "none" if not pcm else "half a sample" if len(pcm) % 2 else f"{seconds:g} seconds"
            raise Refused(refusal("fixture_audio", got=got))
        if self._speaking.plays_fixture:
            raise Refused(refusal("fixture_active"))
        self._speaking.interrupt()
        self._input.clear()
        self.tell(self.event("session.output_audio.fixture.playing", command))
        start, events = self.now, []
        for at in range(0, len(pcm), 2 * _PIECE):
            piece = pcm[at : at + 2 * _PIECE]
            times = {"start_ms": start + at * 500 // RATE, "end_ms": start + (at + len(piece)) * 500 // RATE}
            events.append({"type": AUDIO, "pcm": piece, **times})
        events.append(self.event("session.output_audio.fixture.played", command))
        self._speaking.speak(events, times_of(events, self.lent.pace), None)

    def forget(self, item: Mapping[str, JSON]) -> None:
        """What was to be said there was not."""
        self.history = [known for known in self.history if known is not item]

    # Its end

    def recorded(self) -> bytes:
        """The recording up to here, as WAV."""
        return self._speaking.recording.wav()

    @property
    def usage(self) -> dict[str, JSON]:
        return {"seconds": self.now / 1000}

    def expire(self) -> None:
        """End if the time is over."""
        if self.lent.clock.time() >= self.settings["expires_at"]:
            self.close("expired")

    def close(self, reason: Reason, command: Event | None = None) -> None:
        if self.is_over:
            return
        if self._input.hears_speech and self.members:
            self._understand(self.members[0])
        self._speaking.end()
        self.is_over = True
        closed = self.event("session.closed", command, reason=reason, session=self.settings, usage=self.usage)
        self.tell(closed, close=_NORMAL)
        self.members.clear()
        self.lent.ended(self)


_KEPT = frozenset(("authorization", "api-key", "openai-organization", "openai-project"))
"""The headers of a session's connection that the requests have which it stands for."""
