"""Objects: the properties that the schema names in its order, then those that it leaves free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from zlib import crc32

from .chance import Chance
from .nodes import TRIES, Node, sizes
from .property_names import PropertyNames, mapping
from .references import JSON
from .schema_errors import Unsatisfiable

_MOST_PROPERTIES = 10_000
_TRIES_EACH = 6  # of a hundred names, all are found


@dataclass(slots=True)
class Field:
    """A property whose name is known beforehand. `salt` names its stream of random numbers."""

    name: str
    salt: int
    node: Node


class Object:
    """The objects that a node may have."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.least = max(sizes(node, "minProperties"), default=0)
        self.most = min(sizes(node, "maxProperties"), default=_MOST_PROPERTIES)
        self.names = PropertyNames(node)
        self.dependents = self._dependents()
        required = self._with_dependents([*self._required(), *node.has])
        self._refuse_contradictions(required)
        fields = self._fields(required)
        self.required = {field.name: field for field in fields if field.name in required}
        self.optional = {field.name: field for field in fields if field.name not in required}
        self.order = fields
        self.unlisted = self.names.unlisted() if self.least or self.names.open else []
        self._settled = False

    def obliged(self) -> Iterable[Node]:
        yield from (field.node for field in self.required.values())
        if self._short:
            yield from (field.node for field in self.optional.values())
            yield from (node for _, node in self.unlisted)

    def height(self) -> float:
        heights = [field.node.height for field in self.required.values()]
        if self._short:
            spare = sorted(field.node.height for field in self.optional.values())
            spare += [min((node.height for _, node in self.unlisted), default=inf)] * self._short
            heights += spare[: self._short]
        return max(heights, default=0) + 1

    def make(self, chance: Chance) -> JSON:
        if not self._settled:
            self._settle()
        chance.allowance.values -= len(self.order)
        if not self.optional and not self.unlisted:
            return {field.name: field.node.make(chance.fork(field.salt)) for field in self.order}
        streams = {field.name: chance.fork(field.salt) for field in self.order}
        chosen = self._chosen(chance, streams)
        made = {field.name: field.node.make(streams[field.name]) for field in self.order if field.name in chosen}
        if self.unlisted:
            self._fill(made, chance)
        return made

    @property
    def _short(self) -> int:
        """How many properties `minProperties` wants beyond the required ones."""
        return max(self.least - len(self.required), 0)

    def _settle(self) -> None:
        """Once heights can be known: leave out what has no value."""
        barred = {name for name, field in self.optional.items() if not field.node.possible()}
        barred |= {name for name in self.optional if barred & self._with_dependents([name])}
        self.optional = {name: field for name, field in self.optional.items() if name not in barred}
        self.order = [field for field in self.order if field.name not in barred]
        self.unlisted = [(name, node) for name, node in self.unlisted if node.possible()]
        self._settled = True

    def _chosen(self, chance: Chance, streams: dict[str, Chance]) -> set[str]:
        """The names of the properties to make."""
        chosen = set(self.required)
        keep = 0.0 if chance.lean else chance.keep if chance.depth < 4 else chance.keep / (chance.depth - 2)
        left = [name for name in self.optional if streams[name].fraction() >= keep or not self._chose(name, chosen)]
        # An empty object is valid where nothing is required, and no model says it.
        least = max(self.least, 1) if chance.depth == 0 and not chance.lean else self.least
        while left and len(chosen) < least:
            self._chose(left.pop(chance.below(len(left))), chosen)
        return chosen

    def _chose(self, name: str, chosen: set[str]) -> bool:
        """Choose a property with all that depends on it, if there is room."""
        more = self._with_dependents([name]) if self.dependents else {name}
        if len(chosen | more) > self.most:
            return False
        chosen |= more
        return True

    def _fill(self, made: dict[str, JSON], chance: Chance) -> None:
        """Add properties that no keyword lists: up to `minProperties`, or one to three to a map."""
        usual = 1 + chance.below(3) if self.names.open and not chance.lean else 0
        wanted = min(max(self.least, usual), self.most)
        for attempt in range(_TRIES_EACH * wanted + TRIES):
            if len(made) >= wanted:
                return
            stream = chance.fork(attempt + 1)
            name_of, node = stream.choice(self.unlisted)
            name = name_of(stream)
            if name in made or name in self.names.listed or not self.names.allowed(name):
                continue
            if self.names.patterns:
                node = self.names.unnamed(name)
                if not node.possible():
                    continue
            chance.allowance.values -= 1
            made[name] = node.make(stream)
        if len(made) < self.least:
            raise Unsatisfiable(self.node.pointer, f"no more than {len(made)} names of properties were found")

    def _fields(self, required: set[str]) -> list[Field]:
        dependent = [name for names in self.dependents.values() for name in names]
        names = dict.fromkeys((*self.names.listed, *self._required(), *sorted(required), *dependent))
        return [
            Field(name, crc32(name.encode("utf-8", "surrogatepass")), self.names.child(name))
            for name in names
            if name in required or (name not in self.node.lacks and self.names.allowed(name))
        ]

    def _required(self) -> list[str]:
        found = [piece.get("required") for _, piece in self.node.pieces]
        return [str(name) for names in found if isinstance(names, list) for name in names]

    def _dependents(self) -> dict[str, list[str]]:
        dependents: dict[str, list[str]] = {}
        for _, piece in self.node.pieces:
            for name, wanted in mapping(piece, "dependentRequired").items():
                dependents.setdefault(name, []).extend(map(str, wanted) if isinstance(wanted, list) else ())
        return dependents

    def _with_dependents(self, names: Iterable[str]) -> set[str]:
        """These names and all that `dependentRequired` wants with them."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += self.dependents.get(name, ())
        return reached

    def _refuse_contradictions(self, required: set[str]) -> None:
        pointer = self.node.pointer
        if self.least > self.most:
            raise Unsatisfiable(pointer, f"no object has at least {self.least} and at most {self.most} properties")
        if len(required) > self.most:
            raise Unsatisfiable(pointer, f"{len(required)} properties are required, and at most {self.most} allowed")
        for name in sorted(required):
            if name in self.node.lacks:
                raise Unsatisfiable(pointer, f"the property {name!r} is required and denied at once")
            if not self.names.allowed(name):
                raise Unsatisfiable(pointer, f"the property {name!r} is required, but propertyNames doesn't allow it")
