"""What is kept of batches: the object that the API shows, and how far its work has come."""

from __future__ import annotations

import msgspec

from ..answer import JSON
from ..state import Store

BATCHES = "/batches"
PROGRESS = "/_batches"
"""The collection of what only the mock knows of them. Below `/_batches/<id>/` lie the lines that are done, in files of
a piece of work each."""
STAGES = ("validating", "in_progress", "finalizing", "completed")
WINDOW = 24 * 3600
"""Seconds in which a batch is to be done."""


class Progress(msgspec.Struct):
    """How far a batch has come."""

    id: str
    seconds: int | None = None
    """How long its output is to be kept."""
    asked_by: dict[str, str] = {}
    """Headers of who made it."""
    total: int = 0
    """Requests in its input."""
    model: str | None = None
    done: int = 0
    """Requests that have been answered."""
    offset: int = 0
    """Bytes of the input that these take."""
    line: int = 0
    """Lines of the input that these take."""
    output: list[int] = []
    """Numbers of the pieces that hold lines of its output file."""
    error: list[int] = []
    """The same of its error file."""
    sizes: dict[str, int] = {}
    """Bytes of these two files, once they are put together."""
    faults: list[dict[str, JSON]] = []
    """What is wrong with its input."""


def path_of(id: str) -> str:
    return f"{BATCHES}/{id}"


def find(store: Store, id: str) -> dict[str, JSON] | None:
    return store.get(BATCHES, id)


def put(store: Store, batch: dict[str, JSON]) -> None:
    store.put(BATCHES, batch["id"], batch)


def progress_of(store: Store, id: str) -> Progress | None:
    found = store.get(PROGRESS, id)
    return None if found is None else msgspec.convert(found, Progress)


def keep_progress(store: Store, progress: Progress) -> None:
    store.put(PROGRESS, progress.id, msgspec.to_builtins(progress))


def piece_key(id: str, which: str, number: int) -> str:
    """Of the lines that one piece of work adds to the output or the error file."""
    return f"{PROGRESS}/{id}/{which}/{number}"


def forget(store: Store, id: str) -> None:
    """The batch is over: only its object is left."""
    store.delete(PROGRESS, id)
    store.delete_below(f"{PROGRESS}/{id}/")
