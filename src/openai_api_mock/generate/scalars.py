"""The values without members: null, booleans, numbers, strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from math import ceil, floor, lcm

from .chance import Chance
from .formats import FORMATS, FREE_FORMATS
from .meanings import NUMBERS, Range, meaning_of_number, meaning_of_text, plain_text
from .nodes import TRIES, Node
from .patterns import LONGEST, Pattern, UnreadablePattern
from .references import JSON
from .schema_errors import Unsatisfiable


class Leaf:
    """A shape without members: every one has the height 0."""

    def __init__(self, make: Callable[[Chance], JSON]) -> None:
        self.make = make

    def obliged(self) -> Iterable[Node]:
        return ()

    def height(self) -> float:
        return 0


def null(node: Node) -> Leaf:
    return Leaf(lambda chance: None)


def boolean(node: Node) -> Leaf:
    return Leaf(lambda chance: bool(chance.below(2)))


def number(node: Node) -> Leaf:
    return _number(node, integer=False)


def integer(node: Node) -> Leaf:
    return _number(node, integer=True)


def string(node: Node) -> Leaf:
    return Leaf(_Text(node).make)


def _number(node: Node, *, integer: bool) -> Leaf:
    """Multiples of a step between the bounds: of `multipleOf`, or else of as many decimals as suit the name."""
    bounds = _Bounds(node)
    natural = meaning_of_number(node.name) or NUMBERS["number"]
    step = bounds.step
    if integer:
        step = Fraction(1) if step is None else Fraction(lcm(step.numerator, step.denominator), step.denominator)
    if step is not None:
        first, last = bounds.multiples(step)
        if first > last:
            raise bounds.conflict(f"no multiple of {_shown(step)} lies")
        return _multiples(step, *_narrowed(first, last, natural, step), whole=integer)
    for decimals in range(natural.decimals, 18):
        step = Fraction(1, 10**decimals)
        first, last = bounds.multiples(step)
        if first <= last:
            return _multiples(step, *_narrowed(first, last, natural, step), whole=False)
    between = bounds.between()
    if between is None:
        raise bounds.conflict("no number lies")
    return Leaf(lambda chance: between)


def _multiples(step: Fraction, first: int, last: int, *, whole: bool) -> Leaf:
    over, under, count = step.numerator, step.denominator, last - first + 1
    if whole:
        return Leaf(lambda chance: (first + chance.below(count)) * over // under)

    def make(chance: Chance) -> JSON:
        multiple = (first + chance.below(count)) * over
        # Beyond 2**53 a float may miss the multiple; an integer never does.
        return multiple // under if multiple % under == 0 and abs(multiple) >> 53 else multiple / under

    return Leaf(make)


def _narrowed(first: int, last: int, natural: Range, step: Fraction) -> tuple[int, int]:
    """The multiples that suit the name, of those from `first` to `last`, if there are any."""
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

    def multiples(self, step: Fraction) -> tuple[int, int]:
        """The first and the last number of steps that is within the bounds; where there is no bound, far enough."""
        far = ceil(Fraction(10**9) / step)
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
        middle = float((self.low + self.high) / 2)
        inside = (self.low < middle if self.above else self.low <= middle) and (
            middle < self.high if self.under else middle <= self.high
        )
        return middle if inside else None

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


class _Text:
    """Strings: what the name means first, then what format and pattern say, then plain words."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.low = max(_sizes(node, "minLength"), default=0)
        self.high = min(_sizes(node, "maxLength"), default=None)
        if self.high is not None and self.low > self.high:
            raise Unsatisfiable(node.pointer, f"no string has at least {self.low} and at most {self.high} characters")
        if self.low > LONGEST:
            raise Unsatisfiable(node.pointer, f"strings of more than {LONGEST} characters aren't made")
        self.patterns = _texts(node, "pattern")
        self.formats = [name for name in _texts(node, "format") if name not in FREE_FORMATS]
        self._fits = self._judge()
        self._first, self._others = self._makers()

    def make(self, chance: Chance) -> str:
        if self._first is not None:
            text = self._first(chance)
            if self._fits(text):
                return text
        for attempt in range(1, TRIES):
            for make in self._others:
                for text in make(chance.again(attempt)):
                    if self._fits(text):
                        return text
            chance.allowance.reject()
        raise Unsatisfiable(self.node.pointer, f"no string was found with {self._wanted()}")

    def _judge(self) -> Callable[[str], bool]:
        if not self.patterns and not self.formats:
            low, high = self.low, self.high
            if high is None:
                return lambda text: len(text) >= low
            return lambda text: low <= len(text) <= high
        # The validator's own regular expressions are bounded in time; Python's aren't.
        return self.node.graph.text_check(self.patterns, self.formats, self.low, self.high)

    def _makers(self) -> tuple[Callable[[Chance], str] | None, list[Callable[[Chance], Iterable[str]]]]:
        first = meaning_of_text(self.node.name, self.formats[0] if self.formats else None)
        others: list[Callable[[Chance], Iterable[str]]] = []
        for name in self.formats:
            if name in FORMATS:
                others.append(partial(FORMATS[name], self.low, self.high))
        others += [pattern.samples for pattern in self._patterns()]
        plain = not self.patterns and not self.formats
        if first is None and plain:
            return partial(plain_text, self.node.name, self.low, self.high), []
        if plain or not others:
            others.append(lambda chance: (plain_text(self.node.name, self.low, self.high, chance),))
        return first, others

    def _patterns(self) -> Iterator[Pattern]:
        """A sampler for each pattern, and for the pattern with more before or behind if it is too short alone."""
        for source in self.patterns:
            try:
                alone = Pattern(source, self.low, self.high)
                padded = (
                    []
                    if alone.possible
                    else [
                        Pattern(form.format(source), self.low, self.high) for form in ("(?:{})[a-z]*", "[a-z]*(?:{})")
                    ]
                )
            except UnreadablePattern as error:
                raise Unsatisfiable(self.node.pointer, str(error)) from None
            found = [pattern for pattern in (alone, *padded) if pattern.possible]
            if not found:
                raise Unsatisfiable(self.node.pointer, f"no string has {self._wanted()}")
            yield from found

    def _wanted(self) -> str:
        wanted = [f"the format {name}" for name in self.formats] + [
            f"the pattern {source!r}" for source in self.patterns
        ]
        if self.high is not None:
            wanted.append(f"{self.low} to {self.high} characters")
        elif self.low:
            wanted.append(f"at least {self.low} characters")
        return " and ".join(wanted)


def _sizes(node: Node, keyword: str) -> list[int]:
    found = (piece.get(keyword) for _, piece in node.pieces)
    return [int(value) for value in found if isinstance(value, (int, float))]


def _texts(node: Node, keyword: str) -> list[str]:
    found = (piece.get(keyword) for _, piece in node.pieces)
    return list(dict.fromkeys(value for value in found if isinstance(value, str)))
