"""A Live session's WebSocket: the primary one of a session or a fork, or a sideband that attaches to one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from .. import ids
from ..answer import JSON
from ..call import Refused
from ..catalog.faults import Fault
from ..content import object_in
from ..errors import APIError
from ..noise import Noise
from ..voice.format import Format
from ..voice.messages import Event, bytes_of
from ..wire import Frames, PendingFrames, Stream
from .live_member import Member
from .live_refusals import refusal
from .live_session import LiveSession
from .live_speech import PCM

Check = Callable[[dict[str, JSON]], Fault | None]
Start = Callable[[dict[str, Any], "LiveConnection"], LiveSession]
"""Makes the session that a primary connection asks for. Raises Refused."""


class LiveConnection(Member):
    """One connection."""

    def __init__(
        self, noise: Noise, check: Check, *, start: Start | None = None, of: LiveSession | None = None
    ) -> None:
        """With a `start`, it begins a session; otherwise it attaches to one."""
        super().__init__(start is not None, lambda: "event_" + ids.base62(noise, 21))
        self._check = check
        self._start = start
        self._session = of

    def opening(self) -> Frames | None:
        """What somebody who attaches is told again."""
        if self._session is None:
            return None
        with self._session.lock:
            self._session.join(self)
        return None

    def lane(self, message: str) -> str:
        return ""

    def leave(self) -> None:
        if self._session is not None:
            with self._session.lock:
                self._session.leave(self)

    def receive(self, message: str) -> Frames | PendingFrames:
        command = object_in(message)
        try:
            if command is None:
                raise Refused(refusal("not_json"))
            self._do(command)
        except Refused as refused:
            self.fail(refused.error, command)
        return self.following() or Frames(Stream([]))

    def _do(self, command: Event) -> None:
        kind = str(command.get("type"))
        session = self._session
        if not self._takes(kind):
            kinds = ", ".join(f"'{known}'" for known in _DOES if self._takes(known))
            raise Refused(refusal("type", value=command.get("type"), kinds=kinds))
        fault = None if kind == _HEARD and not self.is_primary else self._check(command)
        if fault is not None:
            raise Refused(APIError(fault.status, fault.message, fault.type, fault.param, fault.code))
        if session is None:
            self._begin(kind, command)
            return
        with session.lock:
            session.expire()
            if not session.is_over:
                _DOES[kind](session, self, command)

    def _takes(self, kind: str) -> bool:
        """Whether this connection may send such events. No media flows to the mock: what is said in a session over
        WebRTC or SIP comes from a sideband, by the event that only primary connections may send to the API."""
        if kind == _HEARD:
            return self.is_primary or (self._session is not None and self._session.transport != "websocket")
        if kind == "session.start":
            return self.is_primary
        return kind in _DOES and (kind != "transport.dtmf.send" or not self.is_primary)

    def _begin(self, kind: str, command: Event) -> None:
        if kind != "session.start" or self._start is None:
            raise Refused(refusal("not_started"))
        self._session = session = self._start(command["session"], self)
        self.format = Format(session.settings["audio"]["format"])
        with session.lock:
            session.join(self)
            session.tell(session.event("session.started", command, session=session.settings))


_HEARD = "session.input_audio.append"


def _again(session: LiveSession, by: LiveConnection, command: Event) -> None:
    raise Refused(refusal("started"))


def _hear(session: LiveSession, by: LiveConnection, command: Event) -> None:
    data = bytes_of(command.get("audio"))
    if data is None:
        raise Refused(refusal("audio"))
    session.hear(by, data, by.format or PCM)


def _play(session: LiveSession, by: LiveConnection, command: Event) -> None:
    session.play(command, bytes_of(command["audio"]))


def _mute(is_muted: bool) -> Callable[[LiveSession, LiveConnection, Event], None]:
    kind = f"session.input_audio.{'muted' if is_muted else 'unmuted'}"

    def does(session: LiveSession, by: LiveConnection, command: Event) -> None:
        session.mute(is_muted)
        session.tell(session.event(kind, command))

    return does


def _append(
    kind: Literal["instructions", "thinking", "commentary"],
) -> Callable[[LiveSession, LiveConnection, Event], None]:
    return lambda session, by, command: session.append(by, command, kind)


def _press(session: LiveSession, by: LiveConnection, command: Event) -> None:
    if session.transport != "sip":
        raise Refused(refusal("not_sip"))
    key = command["event"]
    if not re.fullmatch(r"[0-9A-D*#]", key):
        raise Refused(refusal("dtmf", value=key))
    session.tell(session.event("transport.dtmf.sent", command, event=key))


_DOES: dict[str, Callable[[LiveSession, LiveConnection, Event], object]] = {
    "session.start": _again,
    "session.update": lambda session, by, command: session.update(command),
    _HEARD: _hear,
    "session.input_audio.mute": _mute(True),
    "session.input_audio.unmute": _mute(False),
    "session.output_audio.fixture.play": _play,
    "session.instructions.append": _append("instructions"),
    "session.thinking.append": _append("thinking"),
    "session.commentary.append": _append("commentary"),
    "decision.create": lambda session, by, command: session.delegations.create_decision(by, command),
    "decision.item.create": lambda session, by, command: session.tell(session.delegations.create_item(command)),
    "decision.item.delete": lambda session, by, command: session.tell(session.delegations.delete_item(command)),
    "response.item.create": lambda session, by, command: session.delegations.add(command),
    "response.create": lambda session, by, command: session.delegations.create_response(by),
    "session.close": lambda session, by, command: session.close("close_requested", command),
    "transport.dtmf.send": _press,
}
