"""Applications in this process that take webhooks: ASGI, WSGI, or a function of headers and body."""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from ..errors import UsageError
from ..intercept.loop import Loop
from ..webhooks.endpoints import Receiver

Message = MutableMapping[str, Any]
_GLANCE = 0.05
"""Seconds between two looks whether it is still worth waiting for an event loop."""


def receiver_of(
    app: object, path: str, loop: Loop, is_closing: Callable[[], bool], *, at_once: bool = False
) -> Receiver:
    """What calls the application. Raises UsageError on what is none."""
    if not callable(app):
        raise UsageError(f"deliver_to({app!r}) can't be: it takes an ASGI or WSGI application, or a function")
    names = _parameters(app)
    if len(names) == 2 and names[1] == "start_response":
        return Plain(lambda headers, body: _call_wsgi(app, path, headers, body), at_once)
    runner = Runner(loop, is_closing)
    if len(names) == 3:
        return Awaited(lambda headers, body: _call_asgi(app, path, headers, body), runner, at_once)
    if len(names) == 2:
        if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
            return Awaited(lambda headers, body: _call_async(app, headers, body), runner, at_once)
        return Plain(lambda headers, body: _status_of(app(headers, body)), at_once)
    raise UsageError(
        f"deliver_to({app!r}) can't be: it takes an ASGI application (scope, receive, send), a WSGI application "
        "(environ, start_response), or a function of (headers, body), sync or async"
    )


def _parameters(app: Callable[..., object]) -> list[str]:
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [each.name for each in parameters if each.kind in positional and each.default is inspect.Parameter.empty]


class Plain:
    """What answers in the thread that calls."""

    def __init__(self, answer: Callable[[Mapping[str, str], bytes], int], at_once: bool) -> None:
        self._answer = answer
        self.at_once = at_once

    def call(self, headers: Mapping[str, str], body: bytes) -> int:
        return self._answer(headers, body)

    def is_bound_here(self) -> bool:
        return False


class Runner:
    """Runs coroutines on the event loop in which it was made, where it was made in one, else on the mock's."""

    def __init__(self, loop: Loop, is_closing: Callable[[], bool]) -> None:
        self._mocks = loop
        self._own = _running_loop()
        self._is_closing = is_closing

    def run(self, coroutine: Coroutine[Any, Any, int]) -> int:
        loop = self._own if self._own is not None and self._own.is_running() else self._mocks.start()
        future: Future[int] = asyncio.run_coroutine_threadsafe(coroutine, loop)
        while True:
            try:
                return future.result(_GLANCE)
            except NotYet:
                if future.done():
                    raise  # it is the application's own
                if self._is_closing() or not loop.is_running():
                    future.cancel()
                    raise UsageError("the mock was stopped before the application had answered") from None

    def is_bound_here(self) -> bool:
        return self._own is not None and _running_loop() is self._own


class Awaited:
    """What answers in an event loop."""

    def __init__(
        self, answer: Callable[[Mapping[str, str], bytes], Coroutine[Any, Any, int]], runner: Runner, at_once: bool
    ) -> None:
        self._answer = answer
        self._runner = runner
        self.at_once = at_once
        self.is_bound_here = runner.is_bound_here

    def call(self, headers: Mapping[str, str], body: bytes) -> int:
        return self._runner.run(self._answer(headers, body))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _call_async(app: Callable[..., Any], headers: Mapping[str, str], body: bytes) -> int:
    return _status_of(await app(headers, body))


def _status_of(answer: object) -> int:
    """Of nothing, 200; of a number, that; of a response, such as a test client's, its status."""
    if answer is None:
        return 200
    status = answer if isinstance(answer, int) else getattr(answer, "status_code", None)
    if not isinstance(status, int) or isinstance(status, bool):
        raise UsageError(f"a receiver of webhooks returns a status, a response with one, or None; not {answer!r}")
    return status


async def _call_asgi(app: Callable[..., Any], path: str, headers: Mapping[str, str], body: bytes) -> int:
    target, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in _whole(headers, body).items()],
        "client": ("127.0.0.1", 0),
        "server": ("testserver", 80),
    }
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    status = 0

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(scope, receive, send)
    return status


def _call_wsgi(app: Callable[..., Any], path: str, headers: Mapping[str, str], body: bytes) -> int:
    target, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": target,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers["content-type"],
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in _whole(headers, body).items():
        if name not in ("content-type", "content-length"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    status = 0

    def start_response(line: str, headers: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
        nonlocal status
        status = int(line.partition(" ")[0])
        return lambda data: None

    answer = app(environ, start_response)
    try:
        for _ in answer:
            pass
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return status


def _whole(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """With what a client of HTTP adds."""
    return {"host": "testserver", **headers, "content-length": str(len(body))}
