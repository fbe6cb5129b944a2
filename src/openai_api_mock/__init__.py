"""The OpenAI API, inside a Python test or as a local server.

Names are resolved when they are first used: a pytest plugin's import runs this module in every test session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .answer import Answer, ToolCall, Usage, tool_call
    from .clock import ScaledClock
    from .clock_manual import ManualClock
    from .errors import (
        APIError,
        CallbackFailed,
        Leak,
        MockError,
        ReplyMisfit,
        UnscriptedCall,
        UnusedReplies,
        UsageError,
    )
    from .mock import OpenAIMock, mock_openai
    from .options import Options
    from .remote import RemoteMock
    from .resilience.report import NotResilient
    from .script.matchers import Matcher, any_of, contains, regex
    from .stream.distributions import Constant, Empirical, Gamma, LogNormal, Normal
    from .stream.pace import Pace

_HOMES = {
    "Answer": "answer",
    "ToolCall": "answer",
    "Usage": "answer",
    "tool_call": "answer",
    "ManualClock": "clock_manual",
    "ScaledClock": "clock",
    "APIError": "errors",
    "CallbackFailed": "errors",
    "Leak": "errors",
    "MockError": "errors",
    "ReplyMisfit": "errors",
    "UnscriptedCall": "errors",
    "UnusedReplies": "errors",
    "UsageError": "errors",
    "OpenAIMock": "mock",
    "mock_openai": "mock",
    "Options": "options",
    "RemoteMock": "remote",
    "NotResilient": "resilience.report",
    "Constant": "stream.distributions",
    "Empirical": "stream.distributions",
    "Gamma": "stream.distributions",
    "LogNormal": "stream.distributions",
    "Normal": "stream.distributions",
    "Pace": "stream.pace",
    "Matcher": "script.matchers",
    "any_of": "script.matchers",
    "contains": "script.matchers",
    "regex": "script.matchers",
}

__all__ = [
    "APIError",
    "Answer",
    "CallbackFailed",
    "Constant",
    "Empirical",
    "Gamma",
    "Leak",
    "LogNormal",
    "ManualClock",
    "Matcher",
    "MockError",
    "Normal",
    "NotResilient",
    "OpenAIMock",
    "Options",
    "Pace",
    "RemoteMock",
    "ReplyMisfit",
    "ScaledClock",
    "ToolCall",
    "UnscriptedCall",
    "UnusedReplies",
    "Usage",
    "UsageError",
    "__version__",
    "any_of",
    "contains",
    "mock_openai",
    "regex",
    "tool_call",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
