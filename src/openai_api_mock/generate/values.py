"""Values that are valid by a JSON Schema (draft 2020-12; earlier ones by `$schema`), chosen by a seed.

The same schema and seed give the same value in any process and on any Python. Every value has been judged by
jsonschema-rs, with formats asserted, before it is returned. What can't be made is an `Unsatisfiable` or an
`InvalidSchema`, which name the place; nothing is ever fetched, and nothing takes long.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from .arrays import Array
from .chance import Chance, Exhausted
from .checks import Checks
from .demands import Term
from .nodes import Graph, ShapeOf
from .objects import Object
from .references import JSON, Document, Schema
from .scalars import boolean, integer, null, number, string
from .schema_errors import InvalidSchema, SchemaError, Unsatisfiable

__all__ = ["JSON", "InvalidSchema", "Sampler", "Schema", "SchemaError", "Unsatisfiable", "fits", "sample"]

_TRIES = 30
_DEAR = 150
_KEPT_SAMPLERS = 512

_SHAPES: dict[str, ShapeOf] = {
    "null": null,
    "boolean": boolean,
    "integer": integer,
    "number": number,
    "string": string,
    "array": Array,
    "object": Object,
}


class Sampler:
    """A schema that is ready to give values; it may be used by several threads at once.

    `name` is what the value is called, where that is known: a string called "email" looks like one. Raises
    `InvalidSchema`, and `Unsatisfiable` if no trial is needed to see that there is no value.
    """

    def __init__(self, schema: Schema, *, name: str | None = None) -> None:
        self._compile(_canonical(schema), name)

    @classmethod
    def _of(cls, canonical: bytes, name: str | None) -> Sampler:
        sampler = cls.__new__(cls)
        sampler._compile(canonical, name)
        return sampler

    def _compile(self, canonical: bytes, name: str | None) -> None:
        document = Document(canonical)
        self._checks = Checks(document)
        self.valid = self._checks.valid
        graph = Graph(document, self._checks, _SHAPES)
        # The root's values are judged here, so its node needn't.
        self._root = graph.node([Term("is", "")], name or "", within=True)
        if not self._root.possible():
            raise graph.why(self._root)

    def sample(self, seed: str, overrides: Mapping[str, JSON] | None = None) -> JSON:
        """The value of a seed. `overrides` are properties of the root object that have these values, whatever the seed.

        Raises `Unsatisfiable` if no valid value was found.
        """
        chance = Chance.of(seed)
        failure = Unsatisfiable(self._root.pointer, "no valid value was found within the bound on retries")
        for attempt in range(_TRIES):
            value = self._tried(chance.again(attempt), overrides)
            if not isinstance(value, Unsatisfiable):
                return value
            if chance.allowance.rejections < 0:
                break
            failure = value
        # What can't be made may be in a part that the least value does without.
        value = self._tried(Chance.least(seed), overrides)
        if not isinstance(value, Unsatisfiable):
            return value
        raise failure

    def _tried(self, chance: Chance, overrides: Mapping[str, JSON] | None) -> JSON | Unsatisfiable:
        chance.allowance.refill()
        try:
            value = self._root.make(chance)
            if overrides and isinstance(value, dict):
                value = {**value, **overrides}
            if self._checks.valid(value):
                return value
        except Unsatisfiable as error:
            # A place has had its own tries; another choice above it may do without that place, but seldom does.
            chance.allowance.rejections -= _DEAR
            return error
        except Exhausted:
            return Unsatisfiable(self._root.pointer, "no valid value was found within the bound on retries")
        except (RecursionError, ArithmeticError, ValueError):
            return Unsatisfiable(self._root.pointer, "its values are nested too deeply, or its numbers are too large")
        chance.allowance.rejections -= 1
        return self._checks.objection(value)


def sample(schema: Schema, seed: str, *, name: str | None = None, overrides: Mapping[str, JSON] | None = None) -> JSON:
    """A value that is valid by `schema`: what `Sampler(schema, name=name).sample(seed, overrides)` gives.

    The samplers of the schemas used last are kept.
    """
    return _sampler(_canonical(schema), name).sample(seed, overrides)


def fits(schema: Schema, value: JSON) -> bool:
    """Whether a value is valid by a schema that values are made for."""
    return _sampler(_canonical(schema), None).valid(value)


@lru_cache(maxsize=_KEPT_SAMPLERS)
def _sampler(canonical: bytes, name: str | None) -> Sampler:
    return Sampler._of(canonical, name)


def _canonical(schema: Schema) -> bytes:
    """The schema's JSON. Keys keep their order, as the value's have the same."""
    if not isinstance(schema, (Mapping, bool)):
        raise InvalidSchema("", "a schema is an object or a boolean")
    return msgspec.json.encode(schema if isinstance(schema, (dict, bool)) else dict(schema))
