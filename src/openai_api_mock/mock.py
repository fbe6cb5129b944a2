"""The mock: the object that a test holds."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .answer import Answer
from .clock import Clock
from .delivery.courier import deliver_due, equip
from .delivery.webhooks import Webhooks
from .engine import Engine
from .errors import CallbackFailed, ReplyMisfit, UnscriptedCall, UsageError
from .intercept import patches
from .intercept.hosts import Hosts
from .intercept.loop import Loop
from .intercept.redirect import OnLoopback
from .intercept.traces import flush_traces
from .options import GATE, OPEN, Options, options_from
from .script import report
from .script.conversation import Conversation
from .script.endpoints import operation_at
from .script.files import rules_of_files
from .script.routes import Route, Scriptable, attribute
from .script.shape import Shape
from .server.worker import Worker

if TYPE_CHECKING:
    from .resilience.report import Report

_F = TypeVar("_F", bound=Callable[..., Any])

PARAMETER = "openai_mock"
"""The parameter by which a decorated function gets the mock, if it has one of that name."""


class OpenAIMock(Scriptable, Shape):
    """The OpenAI API inside this process. Has the shape of the client: `mock.chat.completions.create` is a route.

    What is scripted on the mock itself answers the next call of whichever endpoint speaks.
    """

    def __init__(self, options: Options) -> None:
        self.engine = self._engine = Engine(options)
        self._route = None
        self.hosts = Hosts(options.base_urls)
        self.loop = Loop()
        self.loopback = OnLoopback(self.engine)
        self._webhooks = Webhooks(self.engine, self.loop)
        self._worker: Worker | None = None
        equip(self.engine)
        self.engine.webhooks.deliver_now = lambda: deliver_due(self.engine)
        self.active = False
        """Whether calls are answered here."""
        self.opened: list[Any] | None = None
        """The streamed responses that clients were given, where somebody wants to know what becomes of them."""
        self._is_off = False
        self._entered = 0

    @property
    def options(self) -> Options:
        """What it goes by now."""
        return self._engine.options

    @property
    def clock(self) -> Clock:
        """What time it is here; with clock="manual", `openai_mock.clock.advance(30)` lets half a minute pass."""
        return self._engine.clock

    @property
    def webhooks(self) -> Webhooks:
        """Who is told of events, and of which they were told."""
        return self._webhooks

    @property
    def always(self) -> Route:
        """The mock, but what is scripted here answers for ever and is never unused."""
        return Route(self._engine, None, None)

    def start(self) -> OpenAIMock:
        """Answer calls from here on; unless OPENAI_API_MOCK_ENV says that this is no place for a mock."""
        self._is_off = not self.options.force and (os.environ.get(GATE) or OPEN[0]) not in OPEN
        if not self.active and not self._is_off:
            self.engine.inside.wait = self.loop.run
            patches.start(self)
            self.active = True
            self._worker = Worker(lambda: [self.engine])
            self.engine.webhooks.closing = False
            self.engine.jobs.listeners.append(self._wake_worker)
        return self

    def stop(self) -> None:
        """Let calls go where they went before. Raises UnusedReplies where scripted replies were never asked for."""
        self.close()
        self.assert_all_used()

    def assert_all_used(self) -> None:
        """Raises UnusedReplies where scripted replies have not been asked for, of a mock that could have been asked."""
        if self._is_off:
            return
        complaint = report.unused(self._engine.script, self._engine.journal)
        if complaint is not None:
            raise complaint

    def assert_all_scripted(self) -> None:
        """Raises UnscriptedCall where a call failed for want of a script, ReplyMisfit or CallbackFailed where what was
        scripted couldn't be said; even if the application caught that."""
        for entry in self._engine.journal.entries():
            if isinstance(entry.error, (UnscriptedCall, ReplyMisfit, CallbackFailed)):
                raise entry.error

    def assert_resilient(
        self, run: Callable[..., Any], *, faults: Iterable[object] | str | None = None, timeout: float = 10.0
    ) -> Report:
        """Put a client to faults: `run`, sync or async, is called once for each, under a mock of its own with this
        one's options, which it is given if it has a parameter `openai_mock`, to script it.

        `faults` are names or spellings ("rate_limit", "cut:chunks=3,times=1"); None: all of `resilience.trials.TRIALS`.
        A trial may take `timeout` real seconds. Raises NotResilient, with a table of what it did, where it did under
        any fault what it shouldn't: didn't try again, ignored `retry-after`, took a cut stream for whole.
        """
        from .rehearsal import rehearse

        report = rehearse(run, OpenAIMock, self.options, faults, timeout)
        report.check()
        return report

    def reset(self) -> None:
        """Be as if newly made: forget scripted replies, calls, endpoints, templates, and all that was made or kept, in
        the file of `store="sqlite:///…"` too; the seed is the first one again."""
        self._engine.reset()

    def seed(self, seed: int | str) -> None:
        """Answer from here on as if newly made with this seed: the same calls get the same answers, ids and failures.

        What is scripted, what was asked and what is kept stay; an object that is created again, with the same id, takes
        the place of the first. Raises UsageError on a seed that can't be.
        """
        self._engine.seed(seed)

    def pace(self, pace: object) -> None:
        """Answer at this pace from here on: "realistic", "ttft=300ms,itl=20ms", a Pace, or None, at none.

        Raises UsageError on a pace that can't be.
        """
        self._engine.pace(pace)

    def limit(self, limits: object) -> None:
        """Let in so many calls and tokens from here on, as if none had been let in before: what the option `limits`
        takes, `"rpm=60,tpm=10000"` or a mapping by model; None: all. Raises UsageError on what can't be."""
        self._engine.limit(limits)

    @property
    def templates(self) -> Mapping[str, Answer | None]:
        """What `answers="fixed"` says, by name; None: what the request's own tool or schema asks for."""
        return MappingProxyType(self._engine.templates)

    def template(self, name: str, answer: object) -> None:
        """Say this under `answers="fixed"` from here on: a text, a tool call, several tool calls, or an Answer.

        Raises UsageError on another name than `templates` has, and where answers aren't fixed.
        """
        self._engine.template(name, answer)

    def endpoint(self, method: str, path: str) -> Callable[[_F], _F]:
        """Answer `method path` by a function of the call, sync or async: `@mock.endpoint("POST", "/v1/custom/{id}")`.

        It returns a dict or list (sent as JSON), a str, bytes, or a pair of a status and one of these. `call.params`,
        `call.query` and `call.body` are what was asked. A path of the API's is then answered by the function. Raises
        UsageError on a method, path or function that can't be.
        """
        operation = operation_at(method, path)

        def add(handler: _F) -> _F:
            self._engine.endpoints.add(operation, handler)
            return handler

        return add

    def conversation(self, path: str | Path) -> Conversation:
        """Play the assistant's part in the conversation that a file holds, one answer after the other; the file may
        have rules too. Raises UsageError, which names file and line."""
        rules = rules_of_files([path], self._engine.catalog)
        self._engine.script.extend(rules)
        return Conversation(rules, self._engine.journal)

    def close(self) -> None:
        """Let calls go where they went before, whatever was scripted."""
        if self.active:
            flush_traces()
            self.active = False
            patches.stop(self)
            self._stop_worker()
            self.loopback.stop()
            self.loop.stop()
        self.engine.close()

    def _wake_worker(self) -> None:
        """A test goes on with what takes time by its own looks, unless somebody is to be told of its end at once."""
        if self._worker is not None and self.engine.webhooks.endpoints.any_at_once():
            self._worker.wake()

    def _stop_worker(self) -> None:
        worker, self._worker = self._worker, None
        self.engine.jobs.listeners.remove(self._wake_worker)
        self.engine.webhooks.closing = True
        if worker is not None:
            worker.stop()

    def __enter__(self) -> OpenAIMock:
        self._entered += 1
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._entered -= 1
        if self._entered:
            return  # it was entered inside itself, and is on until the outermost leaves
        self.close()
        if error is None:
            self.assert_all_used()

    async def __aenter__(self) -> OpenAIMock:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    if not TYPE_CHECKING:  # type checkers know the shape, and that there is nothing else

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in ("engine", "options", "hosts", "loop", "loopback", "active"):
                raise AttributeError(name)
            return attribute(self._engine, "", name)

    def __call__(self, function: _F) -> _F:
        """Decorate a function, sync or async: each call of it runs under a mock of its own with these options.

        A parameter `openai_mock` is given the mock.
        """
        self.close()
        return _decorated(function, self.options)


def mock_openai(**options: Any) -> OpenAIMock:
    """Answer calls to the OpenAI API in this process, from now on until `.stop()`.

    Use it as a call, as a context manager, or as a decorator; `Options` lists what it takes. Raises UsageError on an
    option that can't be.
    """
    return OpenAIMock(options_from(options)).start()


def _decorated(function: _F, options: Options) -> _F:
    if inspect.isclass(function) or inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        what = "a class" if inspect.isclass(function) else "a generator function"
        raise UsageError(
            f"@mock_openai() decorates functions and coroutine functions; {function.__name__} is {what}. "
            "Decorate what calls it, or use `with mock_openai():` inside."
        )
    signature = inspect.signature(function)
    wants = PARAMETER in signature.parameters

    if asyncio.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with OpenAIMock(options) as mock:
                return await function(*args, **({**kwargs, PARAMETER: mock} if wants else kwargs))

    else:

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with OpenAIMock(options) as mock:
                return function(*args, **({**kwargs, PARAMETER: mock} if wants else kwargs))

    # pytest reads the signature for fixtures, and this parameter is none.
    left = [parameter for name, parameter in signature.parameters.items() if name != PARAMETER]
    wrapper.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]
