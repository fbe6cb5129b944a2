"""How fast a model is: the option `pace`, and what a reply of its own says of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from ..errors import UsageError
from .distributions import Distribution, distribution_of
from .presets import PRESETS

Duration = Distribution | float | str
"""A distribution, seconds, or either as it is written: `300ms`, `lognormal(300ms, 0.4)`."""


class Pace:
    """How long a model takes for its first token and for each of the others.

    A reply's first token is there `ttft` and, for each token of the prompt that isn't cached, `prefill` after it is its
    turn; every further token comes `itl` after the one before. What isn't streamed is there with its last token. All
    are distributions, drawn anew for each request (`itl` for each token), by the seed.

    No more than `max_num_seqs` requests are answered at a time; others wait for their turn, first come, first served.
    When so many are, all of it takes `load` times as long, and in between as much as in between. With `prefix_cache`,
    prompts that begin as an earlier one did have `cached_tokens`. `models` has the paces of models whose names begin
    so; the longest name that fits is taken.

    Raises UsageError on what can't be.
    """

    __slots__ = ("itl", "load", "max_num_seqs", "models", "prefill", "prefix_cache", "ttft")

    def __init__(
        self,
        *,
        ttft: Duration = 0.0,
        itl: Duration = 0.0,
        prefill: Duration = 0.0,
        load: float = 1.0,
        max_num_seqs: int | None = None,
        prefix_cache: bool = False,
        models: Mapping[str, object] | None = None,
    ) -> None:
        self.ttft = _duration("ttft", ttft)
        self.itl = _duration("itl", itl)
        self.prefill = _duration("prefill", prefill)
        self.load = load
        self.max_num_seqs = max_num_seqs
        self.prefix_cache = prefix_cache
        if models is not None and not isinstance(models, Mapping):
            raise UsageError(f"models={models!r} can't be: it takes a pace for each: {{'gpt-5': 'ttft=2s'}}")
        self.models = {prefix: pace_of(pace) for prefix, pace in (models or {}).items()}
        if type(load) not in (int, float) or not 1 <= load < float("inf"):
            raise UsageError(f"load={load!r} can't be: it takes a factor, 1 or more")
        if max_num_seqs is not None and not (type(max_num_seqs) is int and max_num_seqs >= 1):
            raise UsageError(f"max_num_seqs={max_num_seqs!r} can't be: it takes a whole number from 1")
        if load > 1 and max_num_seqs is None:
            raise UsageError("load is how much longer it takes when max_num_seqs are answered at a time: say both")
        if type(prefix_cache) is not bool:
            raise UsageError(f"prefix_cache={prefix_cache!r} can't be: it takes True or False")

    def of(self, model: str) -> Pace:
        """The pace of a model."""
        if not self.models:
            return self
        prefix = max((prefix for prefix in self.models if model.startswith(prefix)), key=len, default=None)
        return self if prefix is None else self.models[prefix]

    def to_dict(self) -> dict[str, object]:
        """What it says, as it is written in a configuration."""
        said: dict[str, object] = {}
        for name in ("ttft", "itl", "prefill"):
            if (text := str(getattr(self, name))) != "0s":
                said[name] = text
        usual: dict[str, object] = {"load": 1.0, "max_num_seqs": None, "prefix_cache": False}
        said |= {name: value for name in usual if (value := getattr(self, name)) != usual[name]}
        return said | ({"models": {name: pace.to_dict() for name, pace in self.models.items()}} if self.models else {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pace) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.ttft, self.itl, self.prefill))

    def __repr__(self) -> str:
        return f"Pace({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"


FIELDS = Pace.__slots__


def pace_of(given: object) -> Pace:
    """What a name, a text such as `ttft=300ms,itl=20ms`, a mapping or a Pace means. Raises UsageError.

    A text or a mapping may begin with a preset (`realistic,itl=10ms`, `{"preset": "realistic", "itl": "10ms"}`): then
    the rest is changed in it, for all its models.
    """
    if isinstance(given, Pace):
        return given
    if isinstance(given, str):
        given = _read(given)
    if not isinstance(given, Mapping):
        raise UsageError(f"pace={given!r} can't be: it takes a preset ({_list()}), 'ttft=300ms,itl=20ms', or a Pace")
    changes = dict(given)
    preset = changes.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise UsageError(f"there is no pace {preset!r}.{_hint(str(preset), PRESETS)}")
    for name in changes:
        if name not in FIELDS:
            raise UsageError(f"a pace has no {name!r}.{_hint(str(name), FIELDS)}")
    fields = {**(PRESETS[preset] if preset is not None else {})}
    models = fields.pop("models", None)
    if isinstance(models, Mapping) and "models" not in changes:
        fields["models"] = {family: {**figures, **changes} for family, figures in models.items()}
    return Pace(**{**fields, **changes})


def _read(text: str) -> dict[str, object]:
    """The fields that a text names."""
    fields: dict[str, object] = {}
    for number, part in enumerate(_parts(text)):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and not number and name and name not in FIELDS:
            fields["preset"] = name
        elif not equals or not value:
            raise UsageError(f"pace={text!r} can't be: {part.strip()!r} isn't of the form ttft=300ms")
        elif name in fields:
            raise UsageError(f"pace={text!r} can't be: {name!r} is given twice")
        else:
            fields[name] = _PLAIN[name](value) if name in _PLAIN else value
    return fields


def _parts(text: str) -> list[str]:
    """What commas separate that aren't in parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _number(kind: Callable[[str], float]) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return kind(text)
        except ValueError:
            return text  # the pace says that it takes none

    return read


_PLAIN: dict[str, Callable[[str], object]] = {
    "load": _number(float),
    "max_num_seqs": _number(int),
    "prefix_cache": lambda text: {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text),
}


def _duration(name: str, given: Duration) -> Distribution:
    try:
        return distribution_of(given)
    except UsageError as error:
        raise UsageError(f"{name}={error}") from None


def _hint(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, [*names], n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(names)}."


def _list() -> str:
    return ", ".join(map(repr, PRESETS))
