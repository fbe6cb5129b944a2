"""Several files read as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import IO


class Joined:
    """What several files have, one after the other, with one of them open at a time. Whoever makes it closes it."""

    def __init__(self, files: Iterable[Callable[[], IO[bytes]]]) -> None:
        """`files` open each."""
        self._files = iter(files)
        self._file: IO[bytes] | None = None

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end. A negative size is all there is."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        while size:
            if self._file is None:
                following = next(self._files, None)
                if following is None:
                    return b""
                self._file = following()
            part = self._file.read(size)
            if part:
                return part
            self.close()
        return b""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
