"""Routes: where a scripted reply is for, in the shape of the client (`openai_mock.chat.completions.create`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..answer import Answer, ToolCall
from ..call import Call
from ..errors import Failure, UsageError
from ..journal import Calls, Entry
from ..stream.pace import Pace, pace_of
from .conditions import CALL, SPEAKERS, Condition, conditions_of
from .matchers import Equals, contains, matcher_of, nearest
from .rules import Ask, Outcome, Rule, Say
from .sending import events_of, fail_of, file_of, json_of
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
            conditions.append(Condition(CALL, matcher_of(predicate)))
        return Route(self._engine, self._route, self._times, (*self._conditions, *conditions))

    def reply(
        self,
        answer: object = None,
        *more: object,
        times: int | None = None,
        stream: Sequence[str] | None = None,
        chunk_delay: float | None = None,
        json: object = None,
        events: Sequence[object] | None = None,
        file: str | Path | None = None,
        status: int = 200,
        pace: object = None,
    ) -> None:
        """Answer the next call with a text, a tool call, several tool calls, an Answer, an object (a dict, a
        pydantic model) as JSON text that must fit the schema that the request asks for, or what a callable of the call
        makes of it (it may be async).

        `times` answers that many calls. `stream` gives the text in exactly these chunks, `chunk_delay` the seconds
        before each. `json`, `events` and `file` are sent as they are, to whichever endpoint: a JSON body, the events of
        a stream (JSON, or texts such as "[DONE]"), a file's bytes; `status` goes with them. `pace` is its own:
        "realistic", "ttft=300ms,itl=20ms", a Pace. Raises UsageError on what can't be understood.
        """
        given = {"stream": stream, "json": json, "events": events, "file": file, "an answer": answer}
        several = [name for name, value in given.items() if value is not None]
        if len(several) != 1:
            raise UsageError(
                f"reply() takes one of {', '.join(given)}; {' and '.join(several) or 'nothing'} was given"
                if several
                else "reply() needs something to say: a text, tool_call(...), an object, an Answer or a callable"
            )
        if chunk_delay is not None and not 0 <= chunk_delay < float("inf"):
            raise UsageError(f"chunk_delay={chunk_delay!r} can't be: it takes seconds, 0 or more")
        if chunk_delay is not None and pace is not None:
            raise UsageError(f"pace says when chunks are due, and so does chunk_delay={chunk_delay!r}: say one")
        outcome = _outcome(answer, more, stream, chunk_delay, json, events, file, status)
        if isinstance(outcome, Say) and self._route is not None:
            self._check_says(outcome.answer)
        self._add(outcome, times, None if pace is None else pace_of(pace))

    def _check_says(self, answer: Answer) -> None:
        """Raises UsageError where the endpoint would leave the answer unsaid."""
        if self._route not in SAYING and not (self._route == "embeddings.create" and answer.vectors is not None):
            hint = "Answer(vectors={'text': [...]})" if self._route == "embeddings.create" else "reply(json={...})"
            raise UsageError(f"openai_mock.{self._route} has nothing to say an answer with: script it by {hint}")

    def replies(self, *answers: object) -> None:
        """Answer the next calls with these, one after the other, each as `reply` takes it."""
        if not answers:
            raise UsageError("replies() needs something to say: replies('one', 'two')")
        for answer in answers:
            self.reply(answer)

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
        self._add(fail, times)

    def script(self, *, user: object, calls: ToolCall | Sequence[ToolCall], then: object) -> None:
        """A loop over tools in one line: to the message `user`, call these; to their results, say `then`.

        `user` is a text that the message contains, or a matcher.
        """
        message = contains(user) if isinstance(user, str) else user
        called = (calls,) if isinstance(calls, ToolCall) else tuple(calls)
        self.when(message=message, tool_result=ABSENT).reply(called)
        # A response that goes on from another one brings the results alone.
        self.when(message=matcher_of(message) | Equals(ABSENT), tool_result=~Equals(ABSENT)).reply(then)

    def _add(self, outcome: Outcome, times: int | None, pace: Pace | None = None) -> None:
        if times is not None and not (type(times) is int and times >= 1):
            raise UsageError(f"times={times!r} can't be: it takes a whole number from 1; for ever is `.always`")
        times = self._times if times is None else times
        self._engine.script.add(Rule(self._route, outcome, times, self._conditions, pace=pace))

    @property
    def calls(self) -> Calls:
        """What was asked here, oldest first; what the SDK tried again is one call, of several `attempts`."""
        return Calls(self._engine.journal, self._route)

    def wait_for_call(self, count: int = 1, *, timeout: float = 5.0) -> Entry:
        """Wait until `count` calls have been answered here, from other threads; the last of them.

        In a coroutine: `await asyncio.to_thread(openai_mock.wait_for_call)`. Raises AssertionError after `timeout`
        seconds.
        """
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
        return (Working if path in engine.jobs.kinds else Namespace)(engine, path)
    depth = path.count(".")
    siblings = {route.split(".")[depth] for route in routes if route.startswith(prefix) and route.count(".") >= depth}
    raise AttributeError(f"the OpenAI client has no {path!r}.{nearest(siblings, name)}")


SAYING = SPEAKERS | {
    "audio.speech.create",
    "audio.transcriptions.create",
    "audio.translations.create",
    "images.create_variation",
    "images.edit",
    "images.generate",
    "realtime.translations.connect",
}
"""The client's methods whose replies an Answer can be of."""


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


def _outcome(
    answer: object,
    more: tuple[object, ...],
    stream: Sequence[str] | None,
    chunk_delay: float | None,
    json: object,
    events: Sequence[object] | None,
    file: str | Path | None,
    status: int,
) -> Outcome:
    """What `reply` was told to say, of which one is given."""
    if json is not None:
        return json_of(json, status)
    if events is not None:
        return events_of(events, chunk_delay)
    if file is not None:
        return file_of(file, status)
    if stream is not None:
        if isinstance(stream, str) or not all(isinstance(chunk, str) for chunk in stream):
            raise UsageError(f"reply(stream={stream!r}) can't be: it takes the chunks' texts in a list")
        return Say(Answer(text="".join(stream), pieces=tuple(stream)), chunk_delay)
    if more:
        answer = (answer, *more)
    return Ask(answer) if callable(answer) else Say(Answer.of(answer), chunk_delay)
