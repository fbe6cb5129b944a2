"""The mocks that are on, and which of them answers a call.

Patching a client library is by nature for the whole process, so this is the one place that knows of several mocks. A
call goes to the innermost mock of its own context (thread, task) that answers for its host; a call from a context that
started none, such as a worker thread, goes to the mock that was started last.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from ..engine import Engine
from ..errors import Leak
from .hosts import Hosts, Target
from .loop import Loop

if TYPE_CHECKING:
    from .redirect import OnLoopback


class Interception(Protocol):
    """What a way in needs of a mock that is on."""

    engine: Engine
    hosts: Hosts
    loop: Loop
    loopback: OnLoopback
    opened: list[Any] | None
    active: bool


_lock = threading.Lock()
_active: tuple[Interception, ...] = ()
_own: ContextVar[tuple[Interception, ...]] = ContextVar("openai_api_mock", default=())


def add(mock: Interception) -> bool:
    """Turn a mock on; whether it is the first."""
    global _active
    with _lock:
        first = not _active
        _active = (*_active, mock)
    _own.set((*(other for other in _own.get() if other in _active), mock))
    return first


def remove(mock: Interception) -> bool:
    """Turn a mock off; whether it was the last."""
    global _active
    with _lock:
        _active = tuple(other for other in _active if other is not mock)
        last = not _active
    _own.set(tuple(other for other in _own.get() if other is not mock))
    return last


def find(scheme: str, host: str, port: int | None, path: str) -> tuple[Interception, Target] | None:
    """The mock that answers this URL, or None where it is nobody's. Raises Leak where a mock forbids all else."""
    active = _active
    if not active:
        return None
    # Nearly always there is one mock, and whose it is doesn't matter.
    own = [mock for mock in _own.get() if mock in active] if len(active) > 1 else []
    for mock in (*reversed(own), *reversed(active)):
        target = mock.hosts.target(scheme, host, port, path)
        if target is not None:
            return mock, target
    if any(not mock.engine.options.allow_network for mock in active):
        raise Leak(
            f"a call to {scheme}://{host}{path} would leave for the network, and allow_network=False forbids it. "
            "If it is a base URL of the API, name it: mock_openai(base_urls=[...])."
        )
    return None
