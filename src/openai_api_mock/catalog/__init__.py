"""What the API consists of: its operations, their parameters and results, taken from the `openai` package.

Importing this imports neither `openai` nor `pydantic` nor `jsonschema_rs`.
"""

from __future__ import annotations

from .faults import Fault
from .lookup import Catalog, Match, NoPath, WrongMethod
from .operation import Operation, Parameter
from .validation import validate

__all__ = ["Catalog", "Fault", "Match", "NoPath", "Operation", "Parameter", "WrongMethod", "validate"]
