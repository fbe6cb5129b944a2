"""The secrets by which a browser opens a session: keys that bring its settings, and expire."""

from __future__ import annotations

from typing import Any

from .. import ids
from ..admission import key_of
from ..answer import JSON
from ..call import Call, Refused
from ..clock import Clock
from ..errors import wrong_key
from ..keys import Key, Keys
from ..state import Store
from ..wire import Request
from .realtime_settings import Settings

LASTS = 600
"""Seconds, unless the client says otherwise."""


class Secrets:
    """Those of one kind of session, kept in a folder of the store."""

    def __init__(self, folder: str, store: Store, keys: Keys, clock: Clock) -> None:
        self._folder = folder
        self._store = store
        self._keys = keys
        self._clock = clock

    def make(self, call: Call, session: Settings, lasts: int | None = None) -> dict[str, JSON]:
        """A new one that opens sessions with these settings for so many seconds, or as the call has it."""
        asked = (call.body.get("expires_after") or {}).get("seconds")
        until = int(self._clock.time()) + int(lasts or asked or LASTS)
        value = "ek_" + call.noise.randbytes(17).hex()
        secret: dict[str, JSON] = {"value": value, "expires_at": until}
        self._store.put(self._folder, value, {**secret, "session": session})
        # Not documented: what else it may be used for, so for all.
        self._keys.issue(value, Key("", ids.make_for("api_key", call.noise), expires_at=until))
        return secret

    def session_of(self, request: Request) -> Settings | None:
        """The settings that the request's key brings; None where it is another key. Raises Refused where it is over.

        The SDK's docstring of `expires_after` says that the session itself may go on.
        """
        secret: dict[str, Any] | None = self._store.get(self._folder, key_of(request))
        if secret is None:
            return None
        if secret["expires_at"] <= self._clock.time():
            raise Refused(wrong_key(key_of(request)))
        session: Settings = secret["session"]
        return session
