"""Graders: what judges what a model said, for fine-tuning and evals."""

from __future__ import annotations

from .checking import fault_of, refusal_to_run
from .grading import Errors, Grade, add_usage, grade, passes
from .judge import Judge
from .messages import chat_messages, sample_of

__all__ = [
    "Errors",
    "Grade",
    "Judge",
    "add_usage",
    "chat_messages",
    "fault_of",
    "grade",
    "passes",
    "refusal_to_run",
    "sample_of",
]
