"""Who takes part in a Live session over a WebSocket, and what there is to send there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ..errors import APIError
from ..voice.format import Format
from ..voice.messages import Event
from ..wire import Frames, PendingFrames, Progress, Stream
from .live_speech import primary, reflected


class Member:
    """One connection: the primary, over which the user is heard, or a sideband, which looks on and steers."""

    def __init__(self, is_primary: bool, make_id: Callable[[], str]) -> None:
        self.is_primary = is_primary
        self._make_id = make_id
        """An event's."""
        self.format: Format | None = None
        """Of the primary's audio."""
        self._outbox: deque[Frames | PendingFrames] = deque()
        self._wake: Callable[[], None] = lambda: None

    # The front end's side (wire.Unasked)

    def attend(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        if self._outbox:
            wake()

    def unasked(self) -> Frames | PendingFrames | None:
        return self.following()

    def wakes_at(self) -> float | None:
        return None

    def following(self) -> Frames | PendingFrames | None:
        """What is to be sent next."""
        if not self._outbox:
            return None
        frames = self._outbox.popleft()
        return msgspec.structs.replace(frames, then=self.following) if isinstance(frames, Frames) else frames

    # The session's side

    def post(self, frames: Frames | PendingFrames) -> None:
        """Have that sent, after what was posted before."""
        self._outbox.append(frames)
        self._wake()

    def say(
        self,
        events: Sequence[Event],
        times: Sequence[float] | None = None,
        voice: str | None = None,
        behind: Sequence[str] = (),
        close: int | None = None,
    ) -> Progress:
        """Have events sent, each as this connection gets it."""
        progress = Progress()
        chunks = [self._shown(event) for event in events]
        self.post(Frames(Stream(chunks, times), voice=voice, behind=behind, progress=progress, close=close))
        return progress

    def fail(self, error: APIError, command: Mapping[str, Any] | None = None) -> None:
        """Tell this client what went wrong; `command` is what it asked for."""
        told = {name: value for name, value in error.body()["error"].items() if name != "code"}
        told["code"] = error.code or error.type
        if command is not None and isinstance(command.get("event_id"), str):
            told["client_event_id"] = command["event_id"]
        self.say([{"type": "error", "event_id": self._make_id(), "error": told}])

    def _shown(self, event: Event) -> bytes:
        return reflected(event) if self.format is None else primary(event, self.format)
