"""Turning interception on and off: every client library at once, those that are imported later included."""

from __future__ import annotations

import threading
from types import ModuleType

from . import httpx, registry
from .on_import import Hook, OnImport
from .registry import Interception

_lock = threading.Lock()
_installed: _Patches | None = None


def start(mock: Interception) -> None:
    """From here on, `mock` answers for its hosts."""
    global _installed
    with _lock:
        registry.add(mock)
        if _installed is None:
            _installed = _Patches()


def stop(mock: Interception) -> None:
    """From here on, it doesn't; with the last mock the libraries are as they were."""
    global _installed
    with _lock:
        if registry.remove(mock) and _installed is not None:
            _installed.undo()
            _installed = None


class _Patches:
    """All libraries, patched."""

    def __init__(self) -> None:
        self._undo: list[httpx.Undo] = []
        hooks: dict[str, Hook] = {name: self._patch for name in _PATCHES}
        self._imports = OnImport(hooks)
        self._imports.install()

    def _patch(self, library: ModuleType) -> None:
        self._undo.append(_PATCHES[library.__name__](library))

    def undo(self) -> None:
        self._imports.uninstall()
        for undo in self._undo:
            undo()


_PATCHES = {"httpx": httpx.patch, "httpx2": httpx.patch}
