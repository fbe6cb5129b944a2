"""httpx and httpx2, sync and async, the SDK's aiohttp extra among them: one module for both, the library a parameter.

The hook sits above the transports, at `Client._transport_for_url`: event hooks, redirects and auth still run, clients
that were built before the mock are caught, and so is the aiohttp extra, which brings a transport of its own.
"""

from __future__ import annotations

import math
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import msgspec

from ..errors import MockError
from ..faults.body import size_of
from ..wire import Break, FileBody, Pending, Reply, Request, Stream, due
from . import bodies, breaks, live, registry
from .hosts import Target
from .live import Lull
from .registry import Interception
from .responses import file_stream, headers_of, response_of

Undo = Callable[[], None]


def patch(library: ModuleType) -> Undo:
    """Send the library's calls to the API's hosts to the mocks that are on; returns what undoes it."""
    undo = [
        _patch_client(library.Client, library, SyncTransport),
        _patch_client(library.AsyncClient, library, AsyncTransport),
    ]

    def undo_all() -> None:
        for step in undo:
            step()

    return undo_all


def _patch_client(client: Any, library: ModuleType, transport: type[_Transport]) -> Undo:
    original = client._transport_for_url

    def _transport_for_url(self: Any, url: Any) -> Any:
        path, _, query = url.raw_path.decode("ascii").partition("?")
        found = registry.find(url.scheme, url.host, url.port, path)
        return original(self, url) if found is None else transport(library, *found, query, self)

    client._transport_for_url = _transport_for_url

    def undo() -> None:
        client._transport_for_url = original

    return undo


class _Transport:
    """Stands where the library's own transport would, for one request."""

    def __init__(self, library: ModuleType, mock: Interception, target: Target, query: str, client: Any) -> None:
        self.library = library
        self.mock = mock
        self.target = target
        self.query = query
        self.client = client
        self.clock = mock.engine.clock

    def ask(self, request: Any, content: bodies.Body) -> Reply | Pending:
        target = self.target
        # HEAD asks for what GET would answer, without its body.
        method = "GET" if request.method == "HEAD" else request.method
        return self.mock.engine.handle(Request(method, target.path, self.query, request.headers, content, target.azure))

    def refuse(self, error: Exception) -> Reply:
        """Raise as an error that the SDK lets through, or, where the SDK lets none through, say it in a reply."""
        if not isinstance(error, MockError):
            raise error
        if not _passes_errors():
            return self.mock.engine.refusal(error)
        raise _as_openai_error(error) from error.__cause__

    def whole(self, request: Any, reply: Reply, body: bytes) -> Any:
        """The library's response, unread: the client reads it."""
        return response_of(
            self.library, request, reply.status, [*reply.headers, ("content-length", str(len(body)))], body
        )

    def in_parts(self, request: Any, reply: Reply, parts: Any) -> Any:
        headers = reply.headers
        if reply.broken is not None and reply.broken.length is not None:
            headers = [*headers, ("content-length", str(reply.broken.length))]
        headers = headers_of(self.library, headers)
        return self._opened(self.library.Response(reply.status, headers=headers, content=parts, request=request))

    def from_file(self, request: Any, reply: Reply, file: FileBody) -> Any:
        """The library's response of a file, which is read as the client reads it."""
        headers = headers_of(self.library, [*reply.headers, ("content-length", str(file.size))])
        if request.method == "HEAD":
            file.close()
        stream = self.library.ByteStream(b"") if request.method == "HEAD" else file_stream(self.library)(file)
        return self._opened(self.library.Response(reply.status, headers=headers, stream=stream, request=request))

    def _opened(self, response: Any) -> Any:
        if self.mock.opened is not None:
            self.mock.opened.append(response)
        return response

    def if_it_ends(self, request: Any, reply: Reply) -> Reply:
        """The reply under which the connection fails, if the client gets so far; the refusal of one that would keep the
        client for ever."""
        assert reply.broken is not None
        if request.method == "HEAD" and not reply.broken.headless:  # the head is all of it
            return msgspec.structs.replace(reply, body=b"", broken=None)
        endless = reply.broken.how == "hang" and self.patience(request) is None
        return self.refuse(breaks.endless()) if endless else reply

    def kind(self) -> str:
        """Of the clients that see a connection fail each in its own way, which this is."""
        if isinstance(self, SyncTransport):
            return "sync"
        return "aiohttp" if "aiohttp" in type(self.client._transport).__module__ else "async"

    def break_off(self, request: Any, broken: Break, arrived: int) -> None:
        """Raise what the client sees when its connection fails, if it sees anything."""
        error = breaks.failure(self.library, request, broken, arrived, self.kind())
        if error is not None:
            raise error

    def end_with_mock(self, request: Any) -> None:
        """Break off what would go on, once the mock has ended: its server would."""
        if not self.mock.active:
            self.break_off(request, Break("close"), 0)

    def too_late(self, request: Any, seconds: float) -> float | None:
        """The client's patience, where it ends before so many seconds."""
        patience = self.patience(request)
        return patience if patience is not None and seconds > patience else None

    def patience(self, request: Any) -> float | None:
        """Seconds that the client waits for something to come; None: for ever."""
        patience: float | None = request.extensions.get("timeout", {}).get("read")
        return patience

    def timeout(self, request: Any) -> Exception:
        error: Exception = self.library.ReadTimeout("The read operation timed out", request=request)
        return error

    def lull(self, request: Any) -> Lull:
        """A wait of the client's that begins now."""
        return Lull(self.patience(request), blocks=self.kind() == "sync")

    def parts(self, stream: Stream) -> list[tuple[float, bytes]]:
        return due(stream, self.mock.engine.options.separate_chunks)


class SyncTransport(_Transport):
    def handle_request(self, request: Any) -> Any:
        content = bodies.read(request)
        try:
            reply = self.ask(request, content)
            if isinstance(reply, Pending):
                reply = self._wait_for(reply)
        except Exception as error:
            reply = self.refuse(error)
        finally:
            bodies.close(content)
        broken = reply.broken
        if broken is not None:
            reply = self.if_it_ends(request, reply)
        started = self.clock.monotonic()
        self._sleep(request, reply.delay)
        body = reply.body
        if broken is not None and reply.broken is broken:
            if breaks.is_seen_at_once(broken, self.kind()):
                self._fail(request, broken, 0)
            body = Stream([body]) if isinstance(body, bytes) else body
        if reply.file is not None:
            return self.from_file(request, reply, reply.file)
        if isinstance(body, bytes):
            return self.whole(request, reply, body)
        return self.in_parts(request, reply, self._play(request, body, started, reply.broken))

    def _wait_for(self, pending: Pending) -> Reply:
        try:
            value = self.mock.loop.run(pending.awaitable)
        except Exception as error:
            raise pending.fail(error) from error
        return pending.resume(value)

    def _play(self, request: Any, stream: Stream, started: float, broken: Break | None) -> Iterator[bytes]:
        for at, chunk in self.parts(stream):
            self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
            yield chunk
        if stream.then is not None:
            yield from self._play_live(request, stream)
        if broken is not None:
            self._fail(request, broken, size_of(stream))

    def _play_live(self, request: Any, stream: Stream) -> Iterator[bytes]:
        """What happens after all that was known of the stream at first."""
        lull = self.lull(request)
        while stream.then is not None and (following := stream.then()) is not None:
            stream, started = following, self.clock.monotonic()
            for at, chunk in self.parts(stream):
                self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
                yield chunk
                lull = self.lull(request)
            if stream.wait is not None:
                self._sleep(request, stream.wait)
            elif not stream.chunks:
                self._look_away(request, lull)
            self.end_with_mock(request)

    def _look_away(self, request: Any, lull: Lull) -> None:
        try:
            lull.go_on()
        except MockError as error:
            raise _as_openai_error(error) from None
        if lull.is_over:
            raise self.timeout(request)
        live.REAL.sleep(live.GLANCE)

    def _fail(self, request: Any, broken: Break, arrived: int) -> None:
        if broken.how == "hang":
            self._sleep(request, math.inf)
        self.break_off(request, broken, arrived)

    def _sleep(self, request: Any, seconds: float) -> None:
        if seconds <= 0:
            return
        patience = self.too_late(request, seconds)
        try:
            self.clock.sleep(seconds if patience is None else patience)
        except MockError as error:  # nobody advanced a manual clock
            raise _as_openai_error(error) from None
        if patience is not None:
            raise self.timeout(request)


class AsyncTransport(_Transport):
    async def handle_async_request(self, request: Any) -> Any:
        content = await bodies.read_async(request)
        try:
            reply = self.ask(request, content)
            if isinstance(reply, Pending):
                reply = await self._wait_for(reply)
        except Exception as error:
            reply = self.refuse(error)
        finally:
            bodies.close(content)
        broken = reply.broken
        if broken is not None:
            reply = self.if_it_ends(request, reply)
        started = self.clock.monotonic()
        await self._sleep(request, reply.delay)
        body = reply.body
        if broken is not None and reply.broken is broken:
            if breaks.is_seen_at_once(broken, self.kind()):
                await self._fail(request, broken, 0)
            body = Stream([body]) if isinstance(body, bytes) else body
        if reply.file is not None:
            return self.from_file(request, reply, reply.file)
        if isinstance(body, bytes):
            return self.whole(request, reply, body)
        return self.in_parts(request, reply, self._play(request, body, started, reply.broken))

    async def _wait_for(self, pending: Pending) -> Reply:
        try:
            value = await pending.awaitable
        except Exception as error:
            raise pending.fail(error) from error
        return pending.resume(value)

    async def _play(self, request: Any, stream: Stream, started: float, broken: Break | None) -> AsyncIterator[bytes]:
        for at, chunk in self.parts(stream):
            await self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
            yield chunk
        if stream.then is not None:
            async for chunk in self._play_live(request, stream):
                yield chunk
        if broken is not None:
            await self._fail(request, broken, size_of(stream))

    async def _play_live(self, request: Any, stream: Stream) -> AsyncIterator[bytes]:
        """What happens after all that was known of the stream at first."""
        lull = self.lull(request)
        while stream.then is not None and (following := stream.then()) is not None:
            stream, started = following, self.clock.monotonic()
            for at, chunk in self.parts(stream):
                await self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
                yield chunk
                lull = self.lull(request)
            if stream.wait is not None:
                await self._sleep(request, stream.wait)
            elif not stream.chunks:
                await self._look_away(request, lull)
            self.end_with_mock(request)

    async def _look_away(self, request: Any, lull: Lull) -> None:
        lull.go_on()
        if lull.is_over:
            raise self.timeout(request)
        await live.REAL.sleep_async(live.GLANCE)

    async def _fail(self, request: Any, broken: Break, arrived: int) -> None:
        if broken.how == "hang":
            await self._sleep(request, math.inf)
        self.break_off(request, broken, arrived)

    async def _sleep(self, request: Any, seconds: float) -> None:
        if seconds <= 0:
            return
        patience = self.too_late(request, seconds)
        await self.clock.sleep_async(seconds if patience is None else patience)
        if patience is not None:
            raise self.timeout(request)


@lru_cache(maxsize=1)
def _passes_errors() -> bool:
    """Whether the SDK lets a transport's exceptions through: before 3.0 it took any for a lost connection."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return int(version("openai").partition(".")[0]) >= 3
    except PackageNotFoundError:
        return True


def _as_openai_error(error: MockError) -> MockError:
    """The same error, which is an `openai.OpenAIError` too."""
    openai = sys.modules.get("openai")
    if openai is None:
        return error
    kind = type(error)
    combined = type(kind.__name__, (kind, openai.OpenAIError), {"__module__": kind.__module__})
    both: MockError = combined(*error.args)
    return both
