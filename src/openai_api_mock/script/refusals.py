"""What can't be scripted, told at the line that wrote it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..content import shortened
from ..errors import UsageError


def refuse_seconds(name: str, value: object) -> None:
    """Raises UsageError on what is no time to wait."""
    if type(value) not in (int, float) or not 0 <= value < float("inf"):  # type: ignore[operator]
        raise UsageError(f"{name}={value!r} can't be: it takes seconds, 0 or more")


def refuse_function(given: Callable[..., Any], where: str, of: str) -> None:
    """Raises UsageError on a function that can't be called with one value, which is `of`."""
    if isinstance(given, type):
        raise UsageError(f"{where} can't be: {given.__name__} is a class; it takes an object, or a function of {of}")
    try:
        inspect.signature(given).bind(None)
    except ValueError:  # one of C's, which doesn't say what it takes
        return
    except TypeError as error:
        name = getattr(given, "__name__", None) or repr(given)
        raise UsageError(f"{where} can't be: {name} is called with {of}, and takes something else: {error}") from None


def refuse_words(**words: object) -> None:
    """Raises UsageError on what is no text, where it is given."""
    for name, value in words.items():
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{name}={shortened(repr(value))} can't be: it takes a text")
