"""What a schema asks of one place in a value, worked out when the place is first reached.

A node is a conjunction of schemas of the document, named by their pointers: a property that two branches of an `allOf`
describe is one node with two terms. Following `$ref` and `allOf` from the terms gives the *pieces*, all of whose keywords
apply at once. A node whose pieces leave a choice (`anyOf`, `oneOf`, `if`, `dependentSchemas`) has one branch for each
answer, and a branch is again a node: the same terms and one more. As there are only so many terms, recursive schemas give
finite graphs.

Each node knows the height of its lowest value, found as a least fixpoint over what it can't do without. It is infinite
where there is no value. A value that has grown deep or large enough ends by the lowest way, so recursion always ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from math import inf
from threading import RLock
from typing import Literal, NamedTuple, Protocol, TypeAlias

from .chance import Chance
from .references import JSON, Document, Keywords, token
from .schema_errors import Unsatisfiable

TRIES = 40
_MOST_NODES = 5_000
_RARELY = 8  # a null is this much rarer than any other choice


class Term(NamedTuple):
    """One demand on a place: it is (or isn't) valid by the schema at a pointer, it has (or lacks) a property."""

    role: Literal["is", "isn't", "has", "lacks"]
    place: str


Terms: TypeAlias = tuple[Term, ...]
Piece: TypeAlias = tuple[str, Keywords]
Check: TypeAlias = Callable[[JSON], bool]
Alternative: TypeAlias = Sequence[Term]

TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
# Keywords that a value may break though it was made from the pieces: it is checked where they stand, not at the root,
# so that one retry doesn't make all of the value anew.
_TRIAL = frozenset(("not", "oneOf", "if", "patternProperties", "propertyNames", "maxContains", "unevaluatedItems"))
_ABOUT_VALUES = frozenset(("type", "enum", "const", "title", "description", "default", "examples", "$ref", "allOf"))


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
    """All nodes of one document. `check_of` makes the validator of a conjunction; `shapes` has a factory for each type."""

    def __init__(self, document: Document, shapes: dict[str, ShapeOf], check_of: Callable[[list[str]], Check]) -> None:
        self.document = document
        self.shapes = shapes
        self.check_of = check_of
        self._nodes: dict[tuple[Terms, str, bool], Node] = {}
        self._lock = RLock()

    def node(self, terms: Iterable[Term], name: str = "", *, within: bool = False) -> Node:
        """The node of these terms. `name` is the property's; `within` tells that an outer node checks its values."""
        key = (tuple(dict.fromkeys(terms)), name, within)
        known = self._nodes.get(key)
        if known is not None:
            return known
        if len(self._nodes) >= _MOST_NODES:
            raise Unsatisfiable(
                _pointer(key[0]), f"the schema has more than {_MOST_NODES} combinations of alternatives"
            )
        return self._nodes.setdefault(key, Node(self, *key))

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
        return Unsatisfiable(_pointer(node.terms), "the recursion can't end: every value needs another inside it")


class Node:
    """One place: see the module."""

    def __init__(self, graph: Graph, terms: Terms, name: str, within: bool) -> None:
        self.graph = graph
        self.terms = terms
        self.name = name
        self.within = within
        self.conflict: Unsatisfiable | None = None
        self.pieces: list[Piece] = []
        self.lacks: set[str] = set()
        self.height: float = inf
        self.settled = False
        self._branches: list[Node] = []
        self._shapes: list[tuple[str, Shape]] = []
        self._viable: list[tuple[float, int, Callable[[Chance], JSON]]] = []
        self._weight = 0
        self._values: list[JSON] | None = None
        self._check: Check | None = None
        self._drawn: Callable[[Chance], JSON] = self._barred
        self._expanded = False
        self.make: Callable[[Chance], JSON] = self._first

    @property
    def pointer(self) -> str:
        return _pointer(self.terms)

    @property
    def has(self) -> list[str]:
        """The properties that a branch demands."""
        return [term.place for term in self.terms if term.role == "has"]

    @property
    def null(self) -> bool:
        """Whether null is the only value."""
        if self._values is not None:
            return self._values == [None]
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
        if self._values is not None:
            return 0
        heights = [branch.height for branch in self._branches]
        heights += [shape.height() for _, shape in self._shapes]
        return min(heights, default=inf)

    def expand(self) -> None:
        """Work out pieces, branches and shapes. A contradiction becomes `conflict`."""
        if self._expanded:
            return
        try:
            self._expand()
        except Unsatisfiable as error:
            self.conflict = error
        self._expanded = True

    def finish(self) -> None:
        """Once heights are known: choose how values are made."""
        if self.settled:
            return
        options = [(branch.height, 1 if branch.null else _RARELY, branch.make_later) for branch in self._branches]
        options += [(shape.height(), 1 if kind == "null" else _RARELY, shape.make) for kind, shape in self._shapes]
        self._viable = [option for option in options if option[0] < inf]
        self._weight = sum(weight for _, weight, _ in self._viable)
        if self._values is not None:
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
        values = self._values or []
        value = chance.choice(values)
        if value is None and len(values) > 1 and chance.below(_RARELY):
            value = chance.choice([other for other in values if other is not None])
        return deepcopy(value) if isinstance(value, (dict, list)) else value

    def _one_option(self, chance: Chance) -> JSON:
        if chance.lean:
            return min(self._viable, key=lambda option: option[0])[2](chance)
        at = chance.below(self._weight)
        for _, weight, make in self._viable:
            at -= weight
            if at < 0:
                return make(chance)
        raise AssertionError("weights are summed over the same options")

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
        self._values = self._listed()
        if self._values is not None:
            return
        checked = self.within
        if not checked and any(_TRIAL & keywords.keys() for _, keywords in self.pieces):
            self._check = self.graph.check_of(self._places())
            checked = True
        alternatives = self._undecided()
        if alternatives is not None:
            self._branches = [
                self.graph.node((*self.terms, *extra), self.name, within=checked) for extra in alternatives
            ]
            return
        self._shapes = self._shaped()

    def _gather(self) -> None:
        document = self.graph.document
        waiting = self._places()[::-1]
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
        self.lacks = {term.place for term in self.terms if term.role == "lacks"}

    def _places(self) -> list[str]:
        return [term.place for term in self.terms if term.role == "is"]

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
        if len(self.pieces) == 1 and self.pieces[0][1].keys() <= _ABOUT_VALUES:
            types = _types(self.pieces[0][1])
            return [
                value for value in listed if _type(value) in types or (_type(value) == "integer" and "number" in types)
            ]
        check = self.graph.check_of(self._places())
        return [value for value in listed if check(value)]

    def _undecided(self) -> list[Alternative] | None:
        """The alternatives of the first choice that the terms leave open."""
        terms = set(self.terms)
        for pointer, keywords in self.pieces:
            for alternatives in _choices(pointer, keywords):
                if not any(terms.issuperset(alternative) for alternative in alternatives):
                    return alternatives
        return None

    def _shaped(self) -> list[tuple[str, Shape]]:
        types, given = self._types()
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

    def _types(self) -> tuple[list[str], bool]:
        """The types that are left, likeliest first, and whether the schema names them."""
        allowed = set(TYPES)
        named: list[str] = []
        for pointer, keywords in self.pieces:
            if "type" in keywords:
                own = _types(keywords)
                named = named or [kind for kind in own if kind in TYPES]
                allowed &= own | ({"integer"} if "number" in own else set())
            self._deny(pointer, keywords, allowed)
        if named:
            order = [kind for kind in named if kind in allowed] or [kind for kind in TYPES if kind in allowed]
            return order, True
        hinted = [
            kind
            for kind, hints in _HINTS.items()
            if any(hint in keywords for _, keywords in self.pieces for hint in hints)
        ]
        if self.has or self.lacks:
            hinted.insert(0, "object")
        return [kind for kind in dict.fromkeys((*hinted, *TYPES)) if kind in allowed], False

    def _deny(self, pointer: str, keywords: Keywords, allowed: set[str]) -> None:
        """Take in what a plain `not` says; any other is left to trial."""
        denied = keywords.get("not")
        if denied is True or denied == {}:
            raise Unsatisfiable(f"{pointer}/not", "it denies every value")
        if not isinstance(denied, dict) or len(denied) > 1:
            return
        if "type" in denied:
            allowed -= _types(denied) | ({"integer"} if "number" in _types(denied) else set())
        required = denied.get("required")
        if isinstance(required, list) and len(required) == 1:
            self.lacks.add(str(required[0]))


def _choices(pointer: str, keywords: Keywords) -> Iterable[list[Alternative]]:
    for keyword in ("anyOf", "oneOf"):
        options = keywords.get(keyword)
        if isinstance(options, list):
            yield [(Term("is", f"{pointer}/{keyword}/{index}"),) for index in range(len(options))]
    if "if" in keywords:
        yes, no = Term("is", f"{pointer}/if"), Term("isn't", f"{pointer}/if")
        then = [Term("is", f"{pointer}/{keyword}") for keyword in ("then",) if keyword in keywords]
        otherwise = [Term("is", f"{pointer}/{keyword}") for keyword in ("else",) if keyword in keywords]
        yield [(yes, *then), (no, *otherwise)]
    dependent = keywords.get("dependentSchemas")
    if isinstance(dependent, dict):
        for name in dependent:
            schema = Term("is", f"{pointer}/dependentSchemas/{token(name)}")
            yield [(Term("has", name), schema), (Term("lacks", name),)]


def _types(keywords: Keywords) -> set[str]:
    given = keywords.get("type", list(TYPES))
    return set(map(str, given)) if isinstance(given, list) else {str(given)}


_TYPE_OF = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def _type(value: JSON) -> str:
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return _TYPE_OF.get(type(value), "null")


def _pointer(terms: Terms) -> str:
    """The place that says most about a node: the last schema that was chosen for it."""
    return next((term.place for term in reversed(terms) if term.role == "is"), "")
