"""A store in a SQLite database, which outlives the process and which several processes can share."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO

from ..answer import JSON
from .folder import Folder, parts
from .paging import Window, decode, encode, fill, window
from .sqlite_schema import connect
from .store import Order, Page

Row = tuple[str, str, bytes]
"""An object's collection, id and JSON."""
LEFT_OVER = 3600.0
"""Seconds after which a file that no key names was left by a process that died before it could say so."""


class SQLiteStore:
    """The `Store` in the database at `path`; the bytes of files are in a folder beside it, `state.db-files`.

    What a call has written survives the end of the process, however it ends, from the moment the call returns; a power
    cut may cost the last few writes, never the database. Threads share one connection in turns; each process opens its
    own store (after it forked). Raises UsageError for a path that can't be used.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()  # the working directory may be another one when it is opened again
        self._lock = threading.RLock()
        self._depth = 0
        self._folder = Folder(Path(f"{self.path.resolve()}-files"))
        self._made: list[str] = []  # files to remove if the transaction is rolled back
        self._replaced: list[str] = []  # and if it is not
        self._soon: list[Row] = []
        _ = self._connection  # so that who names a database that can't be used is told here
        self._sweep()

    @property
    def _connection(self) -> sqlite3.Connection:
        """The one connection. What was to be written soon is written by now."""
        connection = self._opened
        if self._soon:
            self._write_soon(connection)
        return connection

    @cached_property
    def _opened(self) -> sqlite3.Connection:
        """Opened by its first use, and by the first after `close`."""
        connection = connect(self.path)
        # Also when the store is garbage, or the interpreter ends.
        self._close = weakref.finalize(self, _close, connection, self._lock)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            made, replaced = len(self._made), len(self._replaced)
            begin, commit, undo = _OUTERMOST if self._depth == 0 else _NESTED
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield
                self._connection.execute(commit)
            except BaseException:
                for statement in undo if self._connection.in_transaction else ():
                    self._connection.execute(statement)
                self._folder.remove(self._made[made:])
                del self._made[made:], self._replaced[replaced:]
                raise
            finally:
                self._depth -= 1
            if self._depth == 0:
                self._folder.remove(self._replaced)
                self._made.clear()
                self._replaced.clear()

    def put(self, collection: str, id: str, value: Mapping[str, JSON], *, soon: bool = False) -> None:
        row = (collection, id, encode(value if isinstance(value, dict) else dict(value)))
        with self._lock:
            if soon and not self._depth:
                self._soon.append(row)
            else:
                _put(self._connection, row)

    def get(self, collection: str, id: str) -> dict[str, JSON] | None:
        with self._lock:
            row = self._connection.execute(_GET, (collection, id)).fetchone()
        return None if row is None or row[0] is None else decode(row[0])

    def delete(self, collection: str, id: str) -> bool:
        with self._lock:
            return self._connection.execute(_DELETE, (collection, id)).rowcount == 1

    def delete_below(self, prefix: str) -> int:
        beginning = (prefix, prefix + _LAST)
        with self.transaction():
            names = [name for (name,) in self._connection.execute(_NAMES_BELOW, beginning)]
            (count,) = self._connection.execute(_COUNT_BELOW, beginning).fetchone()
            for statement in _DELETE_BELOW:
                self._connection.execute(statement, beginning)
            self._replaced += names
        return int(count) + len(names)

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
            places = (None if cursor is None else self._place(collection, cursor) for cursor in (after, before))
            wanted = window(order, *places)
            with closing(self._read(collection, wanted, None if where else limit + 1)) as rows:
                return fill((raw for (raw,) in rows), limit, where, wanted.backwards)

    def count(self, collection: str) -> int:
        with self._lock:
            return int(self._connection.execute(_COUNT, (collection,)).fetchone()[0])

    def put_file(self, key: str, content: bytes | IO[bytes]) -> int:
        name, size = self._folder.write(parts(content))
        with self.transaction():
            self._made.append(name)
            self._forget_file(key)
            self._connection.execute("INSERT INTO files (key, name) VALUES (?, ?)", (key, name))
        return size

    def open_file(self, key: str) -> IO[bytes] | None:
        missing = None
        while (name := self._file(key)) is not None:
            try:
                return self._folder.open(name)
            except FileNotFoundError:
                if name == missing:
                    raise
                missing = name  # another process replaced it between the two steps; if it didn't, it is lost
        return None

    def delete_file(self, key: str) -> bool:
        with self.transaction():
            return self._forget_file(key)

    def collections(self) -> list[str]:
        with self._lock:
            return [path for (path,) in self._connection.execute(_COLLECTIONS)]

    def close(self) -> None:
        with self._lock:
            if self._soon:
                self._write_soon(self._opened)
            if self.__dict__.pop("_opened", None) is not None:
                self._close()

    def _write_soon(self, connection: sqlite3.Connection) -> None:
        """A commit for each of them would take longer than all the rest."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            for row in self._soon:
                _put(connection, row)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._soon.clear()

    def _read(self, collection: str, wanted: Window, limit: int | None) -> sqlite3.Cursor:
        """The rows of the window, read as far as the reader goes."""
        query = "SELECT value FROM objects WHERE collection = ? AND value IS NOT NULL"
        values: list[str | int] = [collection]
        if wanted.low is not None:
            query += " AND place > ?"
            values.append(wanted.low)
        if wanted.high is not None:
            query += " AND place < ?"
            values.append(wanted.high)
        query += " ORDER BY place DESC" if wanted.descending else " ORDER BY place"
        if limit is not None:
            query += " LIMIT ?"
            values.append(limit)
        return self._connection.execute(query, values)

    def _place(self, collection: str, id: str) -> int:
        row = self._connection.execute(_PLACE, (collection, id)).fetchone()
        if row is None:
            raise KeyError(id)
        return int(row[0])

    def _file(self, key: str) -> str | None:
        with self._lock:
            row = self._connection.execute("SELECT name FROM files WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _forget_file(self, key: str) -> bool:
        name = self._file(key)
        if name is None:
            return False
        self._connection.execute("DELETE FROM files WHERE key = ?", (key,))
        self._replaced.append(name)
        return True

    def _sweep(self) -> None:
        old = self._folder.older_than(LEFT_OVER)
        if old:  # looked at before the database: what is named in the meantime is not old
            self._folder.remove(old.difference(name for (name,) in self._connection.execute("SELECT name FROM files")))


def _put(connection: sqlite3.Connection, row: Row) -> None:
    if connection.execute(_PUT, row).rowcount == 0:  # it was deleted, so it is new, at the end
        connection.execute(_PUT_AGAIN, row)


def _close(connection: sqlite3.Connection, lock: threading.RLock) -> None:
    # When the interpreter ends, a daemon thread may still be at work; one that is stuck isn't waited for.
    if lock.acquire(timeout=1):
        connection.close()
        lock.release()


_OUTERMOST = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
# A savepoint's name may be given again inside: the innermost is meant.
_NESTED = ("SAVEPOINT nested", "RELEASE nested", ("ROLLBACK TO nested", "RELEASE nested"))

_PUT = (
    "INSERT INTO objects (collection, id, value) VALUES (?, ?, ?) "
    "ON CONFLICT (collection, id) DO UPDATE SET value = excluded.value WHERE value IS NOT NULL"
)
_PUT_AGAIN = "INSERT OR REPLACE INTO objects (collection, id, value) VALUES (?, ?, ?)"
_GET = "SELECT value FROM objects WHERE collection = ? AND id = ?"
_PLACE = "SELECT place FROM objects WHERE collection = ? AND id = ?"
_DELETE = "UPDATE objects SET value = NULL WHERE collection = ? AND id = ? AND value IS NOT NULL"
_COUNT = "SELECT count(*) FROM objects WHERE collection = ? AND value IS NOT NULL"

# What begins with a prefix stands between it and itself followed by the last character there is.
_LAST = "\U0010ffff"
_NAMES_BELOW = "SELECT name FROM files WHERE key >= ? AND key < ?"
_COUNT_BELOW = "SELECT count(*) FROM objects WHERE collection >= ? AND collection < ? AND value IS NOT NULL"
_DELETE_BELOW = (
    "DELETE FROM objects WHERE collection >= ? AND collection < ?",
    "DELETE FROM files WHERE key >= ? AND key < ?",
)

# From each path to the next, without reading what lies between.
_COLLECTIONS = """
    WITH RECURSIVE paths (path) AS (
        SELECT min(collection) FROM objects WHERE value IS NOT NULL
        UNION ALL
        SELECT (SELECT min(collection) FROM objects WHERE collection > path AND value IS NOT NULL)
        FROM paths WHERE path IS NOT NULL
    )
    SELECT path FROM paths WHERE path IS NOT NULL
"""
