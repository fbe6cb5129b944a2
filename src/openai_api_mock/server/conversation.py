"""Plays a session out over a WebSocket: each lane in its own time, one message after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext, suppress
from typing import Any

from ..clock import Clock
from ..wire import Frames, PendingFrames, Session, Unasked
from .lag import Lag
from .pacing import Beat, parts_of, wait_until

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

RESTART, FAILED = 1012, 1011
"""The codes of a connection that ends because its server does, or can't go on."""


async def converse(
    clock: Clock, lag: Lag, session: Session, receive: Receive, send: Send, protocol: str | None = None
) -> None:
    """Accept the connection and answer until the client leaves or the session ends."""
    await send({"type": "websocket.accept", "subprotocol": protocol})
    conversation = _Conversation(clock, lag, session, send)
    try:
        await conversation.open()
        while not conversation.closed.is_set():
            message = await _next(receive, conversation.closed)
            if message is None or message["type"] == "websocket.disconnect":
                break
            text = message.get("text")
            conversation.hear(message["bytes"].decode("utf-8", "replace") if text is None else text)
    except asyncio.CancelledError:
        # The server stops. That is no failure of the application, and the client is told.
        with suppress(Exception):
            await send({"type": "websocket.close", "code": RESTART})
    finally:
        await conversation.leave()
    if conversation.failure is not None:
        with suppress(OSError):
            await send({"type": "websocket.close", "code": FAILED})
        raise conversation.failure


async def _next(receive: Receive, closed: asyncio.Event) -> Message | None:
    """The client's next message; None where the connection was closed from here first."""
    heard, over = asyncio.ensure_future(receive()), asyncio.ensure_future(closed.wait())
    try:
        await asyncio.wait((heard, over), return_when=asyncio.FIRST_COMPLETED)
        return heard.result() if heard.done() else None
    finally:
        heard.cancel()
        over.cancel()


class _Voice:
    """Frames that are being sent."""

    is_silent = False

    def __init__(self) -> None:
        self.over = asyncio.Event()


class _Conversation:
    def __init__(self, clock: Clock, lag: Lag, session: Session, send: Send) -> None:
        self.closed = asyncio.Event()
        self.failure: BaseException | None = None
        """Of what was done beside the listening."""
        self._clock = clock
        self._lag = lag
        self._session = session
        self._send = send
        self._unasked = session if isinstance(session, Unasked) else None
        self._alarm: asyncio.Task[None] | None = None
        self._lanes: dict[str, asyncio.Queue[str | None]] = {}
        self._voices: dict[str, _Voice] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        if self._unasked is not None:
            loop = asyncio.get_running_loop()
            self._unasked.attend(lambda: _on(loop, self._listen))
        frames = self._session.opening()
        if frames is not None:
            await self._play(frames, _Voice())

    def hear(self, message: str) -> None:
        self._put(self._session.lane(message), message)

    def _listen(self) -> None:
        """Ask the session whether it has something to say."""
        if not self.closed.is_set():
            self._put("", None)

    def _put(self, lane: str, message: str | None) -> None:
        queue = self._lanes.get(lane)
        if queue is None:
            queue = self._lanes[lane] = asyncio.Queue()
            self._keep(asyncio.ensure_future(self._answer(lane, queue)))
        queue.put_nowait(message)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._drop)

    def _drop(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()
            self.closed.set()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._unasked is not None:
            self._unasked.leave()

    async def _answer(self, lane: str, queue: asyncio.Queue[str | None]) -> None:
        """Answers what waits in a lane, until nothing does."""
        while not queue.empty() and not self.closed.is_set():
            answer = self._said(queue.get_nowait())
            while answer is not None:
                frames = await _ready(answer)
                if frames.silences in self._voices:
                    self._voices[frames.silences].is_silent = True
                    self._voices[frames.silences].over.set()
                if frames.voice is None:
                    await self._play(frames, _Voice())
                else:
                    voice = self._voices[frames.voice] = _Voice()
                    self._keep(asyncio.ensure_future(self._speak(frames, frames.voice, voice)))
                answer = None if frames.then is None else frames.then()
            self._set_alarm()
        del self._lanes[lane]

    def _said(self, message: str | None) -> Frames | PendingFrames | None:
        if message is not None:
            return self._session.receive(message)
        return None if self._unasked is None else self._unasked.unasked()

    def _set_alarm(self) -> None:
        """Have the session be asked by itself when it wants to be."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        at = None if self._unasked is None else self._unasked.wakes_at()
        if at is not None:
            self._alarm = asyncio.ensure_future(self._wake_at(at))
            self._keep(self._alarm)

    async def _wake_at(self, at: float) -> None:
        now = self._clock.monotonic()
        await wait_until(self._clock, now, max(0.0, at - now))
        self._alarm = None
        self._listen()

    async def _speak(self, frames: Frames, name: str, voice: _Voice) -> None:
        for before in frames.behind:
            if before in self._voices:
                await self._voices[before].over.wait()
        await self._play(frames, voice)
        voice.over.set()
        if self._voices.get(name) is voice:
            del self._voices[name]

    async def _play(self, frames: Frames, voice: _Voice) -> None:
        beat = Beat(self._clock, self._lag)
        with beat.kept() if frames.delay or frames.stream.times is not None else nullcontext():
            await beat.wait(frames.delay)
            async for frame in beat.each(parts_of(frames.stream, frames.delay, separate=True)):
                if voice.is_silent or self.closed.is_set():
                    return
                if frames.progress is not None:
                    frames.progress.sent += 1
                await self._tell({"type": "websocket.send", "text": frame.decode()})
        if frames.close is not None and not self.closed.is_set():
            self.closed.set()
            await self._tell({"type": "websocket.close", "code": frames.close})

    async def _tell(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:
            # The client has gone, which its last message may not have told yet (ASGI: what is sent then raises this).
            self.closed.set()


async def _ready(answer: Frames | PendingFrames) -> Frames:
    if isinstance(answer, Frames):
        return answer
    try:
        value = await answer.awaitable
    except Exception as error:
        return answer.fail(error)
    return answer.resume(value)


def _on(loop: asyncio.AbstractEventLoop, does: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(does)
