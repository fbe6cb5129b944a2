"""From the name of a store, as an option gives it, to the store."""

from __future__ import annotations

from ..errors import UsageError
from .memory import MemoryStore
from .store import Store

SQLITE = "sqlite:///"
FORMS = (
    "memory://, sqlite:///state.db (a file in the working directory) or sqlite:////var/lib/state.db (an absolute path)"
)


def open_store(url: str | None) -> Store:
    """The store of that name, for the caller to close: one in memory for None or `memory://`, else one in SQLite.

    Raises UsageError if the name has another form, or the database can't be used.
    """
    if url is None or url == "memory://":
        return MemoryStore()
    if url.startswith(SQLITE) and url.removeprefix(SQLITE) not in ("", ":memory:"):
        from .sqlite import SQLiteStore  # here, so that nobody else loads sqlite3

        return SQLiteStore(url.removeprefix(SQLITE))
    if url.startswith(("redis://", "rediss://")):
        # The address may hold a password, so it isn't repeated.
        raise UsageError(
            "a store in Redis comes with a later release; until then, the workers of one machine can share "
            "sqlite:///state.db"
        )
    raise UsageError(f"no store is named {url!r}; a name looks like {FORMS}")


_RUNS = "(runs)"


def begin_run(store: Store) -> int:
    """How many engines have used the store before this one, be they of earlier processes or of others now."""
    with store.transaction():
        count = store.count(_RUNS)
        store.put(_RUNS, str(count), {})
    return count
