"""Graders: what judges what a model said, for fine-tuning and evals."""

from __future__ import annotations

from .checking import fault_of, refusal_to_run
from .grading import Grade, grade, passes
from .judge import Judge, Said
from .messages import chat_messages, sample_of
from .templates import UnknownVariable, looked_up

__all__ = [
    "Grade",
    "Judge",
    "Said",
    "UnknownVariable",
    "chat_messages",
    "fault_of",
    "grade",
    "looked_up",
    "passes",
    "refusal_to_run",
    "sample_of",
]
