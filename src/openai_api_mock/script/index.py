"""The rules of one operation, arranged so that a call passes a thousand of them by in a moment.

A rule is looked for by its first condition: among those that want a value to be equal by the value, among those that
want a text to be contained by looking for each in turn; only what is left is asked one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .conditions import all_hold
from .matchers import Holds
from .view import Name, View

if TYPE_CHECKING:
    from .rules import Rule

Place = tuple[int, "Rule"]
"""A rule and its number in the order of making."""


class Index:
    """Rules in their order. Those that are used up stay in, and are passed by."""

    def __init__(self, sdk: str, speaks: bool, rules: Iterable[Rule]) -> None:
        self._operation = sdk, speaks
        self._count = 0
        self._equal: dict[Name, dict[object, list[Place]]] = {}
        self._contained: dict[Name, list[tuple[str, Place]]] = {}
        self._others: deque[Place] = deque()
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """Put a rule behind the others, if it is one of this operation's."""
        if not rule.is_for(*self._operation):
            return
        self._count += 1
        place, conditions = (self._count, rule), rule.conditions
        first = conditions[0] if conditions else None
        if first is not None and first.plain and isinstance(first.equal, (str, int)):
            self._equal.setdefault(first.name, {}).setdefault(first.equal, []).append(place)
        elif first is not None and type(first.matcher) is Holds and not first.matcher.folded:
            self._contained.setdefault(first.name, []).append((first.matcher.wanted, place))
        else:
            self._others.append(place)

    def first(self, view: View) -> Rule | None:
        """The first rule that is not used up and asks for nothing that the request lacks."""
        while self._others and self._others[0][1].is_used_up:
            self._others.popleft()
        found: list[Place] = []
        for name, by_value in self._equal.items():
            value = view[name]
            if isinstance(value, (str, int)):
                found += by_value.get(value, ())
        for name, wanted in self._contained.items():
            text = view[name]
            if isinstance(text, str):
                found += [place for word, place in wanted if word in text]
            else:
                found += [place for _, place in wanted]
        if found:
            found.sort(key=_number)
        return _first(found, self._others, view)


def _first(found: Iterable[Place], others: Iterable[Place], view: View) -> Rule | None:
    """The first of both that answers; each is in order."""
    best: Place | None = next((place for place in found if _answers(place[1], view)), None)
    for place in others:
        if best is not None and place[0] > best[0]:
            break
        if _answers(place[1], view):
            return place[1]
    return None if best is None else best[1]


def _answers(rule: Rule, view: View) -> bool:
    return not rule.is_used_up and all_hold(rule.conditions, view)


def _number(place: Place) -> int:
    return place[0]
