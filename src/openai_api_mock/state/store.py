"""What a store can do, whatever keeps it: memory, SQLite, and in time Redis.

An object is JSON, of one collection, such as `/files` or `/vector_stores/vs_abc/files`: a path of the catalog with
its parameters filled in, so that nested collections never mix. Objects of a collection stand in the order in which they
were made, and keep their place when they change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Literal, Protocol

import msgspec

from ..answer import JSON

Order = Literal["asc", "desc"]


class Page(msgspec.Struct, frozen=True):
    """Some objects of a collection, in the asked-for order."""

    items: list[dict[str, JSON]]
    has_more: bool
    """Whether more come after them; of a page that was asked for by `before` alone, whether more come ahead of them."""


class Store(Protocol):
    """Keeps objects and files. All methods may be called from any thread; what they return is the caller's own copy."""

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside becomes visible, and durable, at once or (on an exception) not at all. Writes outside
        are transactions of their own. May be nested: the outermost counts, and an inner one that raises has undone its
        own part by the time the outer one sees the exception. Meanwhile other threads wait."""
        ...

    def put(self, collection: str, id: str, value: Mapping[str, JSON], *, soon: bool = False) -> None:
        """Make an object, or change the one of that id in place. An id that was deleted is made anew, at the end.

        `soon`: durable with the next call of any method, which is also how anybody of this process could see that it
        isn't yet; another process with the same file sees it then. For what is part of a piece of work that isn't
        acknowledged before the next write."""
        ...

    def get(self, collection: str, id: str) -> dict[str, JSON] | None: ...

    def delete(self, collection: str, id: str) -> bool:
        """Whether there was one. Collections and files below it are the caller's to delete."""
        ...

    def delete_below(self, prefix: str) -> int:
        """Delete all objects of the collections whose path begins with `prefix`, and all files whose key does; how many
        there were. Unlike `delete`, it forgets the collections altogether: their ids are no cursors any more."""
        ...

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
        """Up to `limit` objects in order of their making ("asc": oldest first).

        `after` and `before` are ids of objects that are or were in the collection: a page that follows a deleted object
        goes on where it stood. With `after`, the page begins behind it; with `before` alone, it ends ahead of it; with
        both, it lies between them and begins behind `after`. `where` keeps the objects whose fields equal these;
        `metadata` is held against key by key; an absent field counts as null. Reads no more than it must: a page of
        100,000 objects takes as long as one of 100, and with `where` it takes what it reads until the page is full.
        Raises KeyError for an id that the collection never held. (A store of bounded size may forget ids of objects
        that were deleted long ago.)
        """
        ...

    def count(self, collection: str) -> int:
        """How many objects the collection holds now."""
        ...

    def put_file(self, key: str, content: bytes | IO[bytes]) -> int:
        """Keep a file's bytes under a key such as `/files/file-abc/content`, in place of what was there; how many there
        are. An open file is read from where it stands to its end, in parts, never held whole."""
        ...

    def open_file(self, key: str) -> IO[bytes] | None:
        """The file, from its start, as it is now: what is done to the key later doesn't disturb its reader. The caller
        closes it."""
        ...

    def delete_file(self, key: str) -> bool: ...

    def collections(self) -> Iterable[str]:
        """The paths of all collections that hold something, sorted."""
        ...

    def close(self) -> None:
        """Let go of connections. What is kept stays, and the next use opens them again."""
        ...


def _own_id(item: Mapping[str, JSON]) -> str:
    return str(item["id"])


def walk(
    store: Store, collection: str, order: Order, id_of: Callable[[Mapping[str, JSON]], str] = _own_id
) -> Iterator[dict[str, JSON]]:
    """All objects of a collection, read page by page; `id_of` tells by which id one is kept."""
    after: str | None = None
    while True:
        page = store.page(collection, limit=100, order=order, after=after)
        yield from page.items
        if not page.has_more:
            return
        after = id_of(page.items[-1])
