"""Keeps things in the store, and finds them again; also those that are there without having been made."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ..answer import JSON
from ..call import Refused
from ..state import Store
from .generic_kinds import Kept
from .generic_making import Item, Maker
from .generic_missing import missing

# Collections that no operation fills have a few things in them all the same.
_STOCK_COUNT = 3
# The collection in which the store remembers which of them it has filled.
_STOCKED = "/_stocked"


class Keeping:
    """The things of all kinds that one engine keeps."""

    def __init__(self, store: Store, maker: Maker, *, synthesizes: bool) -> None:
        self._store = store
        self._maker = maker
        self.synthesizes = synthesizes
        """Whether a thing that was never made is made up when it is asked for."""

    def find(self, kept: Kept, params: Mapping[str, str]) -> Item:
        """The thing that a path names. Raises Refused where there is none."""
        item = self._kept(kept, params)
        if item is not None:
            return item
        # What can be neither made nor listed exists under any id: nobody could learn of one.
        if self.synthesizes or not (kept.made or kept.listed):
            return self._synthesized(kept, params)
        raise Refused(missing(kept.thing, params[kept.place.parameter]))

    def require(self, kept: Kept, params: Mapping[str, str]) -> None:
        """Raises Refused where there is no thing that a path goes through."""
        if not self.synthesizes:
            self.find(kept, params)

    def put(self, kept: Kept, params: Mapping[str, str], item: Item) -> None:
        self._store.put(kept.place.path(params), key_of(kept, item), item)

    def delete(self, kept: Kept, params: Mapping[str, str], item: Item) -> None:
        """Delete a thing with all that is below it."""
        collection = kept.place.path(params)
        with self._store.transaction():
            self._store.delete(collection, key_of(kept, item))
            self._store.delete_below(path_of(kept, params, item) + "/")

    def stock(self, kept: Kept, params: Mapping[str, str]) -> None:
        """Put something in a collection that no operation fills, once."""
        collection = kept.place.path(params)
        if kept.made or self._store.get(_STOCKED, collection) is not None:
            return
        with self._store.transaction():
            if self._store.get(_STOCKED, collection) is not None:
                return
            self._store.put(_STOCKED, collection, {})
            for number in range(_STOCK_COUNT):
                place = f"{collection} {number}"
                item = self._maker.found(kept.item, place, {})
                self._store.put(collection, key_of(kept, item) or place, item)

    def _kept(self, kept: Kept, params: Mapping[str, str]) -> Item | None:
        collection, id = kept.place.path(params), params[kept.place.parameter]
        if kept.listed:
            self.stock(kept, params)
        item = self._store.get(collection, id)
        if item is None and kept.item is not None and {"id", kept.place.parameter} <= kept.item.names:
            # Kept by its id and named by another field, as versions of a skill are.
            found = self._store.page(collection, limit=1, where={kept.place.parameter: id}).items
            item = found[0] if found else None
        return item

    def _synthesized(self, kept: Kept, params: Mapping[str, str]) -> Item:
        id = params[kept.place.parameter]
        item = self._maker.found(kept.item, f"{kept.place.path(params)}/{quote(id, safe='')}", params)
        item[naming_field(kept)] = id
        return item


def key_of(kept: Kept, item: Mapping[str, JSON]) -> str:
    """What a thing is kept under: its id, which pages go on by."""
    return str(item.get("id") or item.get(kept.place.parameter) or "")


def naming_field(kept: Kept) -> str:
    """The field by which paths name a thing."""
    shape = kept.item
    return kept.place.parameter if shape is not None and kept.place.parameter in shape.names else "id"


def path_of(kept: Kept, params: Mapping[str, str], item: Mapping[str, JSON]) -> str:
    """The path of one thing, below which lie its own."""
    return f"{kept.place.path(params)}/{quote(str(item.get(naming_field(kept))), safe='')}"
