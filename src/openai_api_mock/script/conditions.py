"""What `.when(...)` asks of a request, held against it and told side by side with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from ..catalog import Catalog, Operation
from ..errors import UsageError
from .matchers import Both, Either, Equals, Has, Matcher, Not, matcher_of, nearest, short
from .view import KINDS, PATH, READERS, Name, View

SPEAKING = {
    "POST /chat/completions": "chat.completions.create",
    "POST /completions": "completions.create",
    "POST /responses": "responses.create",
    "POST /responses?beta=true": "beta.responses.create",
    "WEBSOCKET /live/sessions": "live.connect",
    "WEBSOCKET /realtime": "realtime.connect",
}
"""Operations in which a model speaks, so that a reply for "whichever endpoint asks" is for them too; and their names on
the client."""

SPEAKERS = frozenset(SPEAKING.values())

CALL = "(call)"
"""The name of what a user's function asks of the call as a whole."""

# Keywords that take a mapping: of headers by name, of values by path.
_MAPPINGS = {"at": "at", "header": "header"}

# What the requests have that a WebSocket's messages stand for.
_OF_TURNS = frozenset((
    "audio", "delegation", "input", "instructions", "max_output_tokens", "metadata", "model", "output_modalities",
    "tool_choice", "tools",
))  # fmt: skip


class Condition(msgspec.Struct, frozen=True):
    """One thing that is asked of a request."""

    name: Name
    matcher: Matcher
    equal: object = None
    """What the value must be equal to, where that is all: quicker than asking the matcher."""
    plain: bool = False

    @property
    def label(self) -> str:
        if isinstance(self.name, tuple):
            kind, which = self.name
            return f"{kind}[{which!r}]"
        return self.name

    def holds(self, view: View) -> bool:
        value = view[self.name]
        return self.equal == value if self.plain else self.matcher(value)


def all_hold(conditions: Sequence[Condition], view: View) -> bool:
    """Whether a request has all of it. On the path of every call, for every rule: hence no call for plain equality."""
    for condition in conditions:
        value = view[condition.name]
        if not (condition.equal == value if condition.plain else condition.matcher(value)):
            return False
    return True


Conditions = Sequence[Condition]
Difference = tuple[str, str, str, str]
"""A condition's label, what it wants, what was asked, and why that isn't it ("" where it is)."""


def conditions_of(catalog: Catalog, route: str | None, wanted: Mapping[str, object]) -> list[Condition]:
    """The conditions that a user names. Raises UsageError on a name that no request of the route has."""
    conditions: list[Condition] = []
    known: frozenset[str] | None = None
    for name, value in wanted.items():
        if name in _MAPPINGS:
            conditions += _of_mapping(name, value)
            continue
        if name not in READERS:
            known = known if known is not None else fields_of(catalog, route)
            if name not in known:
                where = f"openai_mock.{route}" if route is not None else "any endpoint that speaks"
                hint = nearest(known | READERS.keys() | _MAPPINGS.keys(), name)
                raise UsageError(f"when({name}=...) can't be: a request of {where} has no {name!r}.{hint}")
        conditions.append(_condition(name, value))
    return conditions


def _of_mapping(name: str, value: object) -> Iterable[Condition]:
    if not isinstance(value, Mapping) or not value:
        example = '{"x-user": "7"}' if name == "header" else '{"messages[0].content": contains("hi")}'
        raise UsageError(f"when({name}={value!r}) can't be: it takes a mapping, such as {example}")
    for key, inner in value.items():
        if not isinstance(key, str) or not key or (name == "at" and PATH.fullmatch(key) is None):
            what = "paths such as 'messages[0].content'" if name == "at" else "headers' names"
            raise UsageError(f"when({name}={{{key!r}: ...}}) can't be: it takes {what}")
        yield _condition((_MAPPINGS[name], key), inner)


def _condition(name: Name, wanted: object) -> Condition:
    if name == "offers_tool" and isinstance(wanted, str):
        return Condition(name, Has(wanted))
    kind = KINDS.get(name if isinstance(name, str) else name[0])
    try:
        matcher = matcher_of(wanted)
        if kind is not None:
            _refuse_others(matcher, *kind)
    except UsageError as error:
        where = f"{name}={short(wanted)}" if isinstance(name, str) else f"{name[0]}={{{name[1]!r}: {short(wanted)}}}"
        raise UsageError(f"when({where}) can't be: {error}") from None
    if type(matcher) is Equals:
        return Condition(name, matcher, matcher.wanted, plain=True)
    return Condition(name, matcher)


def _refuse_others(matcher: Matcher, kinds: tuple[type, ...], called: str) -> None:
    """Raises UsageError where a value is asked for that such a thing never has: a number, of a text."""
    if isinstance(matcher, (Both, Either)):
        for each in matcher.matchers:
            _refuse_others(each, kinds, called)
    elif isinstance(matcher, Not):
        _refuse_others(matcher.matcher, kinds, called)
    elif isinstance(matcher, Equals) and type(matcher.wanted) in _PLAIN and type(matcher.wanted) not in kinds:
        mapping = " (in Python a matcher is contains('…'), not a mapping)" if isinstance(matcher.wanted, dict) else ""
        raise UsageError(f"it takes {called} or a matcher{mapping}, and is never equal to {short(matcher.wanted)}")


_PLAIN = frozenset((str, int, float, bool, list, dict))


@lru_cache(maxsize=64)
def fields_of(catalog: Catalog, route: str | None) -> frozenset[str]:
    """The fields of a route's body, path and query; without a route, those of all endpoints that speak."""
    found: set[str] = set()
    for name in SPEAKERS if route is None else (route,):
        found |= _fields(catalog.methods[name])
    return frozenset(found)


def _fields(operation: Operation) -> set[str]:
    names = set(operation.path_parameters) | {parameter.name for parameter in operation.query_parameters}
    if operation.websocket:
        names |= _OF_TURNS
    schema = operation.body_schema() or {}
    for branch in (schema, *schema.get("anyOf", ())):
        names |= branch.get("properties", {}).keys()
    return names


def differences(conditions: Conditions, view: View) -> list[Difference]:
    """Each condition beside what the request has in its place."""
    found = []
    for condition in conditions:
        value = view[condition.name]
        why = "" if condition.holds(view) else condition.matcher.why_not(value)
        found.append((condition.label, repr(condition.matcher), short(value), why))
    return found


def table(differences: Sequence[Difference], indent: str = "    ") -> list[str]:
    """The conditions in columns: rule on the left, request on the right, what differs marked."""
    names = max((len(label) for label, *_ in differences), default=0)
    wanted = min(max((len(want) for _, want, *_ in differences), default=0), 60)
    lines = []
    for label, want, got, why in differences:
        mark = "✗" if why else "✓"
        lines.append(f"{indent}{mark} {label:<{names}}  wanted {want:<{wanted}}  got {got}")
    return lines
