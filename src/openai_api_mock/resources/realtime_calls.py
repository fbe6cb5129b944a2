"""Realtime calls: over WebRTC, whose offer gets an answer, and over SIP, which are taken, passed on or refused.

Recorded: a call is made with 201, the answer's SDP and its place. No media flows: a call is talked to over a WebSocket
that names it (`realtime.connect(call_id=...)`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import ids
from ..call import Call, Refused
from ..forms import File
from ..noise import Noise
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
        if not offer.strip():
            raise Refused(refusal("realtime_sdp"))
        id = ids.make_for("realtime.call", call.noise)
        session = updated(usual("realtime", "sess_" + ids.base62(call.noise, 21)), call.body.get("session") or {})
        self.store.put(CALLS, id, {"id": id, "session": session})
        headers = self._write("text/plain; charset=utf-8", call.noise, False)
        headers.append(("location", f"/v1/realtime/calls/{id}"))
        return Reply(201, headers, answer_to(offer, call.noise).encode())

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


def answer_to(offer: str, noise: Noise) -> str:
    """An SDP answer to an offer: its media taken as they are, Opus where it is offered, and the keys of a peer that
    isn't there."""
    lines = offer.splitlines()
    if not any(line.startswith("m=") for line in lines):
        lines = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"]
    return "".join(f"{line}\r\n" for line in _lines(lines, noise))


_KEPT = ("mid", "rtpmap", "fmtp", "rtcp-mux", "extmap", "sctp-port", "max-message-size", "rtcp-fb")


def _lines(offer: list[str], noise: Noise) -> Iterator[str]:
    ufrag, password = ids.base62(noise, 8), ids.base62(noise, 24)
    fingerprint = noise.randbytes(32).hex(":").upper()
    yield "v=0"
    yield f"o=- {int.from_bytes(noise.randbytes(7), 'big')} 2 IN IP4 127.0.0.1"
    yield "s=-"
    yield "t=0 0"
    yield from (line for line in offer if line.startswith("a=group:BUNDLE"))
    yield "a=msid-semantic: WMS realtimeapi"
    in_media = False
    for line in offer:
        if line.startswith("m="):
            in_media = True
            yield _media(line, offer)
            yield "c=IN IP4 0.0.0.0"
            yield f"a=ice-ufrag:{ufrag}"
            yield f"a=ice-pwd:{password}"
            yield f"a=fingerprint:sha-256 {fingerprint}"
            yield "a=setup:active"
            if line.startswith(("m=audio", "m=video")):
                yield "a=sendrecv"
        elif in_media and line[2:].partition(":")[0] in _KEPT and _is_taken(line, offer):
            yield line


def _media(line: str, offer: list[str]) -> str:
    kind, _, protocol, *formats = line.split(" ")
    opus = _opus(offer) if kind == "m=audio" else []
    return " ".join([kind, "9", protocol, *(opus or formats)])


def _opus(offer: list[str]) -> list[str]:
    """The payload types of Opus."""
    return [line[9:].partition(" ")[0] for line in offer if line.startswith("a=rtpmap:") and "opus/" in line.lower()]


def _is_taken(line: str, offer: list[str]) -> bool:
    """Whether the line isn't about a coding that was left away."""
    name, _, rest = line[2:].partition(":")
    return name not in ("rtpmap", "fmtp", "rtcp-fb") or not _opus(offer) or rest.partition(" ")[0] in _opus(offer)
