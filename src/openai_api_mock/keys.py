"""API keys that were made by the API: whose they are, and whether they are still good.

The keys themselves aren't kept, only what tells them apart: they are shown once.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from .answer import JSON
from .clock import Clock
from .ids import make_for
from .noise import Noise
from .state import Store, walk

KEYS = "/_keys"
PROTOCOL_KEY = "openai-insecure-api-key."


class Key(msgspec.Struct):
    """One that was made."""

    id: str
    """What the store has it under."""
    key: str
    """What the API calls it: `key_...`."""
    project: str | None = None
    owner: dict[str, JSON] | None = None
    """Who it acts for, as audit logs put it."""
    expires_at: float | None = None
    retired: bool = False


class Keys:
    """Those of one engine."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def issue(self, value: str, key: Key) -> None:
        """From here on, this value is that key."""
        self._store.put(KEYS, digest_of(value), msgspec.to_builtins(msgspec.structs.replace(key, id=digest_of(value))))

    def find(self, value: str) -> Key | None:
        found = self._store.get(KEYS, digest_of(value)) if self._store.count(KEYS) else None
        return None if found is None else msgspec.convert(found, Key)

    def is_good(self, key: Key) -> bool:
        return not key.retired and (key.expires_at is None or key.expires_at > self._clock.time())

    def retire(self, *, key: str | None = None, project: str | None = None, owner: str | None = None) -> None:
        """Let a key be good no more, or those of a project or an owner."""
        for found in list(walk(self._store, KEYS, "asc")):
            each = msgspec.convert(found, Key)
            owned = owner is not None and (each.owner or {}).get("id") == owner
            if each.key == key or (project is not None and each.project == project) or owned:
                self._store.put(KEYS, each.id, {**found, "retired": True})

    def id_of(self, value: str) -> str | None:
        """What the API calls a key, be it made here or not; None: there was none."""
        if not value:
            return None
        known = self.find(value)
        return make_for("api_key", Noise(digest_of(value).encode())) if known is None else known.key


def digest_of(value: str) -> str:
    return blake2b(value.encode(), digest_size=16).hexdigest()


def key_in(headers: Mapping[str, str]) -> str:
    """The API key that a request brings; "" where there is none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        return key
    # A browser's WebSocket has no way to send it but among the protocols that it offers.
    offered = headers.get("sec-websocket-protocol", "")
    return headers.get("api-key", "") or offered.partition(PROTOCOL_KEY)[2].partition(",")[0].strip()
