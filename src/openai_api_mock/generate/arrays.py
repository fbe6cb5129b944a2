"""Arrays: as long as `prefixItems` and the bounds want, with up to three items more."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from copy import deepcopy

from .chance import Chance
from .demands import Term
from .nodes import TRIES, Node, sizes
from .references import JSON
from .schema_errors import Unsatisfiable

_MOST_ITEMS = 10_000
_USUAL_ITEMS = 3


class Array:
    """Arrays: as long as `prefixItems` and bounds want, up to three items more."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.least = max(sizes(node, "minItems"), default=0)
        self.most = min(sizes(node, "maxItems"), default=_MOST_ITEMS)
        if self.least > self.most:
            reason = f"no array has at least {self.least} and at most {self.most} items"
            if self.least > _MOST_ITEMS:
                reason = f"arrays of more than {_MOST_ITEMS} items aren't made"
            raise Unsatisfiable(node.pointer, reason)
        self.unique = any(piece.get("uniqueItems") is True for _, piece in node.pieces)
        self.firsts = max((len(_tuple(piece)[0]) for _, piece in node.pieces), default=0)
        self.contained = self._contained()
        self.least = max(self.least, sum(count for _, count in self.contained) if len(self.contained) == 1 else 0)
        if self.least > self.most:
            raise Unsatisfiable(node.pointer, f"contains wants {self.least} items, and at most {self.most} are allowed")
        self._items: dict[int, Node] = {}
        self._settled = False

    def obliged(self) -> Iterable[Node]:
        yield from (self._item(index) for index in range(min(self.least, self.firsts + 1)))
        for term, _ in self.contained:
            yield from self._containing(term)

    def height(self) -> float:
        heights = [self._item(index).height for index in range(min(self.least, self.firsts + 1))]
        heights += [min(node.height for node in self._containing(term)) for term, _ in self.contained]
        return max(heights, default=0) + 1

    def make(self, chance: Chance) -> JSON:
        if not self._settled:
            self._settle()
        size = self._size(chance)
        chance.allowance.values -= size
        nodes = [self._item(index) for index in range(size)]
        for term, count in self.contained:
            self._place(term, count, nodes)
        if self.unique:
            return self._distinct(nodes, chance)
        return [node.make(chance.fork(index + 1)) for index, node in enumerate(nodes)]

    def _size(self, chance: Chance) -> int:
        if chance.lean:
            return self.least
        usual = max(self.firsts, 1 if chance.depth < 5 else 0)
        low = min(max(self.least, usual), self.longest)
        high = min(low + _USUAL_ITEMS - 1, self.longest) if chance.depth < 5 else low
        return low + chance.below(high - low + 1)

    def _settle(self) -> None:
        """Find how long arrays can be: up to the first item that nothing can be put in."""
        possible = 0
        while possible <= self.firsts and self._item(possible).possible():
            possible += 1
        self.longest = min(self.most, possible) if possible <= self.firsts else self.most
        self._settled = True

    def _distinct(self, nodes: list[Node], chance: Chance) -> JSON:
        made: list[JSON] = []
        seen: set[Hashable] = set()
        for index, node in enumerate(nodes):
            item = next(
                (item for item in _candidates(node, chance.fork(index + 1)) if _identity(item) not in seen), ...
            )
            if item is ...:
                if len(made) >= self.least and not self.contained:
                    return made
                raise Unsatisfiable(self.node.pointer, f"no more than {len(made)} different items were found")
            seen.add(_identity(item))
            made.append(item)
        return made

    def _place(self, term: Term, count: int, nodes: list[Node]) -> None:
        """Have `count` of the items, from the last, meet what `contains` says as well."""
        for index in range(len(nodes) - 1, -1, -1):
            if count <= 0:
                return
            both = self.node.child((*nodes[index].terms, term), self.node.name)
            if both.possible():
                nodes[index] = both
                count -= 1

    def _item(self, index: int) -> Node:
        index = min(index, self.firsts)
        known = self._items.get(index)
        if known is None:
            known = self._items[index] = self.node.child(self._terms(index), self.node.name)
        return known

    def _terms(self, index: int) -> Iterator[Term]:
        for pointer, piece in self.node.pieces:
            first, listed, rest = (*_tuple(piece),)
            if index < len(first):
                yield Term("is", f"{pointer}/{listed}/{index}")
            elif rest in piece:
                yield Term("is", f"{pointer}/{rest}")

    def _containing(self, term: Term) -> list[Node]:
        places = range(min(self.firsts, self.most - 1) + 1)
        return [self.node.child((*self._terms(index), term), self.node.name) for index in places]

    def _contained(self) -> list[tuple[Term, int]]:
        found = []
        for pointer, piece in self.node.pieces:
            count = piece.get("minContains", 1)
            if "contains" in piece and isinstance(count, (int, float)) and count > 0:
                found.append((Term("is", f"{pointer}/contains"), int(count)))
        return found


def _candidates(node: Node, chance: Chance) -> Iterator[JSON]:
    """Values for one item, the later for when the earlier are taken; of an enum all."""
    if node.listed is None:
        yield from (node.make(chance.again(attempt)) for attempt in range(TRIES))
        return
    left = list(node.listed)
    while left:
        yield deepcopy(left.pop(chance.below(len(left))))


def _tuple(piece: dict[str, JSON]) -> tuple[list[JSON], str, str]:
    """The schemas of the first items, their keyword, and the keyword of the rest: drafts before 2020-12 say `items`."""
    items, first = piece.get("items"), piece.get("prefixItems")
    if isinstance(items, list):
        return items, "items", "additionalItems"
    return first if isinstance(first, list) else [], "prefixItems", "items"


def _identity(value: JSON) -> Hashable:
    """A key that two values share if JSON Schema takes them for equal: 1 is 1.0, and isn't true."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("array", *map(_identity, value))
    if isinstance(value, dict):
        return ("object", frozenset((key, _identity(item)) for key, item in value.items()))
    return value
