"""Containers, in which code would run: what is kept of them, and of the files in them.

A container's time runs from when it was last used; when it is over, the container shows as expired and its files are
gone. Nothing is kept in memory, so whoever has to do with containers makes one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO

from .answer import JSON
from .clock import Clock
from .files import Files
from .ids import make_for
from .noise import Noise
from .state import Store

CONTAINERS = "/containers"
USUAL_MINUTES = 20
FOLDER = "/mnt/data/"

Item = dict[str, JSON]


def files_of(container: str) -> str:
    """The collection of a container's files."""
    return f"{CONTAINERS}/{container}/files"


class Containers:
    """The containers of one engine."""

    def __init__(self, store: Store, clock: Clock, files: Files) -> None:
        self._store = store
        self._clock = clock
        self._files = files

    def made_up(self, id: str, name: str, given: Mapping[str, JSON]) -> Item:
        """A new container that isn't kept; `given` are the fields of a request."""
        now = int(self._clock.time())
        made: Item = {
            "id": id,
            "object": "container",
            "created_at": now,
            "status": "running",
            "expires_after": given.get("expires_after") or {"anchor": "last_active_at", "minutes": USUAL_MINUTES},
            "last_active_at": now,
            "memory_limit": given.get("memory_limit") or "1g",
            "name": name,
        }
        policy = given.get("network_policy")
        if policy is not None:  # secrets are taken and never shown
            made["network_policy"] = {key: policy[key] for key in ("type", "allowed_domains") if key in policy}
        return made

    def make(self, id: str, name: str, given: Mapping[str, JSON], noise: Noise) -> Item:
        """Keep a new one, with copies of the files that the request names."""
        made = self.made_up(id, name, given)
        with self._store.transaction():
            self._store.put(CONTAINERS, id, made)
            self.copy_all(id, given.get("file_ids") or (), noise)
        return made

    def copy_all(self, id: str, files: Iterable[str], noise: Noise) -> None:
        """Copies of these files, of those that there are."""
        for file in files:
            self.copy(id, make_for("container.file", noise), file)

    def find(self, id: str) -> Item | None:
        """A container, as it is now."""
        found = self._store.get(CONTAINERS, id)
        if found is None or found["status"] != "running":
            return found
        if found["last_active_at"] + 60 * found["expires_after"]["minutes"] > self._clock.time():
            return found
        with self._store.transaction():
            self._store.put(CONTAINERS, id, {**found, "status": "expired"})
            self._store.delete_below(f"{CONTAINERS}/{id}/")
        return {**found, "status": "expired"}

    def touch(self, id: str) -> None:
        """It is used now, which puts its end off."""
        with self._store.transaction():
            found = self.find(id)
            if found is not None and found["status"] == "running":
                self._store.put(CONTAINERS, id, {**found, "last_active_at": int(self._clock.time())})

    def delete(self, id: str) -> None:
        with self._store.transaction():
            self._store.delete(CONTAINERS, id)
            self._store.delete_below(f"{CONTAINERS}/{id}/")

    def add(self, container: str, id: str, name: str, content: bytes | IO[bytes], source: str = "user") -> Item:
        """A file in a container; `source` is "user" or "assistant"."""
        with self._store.transaction():
            size = self._store.put_file(f"{files_of(container)}/{id}/content", content)
            made: Item = {
                "id": id,
                "object": "container.file",
                "container_id": container,
                "created_at": int(self._clock.time()),
                "bytes": size,
                "path": FOLDER + name,
                "source": source,
            }
            self._store.put(files_of(container), id, made)
            self.touch(container)
        return made

    def copy(self, container: str, id: str, file: str) -> Item | None:
        """A copy of a file, if there is such a file."""
        found, opened = self._files.find(file), self._files.open(file)
        if found is None or opened is None:
            return None
        with opened:
            return self.add(container, id, str(found["filename"]), opened)

    def remove(self, container: str, id: str) -> None:
        with self._store.transaction():
            self._store.delete(files_of(container), id)
            self._store.delete_below(f"{files_of(container)}/{id}/")
