"""Files' bytes on disk: each written once, in parts, under a name of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

PART = 1 << 20
"""Bytes that are held at once while a file is copied."""
SUFFIX = ".content"


def parts(content: bytes | IO[bytes]) -> Iterator[bytes]:
    """The bytes; of a file, those from where it stands to its end, a part at a time."""
    if not hasattr(content, "read"):
        yield bytes(content)
        return
    while part := content.read(PART):
        yield part


class Folder:
    """A folder, made when the first file comes. A file never changes under its name, so readers need no lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, content: Iterable[bytes]) -> tuple[str, int]:
        """A new file of these bytes: its name and its size. Leaves nothing behind if the bytes fail to come."""
        self.path.mkdir(exist_ok=True)
        name = uuid4().hex + SUFFIX
        size = 0
        try:
            with open(self.path / name, "xb") as file:
                for part in content:
                    size += file.write(part)
        except BaseException:
            self.remove((name,))
            raise
        return name, size

    def open(self, name: str) -> IO[bytes]:
        """Raises FileNotFoundError if it was removed."""
        return open(self.path / name, "rb")

    def remove(self, names: Iterable[str]) -> None:
        """Those that somebody is reading stay readable to them."""
        for name in names:
            # Gone already; or, on Windows, still open somewhere: then it stays until somebody sweeps.
            with suppress(FileNotFoundError, PermissionError):
                os.unlink(self.path / name)

    def older_than(self, seconds: float) -> set[str]:
        """The names of the files of ours that nobody has written to for so long."""
        written_before = time.time() - seconds
        names = set()
        for path in self.path.glob("?" * 32 + SUFFIX):
            with suppress(FileNotFoundError):  # removed meanwhile, by another process
                if path.stat().st_mtime < written_before:
                    names.add(path.name)
        return names
