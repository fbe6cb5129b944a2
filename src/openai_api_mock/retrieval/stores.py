"""The vector stores of one engine, with their files and what is counted of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import uuid4

from ..answer import JSON
from ..clock import Clock
from ..files import Files
from ..jobs import Jobs
from ..state import Store, walk
from .layout import BATCH, ERROR, MADE, NAME, STORES, VERSIONS, Item, batches_of, files_of, rows_of, text_key
from .snapshots import Snapshot, Snapshots

DAY = 24 * 3600
RUNNING = "in_progress"
NOTHING: Mapping[str, JSON] = {}
NO_FILES: Mapping[str, int] = {"cancelled": 0, "completed": 0, "failed": 0, "in_progress": 0, "total": 0}


class VectorStores:
    """Keeps vector stores, their files and their batches as the API shows them. All methods may be called from any
    thread, and by several processes with one store."""

    def __init__(self, store: Store, files: Files, clock: Clock, jobs: Jobs) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._jobs = jobs
        self._snapshots = Snapshots(store)
        files.on_deleted = self.forget

    # Vector stores

    def find(self, id: str) -> Item | None:
        """A vector store, as it is now: expired, if its time is over."""
        found = self._store.get(STORES, id)
        if found is None or found["status"] == "expired" or not self._is_over(found):
            return found
        with self._store.transaction():
            found = self._store.get(STORES, id)
            if found is not None:
                found["status"] = "expired"
                self._store.put(STORES, id, found)
        return found

    def make(self, id: str, given: Mapping[str, JSON]) -> Item:
        """A new one."""
        made = self.made_up(id, given)
        self._keep(made)
        return made

    def made_up(self, id: str, given: Mapping[str, JSON] = NOTHING) -> Item:
        """A new one that isn't kept."""
        now = int(self._clock.time())
        return {
            "id": id,
            "object": "vector_store",
            "created_at": now,
            "name": given.get("name") or "",
            "description": given.get("description"),
            "usage_bytes": 0,
            "file_counts": dict(NO_FILES),
            "status": "completed",
            "expires_after": given.get("expires_after"),
            "expires_at": None,
            "last_active_at": now,
            "metadata": given.get("metadata") or {},
        }

    def change(self, id: str, given: Mapping[str, JSON]) -> Item | None:
        """Other values of its fields; what it is then."""
        with self._store.transaction():
            found = self.find(id)
            if found is not None:
                found |= given
                found["metadata"] = found["metadata"] or {}
                self._keep(found)
        return found

    def touch(self, id: str) -> None:
        """It is used now, which puts its end off."""
        found, now = self._store.get(STORES, id), int(self._clock.time())
        if found is None or found["last_active_at"] == now or found["status"] == "expired":
            return
        with self._store.transaction():
            found = self._store.get(STORES, id)
            if found is not None:
                self._keep({**found, "last_active_at": now})

    def delete(self, id: str) -> bool:
        """Whether there was one. Its files stay files."""
        with self._store.transaction():
            was_there = self._store.delete(STORES, id)
            self._store.delete_below(f"{STORES}/{id}/")
            self._store.delete(VERSIONS, id)
        return was_there

    # Their files

    def file(self, store: str, id: str) -> Item | None:
        """A vector store's file, with what is kept of it for us."""
        return self._store.get(files_of(store), id)

    def add(
        self, store: str, file: str, *, attributes: JSON, chunking: Item, batch: str | None = None
    ) -> Item:  # fmt: skip
        """A file that is to be read: in progress. One that was there already is read anew."""
        with self._store.transaction():
            self.remove(store, file)
            made: Item = {
                "id": file,
                "object": "vector_store.file",
                "created_at": int(self._clock.time()),
                "usage_bytes": 0,
                "vector_store_id": store,
                "status": RUNNING,
                "last_error": None,
                "chunking_strategy": chunking,
                "attributes": attributes or {},
                BATCH: batch,
                MADE: uuid4().hex,
                NAME: str((self._files.find(file) or {}).get("filename") or file),
            }
            self._store.put(files_of(store), file, made)
            self._count(store, None, RUNNING, 0)
        return made

    def settle(self, store: str, id: str, status: str, failure: Mapping[str, JSON] | None = None) -> None:
        """What became of a file that was in progress: completed, failed of something, or cancelled."""
        with self._store.transaction():
            file = self.file(store, id)
            if file is None or file["status"] != RUNNING:
                return
            failure = failure or file.pop(ERROR, None)
            used = self._used(store, id) if status == "completed" else 0
            file |= {"status": status, "usage_bytes": used}
            if status == "failed":
                file["last_error"] = dict(failure or {"code": "server_error", "message": "An internal error occurred."})
            self._store.put(files_of(store), id, file)
            self._count(store, RUNNING, status, used)
            if file[BATCH] is not None:
                self._count_in_batch(store, file[BATCH], status)
            self._changed(store)

    def describe(self, store: str, id: str, attributes: JSON) -> Item | None:
        """Other attributes of a file; what it is then."""
        with self._store.transaction():
            file = self.file(store, id)
            if file is not None:
                file["attributes"] = attributes or {}
                self._store.put(files_of(store), id, file)
                self._changed(store)
        return file

    def remove(self, store: str, id: str) -> bool:
        """Whether it was there. The file itself stays."""
        with self._store.transaction():
            file = self.file(store, id)
            if file is None:
                return False
            self._store.delete(files_of(store), id)
            self._store.delete_below(f"{files_of(store)}/{id}/")
            self._count(store, file["status"], None, -file["usage_bytes"])
            if file["status"] == RUNNING and file[BATCH] is not None:
                self._count_in_batch(store, file[BATCH], "cancelled")
            self._changed(store)
        return True

    def forget(self, file: str) -> None:
        """A file is gone, and so from all vector stores (openai 3.54, files.delete: "... remove it from all vector
        stores")."""
        if self._store.count(STORES):
            for store in list(walk(self._store, STORES, "asc")):
                if self.remove(store["id"], file):
                    self._jobs.end(f"{files_of(store['id'])}/{file}")

    # Batches of files

    def batch(self, store: str, id: str) -> Item | None:
        return self._store.get(batches_of(store), id)

    def make_batch(self, store: str, id: str, files: int) -> Item:
        """A batch of so many files, which are added one by one."""
        made: Item = {
            "id": id,
            "object": "vector_store.files_batch",
            "created_at": int(self._clock.time()),
            "vector_store_id": store,
            "status": RUNNING,
            "file_counts": {**NO_FILES, "in_progress": files, "total": files},
        }
        self._store.put(batches_of(store), id, made)
        return made

    def settle_batch(self, store: str, id: str, status: str, failure: Mapping[str, JSON] | None = None) -> None:
        """It is over; what of its files is in progress goes the same way."""
        with self._store.transaction():
            for file in list(self.unread(store, id)):
                self.settle(store, file["id"], status, failure)
            found = self.batch(store, id)
            if found is not None:
                self._store.put(batches_of(store), id, {**found, "status": status})

    def unread(self, store: str, batch: str) -> Iterator[Item]:
        """The files of a batch that are in progress."""
        after: str | None = None
        while True:
            where: Item = {BATCH: batch, "status": RUNNING}
            page = self._store.page(files_of(store), limit=100, order="asc", after=after, where=where)
            yield from page.items
            if not page.has_more:
                return
            after = str(page.items[-1]["id"])

    # What there is to search

    def catch_up(self, store: str) -> None:
        """What a vector store holds goes on as far as it is due. That is no poll of any. Never inside a transaction."""
        self._jobs.look_below(files_of(store))
        self._jobs.look_below(batches_of(store))

    def snapshot(self, store: str) -> Snapshot:
        """The chunks of a vector store's completed files, as they are now."""
        return self._snapshots.of(store)

    def passage(self, store: str, file: str, start: int, end: int) -> str | None:
        """A part of a file's text; None where it is gone."""
        opened = self._store.open_file(text_key(store, file))
        if opened is None:
            return None
        with opened:
            opened.seek(start)
            return opened.read(end - start).decode()

    def text(self, store: str, file: str) -> str:
        """All of a file's text."""
        opened = self._store.open_file(text_key(store, file))
        if opened is None:
            return ""
        with opened:
            return opened.read().decode()

    # What is counted

    def _keep(self, item: Item) -> None:
        after = item["expires_after"]
        item["expires_at"] = None if after is None else item["last_active_at"] + after["days"] * DAY
        self._store.put(STORES, item["id"], item)

    def _count(self, store: str, before: str | None, after: str | None, used: int) -> None:
        found = self._store.get(STORES, store)
        if found is None:
            return
        counts = found["file_counts"]
        for status, more in ((before, -1), (after, 1)):
            if status is not None:
                counts[status] += more
                counts["total"] += more
        found["usage_bytes"] += used
        if found["status"] != "expired":
            found["status"] = RUNNING if counts[RUNNING] else "completed"
        self._keep({**found, "last_active_at": int(self._clock.time())})

    def _count_in_batch(self, store: str, id: str, status: str) -> None:
        found = self.batch(store, id)
        if found is not None:
            counts = found["file_counts"]
            counts[RUNNING] -= 1
            counts[status] += 1
            self._store.put(batches_of(store), id, found)

    def _changed(self, store: str) -> None:
        self._store.put(VERSIONS, store, {"id": store, "version": uuid4().hex})

    def _used(self, store: str, file: str) -> int:
        """Bytes of a file's text and of its vectors, of 32 bits in 256 dimensions as the API's guide has them."""
        opened = self._store.open_file(text_key(store, file))
        if opened is None:
            return 0
        with opened:
            return opened.seek(0, 2) + 4 * 256 * self._store.count(rows_of(store, file))

    def _is_over(self, item: Mapping[str, JSON]) -> bool:
        return item["expires_at"] is not None and item["expires_at"] <= self._clock.time()
