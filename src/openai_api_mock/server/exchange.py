"""One request and its reply, answered by the engine right inside the protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..errors import APIError
from ..wire import Break, FileBody, Pending, Reply, Request, Stream
from . import cors
from .breaking import RESETS, parts_under, reset
from .control import refuse
from .fields import Fields
from .framing import CHUNKED, CLOSE, CONTINUE, LAST_CHUNK, frame, has_body, whole
from .pacing import Part, lull, parts_of
from .play import Play
from .pour import Pour
from .upload import TooLarge, Upload

if TYPE_CHECKING:
    from .protocol import MockProtocol

LINGER = 5.0
"""Seconds that a client has to send the rest of what was refused. Closing at once would reset the connection, and the
client would see that instead of the refusal."""


class _NobodyWaits:
    """Stands for the event by which uvicorn wakes an ASGI application. Here there is none."""

    def set(self) -> None:
        pass


class Exchange:
    """Takes the place of uvicorn's request-response cycle: what uvicorn's protocol reads of that, this has too."""

    # As uvicorn's cycle has them. Most exchanges never change them, so they aren't set on each.
    response_complete = False
    disconnected = False
    more_body = True
    message_event = _NobodyWaits()

    started = True
    """False while an earlier request of the connection is still being answered."""
    _refusal: APIError | None = None
    _upload: Upload | None = None
    _task: asyncio.Future[Any] | None = None
    _play: Play | Pour | None = None
    _live: Stream | None = None
    """What goes on for as long as something happens."""

    def __init__(
        self,
        protocol: MockProtocol,
        method: bytes,
        url: bytes,
        fields: dict[bytes, bytes],
        http_1_1: bool,
        keep_alive: bool,
    ) -> None:
        self._protocol = protocol
        self._method = method
        self._url = url
        self._fields = fields
        self._engine = protocol.sessions.of(fields)
        self._http_1_1 = http_1_1
        self.keep_alive = keep_alive
        # A request without a body gets by without the check.
        if b"content-length" in fields or b"transfer-encoding" in fields:
            try:
                self._upload = Upload(fields)
            except TooLarge as too_large:
                self._refusal = too_large.error

    # The request

    def begin(self) -> None:
        """It is this request's turn: what came before on the connection has been answered."""
        self.started = True
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif not self.more_body:
            self.answer()
        elif self._http_1_1 and self._waits_for_continue():
            self._protocol.transport.write(CONTINUE)

    def add(self, data: bytes) -> None:
        """Bytes of the body have come."""
        if self._refusal is not None or self._upload is None:
            return
        try:
            self._upload.add(data)
        except TooLarge as too_large:
            self._refusal = too_large.error
            if self.started:
                self._refuse(self._refusal)

    def complete(self) -> None:
        """The request is whole."""
        self.more_body = False
        if self.response_complete:
            # It was refused before it was whole.
            if not self.keep_alive:
                self._protocol.transport.close()
        elif self.started and self._refusal is None:
            self.answer()

    def answer(self) -> None:
        """Ask the engine, and send what it says."""
        path, _, query = self._url.decode("latin-1").partition("?")
        # HEAD asks for what GET would answer, without its body.
        method = "GET" if self._method == b"HEAD" else self._method.decode("ascii")
        content = self._upload.content() if self._upload is not None else b""
        engine = self._engine
        try:
            reply = engine.handle(Request(method, path, query, Fields(self._fields), content))
            if isinstance(reply, Pending):
                self._wait_for(reply)
                return
        except Exception as error:
            reply = engine.refusal(error)
        self._send(reply)

    def abandon(self) -> None:
        """The client has gone: stop whatever is under way."""
        self.disconnected = True
        if self._play is not None:
            self._play.stop()
        if self._task is not None:
            self._task.cancel()
        self._close_upload()

    def resume_writing(self) -> None:
        if self._play is not None:
            self._play.resume()

    def wind_up(self) -> None:
        """The server is about to stop: what goes on for as long as something happens ends with what is being sent."""
        if self._live is not None:
            self._live = Stream((), then=lambda: None)

    # A reply that a user's coroutine gives

    def _wait_for(self, pending: Pending) -> None:
        protocol = self._protocol
        self._task = task = asyncio.ensure_future(pending.awaitable, loop=protocol.loop)
        protocol.answering = self
        protocol.tasks.add(task)  # a shutdown waits for it
        task.add_done_callback(protocol.tasks.discard)
        task.add_done_callback(lambda task: self._told(pending, task))

    def _told(self, pending: Pending, task: asyncio.Future[Any]) -> None:
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self.disconnected:
            return
        try:
            if failure is not None:
                raise pending.fail(failure) from failure
            reply = pending.resume(task.result())
        except Exception as error:
            reply = self._engine.refusal(error)
        self._send(reply)

    # The reply

    def _refuse(self, error: APIError) -> None:
        """Answer before the request is whole; the rest of it is read and thrown away."""
        if self._waits_for_continue():
            # The client holds its body back, and may take the next request to be next on the wire.
            self.keep_alive = self.more_body = False
        self._send(refuse(self._engine, error))

    def _send(self, reply: Reply) -> None:
        protocol = self._protocol
        self._close_upload()
        if b"origin" in self._fields:
            cors.share(reply)
        if reply.broken is not None:
            self._break(reply, reply.broken)
            return
        try:
            parts = self._written(reply)
        except UnicodeEncodeError as error:
            # A header that a user scripted and that can't be sent.
            reply = self._engine.refusal(error)
            parts = self._written(reply)
        if reply.file is not None:
            if self._method != b"HEAD":
                self._pour(reply.file, parts[0])
                return
            reply.file.close()
        if len(parts) == 1 and not parts[0][0] and not protocol.flow.write_paused and self._live is None:
            protocol.transport.write(parts[0][1])
            self._finish()
            return
        self._begin_play(parts)

    def _begin_play(self, parts: list[Part]) -> None:
        protocol = self._protocol
        protocol.answering = self
        done = self._finish if self._live is None else self._go_on_soon
        self._play = Play(protocol, parts, self._engine.options.separate_chunks, done)
        self._play.start(self._engine.clock, protocol.wheel)

    def _pour(self, file: FileBody, head: Part) -> None:
        """Send a file's bytes after the head."""
        protocol = self._protocol
        protocol.answering = self
        self._play = Pour(protocol, head, file, self._finish)
        self._play.start(self._engine.clock, protocol.wheel)

    # A stream that goes on

    def _go_on_soon(self) -> None:
        # In another turn of the loop, so that what happens at once doesn't become a deep stack.
        self._protocol.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self.disconnected or self._live is None or self._live.then is None:
            return
        try:
            following = self._live.then()
        except Exception:
            self._protocol.transport.close()  # the client sees that it isn't whole
            raise
        if following is None:
            self._live = None
            if self._http_1_1:
                self._protocol.transport.write(LAST_CHUNK)
            self._finish()
            return
        self._live = following
        parts = parts_of(following, 0.0, self._engine.options.separate_chunks)
        if parts:
            self._begin_play([(at, frame(data)) for at, data in parts] if self._http_1_1 else parts)
        else:
            self._task = self._protocol.loop.create_task(self._wait_and_go_on(following))

    async def _wait_and_go_on(self, stream: Stream) -> None:
        await lull(self._engine.clock, stream)
        self._go_on()

    def _break(self, reply: Reply, broken: Break) -> None:
        """Send what arrives of a reply, and have the connection fail."""
        protocol = self._protocol
        self.keep_alive = False
        separate = self._engine.options.separate_chunks
        parts = parts_under(reply, broken, protocol.heads, chunks=self._http_1_1, separate=separate)
        protocol.answering = self
        self._play = Play(protocol, parts, separate, lambda: self._fail(broken))
        self._play.start(self._engine.clock, protocol.wheel)

    def _fail(self, broken: Break) -> None:
        if broken.how in RESETS:
            self._leave()
            reset(self._protocol.transport, self._protocol.loop)
        elif broken.how == "hang":
            self._leave()  # until the client does, or the server stops
        else:
            self._finish()

    def _leave(self) -> None:
        """Nothing more is sent."""
        self.response_complete = True
        self._protocol.answering = None
        self._play = None

    def _written(self, reply: Reply) -> list[Part]:
        """What goes on the wire, and when."""
        status, body, delay = reply.status, reply.body, reply.delay
        protocol = self._protocol
        ending = b"" if self.keep_alive else CLOSE
        bodiless = self._method == b"HEAD" or not has_body(status)
        if isinstance(body, bytes):
            if has_body(status):
                size = len(body) if reply.file is None else reply.file.size
                ending = b"%bcontent-length: %d\r\n" % (ending, size)
            head = protocol.heads.write(status, reply.headers, ending)
            return [(delay, head if bodiless else head + body)]
        if self._http_1_1 and has_body(status):
            ending += CHUNKED
        head = protocol.heads.write(status, reply.headers, ending)
        if bodiless:
            return [(delay, head)]
        separate = self._engine.options.separate_chunks
        self._live = body if body.then is not None else None
        if body.times is None and not separate and self._live is None:
            return [(delay, whole(head, body.chunks) if self._http_1_1 else head + body.join())]
        return self._timed(head, parts_of(body, delay, separate), delay, separate)

    def _timed(self, head: bytes, parts: list[Part], delay: float, separate: bool) -> list[Part]:
        last = LAST_CHUNK if self._http_1_1 and self._live is None else b""
        if not parts:
            return [(delay, head + last)]
        if self._http_1_1:
            parts = [(at, frame(data)) for at, data in parts]
            parts[-1] = parts[-1][0], parts[-1][1] + last
        if parts[0][0] <= delay and not separate:
            parts[0] = delay, head + parts[0][1]
            return parts
        return [(delay, head), *parts]

    def _finish(self) -> None:
        self.response_complete = True
        protocol = self._protocol
        protocol.answering = None
        self._play = self._task = None
        if not self.keep_alive:
            if self.more_body:
                protocol.loop.call_later(LINGER, protocol.transport.close)
            else:
                protocol.transport.close()
        protocol.on_response_complete()

    def _waits_for_continue(self) -> bool:
        return self.more_body and self._fields.get(b"expect", b"").lower() == b"100-continue"

    def _close_upload(self) -> None:
        if self._upload is not None:
            self._upload.close()
            self._upload = None
