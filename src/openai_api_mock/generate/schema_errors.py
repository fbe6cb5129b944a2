"""The two ways in which a JSON Schema can fail to give a value."""

from __future__ import annotations


class SchemaError(ValueError):
    """No value can be made from a schema.

    `pointer` is the JSON Pointer of the place in the schema ("" is its root), `reason` says what is wrong there.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or 'the schema'}: {reason}")
        self.pointer = pointer
        self.reason = reason


class InvalidSchema(SchemaError):
    """The schema isn't a JSON Schema: a keyword has a wrong value, or a `$ref` leads nowhere (none is ever fetched)."""


class Unsatisfiable(SchemaError):
    """The schema is well formed, yet no value meets it, or none was found within the bounds on retries and size."""
