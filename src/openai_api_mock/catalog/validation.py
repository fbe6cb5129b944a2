"""Holds a request against its operation's parameters, and words what is wrong as the API does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from . import forms
from .faults import Fault, Path, param, plainly
from .operation import Operation
from .request_schema import Mode, body_schema, opened, query_schema
from .schema import JSON, JsonSchema
from .wording import Wording

_Check: TypeAlias = Callable[[JSON], Fault | None]
_JSON_TYPES = (str, int, float, dict, list, type(None))
_NO_QUERY: Mapping[str, JSON] = {}
_PLAIN = frozenset(("POST /files",))
"""Operations that tell of a fault in the words of a JSON Schema validator, as quoted from replies of 2022 to 2025."""


def validate(
    operation: Operation, body: JSON, query: Mapping[str, JSON] = _NO_QUERY, mode: Mode = "strict"
) -> Fault | None:
    """The first fault of a request; None where the API would take it.

    `body` is the parsed JSON body or form (in a form, what isn't a JSON value counts as a file), None for none; `query`
    the values of `forms.query_values`, or plain text, which is then read by the parameters' types. Mode "strict"
    refuses unknown parameters and values beyond the API's limits; "lenient" only what is missing or of the wrong type.

    An operation's schema is compiled when its first request comes.
    """
    if query and operation.query_parameters:
        fault = _query_check(operation, mode)(forms.typed(operation.query_schema(), query.items()))
        if fault is not None:
            return fault
    if not operation.has_body:
        return None
    if operation.multipart:
        body = _without_files(body)
    fault = _body_check(operation, mode)({} if body is None else body)
    if fault is not None and operation.key in _PLAIN:
        return plainly(fault, body)
    return fault


@cache
def message_check(operation: Operation, mode: Mode) -> _Check:
    """What finds the first fault of a message that a WebSocket's client sends; it returns None where there is none."""
    schema = operation.client_schema() or {}
    return _check(schema if mode == "strict" else opened(schema))


@cache
def integers(operation: Operation) -> frozenset[str]:
    """The parameters in its body that are whole numbers. To JSON Schema, 5.0 is one too."""
    properties = (operation.body_schema() or {}).get("properties", {})
    return frozenset(name for name, schema in properties.items() if _is_integer(schema))


def _is_integer(schema: JsonSchema) -> bool:
    branches = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return schema.get("type") == "integer" or (bool(branches) and all(map(_is_integer, branches)))


@cache
def _body_check(operation: Operation, mode: Mode) -> _Check:
    return _check(body_schema(operation, mode) or {})


@cache
def _query_check(operation: Operation, mode: Mode) -> _Check:
    return _check(query_schema(operation, mode))


def _check(schema: JsonSchema) -> _Check:
    # Imported with the first request that is validated: importing the package must stay cheap.
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(schema)
    is_valid = validator.is_valid
    wording = Wording(schema)

    def check(value: JSON) -> Fault | None:
        return None if is_valid(value) else wording.first_fault(value) or _unworded(validator, value)

    return check


def _unworded(validator: object, value: JSON) -> Fault | None:
    """What the validator says, where our own walk finds nothing: better than taking what it refuses."""
    import jsonschema_rs

    assert isinstance(validator, jsonschema_rs.Validator)
    error = next(iter(validator.iter_errors(value)), None)
    if error is None:
        return None
    path: Path = tuple(error.instance_path)
    return Fault(f"Invalid '{param(path)}': {error.message}", param(path) or None, "invalid_value")


def _without_files(body: JSON) -> JSON:
    """A form with an empty text in the place of each file, which is what a file's schema takes."""
    if isinstance(body, dict):
        return {name: _without_files(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_without_files(value) for value in body]
    return body if isinstance(body, _JSON_TYPES) else ""
