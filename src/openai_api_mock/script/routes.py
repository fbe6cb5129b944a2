"""Routes: where a scripted reply is for, in the shape of the client (`openai_mock.chat.completions.create`)."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from ..answer import Answer
from ..catalog import Catalog
from ..errors import UsageError, failure, wait_headers
from ..journal import Calls
from .rules import Ask, Fail, Outcome, Rule, Say

if TYPE_CHECKING:
    from ..engine import Engine


class Scriptable:
    """What can be told what to reply: one route, or the mock itself for every endpoint that speaks."""

    _engine: Engine
    _route: str | None
    _times: int | None = 1

    def reply(
        self,
        answer: object = None,
        *more: object,
        times: int | None = None,
        stream: Sequence[str] | None = None,
        chunk_delay: float | None = None,
    ) -> None:
        """Answer the next call with a text, a tool call, several tool calls, an Answer, or what a callable of the call
        makes (it may be async).

        `times` answers that many calls. `stream` gives the text in exactly these chunks, `chunk_delay` the seconds
        before each. Raises UsageError where it can't be understood.
        """
        if stream is not None:
            if answer is not None:
                raise UsageError("reply() takes an answer or stream=[...], not both")
            answer = Answer(text="".join(stream), pieces=tuple(stream))
        if answer is None:
            raise UsageError("reply() needs something to say: a text, tool_call(...), an Answer or a callable")
        if more:
            answer = (answer, *more)
        if callable(answer):
            self._add(Ask(answer), times)
        else:
            self._add(Say(Answer.of(answer), chunk_delay), times)

    def fail(
        self,
        status: int,
        message: str | None = None,
        *,
        code: str | None = None,
        type: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        times: int | None = None,
    ) -> None:
        """Answer the next call with an error of the API: its own words for the status, where nothing else is said.

        `retry_after` is in seconds; the SDK waits as long before it tries again.
        """
        error = failure(status)
        changes: dict[str, Any] = {"message": message, "code": code, "type": type, "param": param}
        error = msgspec.structs.replace(error, **{k: v for k, v in changes.items() if v is not None})
        if retry_after is not None:
            error = msgspec.structs.replace(error, headers=(*error.headers, *wait_headers(retry_after)))
        self._add(Fail(error), times)

    def _add(self, outcome: Outcome, times: int | None) -> None:
        if times is not None and not (type(times) is int and times >= 1):
            raise UsageError(f"times={times!r} can't be: it takes a whole number from 1; for ever is `.always`")
        self._engine.script.add(Rule(self._route, outcome, self._times if times is None else times))

    @property
    def calls(self) -> Calls:
        """What was asked here, oldest first."""
        return Calls(self._engine.journal, self._route)


class Route(Scriptable):
    """One operation of the API."""

    def __init__(self, engine: Engine, route: str | None, times: int | None = 1) -> None:
        self._engine = engine
        self._route = route
        self._times = times

    @property
    def always(self) -> Route:
        """The same route, but what is scripted here answers for ever and is never unused."""
        return Route(self._engine, self._route, None)

    def assert_called(self) -> None:
        if not self.calls:
            raise AssertionError(f"{self._route} was not called{self._others()}")

    def assert_called_once(self) -> None:
        if len(self.calls) != 1:
            raise AssertionError(f"{self._route} was called {len(self.calls)} times, not once{self._others()}")

    def assert_called_once_with(self, **fields: object) -> None:
        """That there was one call, whose body (or path or query) has these fields with these values."""
        self.assert_called_once()
        body = self.calls[0].body or {}
        wrong = [
            f"  {name}: {body.get(name, '(absent)')!r}, not {wanted!r}"
            for name, wanted in fields.items()
            if name not in body or wanted != body[name]
        ]
        if wrong:
            raise AssertionError("\n".join([f"{self._route} was called once, but with", *wrong]))

    def assert_not_called(self) -> None:
        if self.calls:
            raise AssertionError(f"{self._route} was called {len(self.calls)} times: {self.calls!r}")

    def _others(self) -> str:
        others = [entry.operation or entry.path for entry in self._engine.journal.entries()]
        return f"; there were calls to {', '.join(others[-10:])}" if others else "; there was no call at all"

    def __repr__(self) -> str:
        return f"<route {self._route}>"


def attribute(engine: Engine, prefix: str, name: str) -> Namespace | Route:
    """What `openai_mock.<prefix>.<name>` is. Raises an AttributeError that suggests, where the client has none."""
    path = f"{prefix}.{name}" if prefix else name
    routes = _names(engine.catalog)
    if path in routes:
        return Route(engine, path)
    if any(route.startswith(path + ".") for route in routes):
        return Namespace(engine, path)
    depth = path.count(".")
    siblings = {route.split(".")[depth] for route in routes if route.startswith(prefix) and route.count(".") >= depth}
    near = difflib.get_close_matches(name, siblings, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise AttributeError(f"the OpenAI client has no {path!r}.{hint}")


@lru_cache(maxsize=4)
def _names(catalog: Catalog) -> frozenset[str]:
    """Every operation's attribute path on the SDK's client."""
    return frozenset(operation.sdk for operation in catalog.operations)


class Namespace:
    """A part of the client that holds operations, such as `openai_mock.chat`."""

    def __init__(self, engine: Engine, path: str) -> None:
        self._engine = engine
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return attribute(self._engine, self._path, name)

    def __repr__(self) -> str:
        return f"<routes {self._path}.*>"
