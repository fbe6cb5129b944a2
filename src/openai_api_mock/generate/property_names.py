"""Which names an object's properties may have, and what each name asks of its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .chance import Chance
from .checks import matcher
from .demands import Term
from .nodes import Node
from .patterns import Pattern, UnreadablePattern
from .references import JSON, token
from .schema_errors import Unsatisfiable
from .text import ADJECTIVES, NOUNS


class PropertyNames:
    """`properties`, `patternProperties`, `additionalProperties` and `propertyNames` of all of a node's pieces."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._places = [f"{pointer}/propertyNames" for pointer, piece in node.pieces if "propertyNames" in piece]
        self._check = node.graph.checks.of_places(self._places) if self._places else None
        self.listed = list(dict.fromkeys(name for _, piece in node.pieces for name in mapping(piece, "properties")))
        self.patterns = [pattern for _, piece in node.pieces for pattern in mapping(piece, "patternProperties")]
        # A map: the schema says what the values are, and hasn't named a property.
        self.open = not self.listed and (
            bool(self.patterns) or any(mapping(piece, "additionalProperties") for _, piece in node.pieces)
        )

    def allowed(self, name: str) -> bool:
        """Whether `propertyNames` lets a property have this name."""
        return self._check is None or self._check(name)

    def child(self, name: str) -> Node:
        """What all pieces ask of the property of this name."""
        return self._node.child(self._terms(name), name)

    def unlisted(self) -> list[tuple[Callable[[Chance], str], Node]]:
        """What makes names that aren't listed, with the nodes of their values; not every name need be allowed, and one
        may match further patterns."""
        return [*((self._matching(pattern), self._matched(pattern)) for pattern in self.patterns), self._any()]

    def _terms(self, name: str) -> Iterator[Term]:
        for pointer, piece in self._node.pieces:
            patterns = [pattern for pattern in mapping(piece, "patternProperties") if matcher(pattern)(name)]
            listed = name in mapping(piece, "properties")
            if listed:
                yield Term("is", f"{pointer}/properties/{token(name)}")
            for pattern in patterns:
                yield Term("is", f"{pointer}/patternProperties/{token(pattern)}")
            if not listed and not patterns and "additionalProperties" in piece:
                yield Term("is", f"{pointer}/additionalProperties")

    def _any(self) -> tuple[Callable[[Chance], str], Node]:
        rest = [
            Term("is", f"{pointer}/additionalProperties")
            for pointer, piece in self._node.pieces
            if "additionalProperties" in piece
        ]
        return self._named() if self._places else _two_words, self._node.child(rest)

    def _named(self) -> Callable[[Chance], str]:
        node = self._node.child(Term("is", place) for place in self._places)
        return lambda chance: str(node.make(chance))

    def _matched(self, pattern: str) -> Node:
        """The node of names that match a pattern; other patterns that they may match as well are left to trial."""
        terms = []
        for pointer, piece in self._node.pieces:
            if pattern in mapping(piece, "patternProperties"):
                terms.append(Term("is", f"{pointer}/patternProperties/{token(pattern)}"))
            elif "additionalProperties" in piece:
                terms.append(Term("is", f"{pointer}/additionalProperties"))
        return self._node.child(terms)

    def unnamed(self, name: str) -> Node:
        """What all pieces ask of the property of this name, whose name means nothing: one node for all that match the
        same patterns."""
        return self._node.child(self._terms(name))

    def _matching(self, pattern: str) -> Callable[[Chance], str]:
        """Names that match a pattern; where it leaves the end open, with words behind it: `^x_` has many names."""
        longest = [
            size
            for place in self._places
            if isinstance(schema := self._node.graph.document.at(place), dict)
            if isinstance(size := schema.get("maxLength"), int)
        ]
        try:
            names = Pattern(pattern, 0, min(longest, default=None))
        except UnreadablePattern as error:
            raise Unsatisfiable(self._node.pointer, str(error)) from None
        fits = matcher(pattern)

        def named(chance: Chance) -> str:
            name = next(names.samples(chance), "")
            longer = name + _two_words(chance)
            return longer if fits(longer) and self.allowed(longer) else name

        return named


def mapping(piece: dict[str, JSON], keyword: str) -> dict[str, JSON]:
    """The object that a keyword has, if it has one."""
    value = piece.get(keyword)
    return value if isinstance(value, dict) else {}


def _two_words(chance: Chance) -> str:
    return f"{chance.choice(ADJECTIVES)}_{chance.choice(NOUNS)}"
