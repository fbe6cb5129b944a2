"""Turning interception on and off: every client library at once, those that are imported later included."""

from __future__ import annotations

import threading
from types import ModuleType

from . import aiohttp, httpx, registry, requests, websockets
from .credentials import Credentials
from .on_import import Hook, OnImport
from .registry import Interception

_lock = threading.Lock()
_installed: _Patches | None = None


def start(mock: Interception) -> None:
    """From here on, `mock` answers for its hosts."""
    global _installed
    with _lock:
        registry.add(mock)
        try:
            _installed = _installed or _Patches()
            _installed.credentials.supply()
        except BaseException:
            registry.remove(mock)
            raise


def stop(mock: Interception) -> None:
    """From here on, it doesn't; with the last mock the libraries are as they were."""
    global _installed
    with _lock:
        if registry.remove(mock) and _installed is not None:
            _installed.undo()
            _installed.credentials.restore()
            _installed = None


class _Patches:
    """All libraries, patched."""

    def __init__(self) -> None:
        self.credentials = Credentials()
        self._undo: list[httpx.Undo] = []
        hooks: dict[str, Hook] = dict.fromkeys(_PATCHES, self._patch)
        self._imports = OnImport(hooks)
        try:
            self._imports.install()
        except BaseException:
            self.undo()
            raise

    def _patch(self, library: ModuleType) -> None:
        self._undo.append(_PATCHES[library.__name__](library))

    def undo(self) -> None:
        self._imports.uninstall()
        for undo in reversed(self._undo):
            undo()


# By the module whose import it waits for.
_PATCHES = {
    "httpx": httpx.patch,
    "httpx2": httpx.patch,
    "aiohttp.connector": aiohttp.patch,
    "urllib3.connectionpool": requests.patch,
    "websockets.asyncio.client": websockets.patch_asyncio,
    "websockets.legacy.client": websockets.patch_legacy,
    "websockets.sync.client": websockets.patch_sync,
    "websockets.trio.client": websockets.patch_trio,
}
