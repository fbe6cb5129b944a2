"""Live sessions: over WebSockets, over WebRTC and SIP, and forks of those that were stored.

What a session says comes from the engine like any other answer: each turn is a request of its own, of the operation
`WEBSOCKET /live/sessions`, whose body has the session's settings and its conversation as `input`.
"""

from __future__ import annotations

import threading
from typing import Any

from .. import ids
from ..answer import JSON
from ..call import Call, Refused
from ..catalog import Catalog
from ..catalog.validation import message_check
from ..errors import APIError
from ..generate.media import MEDIA_TYPES
from ..noise import Noise
from ..stream.sse import CONTENT_TYPE
from ..voice.format import Format
from ..voice.openings import Openings
from ..voice.sdp import answer_to
from ..webhooks.events import data_of
from ..wire import Reply, Request, Stream
from .base import Ask, Handler, Resource, Services, operation
from .live_refusals import Refusal, refusal
from .live_session import PATH, Lent, LiveSession, Reason, Transport
from .live_settings import LASTS, MODEL, Settings, forked, resolved
from .live_socket import Check, LiveConnection
from .live_speech import MADE, made_of, primary, question_of, times_of

KEY = f"WEBSOCKET {PATH}"
OVER = "/_live/over"
"""Where what is left of sessions that are over lies."""
_ATTACH, _FORK = f"{KEY}/{{session_id}}/attach", f"{KEY}/{{session_id}}/fork"


class Live(Resource):
    """`/live/sessions`."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._sessions: dict[str, LiveSession] = services.lines
        self._openings = Openings("live", self.options.seed)
        self._lock = threading.Lock()

    # Over a WebSocket

    @operation(KEY)
    def open(self, request: Request, ask: Ask) -> LiveConnection:
        noise = self._openings.noise()

        def start(given: dict[str, Any], by: LiveConnection) -> LiveSession:
            self.check_model(given["model"])
            settings = resolved(given, self._id(noise), self._until(), is_socket=True)
            return self._begun(settings, "websocket", request, noise)

        return LiveConnection(noise, self._check(KEY), start=start)

    @operation(_FORK)
    def open_fork(self, request: Request, ask: Ask) -> LiveConnection | Reply:
        noise, id = self._openings.noise(), _id_in(request)
        try:
            self._stored(id)
        except Refused as refused:
            return self._refusing(refused.error, noise)

        def start(given: dict[str, Any], by: LiveConnection) -> LiveSession:
            settings, history = self._stored(id)
            new = forked(settings, given, self._id(noise), self._until(), is_socket=True)
            return self._begun(new, "websocket", request, noise, history)

        return LiveConnection(noise, self._check(_FORK), start=start)

    @operation(_ATTACH)
    def attach(self, request: Request, ask: Ask) -> LiveConnection | Reply:
        noise = self._openings.noise()
        try:
            session = self._active(_id_in(request))
        except Refused as refused:
            return self._refusing(refused.error, noise)
        return LiveConnection(noise, self._check(_ATTACH), of=session)

    # What a model says

    def turns(self) -> dict[str, Handler]:
        return {KEY: self._respond}

    def _respond(self, call: Call) -> Reply:
        turn = call.request.turn
        assert turn is not None
        body, noise = call.body, call.noise
        answer = call.answer
        if answer is None:
            answer = self.generator.answer(question_of(body, self.model_of(call, MODEL)), call.chance())
        if answer.error is not None:
            raise Refused(answer.error)
        call.entry.answer = answer
        start, is_first = turn.latest["start_ms"], turn.latest["is_first"]
        made = made_of(answer, body, start, is_first, lambda: "event_" + ids.base62(noise, 21))
        turn.latest[MADE] = made
        form = Format(body["audio"].get("format") or {})
        chunks = [primary(event, form) for event in made.events]
        return Reply(
            200, self._write(CONTENT_TYPE, noise, True), Stream(chunks, times_of(made.events, self.options.audio_pace))
        )

    # Over WebRTC and SIP

    @operation(f"POST {PATH}")
    def create(self, call: Call) -> Reply:
        given = call.body["session"]
        self.check_model(given["model"])
        return self._connected(call, resolved(given, self._id(call.noise), self._until(), is_socket=False))

    @operation(f"POST {PATH}/{{session_id}}/fork")
    def fork(self, call: Call) -> Reply:
        settings, history = self._stored(call.params["session_id"])
        given = call.body.get("session") or {}
        new = forked(settings, given, self._id(call.noise), self._until(), is_socket=False)
        return self._connected(call, new, history)

    def _connected(self, call: Call, settings: Settings, history: list[dict[str, JSON]] | None = None) -> Reply:
        """A session over WebRTC. No media flows: a sideband talks to it."""
        try:
            sdp = answer_to(str(call.body["transport"]["sdp"]), call.noise)
        except ValueError:
            raise Refused(refusal("sdp")) from None
        session = self._begun(settings, "webrtc", call.request, call.noise, history)
        events = [session.event("session.started", session=settings)]
        channel = (settings.get("client") or {}).get("data_channel")
        if channel is not None:
            # The code and what it is about are the SDK's docstring of InfoEvent; the wording isn't documented.
            message = "The data channel's event permissions were applied."
            events.append(session.event("info", code="data_channel_permissions", message=message))
        session.tell(*events)
        self.webhooks.queue("live.transport.connected", data_of("live.transport.connected", settings["id"], {}))
        transport = {"type": "webrtc", "sdp": sdp}
        return self.json({"session": {"id": settings["id"]}, "transport": transport}, call.noise)

    @operation(f"POST {PATH}/{{session_id}}/accept")
    def accept(self, call: Call) -> Reply:
        """A call that came in over SIP is known by the webhook that told of it alone, so any id is taken, once."""
        id, given = call.params["session_id"], call.body["session"]
        self.check_model(given["model"])
        settings = resolved(given, id, self._until(), is_socket=False)
        with self._lock:
            self._refuse_answered(id)
            session = self._begun(settings, "sip", call.request, call.noise)
        session.tell(session.event("session.started", session=session.settings))
        return self._empty(call)

    @operation(f"POST {PATH}/{{session_id}}/reject")
    def reject(self, call: Call) -> Reply:
        id, status = call.params["session_id"], call.body["status_code"]
        if not 300 <= status <= 699:
            raise Refused(refusal("sip_status", value=status))
        with self._lock:
            self._refuse_answered(id)
            self.store.put(OVER, id, {"id": id})
        return self._empty(call)

    @operation(f"POST {PATH}/{{session_id}}/refer")
    def refer(self, call: Call) -> Reply:
        """The call goes on elsewhere; that its session ends so is a guess."""
        if not call.body["target_uri"].strip():
            raise Refused(refusal("target"))
        return self._over(call, "remote_hangup")

    @operation(f"POST {PATH}/{{session_id}}/hangup")
    def hangup(self, call: Call) -> Reply:
        return self._over(call, "close_requested")

    def _over(self, call: Call, reason: Reason) -> Reply:
        session = self._active(call.params["session_id"])
        with session.lock:
            session.close(reason)
        return self._empty(call)

    @operation(f"GET {PATH}/{{session_id}}/content")
    def download(self, call: Call) -> Reply:
        id = call.params["session_id"]
        self._stored(id)
        headers = self._write(MEDIA_TYPES["wav"], call.noise, False)
        session = self._sessions.get(id)
        if session is not None:
            with session.lock:
                return Reply(200, headers, session.recorded())
        file = self.store.open_file(_recording_of(id))
        assert file is not None
        with file:
            return Reply(200, headers, file.read())

    # Which sessions there are

    def _begun(
        self,
        settings: Settings,
        transport: Transport,
        request: Request,
        noise: Noise,
        history: list[dict[str, JSON]] | None = None,
    ) -> LiveSession:
        count = self.tokenizers.of(settings["model"]).count
        lent = Lent(self.clock, self.inside.ask, self.options.audio_pace, count, self._ended)
        session = LiveSession(lent, settings, transport, request, noise, history)
        self._sessions[settings["id"]] = session
        return session

    def _ended(self, session: LiveSession) -> None:
        id, settings = session.settings["id"], session.settings
        self._sessions.pop(id, None)
        if not settings["store"]:
            self.store.put(OVER, id, {"id": id})
            return
        self.store.put_file(_recording_of(id), session.recorded())
        self.store.put(OVER, id, {"id": id, "session": settings, "history": session.history})

    def _active(self, id: str) -> LiveSession:
        session = self._sessions.get(id)
        if session is not None:
            with session.lock:
                session.expire()
        if session is None or session.is_over:
            raise self._none(id)
        return session

    def _stored(self, id: str) -> tuple[Settings, list[dict[str, JSON]]]:
        """The settings and the conversation of a session that is stored, be it active or over."""
        session = self._sessions.get(id)
        if session is not None and session.settings["store"]:
            with session.lock:
                return session.settings, list(session.history)
        kept = self.store.get(OVER, id)
        if kept is not None and "session" in kept:
            return kept["session"], kept["history"]
        raise self.unmade(refusal("no_session" if session is None and kept is None else "not_stored", id=id))

    def _refuse_answered(self, id: str) -> None:
        if id in self._sessions:
            raise self.unmade(refusal("accepted", id=id))
        if self.store.get(OVER, id) is not None:
            raise self._none(id)

    def _none(self, id: str) -> Exception:
        name: Refusal = "no_session" if self.store.get(OVER, id) is None else "ended"
        return self.unmade(refusal(name, id=id))

    # What they are made of

    def _id(self, noise: Noise) -> str:
        """One that no session has: what counts the connections begins anew with each change of the options."""
        while (id := "live_" + ids.base62(noise, 21)) in self._sessions or self.store.get(OVER, id) is not None:
            pass
        return id

    def _until(self) -> int:
        return int(self.clock.time()) + LASTS

    def _check(self, key: str) -> Check:
        mode = self.options.validate
        if mode == "off":
            return lambda event: None
        return message_check(Catalog.load().operation(key), mode)

    def _refusing(self, error: APIError, noise: Noise) -> Reply:
        return Reply(error.status, self._write("application/json", noise, False), error.written())

    def _empty(self, call: Call) -> Reply:
        headers = [header for header in self._write("", call.noise, False) if header[0] != "content-type"]
        return Reply(200, headers, b"")


def _id_in(request: Request) -> str:
    """The session's, in the path of a handshake."""
    return request.path.rstrip("/").split("/")[-2]


def _recording_of(id: str) -> str:
    return f"{OVER}/{id}/content"
