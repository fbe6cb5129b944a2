"""Calls that nobody outside makes: the lines of a batch go through the engine as calls do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

from .errors import UsageError
from .jobs import Later
from .wire import Pending, Reply, Request


class Asking:
    """Asks the engine from inside it."""

    def __init__(
        self,
        handle: Callable[[Request], Reply | Pending],
        refusal: Callable[[Exception], Reply],
        away: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.ask = handle
        """The reply, also to what the engine would raise at; or what waits for a user's coroutine. Never raises."""
        self._refusal = refusal
        self._away = away
        self.wait: Callable[[Awaitable[Any]], Any] | None = None
        """Runs an awaitable to its end and gives its result. A front end sets it, as the engine never waits; it may
        raise Later, and then has left the awaitable as it was."""
        self._left: dict[tuple[str | None, str, bytes], Pending] = {}
        """What couldn't be waited for where it was asked, by whose work it is, path and body."""

    def settle(self, pending: Pending) -> Reply:
        """The reply that a user's coroutine gives, waited for. Raises Later where that can't be done just here."""
        try:
            with self._away():
                value = self._run(pending.awaitable)
        except Later:
            raise
        except Exception as error:
            return self._refusal(pending.fail(error))
        try:
            return pending.resume(value)
        except Exception as error:
            return self._refusal(error)

    def answer(self, request: Request) -> Reply:
        """The reply, waited for where a user's coroutine gives it. Raises Later where that can't be done just here: it
        goes on where the same piece of work asks the same again, so that no script is used up twice."""
        key = (request.batch, request.path, bytes(request.body) if isinstance(request.body, bytes) else b"")
        reply = self._left.pop(key, None) or self.ask(request)
        if not isinstance(reply, Pending):
            return reply
        try:
            return self.settle(reply)
        except Later:
            self._left[key] = reply
            raise

    def forget(self, work: str | None = None) -> None:
        """Let go of what is left of that piece of work, or of all."""
        for key in [key for key in list(self._left) if work is None or key[0] == work]:
            left = self._left.pop(key, None)  # another thread may just have come for it
            if left is not None:
                _close(left.awaitable)

    def _run(self, awaitable: Awaitable[Any]) -> Any:
        if self.wait is None:
            _close(awaitable)
            raise UsageError("an async callable needs a front end that runs it, and this engine has none")
        return self.wait(awaitable)


def _close(awaitable: Awaitable[Any]) -> None:
    """Nobody will wait for it."""
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
