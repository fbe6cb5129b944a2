"""Makes objects of shapes, with the seed and at the time of one engine."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from ..answer import JSON
from ..call import Call
from ..clock import Clock
from ..noise import Noise
from .generic_drafts import Age, Fill
from .generic_objects import Shape

Item = dict[str, JSON]


class Maker:
    """What a call makes follows from the seed and the call; what is found in a place, from the seed and the place."""

    def __init__(self, seed: str, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock

    def made(
        self,
        shape: Shape | None,
        call: Call,
        fields: Mapping[str, JSON],
        *,
        age: Age = "new",
        number: int = 0,
        ordinal: int = 1,
    ) -> Item:
        """An object that a call makes, the number-th of several; `fields` are laid over it where they fit."""
        fill = Fill(self._clock.time(), call.noise, ordinal)
        return _laid(shape, age, f"{call.key.hex()} {number}", fill, fields)

    def found(self, shape: Shape | None, place: str, fields: Mapping[str, JSON], age: Age = "found") -> Item:
        """An object that is in a place without having been made; with the same ids whenever it is looked at."""
        seed = f"{self._seed} {place}"
        noise = Noise(blake2b(seed.encode(), digest_size=32).digest())
        return _laid(shape, age, seed, Fill(self._clock.time(), noise), fields)

    def shown(self, shape: Shape | None, item: Item, call: Call) -> Item:
        """A kept object as an operation gives it: as it is, or what else the operation says laid under it."""
        if shape is None or shape.valid(item):
            return item
        known = {**call.params, **call.body}
        value = self.made(shape, call, {**known, **item})
        for name, field in value.items():
            if isinstance(field, dict) and "id" in field and isinstance(known.get(f"{name}_id"), str):
                field["id"] = known[f"{name}_id"]
        return value

    def now(self) -> int:
        """Seconds since the epoch, on the engine's clock."""
        return int(self._clock.time())


def _laid(shape: Shape | None, age: Age, seed: str, fill: Fill, fields: Mapping[str, JSON]) -> Item:
    if shape is None:
        return {"id": fields["id"]} if "id" in fields else {}
    shape = shape.variant(fields)
    value = shape.laid(shape.make(age, seed, fill), fields)
    return value if isinstance(value, dict) else {}
