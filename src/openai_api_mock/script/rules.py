"""Scripted replies: in the order they were made, the first that isn't used up answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ..answer import Answer
from ..call import Call
from ..content import shortened
from ..errors import APIError, UsageError
from ..faults import Planned
from ..stream.pace import Pace
from .conditions import SPEAKERS, SPEAKING, Condition
from .index import Index
from .view import View

Callback = Callable[[Call], Any]


class Say(msgspec.Struct, frozen=True):
    """Reply with this answer."""

    answer: Answer
    chunk_delay: float | None = None

    def __str__(self) -> str:
        answer = self.answer
        if answer.tool_calls:
            return "reply(" + ", ".join(f"{call.name}({call.arguments})" for call in answer.tool_calls) + ")"
        text = answer.text if answer.refusal is None else answer.refusal
        return f"reply({shortened(text or '')!r})"


class Fail(msgspec.Struct, frozen=True):
    """Reply with this error."""

    error: APIError

    def __str__(self) -> str:
        return f"fail({self.error.status})"


class Ask(msgspec.Struct, frozen=True):
    """Reply with what a callable makes of the call."""

    callback: Callback

    def __str__(self) -> str:
        return f"reply({getattr(self.callback, '__name__', self.callback)!s})"


class Send(msgspec.Struct, frozen=True):
    """Reply with exactly this, whatever the endpoint."""

    status: int
    content_type: str
    body: bytes | tuple[bytes, ...]
    """Several: the events of a stream."""
    chunk_delay: float | None = None

    def __str__(self) -> str:
        what = f"{len(self.body)} events" if isinstance(self.body, tuple) else shortened(self.body.decode("latin-1"))
        return f"reply({what})"


class Change(msgspec.Struct, frozen=True):
    """Reply as the mock would, with these fields laid over it."""

    fields: dict[str, Any]

    def __str__(self) -> str:
        return f"reply(fields={shortened(str(self.fields))})"


class Filled(Protocol):
    """Reply with what comes of a template."""

    def fill(self, call: Call) -> Outcome: ...


Outcome = Say | Fail | Ask | Send | Change | Filled | Planned


class Rule:
    """One scripted reply, of one route or (None) of every endpoint that speaks."""

    __slots__ = ("conditions", "id", "made_at", "outcome", "pace", "route", "times", "used")

    def __init__(
        self,
        route: str | None,
        outcome: Outcome,
        times: int | None,
        conditions: tuple[Condition, ...] = (),
        made_at: str | None = None,
        id: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.route = route
        self.outcome = outcome
        self.times = times
        """How often it answers; None: for ever."""
        self.conditions = conditions
        self.pace = pace
        self.used = 0
        self.made_at = made_at or _caller()
        """`file:line` of the code or file that made it."""
        self.id = id
        """By which the control API finds it; None: its script gives it one."""

    @property
    def is_used_up(self) -> bool:
        return self.times is not None and self.used >= self.times

    @property
    def unused(self) -> int:
        """How many of its promised answers nobody asked for; a rule that answers for ever promises none."""
        return 0 if self.times is None else self.times - self.used

    def is_for(self, sdk: str | None, speaks: bool) -> bool:
        """Whether it answers calls of an operation."""
        return sdk == self.route if self.route is not None else speaks

    def covers(self, other: Rule) -> bool:
        """Whether it would answer whatever the other would, and so shadows it where it stands before."""
        routes = self.route == other.route or (self.route is None and other.route in SPEAKERS)
        mine, others = ({(c.name, repr(c.matcher)) for c in rule.conditions} for rule in (self, other))
        return routes and mine <= others and not isinstance(other.outcome, Planned)

    def __str__(self) -> str:
        route = "openai_mock" if self.route is None else f"openai_mock.{self.route}"
        when = ", ".join(f"{condition.label}={condition.matcher!r}" for condition in self.conditions)
        told = f"fault({str(self.outcome)!r})" if isinstance(self.outcome, Planned) else str(self.outcome)
        return f"{route}{f'.when({when})' if when else ''}{'' if self.times is not None else '.always'}.{told}"


STRICT = SPEAKING.keys() | {
    "POST /audio/speech",
    "POST /audio/transcriptions",
    "POST /audio/translations",
    "POST /decisions",
    "POST /embeddings",
    "POST /images/edits",
    "POST /images/generations",
    "POST /images/variations",
}
"""Operations that must be scripted where a mock is strict: those that speak, decide, embed or make media."""


class Script:
    """The rules of one mock."""

    def __init__(self, given: Callable[[], Iterable[Rule]] = tuple) -> None:
        self._given = given
        """The rules that it has anew when it is cleared: those of files."""
        self.rules: list[Rule] = []
        self.faulty: list[Rule] = []
        """Those that answer nothing, but spoil answers."""
        self._indexes: dict[str, Index] = {}
        self._of_files: list[Rule] = []
        self.clear()

    def add(self, rule: Rule) -> None:
        """Add one that has no id yet."""
        self._made += 1
        rule.id = f"rule-{self._made}"
        self.rules.append(rule)
        if isinstance(rule.outcome, Planned):
            self.faulty.append(rule)
        for index in self._indexes.values():
            index.add(rule)

    def extend(self, rules: Sequence[Rule]) -> None:
        """Add several. Raises UsageError where an id is another's; then none is added."""
        self._put([*self.rules, *rules])

    def replace_all(self, rules: Sequence[Rule]) -> None:
        """Forget those that there are for these. Raises UsageError as `extend` does."""
        self._put(rules)

    def replace(self, old: Rule, new: Rule) -> None:
        """Put one in the place and under the id of another."""
        new.id = old.id
        self._put([new if rule is old else rule for rule in self.rules])

    def remove(self, rule: Rule) -> None:
        self._put([other for other in self.rules if other is not rule])

    def _put(self, rules: Sequence[Rule]) -> None:
        """Have these, each with an id."""
        by_id: dict[str, Rule] = {}
        for rule in rules:
            if rule.id is None:
                self._made += 1
                rule.id = f"rule-{self._made}"
            if rule.id in by_id:
                raise UsageError(f"there is a rule {rule.id!r} already, made at {by_id[rule.id].made_at}")
            by_id[rule.id] = rule
        # In this order, and the indexes anew: another thread may be taking one.
        self.rules, self._indexes = list(rules), {}
        self.faulty = [rule for rule in rules if isinstance(rule.outcome, Planned)]

    def take(self, call: Call) -> Rule | None:
        """The first rule that answers this call, one use of it spent; callers hold the engine's lock."""
        if not self.rules:
            return None
        key = call.operation.key
        indexes = self._indexes
        index = indexes.get(key)
        if index is None:
            index = indexes[key] = Index(call.operation.sdk, key in SPEAKING, self.rules)
        rule = index.first(view_of(call))
        if rule is not None:
            rule.used += 1
        return rule

    def before(self, rule: Rule) -> list[Rule]:
        """The rules that are tried before this one."""
        return self.rules[: self.rules.index(rule)]

    def unused(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.unused]

    def clear(self) -> None:
        """Forget what was added. Raises UsageError where a file can't be read (any more); then nothing is changed."""
        given = list(self._given())
        self._made = 0
        self._put(given)
        self._of_files = given

    def reload(self) -> None:
        """Have the rules of files anew, before the others. Raises UsageError as `clear` does."""
        old, given = set(map(id, self._of_files)), list(self._given())
        self._put([*given, *(rule for rule in self.rules if id(rule) not in old)])
        self._of_files = given


def _caller() -> str:
    """`file:line` of the first frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


_HERE = str(Path(__file__).parent.parent)


def view_of(call: Call) -> View:
    """The call as rules see it."""
    return View(call.body, call.request.headers, call.query, call.params, call)
