"""Realtime calls: over WebRTC, whose offer gets an answer, and over SIP, which are taken, passed on or refused.

Recorded: a call is made with 201, the answer's SDP and its place. No media flows: a call is talked to over a WebSocket
that names it (`realtime.connect(call_id=...)`).
"""

from __future__ import annotations

from typing import Any

from .. import ids
from ..call import Call, Refused
from ..forms import File
from ..voice.sdp import answer_to
from ..wire import Reply
from ..wordings import refusal
from .base import Resource, operation
from .realtime_settings import updated, usual

CALLS = "/realtime/calls"


class Calls(Resource):
    """`/realtime/calls`."""

    @operation("POST /realtime/calls")
    def create(self, call: Call) -> Reply:
        offer = _text(call.body.get("sdp"))
        try:
            answer = answer_to(offer, call.noise)
        except ValueError:
            raise Refused(refusal("realtime_sdp")) from None
        id = ids.make_for("realtime.call", call.noise)
        session = updated(usual("realtime", "sess_" + ids.base62(call.noise, 21)), call.body.get("session") or {})
        self.store.put(CALLS, id, {"id": id, "session": session})
        headers = self._write("text/plain; charset=utf-8", call.noise, False)
        headers.append(("location", f"/v1/realtime/calls/{id}"))
        return Reply(201, headers, answer.encode())

    @operation("POST /realtime/calls/{call_id}/accept")
    def accept(self, call: Call) -> Reply:
        """A call that came in over SIP is known by the webhook that told of it alone, so any id is taken."""
        id = call.params["call_id"]
        session = updated(usual("realtime", "sess_" + ids.base62(call.noise, 21)), call.body)
        self.store.put(CALLS, id, {"id": id, "session": session})
        return self._empty(call)

    @operation("POST /realtime/calls/{call_id}/reject")
    def reject(self, call: Call) -> Reply:
        return self._over(call)

    @operation("POST /realtime/calls/{call_id}/refer")
    def refer(self, call: Call) -> Reply:
        return self._over(call)

    @operation("POST /realtime/calls/{call_id}/hangup")
    def hangup(self, call: Call) -> Reply:
        return self._over(call)

    def _over(self, call: Call) -> Reply:
        self.store.delete(CALLS, call.params["call_id"])
        return self._empty(call)

    def _empty(self, call: Call) -> Reply:
        headers = [header for header in self._write("", call.noise, False) if header[0] != "content-type"]
        return Reply(200, headers, b"")


def _text(given: Any) -> str:
    if isinstance(given, File):
        given.content.seek(0)
        return given.content.read().decode("utf-8", "replace")
    return str(given or "")
