"""Files' bytes for the store in memory: small ones held, large ones and those beyond a budget on disk."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import IO

import msgspec

from .folder import Folder, parts


class OnDisk(msgspec.Struct, frozen=True):
    """The name of a file in the folder."""

    name: str


Content = bytes | OnDisk


class MemoryFiles:
    """Keeps contents that the store knows the keys of. Its methods may be called from any thread."""

    def __init__(self, held_each: int, held_together: int) -> None:
        self._held_each = held_each
        self._left = held_together
        self._lock = threading.Lock()
        self._folder: Folder | None = None

    def keep(self, content: bytes | IO[bytes]) -> tuple[Content, int]:
        """What to remember the bytes by, and how many they are."""
        coming = parts(content)
        start: list[bytes] = []
        size = 0
        for part in coming:
            start.append(part)
            size += len(part)
            if size > self._held_each:
                return self._spool(chain(start, coming))
        with self._lock:
            fits = size <= self._left
            self._left -= size if fits else 0
        return (b"".join(start), size) if fits else self._spool(start)

    def open(self, content: Content) -> IO[bytes]:
        return io.BytesIO(content) if isinstance(content, bytes) else self._made_folder().open(content.name)

    def discard(self, contents: Iterable[Content]) -> None:
        """Forget contents that nobody will ask for again."""
        for content in contents:
            if isinstance(content, OnDisk):
                self._made_folder().remove((content.name,))
                continue
            with self._lock:
                self._left += len(content)

    def _spool(self, content: Iterable[bytes]) -> tuple[Content, int]:
        name, size = self._made_folder().write(content)
        return OnDisk(name), size

    def _made_folder(self) -> Folder:
        with self._lock:
            if self._folder is None:
                path = tempfile.mkdtemp(prefix="openai-api-mock-")
                self._folder = Folder(Path(path))
                # Also when the store is garbage, or the interpreter ends: nobody has to close a store in memory.
                weakref.finalize(self, _remove_tree, path, os.getpid())
            return self._folder


def _remove_tree(path: str, owner: int) -> None:
    # A forked child that ends must not take its parent's files with it.
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)
