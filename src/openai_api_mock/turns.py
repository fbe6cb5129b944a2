"""Whose turn it is to take jobs on: one thread's at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that isn't waited for where that could last, or for ever.

    Who has the turn may ask a user's callable, which may ask for things in its own turn: what is asked for then is
    seen as it stands.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._owner: int | None = None
        self._away = False

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Whether it is this thread's turn now: waits for it, unless it is so already, or who has it is away."""
        if not self._take():
            yield False
            return
        try:
            yield True
        finally:
            with self._changed:
                self._owner = None
                self._changed.notify_all()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Who has the turn waits for somebody else meanwhile, and nobody waits for that."""
        self._set_away(True)
        try:
            yield
        finally:
            self._set_away(False)

    def _take(self) -> bool:
        mine = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._owner in (None, mine) or self._away)
            if self._owner is not None:
                return False
            self._owner = mine
            return True

    def _set_away(self, away: bool) -> None:
        with self._changed:
            self._away = away
            self._changed.notify_all()
