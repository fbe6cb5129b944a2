"""Matchers as a rule file has them: `{contains: weather}`, `{any_of: [hi, {regex: "^hello"}]}`, `{not: ...}`."""

from __future__ import annotations

from typing import Any

from ..errors import UsageError
from .document import Fault
from .document_lines import Where
from .matchers import Both, Equals, Matcher, Not, any_of, contains, matcher_of, nearest, regex


def matcher_from(wanted: object, where: Where) -> object:
    """What `.when(...)` takes: a value that must be equal, or a matcher by its plain form: `{contains: weather}`."""
    if not isinstance(wanted, dict):
        return wanted
    given = dict(wanted)
    ignore_case = given.pop("ignore_case", None)
    if ignore_case is not None and "contains" not in given:
        raise Fault((*where, "ignore_case"), "ignore_case goes with contains")
    if not given:
        raise Fault(where, f"a matcher says one of {', '.join(sorted(MATCHERS))}")
    matchers: list[Matcher] = []
    for name, value in given.items():
        here = (*where, name)
        if name not in MATCHERS:
            hint = nearest([*MATCHERS, "ignore_case"], str(name)) or f" There are: {', '.join(sorted(MATCHERS))}."
            raise Fault(here, f"there is no matcher {name!r}.{hint}")
        try:
            matchers.append(
                contains(value, ignore_case=True) if name == "contains" and ignore_case else MATCHERS[name](value, here)
            )
        except UsageError as error:
            raise Fault(here, reason(error)) from None
    return matchers[0] if len(matchers) == 1 else Both(*matchers)


def _several(value: object, where: Where) -> list[object]:
    if not isinstance(value, list) or not value:
        raise Fault(where, "takes a list of values or matchers")
    return [matcher_from(each, (*where, number)) for number, each in enumerate(value)]


def _regex(value: object) -> Matcher:
    if not isinstance(value, str):
        raise UsageError(f"regex({value!r}) can't be: it takes a text")
    return regex(value)


MATCHERS: dict[str, Any] = {
    "all": lambda value, where: Both(*map(matcher_of, _several(value, where))),
    "any_of": lambda value, where: any_of(*_several(value, where)),
    "contains": lambda value, where: contains(value),
    "equals": lambda value, where: Equals(value),
    "not": lambda value, where: Not(matcher_of(matcher_from(value, where))),
    "regex": lambda value, where: _regex(value),
}


def reason(error: UsageError) -> str:
    """What is wrong, without the Python that the message begins with: the place says that."""
    return str(error).partition(" can't be: ")[2] or str(error)
