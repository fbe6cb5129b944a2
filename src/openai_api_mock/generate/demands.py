"""What a schema's keywords demand of a value as a whole: its type, and one out of several alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .references import JSON, Keywords, token
from .schema_errors import Unsatisfiable


class Term(NamedTuple):
    """One demand on a place: it is (or isn't) valid by the schema at a pointer, it has (or lacks) a property."""

    role: Literal["is", "isn't", "has", "lacks"]
    place: str


Terms: TypeAlias = tuple[Term, ...]
Piece: TypeAlias = tuple[str, Keywords]

# The order is that of preference, where a schema leaves the type open.
_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_TYPE_OF = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def pointer_of(terms: Terms) -> str:
    """The place that says most about a conjunction: the last schema that was chosen for it."""
    return next((term.place for term in reversed(terms) if term.role == "is"), "")


def places_of(terms: Terms) -> list[str]:
    """The pointers of all schemas that a value must be valid by."""
    return [term.place for term in terms if term.role == "is"]


def choices(pieces: Iterable[Piece]) -> Iterator[list[Terms]]:
    """The alternatives that each keyword leaves, one of which a value must meet."""
    for pointer, keywords in pieces:
        for keyword in ("anyOf", "oneOf"):
            options = keywords.get(keyword)
            if isinstance(options, list):
                yield [(Term("is", f"{pointer}/{keyword}/{index}"),) for index in range(len(options))]
        if "if" in keywords and ("then" in keywords or "else" in keywords):
            then, otherwise = (
                (Term("is", f"{pointer}/{keyword}"),) if keyword in keywords else () for keyword in ("then", "else")
            )
            yield [(Term("is", f"{pointer}/if"), *then), (Term("isn't", f"{pointer}/if"), *otherwise)]
        dependent = keywords.get("dependentSchemas")
        for name in dependent if isinstance(dependent, dict) else ():
            schema = Term("is", f"{pointer}/dependentSchemas/{token(name)}")
            yield [(Term("has", name), schema), (Term("lacks", name),)]


def types_left(pieces: Sequence[Piece]) -> tuple[list[str], bool]:
    """The types that all pieces allow, likeliest first, and whether the schema names them."""
    named = [own for _, keywords in pieces if (own := types_named(keywords))]
    denied = {kind for _, keywords in pieces for kind in types_named(_denied(keywords))}
    allowed = [kind for kind in _TYPES if kind not in denied and all(kind in own for own in named)]
    if "number" in allowed:  # which includes integer
        allowed = [kind for kind in allowed if kind != "integer"]
    if named:
        # In the order in which they are named: ["string", "null"] is a string, seldom null.
        return sorted(allowed, key=lambda kind: min(own.index(kind) for own in named)), True
    hinted = [kind for kind in _HINTS if any(hint in keywords for _, keywords in pieces for hint in _HINTS[kind])]
    return [kind for kind in dict.fromkeys((*hinted, *_TYPES)) if kind in allowed], False


def types_named(keywords: Keywords) -> list[str]:
    """The types that `type` allows: with number comes integer. None if there is no such keyword."""
    given = keywords.get("type")
    listed = given if isinstance(given, list) else [] if given is None else [given]
    named = [str(kind) for kind in listed]
    return [*named, "integer"] if "number" in named and "integer" not in named else named


def names_denied(pieces: Iterable[Piece]) -> set[str]:
    """The properties that a `not` with a single `required` forbids."""
    required = [_denied(keywords).get("required") for _, keywords in pieces]
    return {str(names[0]) for names in required if isinstance(names, list) and len(names) == 1}


def refuse_denial(pieces: Iterable[Piece]) -> None:
    """Raise `Unsatisfiable` where `not` denies every value."""
    for pointer, keywords in pieces:
        if keywords.get("not") in (True, {}) and "not" in keywords:
            raise Unsatisfiable(f"{pointer}/not", "it denies every value")


def has_type(value: JSON, types: Sequence[str]) -> bool:
    """Whether a value has one of the types; with no types, any value has."""
    own = _TYPE_OF.get(type(value), "null")
    if isinstance(value, float) and value.is_integer():
        own = "integer"
    return not types or own in types


def _denied(keywords: Keywords) -> Keywords:
    """A `not` of one keyword, which can be taken in at once. Any other is left to trial."""
    denied = keywords.get("not")
    return denied if isinstance(denied, dict) and len(denied) == 1 else {}
