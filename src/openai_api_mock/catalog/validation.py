"""Holds a request against its operation's parameters."""

from __future__ import annotations
from typing import Literal
from collections.abc import Mapping
import msgspec
from .operation import Operation
from .schema import JSON

Mode = Literal["strict", "lenient"]


class Fault(msgspec.Struct, frozen=True):
    message: str
    param: str | None
    code: str | None
    status: int = 400
    type: str = "invalid_request_error"


def validate(operation: Operation, body: JSON, query: Mapping[str, JSON], mode: Mode = "strict") -> Fault | None:
    return None
