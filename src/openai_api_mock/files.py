"""The files that are kept: uploaded, put together of parts, or written by a job. Whoever has to do with files reads and
makes them here.

A file's object lies in the collection `FILES`, its bytes under `content_of(id)`. The object is made after its bytes, so
that a file that can be found can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO

from .answer import JSON
from .clock import Clock
from .state import Order, Page, Store

FILES = "/files"
FILE_LIMIT = 512 * 1024 * 1024
"""Bytes of a file that comes in one request."""
SECONDS: Mapping[str, int] = {"batch": 30 * 24 * 3600}
"""How long a file of that purpose is kept unless told otherwise; all others stay."""


def content_of(id: str) -> str:
    """The key of a file's bytes in the store."""
    return f"{FILES}/{id}/content"


class Files:
    """The files of one engine. A file whose time is over is gone as soon as somebody asks for it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.on_deleted: Callable[[str], object] = lambda id: None
        """Called with the id of a file that is gone, in the transaction in which it goes."""

    def find(self, id: str) -> dict[str, JSON] | None:
        """A file's object, if there is such a file."""
        file = self._store.get(FILES, id)
        if file is not None and self._is_over(file):
            self.delete(id)
            return None
        return file

    def open(self, id: str) -> IO[bytes] | None:
        """A file's bytes, for the caller to close."""
        return None if self.find(id) is None else self._store.open_file(content_of(id))

    def make(
        self, id: str, filename: str, purpose: str, content: bytes | IO[bytes], *, seconds: int | None = None
    ) -> dict[str, JSON]:
        """Keep a file: its object. `seconds` is how long, None as long as its purpose has it."""
        return self.enter(id, filename, purpose, self._store.put_file(content_of(id), content), seconds=seconds)

    def enter(self, id: str, filename: str, purpose: str, size: int, *, seconds: int | None = None) -> dict[str, JSON]:
        """Make the object of a file whose bytes are there."""
        now = int(self._clock.time())
        seconds = SECONDS.get(purpose) if seconds is None else seconds
        file: dict[str, JSON] = {
            "id": id,
            "object": "file",
            "bytes": size,
            "created_at": now,
            "expires_at": None if seconds is None else now + seconds,
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        self._store.put(FILES, id, file)
        return file

    def delete(self, id: str) -> bool:
        """Whether there was one."""
        with self._store.transaction():
            was_there = self._store.delete(FILES, id)
            self._store.delete_below(f"{FILES}/{id}/")
            if was_there:
                self.on_deleted(id)
        return was_there

    def page(self, *, limit: int, order: Order, after: str | None, purpose: str | None) -> Page:
        """Some of the files. Raises KeyError where there never was an `after`."""
        where: dict[str, JSON] = {} if purpose is None else {"purpose": purpose}
        while True:
            page = self._store.page(FILES, limit=limit, order=order, after=after, where=where)
            over = [file["id"] for file in page.items if self._is_over(file)]
            if not over:
                return page
            for id in over:
                self.delete(id)

    def _is_over(self, file: Mapping[str, JSON]) -> bool:
        expires = file.get("expires_at")
        return expires is not None and expires <= self._clock.time()
