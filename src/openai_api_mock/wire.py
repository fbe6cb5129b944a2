"""What the engine and its front ends share: a request, a reply, and a reply that is still to come.

The engine is pure: it turns a `Request` into a `Reply` and never waits, opens a socket or imports an HTTP library. A
front end (a patched client, a server) makes the one and plays out the other on the engine's clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from os import SEEK_END
from typing import IO, Any, Literal, Protocol, runtime_checkable

import msgspec

Headers = list[tuple[str, str]]


class Request(msgspec.Struct):
    """One HTTP request, as it came."""

    method: str
    path: str
    """Percent-encoded and without the query; what a base URL puts before `/v1` is already gone."""
    query: str = ""
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes | IO[bytes] = b""
    """Bytes, or a file where the front end spooled a large upload to disk."""
    azure: bool = False
    """Whether the host is one of Azure's, so that its forms apply even where the path doesn't say so."""
    turn: Turn | None = None
    """Where it came as a WebSocket's message."""
    batch: str | None = None
    """The batch that it is a line of, or the eval or the like that it is a part of. Then it needs no key: who made that
    had one."""


class Turn(msgspec.Struct, frozen=True):
    """What a WebSocket's message brings to the request that it stands for."""

    latest: dict[str, Any]
    """What the connection remembers by lane, be it stored or not. Shared by all turns of the connection."""
    lane: str = ""
    generate: bool = True
    """Whether the model is to say anything."""


class Stream(msgspec.Struct, frozen=True):
    """A body in parts. `times[i]` is when chunk i is due, in seconds after the reply was given; None: all at once."""

    chunks: Sequence[bytes]
    times: Sequence[float] | None = None
    then: Callable[[], Stream | None] | None = None
    """Gives what comes once these have been sent, timed from then on, or None where nothing does any more. A stream
    without chunks is nothing yet: a front end waits a moment and asks again."""
    wait: float | None = None
    """Of a stream without chunks: the moment, in seconds on the engine's clock; None: it takes somebody else's call, of
    which no clock knows."""

    def join(self) -> bytes:
        return b"".join(self.chunks)


Breakage = Literal[
    "refused", "dns", "tls", "reset", "close", "hang", "garbage", "no_response", "bad_chunk", "short_length"
]


class Break(msgspec.Struct, frozen=True):
    """How the connection fails under a reply, where that should end or even before it begins."""

    how: Breakage
    headless: bool = False
    """Nothing of the reply arrives, not even its head."""
    length: int | None = None
    """The content-length that the head announces; None: the body's own, or none where it comes in parts."""
    raw: bytes = b""
    """What is sent last, and is no HTTP."""


PART = 256 * 1024
"""Bytes of a file's body that are held at once."""


class FileBody:
    """A body that lies in a file: it is read as it is sent, and never held whole. The front end closes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, SEEK_END)
        file.seek(0)

    def parts(self) -> Iterator[bytes]:
        while part := self._file.read(PART):
            yield part

    def read(self) -> bytes:
        """All of it, and it is closed."""
        with self._file as file:
            return file.read()

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        # Of a reply that was never sent, as where the client's patience ended before its delay.
        self._file.close()


class Reply(msgspec.Struct):
    """What to send back."""

    status: int
    """0 where nothing of it is sent."""
    headers: Headers
    body: bytes | Stream
    """All that arrives of it, where the connection breaks."""
    delay: float = 0.0
    """Seconds from the engine's reply to the first byte of the head."""
    broken: Break | None = None
    """None: the connection holds."""
    file: FileBody | None = None
    """The body, where it lies in a file; then `body` is empty."""


class Pending(msgspec.Struct):
    """A reply that waits for a user's coroutine: await `awaitable`, then `resume(value)` gives the reply.

    If the awaitable raises, `fail(exception)` records that and gives what to raise instead.
    """

    awaitable: Awaitable[Any]
    resume: Callable[[Any], Reply]
    fail: Callable[[BaseException], Exception]


class Progress(msgspec.Struct):
    """How many of some frames the front end has begun to send."""

    sent: int = 0


class Frames(msgspec.Struct, frozen=True):
    """What to send on a WebSocket: text frames, when they are due, and whether to close it then."""

    stream: Stream
    delay: float = 0.0
    """Seconds from the session's answer to the first frame."""
    close: int | None = None
    """The status code to close the connection with, after the last frame."""
    voice: str | None = None
    """Where they are named, they are sent while the session goes on to listen, until a later answer silences them."""
    behind: Sequence[str] = ()
    """The voices that these wait for to be over, where they have one of their own."""
    silences: str | None = None
    """The voice whose frames that have not been sent by now never are."""
    progress: Progress | None = None
    then: Callable[[], Frames | PendingFrames | None] | None = None
    """What comes next, once these have been sent, or are on their way in a voice of their own."""


class PendingFrames(msgspec.Struct, frozen=True):
    """Frames that wait for a user's coroutine."""

    awaitable: Awaitable[Any]
    resume: Callable[[Any], Frames]
    fail: Callable[[BaseException], Frames]


class Session(Protocol):
    """One WebSocket's conversation. As pure as the engine: a front end plays out what it answers."""

    def opening(self) -> Frames | None:
        """What is sent as soon as the connection stands."""
        ...

    def lane(self, message: str) -> str:
        """Messages of one lane are answered one after the other, those of different lanes at the same time."""
        ...

    def receive(self, message: str) -> Frames | PendingFrames:
        """The answer to a client's message. Never raises."""
        ...


@runtime_checkable
class Unasked(Protocol):
    """What a session has besides that may speak though nobody said anything."""

    def attend(self, wake: Callable[[], None]) -> None:
        """The connection stands. `wake`, called from any thread, has `unasked` be asked."""
        ...

    def unasked(self) -> Frames | PendingFrames | None:
        """What there is to say now, if anything. Never raises."""
        ...

    def wakes_at(self) -> float | None:
        """When `unasked` is to be asked by itself, on the clock's `monotonic`; None: never."""
        ...

    def leave(self) -> None:
        """The connection is over."""
        ...


def due(stream: Stream, separate: bool) -> list[tuple[float, bytes]]:
    """The stream's chunks as (seconds, bytes), those that are due at the same instant joined into one unless they are
    to be kept `separate`."""
    if not stream.chunks:
        return []
    if separate:
        return list(zip(stream.times or [0.0] * len(stream.chunks), stream.chunks, strict=True))
    if stream.times is None:
        return [(0.0, stream.join())]
    runs: list[tuple[float, list[bytes]]] = []
    for at, chunk in zip(stream.times, stream.chunks, strict=True):
        if runs and runs[-1][0] == at:
            runs[-1][1].append(chunk)
        else:
            runs.append((at, [chunk]))
    return [(at, b"".join(chunks)) for at, chunks in runs]
