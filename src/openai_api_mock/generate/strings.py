"""Strings: what the name means first, then what format and pattern say, then plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from .chance import Chance
from .formats import FORMATS
from .meanings import meaning_of_text, plain_text
from .nodes import Node, sizes
from .patterns import LONGEST, Pattern, UnreadablePattern
from .schema_errors import Unsatisfiable

_TRIES = 20


class Strings:
    """The strings that a node may have."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.low = max(sizes(node, "minLength"), default=0)
        self.high = min(sizes(node, "maxLength"), default=None)
        if self.high is not None and self.low > self.high:
            raise Unsatisfiable(node.pointer, f"no string has at least {self.low} and at most {self.high} characters")
        if self.low > LONGEST:
            raise Unsatisfiable(node.pointer, f"strings of more than {LONGEST} characters aren't made")
        self.patterns = _texts(node, "pattern")
        self.formats = [name for name in _texts(node, "format") if name in FORMATS]
        self._fits = self._judge()
        self._first, self._others = self._makers()

    def make(self, chance: Chance) -> str:
        if self._first is not None:
            text = self._first(chance)
            if self._fits(text):
                return text
        for attempt in range(1, _TRIES):
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
        return self.node.graph.checks.of_text(self.patterns, self.formats, self.low, self.high)

    def _makers(self) -> tuple[Callable[[Chance], str] | None, list[Callable[[Chance], Iterable[str]]]]:
        named = self.formats or _texts(self.node, "format")
        first = meaning_of_text(self.node.name, named[0] if named else None)
        others: list[Callable[[Chance], Iterable[str]]] = []
        others += [partial(FORMATS[name], self.low, self.high) for name in self.formats]
        patterns = list(self._patterns())
        others += [pattern.samples for pattern in patterns]
        if len(self.patterns) > 1:
            others.append(partial(_side_by_side, patterns))
        plain = not self.patterns and not self.formats
        if first is None and plain:
            return partial(plain_text, self.node.name, self.low, self.high), []
        if plain or not others:
            others.append(lambda chance: (plain_text(self.node.name, self.low, self.high, chance),))
        return first, others

    def _patterns(self) -> Iterator[Pattern]:
        """A sampler for each pattern, or for the pattern with more before or behind where it is too short alone."""
        for source in self.patterns:
            try:
                found = self._possible(source) or self._possible(*_longer(source))
            except UnreadablePattern as error:
                raise Unsatisfiable(self.node.pointer, str(error)) from None
            if not found:
                raise Unsatisfiable(self.node.pointer, f"no string has {self._wanted()}")
            yield from found

    def _possible(self, *sources: str) -> list[Pattern]:
        patterns = [Pattern(source, self.low, self.high) for source in sources]
        return [pattern for pattern in patterns if pattern.possible]

    def _wanted(self) -> str:
        wanted = [f"the format {name}" for name in self.formats] + [
            f"the pattern {source!r}" for source in self.patterns
        ]
        if self.high is not None:
            wanted.append(f"{self.low} to {self.high} characters")
        elif self.low:
            wanted.append(f"at least {self.low} characters")
        return " and ".join(wanted)


def _longer(source: str) -> Iterator[str]:
    """The pattern with letters at an end that it leaves free."""
    if not source.endswith("$"):
        yield f"(?:{source})[a-z]*"
    if not source.startswith("^"):
        yield f"[a-z]*(?:{source})"


def _side_by_side(patterns: list[Pattern], chance: Chance) -> Iterator[str]:
    """Matches of several patterns in a row, which may match them all where one is of the start and one of the end."""
    for row in (patterns, patterns[::-1]):
        for parts in zip(*(pattern.samples(chance) for pattern in row), strict=False):
            yield "".join(parts)


def _texts(node: Node, keyword: str) -> list[str]:
    found = (piece.get(keyword) for _, piece in node.pieces)
    return list(dict.fromkeys(value for value in found if isinstance(value, str)))
