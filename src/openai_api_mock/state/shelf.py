"""One collection in memory: objects as JSON bytes, in the order in which they were made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from .blocks import SortedBlocks
from .paging import Window


class Shelf:
    """Objects by id and by place. A place is a number that only ever grows and is never given twice.

    The place of a deleted object is remembered, as a cursor, until `remember` more have been deleted.
    """

    __slots__ = ("_gone", "_next", "_order", "_places", "_remember", "_rows", "size")

    def __init__(self, remember: int) -> None:
        self._rows: dict[int, tuple[str, bytes]] = {}
        self._places: dict[str, int] = {}
        # A plain dict takes long to find its oldest where many have been removed.
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._order: SortedBlocks[int] = SortedBlocks()
        self._next = 0
        self._remember = remember
        self.size = 0
        """Bytes of all objects."""

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, id: str) -> bytes | None:
        place = self._places.get(id)
        return None if place is None else self._rows[place][1]

    def make(self, id: str, raw: bytes) -> None:
        """An object of an id that isn't there, at the end."""
        self._put_at(self._next, id, raw)
        self._next += 1

    def change(self, id: str, raw: bytes) -> None:
        """The bytes of an object that is there."""
        place = self._places[id]
        self.size += len(raw) - len(self._rows[place][1])
        self._rows[place] = (id, raw)

    def delete(self, id: str) -> tuple[bytes, int | None]:
        """Take away an object that is there, and keep its place in mind; what `undelete` needs."""
        earlier = self._gone.pop(id, None)
        raw = self._rows[self._places[id]][1]
        self._gone[id] = self.unmake(id)
        if len(self._gone) > self._remember:
            self._gone.popitem(last=False)
        return raw, earlier

    def unmake(self, id: str) -> int:
        """Take away an object that is there, as if it had never been; the place where it stood."""
        place = self._places.pop(id)
        self.size -= len(self._rows.pop(place)[1])
        self._order.remove(place)
        return place

    def undelete(self, id: str, raw: bytes, earlier: int | None) -> None:
        """Put an object that was the last to be deleted back in its place."""
        self._put_at(self._gone.pop(id), id, raw)
        if earlier is not None:
            self._gone[id] = earlier

    def oldest(self) -> str:
        return self._rows[self._order.first()][0]

    def place(self, id: str) -> int:
        """Where the object stands or stood. Raises KeyError if it never did, or was deleted too long ago."""
        place = self._places.get(id)
        return self._gone[id] if place is None else place

    def read(self, window: Window) -> Iterator[bytes]:
        """The objects of the window, read as far as the reader goes."""
        low, high, descending, _ = window
        rows = self._rows
        if descending:
            for place in self._order.descending(None if high is None else high - 1):
                if low is not None and place <= low:
                    return
                yield rows[place][1]
            return
        for place in self._order.ascending(None if low is None else low + 1):
            if high is not None and place >= high:
                return
            yield rows[place][1]

    def _put_at(self, place: int, id: str, raw: bytes) -> None:
        self._rows[place] = (id, raw)
        self._places[id] = place
        self._order.add(place)
        self.size += len(raw)
