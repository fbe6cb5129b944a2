"""Runs a client of this process through faults, one after the other, each under a mock of its own."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from .errors import MockError, UsageError
from .options import Options
from .resilience.report import Report
from .resilience.seen import Outcome, Seen, tries_of
from .resilience.trials import Trial, trials_of

if TYPE_CHECKING:
    from .mock import OpenAIMock

TIMEOUT = 10.0
"""Seconds that one trial may take."""
PARAMETER = "openai_mock"
"""The parameter by which the client gets the trial's mock, if it has one of that name."""


def rehearse(
    run: Callable[..., Any],
    make: Callable[[Options], OpenAIMock],
    options: Options,
    faults: Iterable[object] | str | None = None,
    timeout: float = TIMEOUT,
) -> Report:
    """Run it once for each fault; `make` makes a trial's mock. Raises UsageError on what can't be run, or a fault that
    there isn't."""
    if not callable(run):
        raise UsageError(f"assert_resilient({run!r}) can't be: it takes a function that calls the API")
    if not timeout > 0:
        raise UsageError(f"timeout={timeout!r} can't be: it takes seconds, more than 0")
    return Report([_tried(run, make, options, trial, timeout) for trial in trials_of(faults)])


def _tried(
    run: Callable[..., Any], make: Callable[[Options], OpenAIMock], options: Options, trial: Trial, timeout: float
) -> Seen:
    # Waits are what is measured, so time is real. What one trial keeps, the next one doesn't see.
    options = msgspec.structs.replace(options, faults=trial.faults, clock="real", store=None, force=True)
    mock = make(options)
    mock.opened = []
    errors: list[BaseException] = []
    began = time.monotonic()
    with_mock = {PARAMETER: mock} if PARAMETER in _parameters(run) else {}
    mock.start()
    context = contextvars.copy_context()  # in which this mock is the nearest one
    thread = threading.Thread(target=context.run, args=(_run, run, with_mock, errors), daemon=True)
    try:
        thread.start()
        thread.join(timeout)
        gc.collect()
        seconds = time.monotonic() - began
        tries = tries_of(mock.calls)
        left = sum(not response.is_closed for response in mock.opened)
    finally:
        mock.close()
    error = errors[0] if errors else None
    if isinstance(error, MockError) and not isinstance(error, UsageError):
        raise error  # it is the test that is wrong: it was strict, or scripted what can't be
    # Where a client would wait for ever, the mock says so instead.
    endless = isinstance(error, UsageError)
    outcome: Outcome = "hung" if thread.is_alive() or endless else "raised" if errors else "returned"
    return Seen(trial, outcome, tries, None if error is None else _told(error), left, seconds)


def _run(run: Callable[..., Any], arguments: dict[str, Any], errors: list[BaseException]) -> None:
    try:
        result = run(**arguments)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except BaseException as error:  # SystemExit, too, is what the client did
        if not (isinstance(error, SystemExit) and error.code in (None, 0)):
            errors.append(error)


def _parameters(run: Callable[..., Any]) -> Iterable[str]:
    try:
        return inspect.signature(run).parameters
    except (TypeError, ValueError):
        return ()


def _told(error: BaseException) -> str:
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__.partition('.')[0]}."
    return " ".join(f"{module}{kind.__qualname__}: {error}".strip(": ").split())
