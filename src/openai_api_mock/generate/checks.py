"""The judge of all generated values: jsonschema-rs, with formats asserted and nothing ever fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from .references import BASE, JSON, Document, Keywords, token
from .schema_errors import InvalidSchema, Unsatisfiable

if TYPE_CHECKING:
    from jsonschema_rs import Registry, ValidationError, Validator

Check: TypeAlias = Callable[[JSON], bool]

# A pattern that backtracks for ever fails instead. The library's own limit is 100 times as high.
_MOST_BACKTRACKS = 10_000


class Checks:
    """Validators for a document and for its parts. Raises `InvalidSchema` if the document isn't a schema."""

    def __init__(self, document: Document) -> None:
        import jsonschema_rs

        self._library = jsonschema_rs
        self._draft = self._draft_of(document.root)
        try:
            self._whole = self._validator(document.root)
        except jsonschema_rs.ValidationError as error:
            raise _invalid(document, error) from None
        except ValueError as error:  # nested too deeply
            raise InvalidSchema("", str(error)) from None
        self.valid: Check = self._whole.is_valid
        self._document = document
        self._registry: Registry | None = None

    def of_places(self, pointers: Sequence[str]) -> Check:
        """Whether a value is valid by the schemas at all of the pointers."""
        if self._registry is None:
            self._registry = self._library.Registry([(BASE, self._document.root)])
        both: Keywords = {"allOf": [{"$ref": f"{BASE}#{quote(pointer)}"} for pointer in pointers]}
        return self._validator(both, self._registry).is_valid

    def of_text(self, patterns: Sequence[str], formats: Sequence[str], low: int, high: int | None) -> Check:
        every: list[JSON] = [{"pattern": pattern} for pattern in patterns]
        every += [{"format": name} for name in formats]
        longest: Keywords = {} if high is None else {"maxLength": high}
        return self._validator({"minLength": low, **longest, "allOf": every}).is_valid

    def objection(self, value: JSON) -> Unsatisfiable:
        """Why the value isn't valid, at the place in the schema that says so."""
        error = next(iter(self._whole.iter_errors(value)))
        pointer = _joined(error.schema_path[:-1])
        return Unsatisfiable(pointer, f"no valid value was found; of the last one, {error.message}")

    def _draft_of(self, root: JSON) -> type[Validator]:
        try:
            return self._library.validator_cls_for(root)  # type: ignore[arg-type]  # it reads only `$schema`
        except (ValueError, self._library.ReferencingError):
            return self._library.Draft202012Validator

    def _validator(self, schema: JSON, registry: Registry | None = None) -> Validator:
        return self._draft(
            schema,  # type: ignore[arg-type]  # anything else is refused there
            validate_formats=True,
            retriever=_refuse,
            registry=registry,
            pattern_options=self._library.FancyRegexOptions(backtrack_limit=_MOST_BACKTRACKS),
        )


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Check:
    """Whether a string has a match of `pattern` in it, in bounded time."""
    import jsonschema_rs

    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MOST_BACKTRACKS)
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options).is_valid


def _refuse(uri: str) -> JSON:
    raise ValueError(f"{uri} is another document, and those are never fetched")


def _invalid(document: Document, error: ValidationError) -> InvalidSchema:
    return document.dangling() or InvalidSchema(_joined(error.instance_path), error.message)


def _joined(path: Sequence[str | int]) -> str:
    return "".join(f"/{token(str(step))}" for step in path)
