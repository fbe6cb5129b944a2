"""The values without members, each type's in a factory that takes the node."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .chance import Chance
from .nodes import Node
from .numbers import number_maker
from .references import JSON
from .strings import Strings


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
    return Leaf(number_maker(node, integer=False))


def integer(node: Node) -> Leaf:
    return Leaf(number_maker(node, integer=True))


def string(node: Node) -> Leaf:
    return Leaf(Strings(node).make)
