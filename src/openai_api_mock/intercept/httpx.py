"""httpx and httpx2, sync and async, the SDK's aiohttp extra among them: one module for both, the library a parameter.

The hook sits above the transports, at `Client._transport_for_url`: event hooks, redirects and auth still run, clients
that were built before the mock are caught, and so is the aiohttp extra, which brings a transport of its own.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

from ..errors import MockError
from ..wire import Pending, Reply, Request, Stream, due_together
from . import bodies, registry
from .hosts import Target
from .registry import Interception

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
        return original(self, url) if found is None else transport(library, *found, query)

    client._transport_for_url = _transport_for_url

    def undo() -> None:
        client._transport_for_url = original

    return undo


class _Transport:
    """Stands where the library's own transport would, for one request."""

    def __init__(self, library: ModuleType, mock: Interception, target: Target, query: str) -> None:
        self.library = library
        self.mock = mock
        self.target = target
        self.query = query
        self.clock = mock.engine.clock

    def ask(self, request: Any, content: bodies.Body) -> Reply | Pending:
        target = self.target
        return self.mock.engine.handle(
            Request(request.method, target.path, self.query, request.headers, content, target.azure)
        )

    def refuse(self, error: Exception) -> Reply:
        """Raise as an error that the SDK lets through, or, where the SDK lets none through, say it in a reply."""
        if not isinstance(error, MockError):
            raise error
        if not _passes_errors():
            return self.mock.engine.refusal(error)
        raise _as_openai_error(error) from error.__cause__

    def whole(self, request: Any, reply: Reply, body: bytes) -> Any:
        """The library's response, unread: the client reads it."""
        headers = [*reply.headers, ("content-length", str(len(body)))]
        stream = self.library.ByteStream(body)
        response = self.library.Response(reply.status, headers=headers, stream=stream, request=request)
        response.headers.encoding = "ascii"  # else the library tries encodings on every header
        return response

    def in_parts(self, request: Any, reply: Reply, parts: Any) -> Any:
        return self.library.Response(reply.status, headers=reply.headers, content=parts, request=request)

    def too_late(self, request: Any, seconds: float) -> float | None:
        """The client's patience, where it ends before so many seconds."""
        patience = request.extensions.get("timeout", {}).get("read")
        return patience if patience is not None and seconds > patience else None

    def timeout(self, request: Any) -> Exception:
        error: Exception = self.library.ReadTimeout("The read operation timed out", request=request)
        return error

    def parts(self, stream: Stream) -> list[tuple[float, bytes]]:
        if not self.mock.engine.options.separate_chunks:
            return due_together(stream)
        return list(zip(stream.times or [0.0] * len(stream.chunks), stream.chunks, strict=True))


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
        started = self.clock.monotonic()
        self._sleep(request, reply.delay)
        body = reply.body
        if isinstance(body, bytes):
            return self.whole(request, reply, body)
        return self.in_parts(request, reply, self._play(request, body, started))

    def _wait_for(self, pending: Pending) -> Reply:
        try:
            value = self.mock.loop.run(pending.awaitable)
        except Exception as error:
            raise pending.fail(error) from error
        return pending.resume(value)

    def _play(self, request: Any, stream: Stream, started: float) -> Iterator[bytes]:
        for at, chunk in self.parts(stream):
            self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
            yield chunk

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
        started = self.clock.monotonic()
        await self._sleep(request, reply.delay)
        body = reply.body
        if isinstance(body, bytes):
            return self.whole(request, reply, body)
        return self.in_parts(request, reply, self._play(request, body, started))

    async def _wait_for(self, pending: Pending) -> Reply:
        try:
            value = await pending.awaitable
        except Exception as error:
            raise pending.fail(error) from error
        return pending.resume(value)

    async def _play(self, request: Any, stream: Stream, started: float) -> AsyncIterator[bytes]:
        for at, chunk in self.parts(stream):
            await self._sleep(request, at - (self.clock.monotonic() - started) if at else 0.0)
            yield chunk

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
