"""Durations that differ from one time to the next: how they are distributed, written and drawn.

A draw depends on its noise alone. What would be less than nothing is nothing.
"""

from __future__ import annotations

import csv
import math
import re
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Protocol

import msgspec

from ..durations import seconds_of
from ..errors import UsageError
from ..noise import Noise

_inverse = NormalDist().inv_cdf
_WORDS = 0x1_0000_0000
_SUMMED = 8
"""Up to this whole shape, a gamma distribution is drawn as a sum of exponential ones."""


class Distribution(Protocol):
    """Of durations, in seconds."""

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        """So many durations."""
        ...

    @property
    def mean(self) -> float: ...


class Constant(msgspec.Struct, frozen=True):
    """Always the same."""

    seconds: float

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        return (self.seconds,) * count

    @property
    def mean(self) -> float:
        return self.seconds

    def __str__(self) -> str:
        return written(self.seconds)


class Normal(msgspec.Struct, frozen=True):
    """The bell curve. What of it lies below zero is nothing, so with a wide one the mean is greater than said."""

    mean: float
    deviation: float

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        return [max(0.0, self.mean + self.deviation * _inverse(u)) for u in _uniform(noise, count)]

    def __str__(self) -> str:
        return f"normal({written(self.mean)}, {written(self.deviation)})"


class LogNormal(msgspec.Struct, frozen=True):
    """Half of it is less than the median; a few are very long. `sigma` is the deviation of its logarithm: with 0.5, one
    in 40 is more than 2.7 times the median."""

    median: float
    sigma: float

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        return [self.median * math.exp(self.sigma * _inverse(u)) for u in _uniform(noise, count)]

    @property
    def mean(self) -> float:
        return self.median * math.exp(self.sigma**2 / 2)

    def __str__(self) -> str:
        return f"lognormal({written(self.median)}, {self.sigma:g})"


class Gamma(msgspec.Struct, frozen=True):
    """`shape` 1 is the exponential distribution; the greater, the closer to the mean, which is shape times scale."""

    shape: float
    scale: float

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        shape, scale = self.shape, self.scale
        if shape > _SUMMED or shape % 1:
            return [_gamma(noise, shape) * scale for _ in range(count)]
        each = int(shape)
        drawn = _uniform(noise, each * count)
        return [-scale * math.log(math.prod(drawn[at : at + each])) for at in range(0, each * count, each)]

    @property
    def mean(self) -> float:
        return self.shape * self.scale

    def __str__(self) -> str:
        return f"gamma({self.shape:g}, {written(self.scale)})"


class Empirical(msgspec.Struct, frozen=True):
    """One of these, each as likely as the others: what was measured somewhere."""

    values: tuple[float, ...]
    source: str = ""
    """As which file and column it is written."""

    @staticmethod
    def from_csv(path: str | Path, column: str | None = None) -> Empirical:
        """The values in a column of a CSV file, in seconds, or, where its name ends with `_ms`, in milliseconds.

        Without a column, the file has one alone, with a name above it or without. Raises UsageError.
        """
        return _from_csv(path, column)

    def draw(self, noise: Noise, count: int) -> Sequence[float]:
        return [noise.choice(self.values) for _ in range(count)]

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def __str__(self) -> str:
        return f"empirical({self.source or f'{len(self.values)} values'})"


def _uniform(noise: Noise, count: int) -> list[float]:
    """So many numbers between 0 and 1, neither of them."""
    return [(word + 0.5) / _WORDS for word in struct.unpack(f">{count}I", noise.randbytes(4 * count))]


def _gamma(noise: Noise, shape: float) -> float:
    """Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000)."""
    if shape < 1:
        return _gamma(noise, shape + 1) * math.pow(_uniform(noise, 1)[0], 1 / shape)
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        first, second = _uniform(noise, 2)
        x = _inverse(first)
        v = (1 + c * x) ** 3
        if v > 0 and math.log(second) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v


# How they are written: 300ms, normal(20ms, 5ms), lognormal(300ms, 0.4), gamma(2, 10ms), empirical(timings.csv:itl)

_CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)


def distribution_of(given: object) -> Distribution:
    """What a number of seconds, a text or a distribution means. Raises UsageError, which doesn't say where it stood."""
    if isinstance(given, (Constant, Normal, LogNormal, Gamma, Empirical)):
        _check(given)
        return given
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return Constant(_seconds(given))
    if isinstance(given, str):
        call = _CALL.fullmatch(given)
        if call is None:
            return Constant(_seconds(given))
        make = _WRITTEN.get(call[1])
        if make is not None:
            try:
                made = make(*(part.strip() for part in call[2].split(",")))
            except UsageError:
                raise
            except TypeError:
                raise UsageError(f"{given!r} can't be: it is written {_FORMS[call[1]]}") from None
            _check(made)
            return made
    elif all(hasattr(given, name) for name in ("draw", "mean")):
        return given  # type: ignore[return-value]  # checked by its methods
    raise UsageError(f"{given!r} can't be: it takes seconds, '300ms', or one of {', '.join(_FORMS.values())}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{text!r} is no number") from None


def _seconds(given: float | str) -> float:
    seconds = seconds_of(given) if isinstance(given, str) else given
    if seconds is None and _is_number(str(given)):
        seconds = float(given)
    if seconds is None or not 0 <= seconds < math.inf:
        raise UsageError(f"{given!r} can't be: it takes a duration, 0 or more, such as '300ms' or 1.5")
    return float(seconds)


def _check(made: Distribution) -> None:
    if isinstance(made, Empirical):
        numbers: tuple[float, ...] = made.values
        if not numbers:
            raise UsageError("an empirical distribution needs at least one value")
    else:
        numbers = tuple(getattr(made, name) for name in made.__struct_fields__)  # type: ignore[attr-defined]
    if not all(0 <= number < math.inf for number in numbers) or (isinstance(made, Gamma) and not made.shape):
        raise UsageError(f"{made} can't be: its numbers are 0 or more" + ", its shape more" * isinstance(made, Gamma))


def _empirical(source: str) -> Empirical:
    path, colon, column = source.rpartition(":")
    return _from_csv(path, column) if colon and not Path(source).exists() else _from_csv(source, None)


_WRITTEN: dict[str, Callable[..., Distribution]] = {
    "normal": lambda mean, deviation: Normal(_seconds(mean), _seconds(deviation)),
    "lognormal": lambda median, sigma: LogNormal(_seconds(median), _number(sigma)),
    "gamma": lambda shape, scale: Gamma(_number(shape), _seconds(scale)),
    "empirical": _empirical,
}
_FORMS = {
    "normal": "normal(20ms, 5ms): its mean and deviation",
    "lognormal": "lognormal(300ms, 0.4): its median and the deviation of its logarithm",
    "gamma": "gamma(2, 10ms): its shape and scale",
    "empirical": "empirical(timings.csv:itl_ms): a file, and a column of it",
}


def written(seconds: float) -> str:
    """A duration as it is written: `300ms`, `1.5s`."""
    return f"{seconds:g}s" if seconds >= 1 or not seconds else f"{seconds * 1000:.12g}ms"


def _from_csv(path: str | Path, column: str | None) -> Empirical:
    source = f"{path}:{column}" if column else str(path)
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} can't be read: {error}") from None
    head = [name.strip() for name in rows[0]] if rows else []
    if head and len(head) == 1 and _is_number(head[0]):
        head, rows = [""], [[], *rows]
    if column is None and len(head) != 1:
        raise UsageError(f"{source} has the columns {', '.join(head) or '(none)'}: say which, {path}:{_first(head)}")
    if column is not None and column not in head:
        raise UsageError(f"{source}: there is no column {column!r}; there are {', '.join(head)}")
    at = 0 if column is None else head.index(column)
    per_second = 1000 if head[at].endswith("_ms") else 1
    try:
        values = tuple(float(row[at]) / per_second for row in rows[1:] if len(row) > at and row[at].strip())
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from None
    made = Empirical(values, source)
    _check(made)
    return made


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first(head: Sequence[str]) -> str:
    return head[0] if head else "ttft_ms"
