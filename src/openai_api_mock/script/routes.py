"""Routes: where a scripted reply is for, in the shape of the client (`openai_mock.chat.completions.create`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..answer import Answer, ToolCall
from ..call import Call
from ..calls import Calls
from ..chatkit import Threads
from ..content import shortened
from ..errors import Failure, UsageError
from ..faults.spelling import planned_of
from ..faults.table import Value
from ..journal import Entry
from ..stream.pace import Pace, pace_of
from .conditions import CALL, SPEAKERS, Condition, conditions_of
from .faults import FaultRule, refuse_vain
from .matchers import Equals, Matcher, Says, contains, matcher_of, nearest
from .refusals import refuse_function, refuse_seconds
from .rules import Ask, Outcome, Rule, Say
from .saying import refuse_unsaid, refuse_websocket
from .sending import change_of, events_of, fail_of, file_of, json_of, pieces_of
from .view import ABSENT

if TYPE_CHECKING:
    from ..engine import Engine


class Scriptable:
    """What can be told what to reply: one route, or the mock itself for every endpoint that speaks."""

    _engine: Engine
    _route: str | None
    _times: int | None = 1
    _conditions: tuple[Condition, ...] = ()

    def when(self, predicate: Callable[[Call], object] | None = None, /, **wanted: object) -> Route:
        """The same, for requests that have all of this alone.

        A keyword is a field of the body (`model="gpt-5"`), a parameter of the path or query, or one of what any
        conversation has, chat's or a response's alike: `message` (the user's last text), `system`, `turn` (the number
        of the user's messages), `answers` (how often the assistant spoke), `tool_result` (since the user last spoke),
        `offers_tool`, `json_schema` (its name), `stream`, `image_part`, `audio_part`, `file_part` (whether there is
        one), `header={"name": ...}` and `at={"messages[0].content": ...}`. A value must be equal, unless it is
        `contains(...)`, `regex(...)`, `any_of(...)` or a function. `predicate` is a function of the whole call. Raises
        UsageError on an unknown name.
        """
        if predicate is None and not wanted:
            raise UsageError("when() needs something to ask for, such as when(message=contains('weather'))")
        conditions = conditions_of(self._engine.catalog, self._route, wanted)
        if predicate is not None:
            function: object = predicate
            if not callable(function) or isinstance(function, Matcher):
                raise UsageError(
                    f"when({shortened(repr(predicate))}) can't be: it takes keywords, such as "
                    "message=contains('weather'), or a function of the call"
                )
            refuse_function(function, "when(function)", "the call")
            conditions.append(Condition(CALL, Says(function)))
        return Route(self._engine, self._route, self._times, (*self._conditions, *conditions))

    def reply(
        self,
        answer: object = None,
        *more: object,
        times: int | None = None,
        stream: Sequence[str] | None = None,
        chunk_delay: float | None = None,
        json: object = None,
        fields: object = None,
        events: Sequence[object] | None = None,
        file: str | Path | None = None,
        status: int = 200,
        pace: object = None,
    ) -> None:
        """Answer the next call with a text, a tool call, several tool calls, an Answer, an object (a dict, a
        pydantic model) as JSON text that must fit the schema that the request asks for, or what a callable of the call
        makes of it (it may be async).

        `times` answers that many calls. `stream` gives the text in exactly these chunks, `chunk_delay` the seconds
        before each. `fields` are laid over what the mock would reply. `json`, `events` and `file` are sent as they are,
        to whichever endpoint: a JSON body, the events of a stream (JSON, or texts such as "[DONE]"), a file's bytes;
        `status` goes with them. `pace` is its own: "realistic", "ttft=300ms,itl=20ms", a Pace. Raises UsageError on
        what can't be understood.
        """
        given = {"stream": stream, "json": json, "fields": fields, "events": events, "file": file, "an answer": answer}
        several = [name for name, value in given.items() if value is not None]
        if len(several) > 1:
            raise UsageError(f"reply() takes one of {', '.join(given)}; {' and '.join(several)} was given")
        if status != 200 and not {"json", "file"} & set(several):
            raise UsageError(f"status={status!r} goes with json or file; an error is scripted by fail({status!r})")
        if chunk_delay is not None:
            refuse_seconds("chunk_delay", chunk_delay)
            if pace is not None:
                raise UsageError(f"pace says when chunks are due, and so does chunk_delay={chunk_delay!r}: say one")
        if json is not None:
            outcome: Outcome = json_of(json, status)
        elif fields is not None:
            outcome = change_of(fields)
        elif events is not None:
            outcome = events_of(events, chunk_delay)
        elif file is not None:
            outcome = file_of(file, status)
        elif stream is not None:
            outcome = self._said(pieces_of(stream), chunk_delay)
        else:
            outcome = self._said((answer, *more) if more else answer, chunk_delay)
        self._add([outcome], times, None if pace is None else pace_of(pace))

    def _said(self, answer: object, chunk_delay: float | None = None) -> Outcome:
        """What an answer comes to here. Raises UsageError where it is none, or would be left unsaid."""
        if answer is None:
            raise UsageError(
                "reply() needs something to say: a text, tool_call(...), an object, an Answer or a callable"
            )
        if callable(answer) and not isinstance(answer, Matcher):
            refuse_function(answer, "reply(...)", "the call")
            return Ask(answer)
        say = Say(Answer.of(answer), chunk_delay)
        refuse_unsaid(self._route, say.answer)
        return say

    def replies(self, *answers: object) -> None:
        """Answer the next calls with these, one after the other, each as `reply` takes it."""
        if not answers:
            raise UsageError("replies() needs something to say: replies('one', 'two')")
        if self._times is None and len(answers) > 1:
            raise UsageError("always.replies() can't be: the first would answer for ever, and the others never")
        self._add([self._said(answer) for answer in answers])

    def fail(
        self,
        status: int | Failure,
        message: str | None = None,
        *,
        code: str | None = None,
        type: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        times: int | None = None,
    ) -> None:
        """Answer the next call with an error of the API: its own words for the status, where nothing else is said. Some
        errors have names: "content_filter" is Azure's.

        `retry_after` is in seconds; the SDK waits as long before it tries again.
        """
        fail = fail_of(status, message, code=code, type=type, param=param, retry_after=retry_after)
        self._add([fail], times)

    def fault(
        self,
        name: str,
        *,
        times: int | None = None,
        after: int = 0,
        every: int = 1,
        chance: float = 1.0,
        **given: Value,
    ) -> None:
        """Have something go wrong with the next call: "connection_reset", "cut", "rate_limit"; docs/faults.md lists
        them. On the mock itself it is for calls of every endpoint.

        A fault before the answer leaves what is scripted for the next try; one in the answer, or of the model, spoils
        what is answered. `given` is what the fault takes, such as `bytes=100`. `after` calls go well first; of the
        others each `every`-th is struck, and of these the share `chance`, by the seed and the request. Raises
        UsageError, with the nearest name.
        """
        planned = planned_of(name, {**given, "after": after, "every": every, "chance": chance})
        refuse_vain(self._route, planned)
        times = self._checked(planned.times if times is None else times)
        self._engine.script.add(FaultRule(self._route, planned, times, self._conditions))

    def script(self, *, user: object, calls: ToolCall | Sequence[ToolCall], then: object) -> None:
        """A loop over tools in one line: to the message `user`, call these; to their results, say `then`.

        `user` is a text that the message contains, or a matcher.
        """
        message = contains(user) if isinstance(user, str) else user
        called = (calls,) if isinstance(calls, ToolCall) else calls
        if not isinstance(called, (list, tuple)) or not all(isinstance(call, ToolCall) for call in called):
            raise UsageError(f"script(calls={shortened(repr(calls))}) can't be: it takes tool_call('name'), or several")
        asked = self.when(message=message, tool_result=ABSENT)
        # A response that goes on from another one brings the results alone.
        told = self.when(message=matcher_of(message) | Equals(ABSENT), tool_result=~Equals(ABSENT))
        last = told._said(then)
        asked._add([asked._said(called)])
        told._add([last])

    def _add(self, outcomes: Sequence[Outcome], times: int | None = None, pace: Pace | None = None) -> None:
        times = self._checked(times)
        for outcome in outcomes:
            self._engine.script.add(Rule(self._route, outcome, times, self._conditions, pace=pace))

    def _checked(self, times: int | None) -> int | None:
        if times is not None and not (type(times) is int and times >= 1):
            raise UsageError(f"times={times!r} can't be: it takes a whole number from 1; for ever is `.always`")
        if times is not None and self._times is None:
            raise UsageError(f"times={times!r} can't be on what answers for ever: leave it or `.always` away")
        refuse_websocket(self._engine.catalog, self._route)
        return self._times if times is None else times

    @property
    def calls(self) -> Calls:
        """What was asked here, oldest first; what the SDK tried again is one call, of several `attempts`."""
        return Calls(self._engine.journal, self._route)

    def wait_for_call(self, count: int = 1, *, timeout: float = 5.0) -> Entry:
        """Wait until `count` calls have been answered here, from other threads; the last of them.

        In a coroutine: `await asyncio.to_thread(openai_mock.wait_for_call)`. Raises AssertionError after `timeout`
        seconds.
        """
        if type(count) is not int or count < 1:
            raise UsageError(f"wait_for_call({count!r}) can't be: it takes a number of calls, from 1")
        refuse_seconds("timeout", timeout)
        calls = self.calls
        if not self._engine.journal.wait(lambda: sum(call.is_over for call in calls) >= count, timeout):
            where = self._route or "the mock"
            raise AssertionError(f"{where} was called {len(calls)} times in {timeout:g} s, not {count}: {calls!r}")
        return calls[count - 1]


class Route(Scriptable):
    """One operation of the API."""

    def __init__(
        self, engine: Engine, route: str | None, times: int | None = 1, conditions: tuple[Condition, ...] = ()
    ) -> None:
        self._engine = engine
        self._route = route
        self._times = times
        self._conditions = conditions

    @property
    def always(self) -> Route:
        """The same route, but what is scripted here answers for ever and is never unused."""
        return Route(self._engine, self._route, None, self._conditions)

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
    routes = engine.catalog.methods
    if path in routes:
        return Route(engine, routes[path].sdk)
    if any(route.startswith(path + ".") for route in routes):
        kind = PARTS.get(path) or (Working if path in engine.jobs.kinds else Namespace)
        return kind(engine, path)
    if hasattr(Scriptable, name):
        below = [route for route in routes if route.startswith(prefix + ".")]
        first = min(
            below, key=lambda route: (route not in SPEAKERS, route.count("."), not route.endswith(".create"), route)
        )
        raise AttributeError(f"openai_mock.{prefix} is no route: {name} is for its methods, openai_mock.{first}.{name}")
    depth = path.count(".")
    siblings = {route.split(".")[depth] for route in routes if route.startswith(prefix) and route.count(".") >= depth}
    raise AttributeError(f"the OpenAI client has no {path!r}.{nearest(siblings, name)}")


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


class Working(Namespace):
    """A part of the client whose objects take time, such as `openai_mock.batches`."""

    def advance(self, id: str, to: str | None = None) -> None:
        """Let an unfinished object go into its next stage, or into the one named, such as "completed". Raises
        UsageError where there is none of that id, or the stage doesn't lie ahead."""
        if not self._engine.jobs.advance(self._path, id, to):
            raise self._none(id)
        self._tell()

    def fail(self, id: str, message: str = "The job failed.", *, code: str = "server_error") -> None:
        """Let an unfinished object fail of this. Raises UsageError where there is none of that id."""
        if not self._engine.jobs.fail(self._path, id, code=code, message=message):
            raise self._none(id)
        self._tell()

    def _tell(self) -> None:
        self._engine.webhooks.deliver_now()
        self._engine.jobs.tell()

    def _none(self, id: str) -> UsageError:
        unfinished = [job.object_id for job in self._engine.jobs.unfinished() if job.kind == self._path]
        what = f"unfinished are {', '.join(unfinished[-5:])}" if unfinished else "none is unfinished"
        return UsageError(f"openai_mock.{self._path} has no unfinished {id!r}: {what}")


class ChatKitThreads(Namespace):
    """`openai_mock.beta.chatkit.threads`."""

    def add(
        self,
        user: str,
        *,
        title: str | None = None,
        items: Sequence[object] = (),
        status: str | Mapping[str, Any] = "active",
    ) -> dict[str, Any]:
        """A thread that a user has had in ChatKit's widget, as the API shows it. `items` come oldest first: `{"user":
        "Hi"}`, `{"assistant": "Hello!"}`, or an item as it is on the wire, `{"type": "chatkit.widget", …}`. Raises
        UsageError on what can't be."""
        engine = self._engine
        return Threads(engine.store, engine.clock, engine.options.seed).add(user, title, items, status)


PARTS: dict[str, type[Namespace]] = {"beta.chatkit.threads": ChatKitThreads}
"""Parts of the client that can do more here than there."""
