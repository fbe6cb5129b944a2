"""The shapes of JSON and of a JSON Schema, as types."""

from __future__ import annotations

from typing import Any, TypeAlias

JSON: TypeAlias = Any
"""A JSON value. A recursive alias would make every reader cast; what is decoded is checked by its schema instead."""
JsonObject: TypeAlias = dict[str, JSON]
JsonSchema: TypeAlias = dict[str, JSON]
