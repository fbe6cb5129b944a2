"""Numbers within bounds, multiples of a step, by exact fractions: 0.3 is a multiple of 0.1 here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TypeAlias

from .chance import Chance
from .meanings import NUMBERS, Range, meaning_of_number
from .nodes import Node
from .references import JSON
from .schema_errors import Unsatisfiable

_Maker: TypeAlias = Callable[[Chance], JSON]

_MOST_DECIMALS = 17
_FLOAT_TRIES = 8
_WIDE = 1_000_000  # bounds that are farther apart than this many steps say little about what is meant


def number_maker(node: Node, *, integer: bool) -> _Maker:
    """What makes numbers for a node: multiples of `multipleOf`, or else with as many decimals as suit the name.

    Raises `Unsatisfiable`.
    """
    bounds = _Bounds(node)
    meant = meaning_of_number(node.name)
    if integer:
        step = Fraction(1) if bounds.step is None else _common(Fraction(1), bounds.step)
        return _multiples(step, *_narrowed(bounds, step, meant), whole=True)
    if bounds.step is not None:
        return _multiples(bounds.step, *_narrowed(bounds, bounds.step, meant), exact=True)
    usual = (meant or NUMBERS["number"]).decimals
    for decimals in range(usual, _MOST_DECIMALS + 1):
        step = Fraction(1, 10**decimals)
        first, last = bounds.multiples(step)
        if first <= last:
            return _multiples(step, *_narrowed(bounds, step, meant))
    between = bounds.between()
    if between is None:
        raise bounds.conflict("no number lies")
    return lambda chance: between


def _multiples(step: Fraction, first: int, last: int, *, whole: bool = False, exact: bool = False) -> _Maker:
    over, under, count = step.numerator, step.denominator, last - first + 1
    if whole:
        return lambda chance: (first + chance.below(count)) * over

    def make(chance: Chance) -> JSON:
        number: int | float = 0.0
        for _ in range(_FLOAT_TRIES):
            multiple = (first + chance.below(count)) * over
            # Beyond 2**53 a float may miss the multiple; an integer never does.
            number = multiple // under if multiple % under == 0 and abs(multiple) >> 53 else multiple / under
            # Of 0.1, 0.3 is a multiple, but not to validators that divide floats: rather one that is to them as well.
            if not exact or isinstance(number, int) or (number / (over / under)).is_integer():
                break
        return number

    return make


def _narrowed(bounds: _Bounds, step: Fraction, meant: Range | None) -> tuple[int, int]:
    """The first and the last multiple of the step to choose from: within bounds and, if possible, of a usual size."""
    first, last = bounds.multiples(step)
    if first > last:
        raise bounds.conflict("no integer lies" if step == 1 else f"no multiple of {_shown(step)} lies")
    if meant is None and bounds.closed and last - first <= _WIDE:
        return first, last
    natural = meant or NUMBERS["number"]
    low, high = max(first, ceil(natural.low / step)), min(last, floor(natural.high / step))
    if low <= high:
        return low, high
    # The bounds are elsewhere: stay near the one that is near to nought.
    span = 100 if step >= 1 else ceil(100 / step)
    return (first, min(last, first + span)) if first > 0 else (max(first, last - span), last)


class _Bounds:
    """`minimum`, `maximum`, their exclusive forms and `multipleOf` of all pieces, as exact numbers."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.above = self.under = False
        self.step: Fraction | None = None
        for keyword, value in _given(node, "minimum", "exclusiveMinimum"):
            exclusive = keyword.startswith("ex")
            if self.low is None or (value, exclusive) > (self.low, self.above):
                self.low, self.above = value, exclusive
        for keyword, value in _given(node, "maximum", "exclusiveMaximum"):
            exclusive = keyword.startswith("ex")
            if self.high is None or (value, not exclusive) < (self.high, not self.under):
                self.high, self.under = value, exclusive
        for _, value in _given(node, "multipleOf"):
            self.step = value if self.step is None else _common(self.step, value)

    @property
    def closed(self) -> bool:
        return self.low is not None and self.high is not None

    def multiples(self, step: Fraction) -> tuple[int, int]:
        """The first and the last number of steps that is within the bounds; where there is no bound, far enough."""
        far = ceil(Fraction(10**12) / step)
        low = None if self.low is None else self.low / step
        high = None if self.high is None else self.high / step
        first = None if low is None else floor(low) + 1 if self.above else ceil(low)
        last = None if high is None else ceil(high) - 1 if self.under else floor(high)
        if first is None:
            first = -far if last is None else min(-far, last - far)
        return first, max(far, first + far) if last is None else last

    def between(self) -> float | None:
        """Some float within bounds that are very close to each other."""
        if self.low is None or self.high is None:
            return None
        number = float((self.low + self.high) / 2)
        middle = Fraction(repr(number))
        above = self.low < middle if self.above else self.low <= middle
        under = middle < self.high if self.under else middle <= self.high
        return number if above and under else None

    def conflict(self, what: str) -> Unsatisfiable:
        low = "" if self.low is None else f" {'above' if self.above else 'from'} {_shown(self.low)}"
        high = "" if self.high is None else f" {'below' if self.under else 'up to'} {_shown(self.high)}"
        return Unsatisfiable(self.node.pointer, f"{what}{low}{high}")


def _given(node: Node, *keywords: str) -> Iterator[tuple[str, Fraction]]:
    for _, piece in node.pieces:
        for keyword in keywords:
            value = piece.get(keyword)
            # Draft 4 has booleans here; those are left to trial.
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield keyword, Fraction(repr(value))


def _common(first: Fraction, second: Fraction) -> Fraction:
    """The least number that is a multiple of both."""
    under = lcm(first.denominator, second.denominator)
    return Fraction(lcm(int(first * under), int(second * under)), under)


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
