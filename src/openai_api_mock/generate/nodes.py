"""What a schema asks of one place in a value, worked out when the place is first reached.

A node is a conjunction of schemas of the document, named by their pointers: a property that two branches of an `allOf`
describe is one node with two terms. Following `$ref` and `allOf` from the terms gives the *pieces*, all of whose
keywords apply at once. A node whose pieces leave a choice (`anyOf`, `oneOf`, `if`, `dependentSchemas`) has one branch
for each answer, and a branch is again a node: the same terms and one more. As there are only so many terms, recursive
schemas give finite graphs.

Each node knows the height of its lowest value, found as a least fixpoint over what it can't do without. It is infinite
where there is no value. A value that has grown deep or large enough ends by the lowest way, so recursion always ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from itertools import accumulate
from math import inf
from threading import RLock
from typing import Protocol, TypeAlias

from .chance import Chance
from .checks import Check, Checks
from .demands import (
    Piece,
    Term,
    Terms,
    choices,
    has_type,
    names_denied,
    places_of,
    pointer_of,
    refuse_denial,
    types_left,
    types_named,
)
from .references import JSON, Document
from .schema_errors import Unsatisfiable

TRIES = 40
_MOST_COMBINATIONS = 300
_MOST_NODES = 20_000
_RARELY = 8  # a null is this much rarer than any other choice

# Keywords that a value may break though it was made from the pieces: it is checked where they stand, not at the root,
# so that one retry doesn't make all of the value anew.
_TRIAL = frozenset(
    (
        "not",
        "oneOf",
        "if",
        "patternProperties",
        "propertyNames",
        "maxContains",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_ABOUT_VALUES = frozenset(("type", "enum", "const", "title", "description", "default", "examples"))


class Shape(Protocol):
    """The values of one type that a node may have."""

    def obliged(self) -> Iterable[Node]:
        """The nodes on which `height` depends."""

    def height(self) -> float:
        """Of the lowest value: 0 without members."""

    def make(self, chance: Chance) -> JSON:
        """A value. Raises `Unsatisfiable` when none is found."""


ShapeOf: TypeAlias = "Callable[[Node], Shape]"


class Graph:
    """All nodes of one document; `shapes` has a factory for each type."""

    def __init__(self, document: Document, checks: Checks, shapes: Mapping[str, ShapeOf]) -> None:
        self.document = document
        self.checks = checks
        self.shapes = shapes
        self._nodes: dict[tuple[Terms, str, bool], Node] = {}
        self._combinations: Counter[Term] = Counter()
        self._lock = RLock()

    def node(self, terms: Iterable[Term], name: str = "", *, within: bool = False) -> Node:
        """The node of these terms. `name` is the property's; `within` tells that an outer node checks its values."""
        key = (tuple(dict.fromkeys(terms)), name, within)
        known = self._nodes.get(key)
        if known is not None:
            return known
        if len(self._nodes) >= _MOST_NODES:
            raise Unsatisfiable(pointer_of(key[0]), f"the schema has more than {_MOST_NODES} kinds of places in it")
        return self._nodes.setdefault(key, Node(self, *key))

    def branch(self, node: Node, more: Terms, *, within: bool) -> Node | None:
        """The node of one alternative; none if a place has had too many combinations of them."""
        terms = (*node.terms, *more)
        if len(terms) > 2:
            self._combinations[terms[0]] += 1
            if self._combinations[terms[0]] > _MOST_COMBINATIONS:
                return None
        return self.node(terms, node.name, within=within)

    def settle(self, node: Node) -> None:
        """Find the heights of a node and of all that it can't do without."""
        with self._lock:
            nodes = self._reached(node)
            lowered = True
            while lowered:
                lowered = False
                for found in nodes:
                    height = found.lowest()
                    if height < found.height:
                        found.height = height
                        lowered = True
            for found in nodes:
                found.finish()

    def _reached(self, node: Node) -> list[Node]:
        """The nodes that still have no height, what is needed before what needs it (save in a cycle)."""
        reached: dict[int, Node] = {}
        waiting = [node]
        while waiting:
            found = waiting.pop()
            if not found.settled and id(found) not in reached:
                reached[id(found)] = found
                found.expand()
                waiting.extend(found.obliged())
        return list(reached.values())[::-1]

    def why(self, node: Node) -> Unsatisfiable:
        """What makes a node of infinite height impossible."""
        seen: set[int] = set()
        while id(node) not in seen:
            seen.add(id(node))
            if node.conflict is not None:
                return node.conflict
            barred = [other for other in node.obliged() if other.height == inf]
            if not barred:
                break
            # A branch that contradicts itself says more than one that only leads on.
            node = next((other for other in barred if other.conflict is not None), barred[0])
        return Unsatisfiable(pointer_of(node.terms), "the recursion can't end: every value needs another inside it")


class Node:
    """One place: see the module."""

    def __init__(self, graph: Graph, terms: Terms, name: str, within: bool) -> None:
        self.graph = graph
        self.terms = terms
        self.places = places_of(terms)
        self.name = name
        self.within = within
        self.conflict: Unsatisfiable | None = None
        self.pieces: list[Piece] = []
        self.lacks: set[str] = set()
        self.listed: list[JSON] | None = None
        self.height: float = inf
        self.settled = False
        self._branches: list[Node] = []
        self._shapes: list[tuple[str, Shape]] = []
        self._viable: list[tuple[float, int, Callable[[Chance], JSON]]] = []
        self._totals: list[int] = []
        self._check: Check | None = None
        self._drawn: Callable[[Chance], JSON] = self._barred
        self.make: Callable[[Chance], JSON] = self._first

    @property
    def pointer(self) -> str:
        return pointer_of(self.terms)

    @property
    def has(self) -> list[str]:
        """The properties that a branch demands."""
        return [term.place for term in self.terms if term.role == "has"]

    @property
    def null(self) -> bool:
        """Whether null is the only value."""
        if self.listed is not None:
            return all(value is None for value in self.listed)
        if self._branches:
            return all(branch.null for branch in self._branches)
        return [kind for kind, _ in self._shapes] == ["null"]

    def child(self, terms: Iterable[Term], name: str = "") -> Node:
        return self.graph.node(terms, name)

    def obliged(self) -> Iterable[Node]:
        yield from self._branches
        for _, shape in self._shapes:
            yield from shape.obliged()

    def lowest(self) -> float:
        if self.listed is not None:
            return 0
        heights = [branch.height for branch in self._branches]
        heights += [shape.height() for _, shape in self._shapes]
        return min(heights, default=inf)

    def expand(self) -> None:
        """Work out pieces, branches and shapes. A contradiction becomes `conflict`."""
        try:
            self._expand()
        except Unsatisfiable as error:
            self.conflict = error

    def finish(self) -> None:
        """Once heights are known: choose how values are made."""
        options = [(branch.height, 1 if branch.null else _RARELY, branch.make_later) for branch in self._branches]
        options += [(shape.height(), 1 if kind == "null" else _RARELY, shape.make) for kind, shape in self._shapes]
        self._viable = [option for option in options if option[0] < inf]
        self._totals = list(accumulate(weight for _, weight, _ in self._viable))
        if self.listed is not None:
            self._drawn = self._one_value
        elif len(self._viable) == 1:
            self._drawn = self._viable[0][2]
        else:
            self._drawn = self._one_option if self._viable else self._barred
        self.make = self._drawn if self._check is None else self._tried
        self.settled = True

    def make_later(self, chance: Chance) -> JSON:
        """As `make`, which isn't known before the node is settled."""
        return self.make(chance)

    def possible(self) -> bool:
        """Whether there is a value, as far as can be told without trial."""
        if not self.settled:
            self.graph.settle(self)
        return self.height < inf

    def _first(self, chance: Chance) -> JSON:
        self.graph.settle(self)
        return self.make(chance)

    def _barred(self, chance: Chance) -> JSON:
        raise self.graph.why(self)

    def _one_value(self, chance: Chance) -> JSON:
        values = self.listed or []
        value = chance.choice(values)
        others = [other for other in values if other is not None] if value is None else []
        if others and chance.below(_RARELY):
            value = chance.choice(others)
        return deepcopy(value) if isinstance(value, (dict, list)) else value

    def _one_option(self, chance: Chance) -> JSON:
        if chance.lean:
            return min(self._viable, key=lambda option: option[0])[2](chance)
        at = chance.below(self._totals[-1])
        chosen = next(index for index, total in enumerate(self._totals) if at < total)
        try:
            return self._viable[chosen][2](chance)
        except Unsatisfiable:
            # Only trial showed that it has no value, so another may have one.
            others = self._viable[:chosen] + self._viable[chosen + 1 :]
            return min(others, key=lambda option: option[0])[2](chance)

    def _tried(self, chance: Chance) -> JSON:
        assert self._check is not None
        failure: Unsatisfiable | None = None
        for attempt in range(TRIES):
            try:
                value = self._drawn(chance.again(attempt))
                if self._check(value):
                    return value
            except Unsatisfiable as error:
                failure = error
            chance.allowance.reject()
        raise failure or Unsatisfiable(self.pointer, f"none of {TRIES} values that were tried is valid")

    def _expand(self) -> None:
        self._gather()
        self.listed = self._listed()
        if self.listed is not None:
            return
        checked = self.within
        if not checked and any(_TRIAL & keywords.keys() for _, keywords in self.pieces):
            self._check = self.graph.checks.of_places(self.places)
            checked = True
        # The shapes come before the choice: if what is beside it has no value, then no alternative needs a trial.
        shapes = self._shaped()
        alternatives = self._undecided()
        if not alternatives:
            self._shapes = shapes
            return
        found = [self.graph.branch(self, more, within=checked) for more in alternatives]
        self._branches = [branch for branch in found if branch is not None]
        if not self._branches:
            reason = f"none of the {_MOST_COMBINATIONS} combinations of alternatives that were tried is possible"
            raise Unsatisfiable(self.pointer, reason)

    def _gather(self) -> None:
        document = self.graph.document
        self.pieces = []
        waiting = self.places[::-1]
        seen: set[str] = set()
        while waiting:
            pointer = waiting.pop()
            if pointer in seen:
                continue
            seen.add(pointer)
            schema = document.at(pointer)
            if schema is False:
                raise Unsatisfiable(pointer, "the schema is false, so no value meets it")
            if isinstance(schema, dict):
                self.pieces.append((pointer, schema))
                waiting += list(document.applied(pointer))[::-1]
        refuse_denial(self.pieces)
        self.lacks = {term.place for term in self.terms if term.role == "lacks"} | names_denied(self.pieces)

    def _listed(self) -> list[JSON] | None:
        """The values that `enum` or `const` list and all pieces allow."""
        for pointer, keywords in self.pieces:
            if "const" in keywords:
                listed = [keywords["const"]]
            elif isinstance(enum := keywords.get("enum"), list):
                listed = enum
            else:
                continue
            values = self._allowed(listed)
            if not values:
                reason = "the enum is empty" if not listed else "no listed value meets the rest of the schema"
                raise Unsatisfiable(pointer, reason)
            return values
        return None

    def _allowed(self, listed: list[JSON]) -> list[JSON]:
        keywords = self.pieces[0][1]
        if len(self.pieces) == 1 and keywords.keys() <= _ABOUT_VALUES and not {"const", "enum"} <= keywords.keys():
            return [value for value in listed if has_type(value, types_named(keywords))]
        check = self.graph.checks.of_places(self.places)
        return [value for value in listed if check(value)]

    def _undecided(self) -> list[Terms]:
        """The alternatives of the first choice that the terms leave open."""
        terms = set(self.terms)
        for alternatives in choices(self.pieces):
            if not any(terms.issuperset(alternative) for alternative in alternatives):
                return alternatives
        return []

    def _shaped(self) -> list[tuple[str, Shape]]:
        types, given = types_left(self.pieces)
        if not given and (self.has or self.lacks):
            types.sort(key=lambda kind: kind != "object")
        failure: Unsatisfiable | None = None
        shapes: list[tuple[str, Shape]] = []
        for kind in types:
            try:
                shapes.append((kind, self.graph.shapes[kind](self)))
            except Unsatisfiable as error:
                failure = failure or error
            if shapes and not given:
                return shapes  # any type will do, so the likeliest that can be made
        if not shapes:
            raise failure or Unsatisfiable(self.pointer, "no type is left that all parts of the schema allow")
        return shapes


def sizes(node: Node, keyword: str) -> list[int]:
    """The numbers that a node's pieces give for a keyword such as `maxItems`; 2.0 is one as well."""
    found = (piece.get(keyword) for _, piece in node.pieces)
    return [int(value) for value in found if isinstance(value, (int, float))]
