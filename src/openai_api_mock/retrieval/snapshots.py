"""What is ready to be searched: the chunks of vector stores, read once and read again when something has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import msgspec

from ..answer import JSON
from ..state import Store, walk
from .filters import matches
from .index import Entry, entry_of
from .layout import MADE, NAME, VERSIONS, files_of, rows_of

MOST_BYTES = 128 * 1024 * 1024
"""Of memory for chunks that wait to be searched again. A vector store of more is read for each search."""


class Part(msgspec.Struct, frozen=True):
    """A file's chunks."""

    file: str
    made: str
    name: str
    attributes: Mapping[str, JSON]
    entries: Sequence[Entry]


class Snapshot(msgspec.Struct, frozen=True):
    """The files of a vector store, and all their chunks one after the other."""

    version: str
    parts: Sequence[Part]
    entries: Sequence[Entry]
    owners: Sequence[Part]
    """Of each chunk."""
    size: int

    def matching(self, filters: Mapping[str, JSON] | None) -> tuple[Sequence[Entry], Sequence[Part]]:
        """The chunks of the files that pass, and the file of each."""
        if filters is None:
            return self.entries, self.owners
        parts = [part for part in self.parts if matches(filters, part.attributes)]
        return _joined(parts)


class Snapshots:
    """Those of one engine, of bounded size: what was searched longest ago goes first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()

    def of(self, id: str) -> Snapshot:
        """A vector store's files as they are now, also where another process changed them."""
        # Asked for before the files are read: what changes meanwhile is seen by the next search.
        version = str((self._store.get(VERSIONS, id) or {}).get("version"))
        with self._lock:
            known = self._kept.get(id)
            if known is not None and known.version == version:
                self._kept.move_to_end(id)
                return known
        read = self._read(id, version, known)
        with self._lock:
            self._kept[id] = read
            self._kept.move_to_end(id)
            while self._kept and sum(each.size for each in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return read

    def _read(self, id: str, version: str, known: Snapshot | None) -> Snapshot:
        before = {} if known is None else {part.made: part for part in known.parts}
        parts = []
        for file in walk(self._store, files_of(id), "asc"):
            if file["status"] != "completed":
                continue
            same = before.get(file[MADE])
            entries = same.entries if same is not None else self._entries(id, file["id"])
            parts.append(Part(file["id"], file[MADE], file[NAME], file["attributes"], entries))
        entries, owners = _joined(parts)
        return Snapshot(version, parts, entries, owners, sum(entry.size for entry in entries))

    def _entries(self, store: str, file: str) -> list[Entry]:
        return [entry_of(row) for row in walk(self._store, rows_of(store, file), "asc")]


def _joined(parts: Sequence[Part]) -> tuple[list[Entry], list[Part]]:
    return [entry for part in parts for entry in part.entries], [part for part in parts for _ in part.entries]
