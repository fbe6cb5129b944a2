"""How faults are written: `cut`, `cut:bytes=100,times=2`, several in a row, a mapping, or a list of these."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ..errors import UsageError, failure
from .table import FAULTS, Kind, Need, Parameter, Value


class Fault(msgspec.Struct, frozen=True):
    """One fault and what it was given."""

    name: str
    given: dict[str, Value] = {}

    @property
    def kind(self) -> Kind:
        return FAULTS[self.name]

    def get(self, name: str) -> Any:
        """What a parameter is: as given, or as usual; None where it may be left out and was."""
        return self.given.get(name, self.kind.takes[name].default)

    @property
    def needs(self) -> tuple[Need, ...]:
        """What a call must have, so that it can strike."""
        needs = self.kind.needs
        in_events = self.given.get("at") in ("finish", "done") or "chunks" in self.given
        return (*needs, "stream") if in_events and "stream" not in needs else needs

    def __str__(self) -> str:
        given = ",".join(f"{name}={_written(value)}" for name, value in self.given.items())
        return f"{self.name}:{given}" if given else self.name


class Planned(msgspec.Struct, frozen=True):
    """A fault, and which of the calls that it is for it strikes."""

    fault: Fault
    times: int | None = None
    """How often; None: unless said elsewhere, for ever."""
    after: int = 0
    """How many go well first."""
    every: int = 1
    """Of the others, each so-and-so-manieth: 3 is the third, the sixth, …"""
    chance: float = 1.0
    """Of these, the share that it strikes, from 0 to 1, by the seed and the request."""

    def __str__(self) -> str:
        usual = Planned(self.fault)
        when = {name: getattr(self, name) for name in WHEN if getattr(self, name) != getattr(usual, name)}
        return str(Fault(self.fault.name, {**self.fault.given, **when}))


WHEN: dict[str, Parameter] = {
    "times": Parameter(int, "how often it strikes", None, 1),
    "after": Parameter(int, "how many calls go well first", 0, 0),
    "every": Parameter(int, "each so-and-so-manieth of the others: 3 is the third, the sixth, …", 1, 1),
    "chance": Parameter(float, "the share of these that it strikes, from 0 to 1, by the seed and the request", 1.0, 0),
}
"""What any fault takes."""


def faults_of(given: object) -> tuple[Planned, ...]:
    """The faults that a text, a mapping (`{"name": "cut", "bytes": 100}`) or a list of these stands for. Raises
    UsageError, with the nearest name."""
    if isinstance(given, Planned):
        return (given,)
    if isinstance(given, str):
        if given.lstrip()[:1] in ("{", "["):
            return _of_json(given)
        return tuple(_of_text(word) for word in given.split())
    if isinstance(given, Mapping):
        return (_of_mapping(given),)
    if isinstance(given, Iterable) and not isinstance(given, bytes):
        return tuple(planned for each in given for planned in faults_of(each))
    raise UsageError(f"a fault is a name, such as 'connection_reset' or 'cut:bytes=100', not {given!r}")


def planned_of(name: object, given: Mapping[str, object]) -> Planned:
    """The one fault of that name, or as it is spelled, with further parameters. Raises UsageError."""
    given = {key: value for key, value in given.items() if key not in WHEN or value != WHEN[key].default}
    if not isinstance(name, str) or ":" not in name:
        return fault_named(name, given)
    planned = _of_text(name)
    when = {key: getattr(planned, key) for key in WHEN if getattr(planned, key) != WHEN[key].default}
    return fault_named(planned.fault.name, {**planned.fault.given, **when, **given})


def fault_named(name: object, given: Mapping[str, object], *, text: bool = False) -> Planned:
    """The fault of that name with these parameters. Raises UsageError."""
    kind = FAULTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UsageError(f"there is no fault {name!r}.{_other_name(str(name)) or _hint(name, FAULTS)}")
    when, own = {}, {}
    for parameter, value in given.items():
        if parameter in kind.takes:
            own[parameter] = _checked(kind.name, parameter, kind.takes[parameter], value, text)
        elif parameter in WHEN:
            when[parameter] = _checked(kind.name, parameter, WHEN[parameter], value, text)
        else:
            hint = _hint(parameter, {**kind.takes, **WHEN})
            raise UsageError(f"the fault {kind.name!r} takes no {parameter!r}.{hint}")
    several = [word for word in ("bytes", "chunks", "at") if word in own]
    if kind.name == "cut" and len(several) > 1:
        raise UsageError(f"cut takes one of bytes, chunks and at; {' and '.join(several)} were given")
    if kind.name == "wrong_length" and own.get("by") == 0:
        raise UsageError("wrong_length: by=0 can't be: that is the right length")
    if kind.name == "status":
        failure(int(own.get("code", 503)))  # raises where it is no error
    return Planned(Fault(kind.name, own), **when)  # type: ignore[arg-type]  # checked by WHEN


def _of_text(word: str) -> Planned:
    name, _, rest = word.partition(":")
    if name not in FAULTS and "," in name:
        first, _, others = word.partition(",")
        told = f"{first}:{others}" if "=" in others.partition(",")[0] else word.replace(",", " ").strip()
        raise UsageError(
            f"{word!r} can't be read: parameters stand behind a colon, and faults behind a space: {told!r}"
        )
    given: dict[str, object] = {}
    for part in rest.split(",") if rest else ():
        parameter, equals, value = part.partition("=")
        if not equals:
            raise UsageError(
                f"{word!r} can't be read at {part!r}: parameters are written cut:bytes=100,times=2, and texts with "
                'commas or spaces as JSON, {"name": "refusal", "text": "No, never."}'
            )
        if parameter in given:
            raise UsageError(f"{word!r} can't be: {parameter!r} is given twice")
        given[parameter] = value
    return fault_named(name, given, text=True)


def _of_json(text: str) -> tuple[Planned, ...]:
    try:
        given = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(f"{text!r} can't be read as JSON: {error}") from None
    return faults_of(given)


def _of_mapping(given: Mapping[str, object]) -> Planned:
    if "name" not in given:
        raise UsageError(f"{dict(given)!r} names no fault: it takes {{'name': 'cut', 'bytes': 100}}")
    others = {parameter: value for parameter, value in given.items() if parameter != "name"}
    return fault_named(given["name"], others)


def _checked(fault: str, name: str, parameter: Parameter, value: object, text: bool) -> Value:
    found = _converted(parameter.kind, value) if text and isinstance(value, str) else value
    if parameter.kind is float and type(found) is int:
        found = float(found)
    fits = type(found) is parameter.kind
    if fits and parameter.least is not None:
        # Where there is a least one, it is a number.
        fits = parameter.least <= float(found) < math.inf  # type: ignore[arg-type]
    if fits and name == "chance":
        fits = float(found) <= 1  # type: ignore[arg-type]
    if not fits or (parameter.choices and found not in parameter.choices):
        raise UsageError(f"{fault}: {name}={value!r} can't be: it takes {_wanted(parameter)}: {parameter.what}")
    return found  # type: ignore[return-value]  # of the parameter's kind


def _converted(kind: type, text: str) -> object:
    """What a text stands for; itself where it is nothing of that kind."""
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    try:
        return kind(text)
    except ValueError:
        return text


def _wanted(parameter: Parameter) -> str:
    if parameter.choices:
        return " or ".join(map(repr, parameter.choices))
    kind = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}[parameter.kind]
    return kind if parameter.least is None else f"{kind} from {parameter.least:g}"


def _other_name(word: str) -> str:
    """The hint at what others call a fault; "": nobody calls one so."""
    if word.isdigit():
        status = int(word)
        named = [kind.name for kind in FAULTS.values() if kind.status == status]
        return f" For an error of the API: {' or '.join([*named, f'status:code={status}'])}."
    return f" Did you mean {_ELSEWHERE[word.lower()]!r}?" if word.lower() in _ELSEWHERE else ""


_ELSEWHERE = {
    "delay": "slow_headers",
    "disconnect": "cut",
    "latency": "slow_headers",
    "malformed_response_chunk": "malformed_chunk",
    "quota": "insufficient_quota",
    "random_data_then_close": "random_data",
    "read_timeout": "hang",
    "timeout": "hang",
}


def _hint(word: object, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(word).lower(), list(words), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(sorted(words))}."


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
