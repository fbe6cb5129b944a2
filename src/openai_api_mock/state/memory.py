"""A store in memory, gone with the process, and bounded: it drops the oldest objects rather than grow for ever."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from typing import IO

from ..answer import JSON
from .blocks import SortedBlocks
from .memory_files import Content, MemoryFiles
from .paging import decode, encode, fill, window
from .shelf import Shelf
from .store import Order, Page

logger = logging.getLogger("openai_api_mock")

MiB = 1 << 20


class MemoryStore:
    """The `Store` that a mock has unless told otherwise.

    A collection holds at most `max_objects` objects and `max_bytes` bytes of their JSON: beyond, its oldest are dropped
    with all that lies below them (`/files/file-abc/…`), and a warning is logged, once per store. The places of as many
    deleted objects are remembered as cursors. A file of more than `max_held` bytes is kept on disk, and so is every
    file while those held in memory would come to more than `max_held_together` bytes.
    """

    def __init__(
        self,
        *,
        max_objects: int = 200_000,
        max_bytes: int = 256 * MiB,
        max_held: int = MiB,
        max_held_together: int = 64 * MiB,
    ) -> None:
        self._max_objects = max_objects
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._shelves: dict[str, Shelf] = {}
        self._paths: SortedBlocks[str] = SortedBlocks()  # of the shelves
        self._files: dict[str, Content] = {}
        self._keys: SortedBlocks[str] = SortedBlocks()  # of the files
        self._contents = MemoryFiles(max_held, max_held_together)
        self._depth = 0
        self._undo: list[Callable[[], object]] = []
        self._replaced: list[Content] = []  # discarded at the end of the transaction
        self._warned = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            undo, replaced = len(self._undo), len(self._replaced)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._undo) > undo:
                    self._undo.pop()()
                del self._replaced[replaced:]
                raise
            finally:
                self._depth -= 1
            if self._depth == 0:
                self._undo.clear()
                self._discard_replaced()

    def put(self, collection: str, id: str, value: Mapping[str, JSON], *, soon: bool = False) -> None:
        raw = encode(value if isinstance(value, dict) else dict(value))
        with self._lock:
            shelf = self._shelf(collection)
            old = shelf.get(id)
            if old is None:
                shelf.make(id, raw)
                self._note(shelf.unmake, id)
            else:
                shelf.change(id, raw)
                self._note(shelf.change, id, old)
            if len(shelf) > self._max_objects or shelf.size > self._max_bytes:
                self._drop_oldest(collection, shelf, id)

    def get(self, collection: str, id: str) -> dict[str, JSON] | None:
        with self._lock:
            shelf = self._shelves.get(collection)
            raw = None if shelf is None else shelf.get(id)
        return None if raw is None else decode(raw)

    def delete(self, collection: str, id: str) -> bool:
        with self._lock:
            shelf = self._shelves.get(collection)
            if shelf is None or shelf.get(id) is None:
                return False
            self._note(shelf.undelete, id, *shelf.delete(id))
            return True

    def delete_below(self, prefix: str) -> int:
        with self._lock:
            paths, keys = _beginning(self._paths, prefix), _beginning(self._keys, prefix)
            count = sum(len(self._shelves[path]) for path in paths) + len(keys)
            for path in paths:
                self._note(self._add_shelf, path, self._remove_shelf(path))
            for key in keys:
                self._remove_file(key)
            return count

    def page(
        self,
        collection: str,
        *,
        limit: int,
        order: Order = "desc",
        after: str | None = None,
        before: str | None = None,
        where: Mapping[str, JSON] | None = None,
    ) -> Page:
        with self._lock:
            shelf = self._shelves.get(collection, _EMPTY)
            after_place, before_place = (None if cursor is None else shelf.place(cursor) for cursor in (after, before))
            wanted = window(order, after_place, before_place)
            return fill(shelf.read(wanted), limit, where, wanted.backwards)

    def count(self, collection: str) -> int:
        with self._lock:
            return len(self._shelves.get(collection, ()))

    def put_file(self, key: str, content: bytes | IO[bytes]) -> int:
        kept, size = self._contents.keep(content)
        with self._lock:
            self._remove_file(key)
            self._add_file(key, kept)
            self._note(self._unmake_file, key)
        return size

    def open_file(self, key: str) -> IO[bytes] | None:
        with self._lock:
            content = self._files.get(key)
            return None if content is None else self._contents.open(content)

    def delete_file(self, key: str) -> bool:
        with self._lock:
            return self._remove_file(key)

    def collections(self) -> list[str]:
        with self._lock:
            return [path for path in self._paths.ascending() if len(self._shelves[path])]

    def close(self) -> None:
        """Holds no connections; what is on disk goes with the store itself."""

    def _note(self, undo: Callable[..., object], *arguments: object) -> None:
        if self._depth:
            self._undo.append(partial(undo, *arguments))

    def _drop_oldest(self, collection: str, shelf: Shelf, newest: str) -> None:
        if not self._warned:
            self._warned = True
            logger.warning(
                "%s holds more than %d objects or %d bytes: its oldest are dropped from now on, and so are those of "
                "other collections that grow as large. A store in SQLite (sqlite:///state.db) keeps them all.",
                collection,
                self._max_objects,
                self._max_bytes,
            )
        while len(shelf) > self._max_objects or shelf.size > self._max_bytes:
            oldest = shelf.oldest()
            if oldest == newest:  # too large by itself; what was acknowledged can be read at least once
                return
            self.delete(collection, oldest)
            self.delete_below(f"{collection}/{oldest}/")

    def _shelf(self, path: str) -> Shelf:
        """The collection's shelf, new if it has none."""
        shelf = self._shelves.get(path)
        if shelf is None:
            shelf = Shelf(self._max_objects)
            self._add_shelf(path, shelf)
            self._note(self._remove_shelf, path)
        return shelf

    def _add_shelf(self, path: str, shelf: Shelf) -> None:
        self._shelves[path] = shelf
        self._paths.add(path)

    def _remove_shelf(self, path: str) -> Shelf:
        self._paths.remove(path)
        return self._shelves.pop(path)

    def _add_file(self, key: str, content: Content) -> None:
        self._files[key] = content
        self._keys.add(key)

    def _remove_file(self, key: str) -> bool:
        content = self._files.get(key)
        if content is None:
            return False
        self._unlist_file(key)
        self._note(self._add_file, key, content)
        self._replaced.append(content)
        if not self._depth:
            self._discard_replaced()
        return True

    def _unmake_file(self, key: str) -> None:
        self._contents.discard((self._unlist_file(key),))

    def _unlist_file(self, key: str) -> Content:
        self._keys.remove(key)
        return self._files.pop(key)

    def _discard_replaced(self) -> None:
        self._contents.discard(self._replaced)
        self._replaced.clear()


def _beginning(paths: SortedBlocks[str], prefix: str) -> list[str]:
    return list(takewhile(lambda path: path.startswith(prefix), paths.ascending(prefix)))


_EMPTY = Shelf(0)
