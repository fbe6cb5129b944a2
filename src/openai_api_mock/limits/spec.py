"""What limits are set, as a user spells them: `"rpm=60,tpm=10000"`, `"tier-1"`, or a mapping with models."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from ..errors import UsageError
from .tiers import OTHERS, TIERS

Count = Annotated[int, msgspec.Meta(ge=1)]


class Limit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model allows; None: any amount."""

    rpm: Count | None = None
    """Requests per minute."""
    tpm: Count | None = None
    """Tokens per minute."""
    rpd: Count | None = None
    """Requests per day."""
    tpd: Count | None = None
    """Tokens per day."""
    batch: Count | None = None
    """Tokens of batches that wait in the queue."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All limits of one mock."""

    models: Mapping[str, Limit]
    """By model, or by a pattern that models share: "gpt-4o*". Under "*", all others have one each."""
    per: Literal["organization", "project", "key"] = "organization"
    """Whose calls are counted together: those that name the same organization or project in their headers, or have the
    same API key."""
    counting: Literal["bucket", "window"] = "bucket"
    """By a bucket that leaks, as the API does, or never more than the limit in any minute."""
    quota: Count | None = None
    """Calls in all; the next ones are refused for good."""
    quota_tokens: Count | None = None
    """Tokens in all, as replies say in `usage`."""
    exhausted: Literal["insufficient_quota", "credit_balance_exhausted"] = "insufficient_quota"
    """How calls beyond a quota are refused."""
    max_concurrency: Count | None = None
    """Calls that may be answered at the same time."""
    beyond: Literal["503", "queue"] = "503"
    """What becomes of a call beyond `max_concurrency`: refused as overloaded, or answered when its turn comes."""

    def of(self, model: str) -> tuple[str, Limit] | None:
        """What holds for a model, and the name under which it is counted. A dated snapshot shares the limits of the
        name without the date, and a tuned model those of what it was tuned from, unless it has some of its own."""
        base = model.split(":")[1] if model.startswith("ft:") and model.count(":") > 1 else model
        names = (model, base, _DATED.sub("", base))
        for name in names:
            if name in self.models:
                return name, self.models[name]
        for pattern, limit in self.models.items():
            if pattern != "*" and any(fnmatchcase(name, pattern) for name in names):
                return pattern, limit
        rest = self.models.get("*")
        return None if rest is None else (names[-1], rest)


_L = TypeVar("_L", Limit, Limits)
_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")
_OF_MODEL = Limit.__struct_fields__
_OF_ALL = tuple(name for name in Limits.__struct_fields__ if name != "models")
_CHOICES = {name: get_args(hint) for name, hint in get_type_hints(Limits).items() if get_origin(hint) is Literal}
SETTINGS = (*_OF_MODEL, *_OF_ALL)


def limits_of(value: object) -> Limits | None:
    """The limits that a value means; None: there are none. Raises UsageError."""
    if value is None or value == "":
        return None
    if isinstance(value, Limits):
        return value
    if isinstance(value, str):
        value = _from_text(value)
    if not isinstance(value, Mapping):
        raise UsageError(
            f"limits={value!r} can't be: it takes 'rpm=60,tpm=10000', a tier such as 'tier-1', or a mapping: "
            "{'gpt-4o': {'rpm': 500, 'tpm': 30000}, '*': {'rpm': 60}}"
        )
    given = dict(value)
    models = _tier(given.pop("tier")) if "tier" in given else {}
    own = {name: limit for name, limit in given.items() if isinstance(limit, Mapping)}
    of_all = {name: number for name, number in given.items() if name in _OF_ALL}
    of_others = {name: number for name, number in given.items() if name not in own and name not in of_all}
    models |= {name: _convert(limit, Limit, _OF_MODEL, f"limits of {name!r}") for name, limit in own.items()}
    if of_others:
        if "*" in own:
            raise UsageError(f"limits: {next(iter(of_others))!r} is given for all models twice, here and under '*'")
        models["*"] = _convert(of_others, Limit, SETTINGS, "limits")
    return _convert({**of_all, "models": models}, Limits, (*SETTINGS, "models"), "limits")


def _convert(given: Mapping[str, Any], kind: type[_L], names: tuple[str, ...], where: str) -> _L:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(str(name).lower(), [*names, "tier"], n=1, cutoff=0.5)
            own = f" A model's are in a mapping: {{{name!r}: {{'rpm': 60}}}}." if where == "limits" else ""
            hint = f" Did you mean {near[0]!r}?" if near else own
            raise UsageError(f"{where}: there is no {name!r}; there are {', '.join(map(repr, names))}.{hint}")
    fields = dict(given)
    for name, number in fields.items():
        try:
            msgspec.convert({"models": {}, name: number}, kind, strict=False)
        except msgspec.ValidationError:
            choices = _CHOICES.get(name)
            wanted = " or ".join(map(repr, choices)) if choices else "a whole number, 1 or more"
            raise UsageError(f"{where}: {name}={number!r} can't be: it takes {wanted}") from None
    return msgspec.convert(fields, kind, strict=False)


def _from_text(text: str) -> object:
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(text)
    given: dict[str, object] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if not equals and name in SETTINGS:
            raise UsageError(f"limits={text!r} can't be: {name!r} isn't of the form rpm=60")
        if not equals:
            name, number = "tier", name
        if name in given:
            raise UsageError(f"limits={text!r} can't be: {name!r} is given twice")
        given[name] = number.replace("_", "") if number[:1].isdigit() else number
    return given


def _tier(name: object) -> dict[str, Limit]:
    rows = TIERS.get(str(name)) or TIERS.get(f"tier-{name}")
    if rows is None:
        near = difflib.get_close_matches(str(name).lower(), TIERS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "A limit is written rpm=60."
        raise UsageError(f"limits: there is no tier {name!r}; there are {', '.join(map(repr, TIERS))}. {hint}")
    limits = {model: Limit(rpm=row[0], rpd=row[1], tpm=row[2], batch=row[3]) for model, row in rows.items()}
    return {**limits, "*": limits.get(OTHERS) or limits["gpt-3.5-turbo"]}
