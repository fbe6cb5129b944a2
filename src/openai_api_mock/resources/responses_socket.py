"""Responses over a WebSocket: each `response.create` is the request that its body would be, answered in text frames.

Documented, not recorded: lanes by `stream_id`, in which one response runs after the other; the latest response of each
is remembered by the connection, so that a chain goes on where nothing is stored; a connection lasts 60 minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..answer import JSON
from ..clock import Clock
from ..content import object_in
from ..errors import APIError
from ..faults.frames import arriving, close_code, error_of
from ..wire import Frames, Pending, PendingFrames, Reply, Request, Stream, Turn
from ..wordings import refusal
from .base import Ask

LASTS = 60 * 60
"""Seconds."""
_LANE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_NORMAL = 1000
# What only an envelope has, and what is understood.
_ENVELOPE = frozenset(("background", "generate", "stream", "stream_id", "type"))


class ResponsesSession:
    """One connection."""

    def __init__(self, request: Request, ask: Ask, clock: Clock) -> None:
        self._request = request
        self._ask = ask
        self._clock = clock
        self._until = clock.time() + LASTS
        self._latest: dict[str, Any] = {}

    def opening(self) -> Frames | None:
        return None

    def lane(self, message: str) -> str:
        body = object_in(message)
        return str(body.get("stream_id") or "") if body is not None else ""

    def receive(self, message: str) -> Frames | PendingFrames:
        body = object_in(message)
        if self._clock.time() >= self._until:
            return msgspec.structs.replace(_error(refusal("socket_over"), body), close=_NORMAL)
        if body is None:
            return _error(refusal("socket_not_json"), None)
        if body.get("stream_id") is not None and not _is_lane(body["stream_id"]):
            return _error(refusal("socket_lane"), None)
        if body.get("type") == "response.steer":
            return self._steer(body)
        if body.get("type") != "response.create":
            return _error(refusal("socket_type", type=body.get("type")), body)
        return self._create(body)

    def _create(self, body: dict[str, JSON]) -> Frames | PendingFrames:
        lane = str(body.get("stream_id") or "")
        request = {name: value for name, value in body.items() if name not in _ENVELOPE}
        reply = self._ask(
            Request(
                "POST",
                self._request.path,
                self._request.query,
                self._request.headers,
                msgspec.json.encode({**request, "stream": True}),
                self._request.azure,
                Turn(self._latest, lane, body.get("generate") is not False),
            )
        )
        if isinstance(reply, Pending):
            return PendingFrames(
                reply.awaitable,
                lambda value: _frames(reply.resume(value), body),
                lambda error: _error(_failed(reply.fail(error)), body),
            )
        return _frames(reply, body)

    def _steer(self, body: dict[str, JSON]) -> Frames:
        """A response is whole before its first frame leaves: there is nothing to steer any more."""
        target = body.get("previous_response_id")
        known = any(kept.response["id"] == target for kept in self._latest.values())
        code = "response_already_completed" if known else "response_not_found"
        message = "The response has already completed." if known else f"Response with id '{target}' not found."
        failed = {
            "type": "response.steer.failed",
            "error": {"code": code, "message": message, "type": "invalid_request_error"},
            "steer": {"input": body.get("input"), "previous_response_id": target},
            "sequence_number": 0,
        }
        return Frames(Stream([msgspec.json.encode(failed)]))


def _is_lane(given: JSON) -> bool:
    return isinstance(given, str) and _LANE.fullmatch(given) is not None


def _frames(reply: Reply, body: Mapping[str, JSON]) -> Frames:
    """The reply's events as frames; an error's reply as one."""
    close = close_code(reply)
    if isinstance(reply.body, bytes):
        error = error_of(reply)
        return Frames(Stream([] if error is None else [_error_frame(reply.status, error, body)]), reply.delay, close)
    ending = b""
    if body.get("stream_id") is not None:
        ending = b',"stream_id":%b}' % msgspec.json.encode(body["stream_id"])
    frames = [_frame(chunk, ending) for chunk in reply.body.chunks]
    return Frames(arriving(reply, frames), reply.delay, close)


def _frame(event: bytes, ending: bytes) -> bytes:
    """The JSON of a server-sent event, the lane added."""
    data = event.partition(b"\ndata: ")[2].rstrip(b"\n")
    return data[:-1] + ending if ending else data


def _error(error: APIError, body: Mapping[str, JSON] | None) -> Frames:
    return Frames(Stream([_error_frame(error.status, error.body()["error"], body or {})]))


def _error_frame(status: int, error: JSON, body: Mapping[str, JSON]) -> bytes:
    lane = {} if body.get("stream_id") is None else {"stream_id": body["stream_id"]}
    return msgspec.json.encode({"type": "error", "status": status, **lane, "error": error})


def _failed(error: Exception) -> APIError:
    return APIError(500, str(error), "server_error", code="mock_failed")
