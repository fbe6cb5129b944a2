"""A SQLite database that is ours: made if it is new, refused if it is somebody else's."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import UsageError

APPLICATION_ID = 0x6F616D6B
"""The bytes "oamk", where SQLite keeps whose file it is."""
VERSION = 1
"""Of the schema. A change to it is a higher number, and a step here that brings the files of lower ones up to it."""
WAIT = 60.0
"""Seconds that a write waits while other processes write."""

# A row whose value is NULL is a deleted object: its place still serves as a cursor, and isn't given again.
OBJECTS = """
    CREATE TABLE objects (
        place INTEGER PRIMARY KEY,
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        value BLOB,
        UNIQUE (collection, id)
    )
"""
SCHEMA = (
    OBJECTS,
    "CREATE INDEX pages ON objects (collection, place) WHERE value IS NOT NULL",
    "CREATE TABLE files (key TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the database at `path`, any thread's to use, in autocommit mode.

    Raises UsageError if there is no such folder, or the file is no database, another program's, or of a newer schema.
    """
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.absolute().parent}; make it, or name a file elsewhere")
    try:
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        _prepare(path, connection)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")  # so that the questions are about one moment: another process may be making it just now
    is_new = _is_new(path, connection)
    connection.execute("COMMIT")
    _switch_to_wal(connection)
    # What is committed is in the system's hands, so it outlives this process. FULL would save it from a power cut too,
    # at the price of a wait for the disk in each write: too dear for a mock.
    connection.execute("PRAGMA synchronous = NORMAL")
    if not is_new:
        return
    connection.execute("BEGIN IMMEDIATE")
    if _is_new(path, connection):  # another process may have been quicker
        for statement in SCHEMA:
            connection.execute(statement)
    connection.execute("COMMIT")


def _is_new(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether the database is empty; UsageError if it holds what we can't read."""
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    if application == version == 0 and _number(connection, "SELECT count(*) FROM sqlite_master") == 0:
        return True
    if application != APPLICATION_ID:
        raise UsageError(f"{path} is another program's database; name a file that doesn't exist yet")
    if version > VERSION:
        raise UsageError(
            f"{path} was written by a newer openai-api-mock (schema {version}; this one reads {VERSION}); "
            "upgrade, or name another file"
        )
    return False


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # The switch needs the file for itself and doesn't wait for it, but a transaction does wait. Where it can't be had
    # at all (a file system without shared memory) the database works as it is.
    for _ in range(100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        else:
            return


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _unusable(path: Path, error: sqlite3.Error) -> UsageError:
    return UsageError(f"{path} can't be used as a store ({error}); name another file, or move this one away")
