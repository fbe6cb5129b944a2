"""A conversation that reads like a chat's log, and the rules by which the model plays its part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..journal import Journal
from .conditions import Condition
from .document import Fault
from .document_lines import Where
from .matchers import Both, Equals, Matcher, Not, contains, matcher_of, nearest
from .matchers_plain import matcher_from
from .report import strayed
from .rules import Rule
from .view import ABSENT

if TYPE_CHECKING:
    from .files import Reader

ROLES = ("assistant", "system", "tool", "user")
ORDER = "(order)"
"""Names what isn't in a request: whether the steps before it were asked for."""


class After(Matcher):
    """Once another rule has answered."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def __call__(self, value: object) -> bool:
        return self._rule.is_used_up

    def why_not(self, value: object) -> str:
        return f"the step before, {self._rule.made_at}, hasn't been asked for"

    def __repr__(self) -> str:
        return f"after {self._rule.made_at}"


class Conversation:
    """One that a mock plays its part in."""

    def __init__(self, rules: Sequence[Rule], journal: Journal) -> None:
        self._rules = rules
        self._journal = journal

    @property
    def followed(self) -> bool:
        """Whether the assistant was asked for all that it has to say, in this order."""
        return not any(rule.unused for rule in self._rules)

    def assert_followed(self) -> None:
        """Raises UnusedReplies at the first answer that was never asked for, beside the nearest call."""
        complaint = strayed(self._rules, self._journal)
        if complaint is not None:
            raise complaint


def rules_of_steps(steps: Sequence[Mapping[str, Any]], reader: Reader) -> list[Rule]:
    """A rule for each time that the assistant speaks: once, in this order. Raises Fault."""
    rules: list[Rule] = []
    system: tuple[Condition, ...] = ()
    asked: dict[str, Matcher] = {}
    before = ""
    for number, step in enumerate(steps):
        where: Where = ("conversation", number)
        role, said = _step(step, where)
        here = (*where, role)
        if role == "system":
            system = (Condition("system", _asked(said, here)),)
        elif role == "user":
            asked = {"message": _asked(said, here), "tool_result": Equals(ABSENT)}
        elif role == "tool":
            result = _asked(said, here)
            asked["tool_result"] = Both(asked["tool_result"], result) if before == "tool" else result
        else:
            if not asked:
                raise Fault(here, "the user, or a tool, speaks before the assistant does")
            order = (Condition(ORDER, After(rules[-1])),) if rules else ()
            conditions = (*system, *(Condition(name, matcher) for name, matcher in asked.items()), *order)
            fails = isinstance(said, dict) and said.keys() == {"fail"}
            outcome = reader.fail(said["fail"], (*here, "fail")) if fails else reader.reply(said, None, here)
            rules.append(Rule(None, outcome, 1, conditions, reader.place(here)))
            if isinstance(said, dict) and said.get("tool_calls"):
                asked = {**asked, "tool_result": Not(Equals(ABSENT))}
        before = role
    return rules


def _step(step: Mapping[str, Any], where: Where) -> tuple[str, Any]:
    if len(step) != 1:
        raise Fault(where, "a step says who speaks, and what: `- user: Hello`")
    ((role, said),) = step.items()
    if role not in ROLES:
        raise Fault((*where, role), f"nobody is called {role!r}.{nearest(ROLES, str(role))}")
    return role, said


def _asked(said: object, where: Where) -> Matcher:
    """A text that the message holds, or a matcher."""
    if isinstance(said, str) and said:
        return contains(said)
    if not isinstance(said, dict):
        raise Fault(where, "takes a text that the message holds, or a matcher")
    return matcher_of(matcher_from(said, where))
