"""The mock as a bare ASGI application, for anybody's server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import IO, Any
from weakref import WeakKeyDictionary

import msgspec

from ..engine import Engine
from ..wire import Pending, Reply, Request, Stream
from . import cors
from .breaking import not_here
from .control import is_own, page, refuse
from .conversation import converse
from .fields import Fields, fields_of
from .framing import HeadWriter, has_body
from .pacing import Beat, parts_of
from .sessions import Sessions
from .upload import TooLarge, Upload
from .wheel import Wheel
from .worker import Worker

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


REALTIME = "realtime"


class ClientLeft(Exception):
    """The client closed the connection before its request was whole."""


class App:
    """Answers HTTP and WebSockets by an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.worker = Worker(lambda: self.sessions.engines())
        self.sessions = Sessions(engine, made=self.worker.employ)
        self.worker.employ(engine)
        self.heads = HeadWriter()
        self._wheels: WeakKeyDictionary[asyncio.AbstractEventLoop, Wheel] = WeakKeyDictionary()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)
            self.engine.close()

    def wheel(self, loop: asyncio.AbstractEventLoop) -> Wheel:
        """The timer of a loop's timed streams."""
        wheel = self._wheels.get(loop)
        if wheel is None:
            wheel = self._wheels[loop] = Wheel(loop, self.sessions.lag)
        return wheel

    # HTTP

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        fields = fields_of(list(scope["headers"]))
        engine = self.sessions.of(fields)
        try:
            reply = await self._reply(engine, scope, fields, receive)
        except ClientLeft:
            return
        if reply.broken is not None:
            if reply.broken.how == "hang" and reply.broken.headless:
                await _client_leaves(receive)
                return
            reply = refuse(engine, not_here(reply.broken))
        if b"origin" in fields:
            cors.share(reply)
        beat = Beat(engine.clock, self.sessions.lag)
        playing = _play(engine, reply, scope["method"] == "HEAD", beat, send)
        body = reply.body
        at_once = reply.file is None and (isinstance(body, bytes) or (body.times is None and body.then is None))
        try:
            if not reply.delay and at_once:
                await playing
            else:
                with beat.kept():
                    await _until_client_leaves(playing, receive)
        finally:
            if reply.file is not None:
                reply.file.close()

    async def _reply(self, engine: Engine, scope: Message, fields: dict[bytes, bytes], receive: Receive) -> Reply:
        method, path = scope["method"], _raw_path(scope)
        if method == "OPTIONS":
            return cors.preflight(fields)
        try:
            upload = Upload(fields)
        except TooLarge as too_large:
            return refuse(engine, too_large.error)
        try:
            content = await _read(upload, receive)
            query = scope["query_string"].decode("latin-1")
            # HEAD asks for what GET would answer, without its body.
            method = "GET" if method == "HEAD" else method
            request = Request(method, path, query, Fields(fields), content)
            if is_own(path):
                return page(self.sessions, fields, (scope.get("client") or (None,))[0], request)
            return await _ask(engine, request)
        except TooLarge as too_large:
            return refuse(engine, too_large.error)
        finally:
            upload.close()

    # WebSocket

    async def _websocket(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        query = scope["query_string"].decode("latin-1")
        fields = fields_of(list(scope["headers"]))
        engine = self.sessions.of(fields)
        session = engine.connect(Request("GET", _raw_path(scope), query, Fields(fields)))
        if not isinstance(session, Reply):
            await converse(engine.clock, self.sessions.lag, session, receive, send, _protocol(scope))
            return
        assert isinstance(session.body, bytes)
        if "websocket.http.response" not in scope.get("extensions", {}):
            # A reason is 123 bytes at most (RFC 6455, 5.5).
            reason = msgspec.json.decode(session.body)["error"]["message"][:123]
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in session.headers]
        headers.append((b"content-length", b"%d" % len(session.body)))
        await send({"type": "websocket.http.response.start", "status": session.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": session.body, "more_body": False})


def _protocol(scope: Message) -> str | None:
    """The one that is spoken, where a client offers it: a browser goes away from a server that takes none."""
    return REALTIME if REALTIME in scope.get("subprotocols", ()) else None


async def _ask(engine: Engine, request: Request) -> Reply:
    try:
        reply = engine.handle(request)
        if isinstance(reply, Pending):
            reply = await _wait_for(reply)
    except Exception as error:
        return engine.refusal(error)
    return reply


async def _play(engine: Engine, reply: Reply, head_only: bool, beat: Beat, send: Send) -> None:
    body = reply.body
    await beat.wait(reply.delay)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if isinstance(body, bytes) and has_body(reply.status):
        size = len(body) if reply.file is None else reply.file.size
        headers.append((b"content-length", b"%d" % size))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if isinstance(body, Stream) and not head_only and has_body(reply.status):
        parts = parts_of(body, reply.delay, engine.options.separate_chunks)
        if len(parts) == 1 and not parts[0][0] and body.then is None:
            body = parts[0][1]
        else:
            async for chunk in beat.each(parts):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            async for chunk in beat.after(body, engine.options.separate_chunks):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    for part in reply.file.parts() if reply.file is not None and not head_only else ():
        await send({"type": "http.response.body", "body": part, "more_body": True})
        # A client that reads fast mustn't keep the others waiting.
        await asyncio.sleep(0)
    whole = body if isinstance(body, bytes) and not head_only and has_body(reply.status) else b""
    await send({"type": "http.response.body", "body": whole, "more_body": False})


def _raw_path(scope: Message) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return raw.partition(b"?")[0].decode("latin-1")


async def _read(upload: Upload, receive: Receive) -> bytes | IO[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        upload.add(message.get("body", b""))
        if not message.get("more_body", False):
            return upload.content()


async def _wait_for(pending: Pending) -> Reply:
    try:
        value = await pending.awaitable
    except Exception as error:
        raise pending.fail(error) from error
    return pending.resume(value)


async def _until_client_leaves(playing: Awaitable[None], receive: Receive) -> None:
    """Play to the end, unless the client goes first: a server would let the stream run on into nothing."""

    play, leave = asyncio.ensure_future(playing), asyncio.ensure_future(_client_leaves(receive))
    try:
        await asyncio.wait((play, leave), return_when=asyncio.FIRST_COMPLETED)
        if play.done():
            await play
    finally:
        play.cancel()
        leave.cancel()
        await asyncio.gather(play, leave, return_exceptions=True)


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
