"""What is to be delivered, and what became of it. The core queues; a front end delivers.

A delivery is one event for one endpoint. It lies in the store from the moment in which what it tells of does, so that
what a killed process left undelivered is delivered by the next.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Literal

import msgspec

from ..answer import JSON
from ..clock import Clock, InstantClock
from ..errors import UsageError
from ..ids import make_for
from ..jobs import Job, Jobs
from ..noise import Noise
from ..state import Store, walk
from .endpoints import Endpoint, Endpoints, Webhook
from .events import OF_STAGES, data_of

DELIVERIES = "/_webhooks/deliveries"
PENDING = "/_webhooks/pending"
_COUNTED = "/_webhooks/counted"
KEPT = 1000
"""Deliveries that are remembered once they are over."""


def _waits() -> tuple[float, ...]:
    waits: list[float] = []
    while sum(waits) + (wait := min(5.0 * 2 ** len(waits), 12 * 3600.0)) <= 72 * 3600:
        waits.append(wait)
    return tuple(waits)


WAITS = _waits()
"""Seconds between one attempt and the next: 5, 10, 20 and so on up to 12 hours, until 72 hours are over. Documented of
the API is the end alone, and that the waits grow."""


class Attempt(msgspec.Struct, frozen=True):
    """One try to deliver."""

    at: float
    """Seconds since the epoch, on the engine's clock."""
    status: int | None = None
    """What the endpoint answered; None: it couldn't be asked."""
    error: str | None = None
    is_last: bool = False
    """Whether it is known that no other can do better."""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Delivery(msgspec.Struct):
    """One event for one endpoint."""

    id: str
    """The header `webhook-id`."""
    endpoint: str
    """Its id."""
    url: str
    body: str
    """What is sent, to the byte, in each attempt."""
    created_at: float
    state: Literal["pending", "delivered", "abandoned"] = "pending"
    attempts: list[Attempt] = []

    @property
    def event(self) -> dict[str, JSON]:
        """What the body says."""
        event: dict[str, JSON] = msgspec.json.decode(self.body)
        return event

    @property
    def type(self) -> str:
        return str(self.event["type"])

    def to_dict(self) -> dict[str, JSON]:
        """As JSON."""
        kept: dict[str, JSON] = msgspec.to_builtins(self)
        return {**{name: value for name, value in kept.items() if name != "body"}, "event": self.event}


Carrier = Callable[["Outbox", Delivery, float], Awaitable[Attempt]]
"""Tries a delivery once, at a time of the engine's clock."""


class Outbox:
    """The deliveries of one engine. All methods may be called from any thread."""

    def __init__(
        self, store: Store, clock: Clock, jobs: Jobs, webhooks: tuple[Webhook, ...], hosts: tuple[str, ...]
    ) -> None:
        self._store = store
        self._clock = clock
        self._jobs = jobs
        self.endpoints = Endpoints(store, webhooks, hosts)
        self.turn = threading.Lock()
        """Of who delivers: one delivery after the other, in order."""
        self.changed = threading.Condition()
        """Notified when there is something to do, or an attempt has ended."""
        self.stirred = 0
        """How often it was."""
        self.delivered = 0
        """How many were, by this process."""
        self.error: Exception | None = None
        """What a receiver in this process raised last."""
        self.closing = False
        """Whether nobody should wait for a receiver any more."""
        self.carrier: Carrier | None = None
        """How a front end tries a delivery out."""
        self.deliver_now: Callable[[], object] = lambda: None
        """Called when a test has brought something on by hand."""
        jobs.listeners.append(self.stir)

    def stir(self) -> None:
        """Wake those who wait for something to happen."""
        with self.changed:
            self.stirred += 1
            self.changed.notify_all()

    # What there is to tell

    def happened(self, job: Job, stage: str, at: float) -> None:
        """A job has entered a stage: tell of it. Called in the transaction in which it does."""
        type = OF_STAGES.get(job.kind, {}).get(stage)
        if type is not None and self.endpoints.any():
            self.queue(type, data_of(type, job.object_id, {}), at)

    def queue(self, type: str, data: Mapping[str, JSON], at: float | None = None) -> list[Delivery]:
        """Have an event delivered to all endpoints that want it; `at` is when it happened: now."""
        now = self._clock.time()
        wanting = self.endpoints.wanting(type, now)
        if not wanting:
            return []
        with self._store.transaction():
            noise = self._noise()
            body = _body(type, data, now if at is None else at, noise)
            deliveries = [
                Delivery(make_for("webhook", noise), each.id, each.url, body, created_at=now) for each in wanting
            ]
            for delivery in deliveries:
                self._keep(delivery)
                self._await(delivery, now)
        self._tell()
        return deliveries

    def redeliver(self, id: str) -> Delivery:
        """Deliver it again, as soon as may be, however it ended. Raises UsageError where there is none of that id."""
        with self._store.transaction():
            delivery = self.find(id)
            if delivery is None:
                raise UsageError(f"there is no delivery {id!r}; the latest are {self._latest()}")
            delivery.state = "pending"
            self._keep(delivery)
            self._await(delivery, self._clock.time())
        self._tell()
        return delivery

    def sample(self, endpoint: Endpoint, type: str, id: str) -> Delivery:
        """A delivery that is only made to see how the endpoint answers, and isn't kept."""
        now = self._clock.time()
        noise = self._noise()
        body = _body(type, data_of(type, id, {}), now, noise)
        return Delivery(make_for("webhook", noise), endpoint.id, endpoint.url, body, created_at=now)

    # What is delivered

    def take(self, skip: Container[str] = ()) -> Delivery | None:
        """The first delivery that is due, but for these endpoints'; it stays in the queue until its attempt has
        ended."""
        now = self._clock.time()
        for waiting in walk(self._store, PENDING, "asc"):
            if waiting["due"] <= now and waiting["endpoint"] not in skip:
                return self.find(waiting["id"])
        return None

    def ended(self, delivery: Delivery, attempt: Attempt) -> None:
        """An attempt has ended."""
        delivery.attempts = [*delivery.attempts[-len(WAITS) :], attempt]
        wait = WAITS[len(delivery.attempts) - 1] if len(delivery.attempts) <= len(WAITS) else None
        if attempt.is_taken:
            delivery.state = "delivered"
        elif wait is None or attempt.is_last:
            delivery.state = "abandoned"
        with self._store.transaction():
            if delivery.state == "pending" and wait is not None:
                # On a clock on which nobody waits, nor does a webhook.
                self._await(delivery, attempt.at + (0 if type(self._clock) is InstantClock else wait))
            else:
                self._store.delete(PENDING, delivery.id)
                self._forget_oldest()
            self._keep(delivery)
        self.delivered += attempt.is_taken
        self.stir()

    def next_due(self, skip: Container[str] = ()) -> float | None:
        """The seconds until something is due, but for these endpoints'; None: nothing is left."""
        left = (each["due"] for each in walk(self._store, PENDING, "asc") if each["endpoint"] not in skip)
        due = min(left, default=None)
        return None if due is None else max(0.0, due - self._clock.time())

    def any_pending(self) -> bool:
        return self._store.count(PENDING) > 0

    # What became of it

    def deliveries(self) -> list[Delivery]:
        """All that are remembered, oldest first."""
        return [msgspec.convert(found, Delivery) for found in walk(self._store, DELIVERIES, "asc")]

    def find(self, id: str) -> Delivery | None:
        found = self._store.get(DELIVERIES, id)
        return None if found is None else msgspec.convert(found, Delivery)

    def clear(self) -> None:
        """As if newly made. The store is emptied by whoever calls."""
        self.endpoints.clear()
        self.delivered, self.error = 0, None

    def _latest(self) -> str:
        return ", ".join(f"{delivery.id} ({delivery.type})" for delivery in self.deliveries()[-5:]) or "none"

    def _keep(self, delivery: Delivery) -> None:
        self._store.put(DELIVERIES, delivery.id, msgspec.to_builtins(delivery))

    def _await(self, delivery: Delivery, due: float) -> None:
        self._store.put(PENDING, delivery.id, {"id": delivery.id, "endpoint": delivery.endpoint, "due": due})

    def _forget_oldest(self) -> None:
        too_many = self._store.count(DELIVERIES) - self._store.count(PENDING) - KEPT
        if too_many > 0:
            for found in walk(self._store, DELIVERIES, "asc"):
                if found["state"] != "pending":
                    self._store.delete(DELIVERIES, found["id"])
                    return

    def _noise(self) -> Noise:
        """The source of the next event's ids: they follow from the order of events."""
        with self._store.transaction():
            count = (self._store.get(_COUNTED, "events") or {"count": 0})["count"] + 1
            self._store.put(_COUNTED, "events", {"count": count})
        return Noise(b"webhook event %d" % count)

    def _tell(self) -> None:
        self._jobs.begun = True
        self.stir()


def _body(type: str, data: Mapping[str, JSON], at: float, noise: Noise) -> str:
    event = {
        "id": make_for("webhook_event", noise),
        "object": "event",
        "created_at": int(at),
        "type": type,
        "data": data,
    }
    return msgspec.json.encode(event).decode()
