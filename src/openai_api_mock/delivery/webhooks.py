"""What a test does with webhooks: `openai_mock.webhooks`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine import Engine
from ..errors import UsageError
from ..ids import make_for
from ..intercept.loop import Loop
from ..noise import Noise
from ..script.routes import Namespace
from ..webhooks.endpoints import check_events, check_secret
from ..webhooks.events import data_of, thing_of
from ..webhooks.outbox import Delivery
from ..webhooks.signing import usual_secret
from .courier import deliver_due
from .receivers import receiver_of

if TYPE_CHECKING:
    from ..script.shape import _Webhooks as Shape
else:
    from ..script.shape import Shape


class Webhooks(Namespace, Shape):
    """The webhooks of a mock, and the client's routes of that name."""

    def __init__(self, engine: Engine, loop: Loop) -> None:
        super().__init__(engine, "webhooks")
        self._loop = loop

    @property
    def secret(self) -> str:
        """What is signed by where nothing else is said: OPENAI_WEBHOOK_SECRET, which clients take too."""
        return usual_secret()

    def deliver_to(
        self,
        app: object,
        path: str = "/webhook",
        *,
        events: Sequence[str] = (),
        secret: str | None = None,
        at_once: bool = False,
    ) -> None:
        """Tell an application in this process of events: an ASGI or WSGI application, at that path, or a function of
        headers and body, sync or async, which returns a status, a response that has one, or None for 200.

        It is called when the test waits for it (`wait`), sends one (`send`), or brings something on by hand
        (`openai_mock.batches.advance(id)`): in that thread, in the order of events. With `at_once`, a thread calls it
        as soon as something happens, and what is over with the next look happens without one: for code that itself
        waits for its webhook. What is async runs in the event loop in which `deliver_to` was called, if in one.

        `events` are the types that it wants, all unless given; `secret` is what is signed by, `webhooks.secret` unless
        given. Raises UsageError on what can't be.
        """
        check_events(events)
        if secret is not None:
            check_secret(secret)
        if not path.startswith("/"):
            raise UsageError(f"deliver_to(path={path!r}) can't be: a path begins with a slash")
        outbox = self._engine.webhooks
        receiver = receiver_of(app, path, self._loop, lambda: outbox.closing, at_once=at_once)
        name = getattr(app, "__qualname__", type(app).__name__)
        outbox.endpoints.receive(name, receiver, secret or usual_secret(), tuple(events))

    @property
    def deliveries(self) -> list[Delivery]:
        """All that were queued or attempted, oldest first."""
        return self._engine.webhooks.deliveries()

    def send(self, type: str, id: str | None = None, **data: Any) -> list[Delivery]:
        """Tell of an event by hand, whatever happened, such as `send("batch.completed", id=batch.id)`; one delivery for
        each endpoint that wants it. `data` are what it says besides. Raises UsageError on a type that isn't one, and
        where no endpoint wants it."""
        check_events((type,))
        outbox = self._engine.webhooks
        queued = outbox.queue(type, data_of(type, id or make_for(thing_of(type), Noise(type.encode())), data))
        if not queued:
            raise UsageError(f"no endpoint wants {type!r}: openai_mock.webhooks.deliver_to(app) makes one that does")
        return self._deliver(queued)

    def redeliver(self, id: str) -> Delivery:
        """Deliver once more what was delivered or given up. Raises UsageError where there is no delivery of that id."""
        return self._deliver([self._engine.webhooks.redeliver(id)])[0]

    def wait(self, count: int = 1, *, timeout: float = 5.0) -> Delivery:
        """Wait until `count` deliveries have been taken since the mock began; the last of them.

        Meanwhile what takes time goes on as if somebody looked at it, and what is due is delivered in this thread. In a
        coroutine: `await asyncio.to_thread(openai_mock.webhooks.wait)`. Raises AssertionError after `timeout` seconds.
        """
        outbox = self._engine.webhooks
        if any(receiver.is_bound_here() for receiver in outbox.endpoints.receivers.values()):
            raise UsageError("the receiver runs in this event loop: await asyncio.to_thread(openai_mock.webhooks.wait)")
        until = time.monotonic() + timeout
        while True:
            stirred = outbox.stirred
            waits = [self._engine.jobs.run_due(), deliver_due(self._engine), until - time.monotonic()]
            if outbox.delivered >= count:
                return [each for each in outbox.deliveries() if each.state == "delivered"][-1]
            if until <= time.monotonic():
                raise AssertionError(self._too_few(count, timeout)) from outbox.error
            with outbox.changed:
                patience = min(max(wait, 0.0) for wait in waits if wait is not None)
                if outbox.stirred == stirred:
                    outbox.changed.wait(patience)

    def _deliver(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """What became of them: attempted, unless somebody else is just at it."""
        deliver_due(self._engine)
        self._engine.jobs.tell()
        found = (self._engine.webhooks.find(delivery.id) for delivery in deliveries)
        return [delivery for delivery in found if delivery is not None]

    def _too_few(self, count: int, timeout: float) -> str:
        outbox = self._engine.webhooks
        lines = [f"{outbox.delivered} webhooks were taken in {timeout:g} s, not {count}"]
        for each in outbox.deliveries()[-10:]:
            tries = ", ".join(str(attempt.status or attempt.error) for attempt in each.attempts) or "not attempted"
            lines.append(f"  {each.type} to {each.url}: {each.state} ({tries})")
        if not outbox.endpoints.any():
            lines.append("  nobody wants any: openai_mock.webhooks.deliver_to(app)")
        unfinished = [f"{job.object_id} ({job.status})" for job in self._engine.jobs.unfinished()]
        if unfinished:
            lines.append(f"  unfinished: {', '.join(unfinished[-5:])}")
        return "\n".join(lines)
