"""Whether a call is within the limits, and what replies say of them. Pure: it goes by the engine's clock alone."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Awaitable
from math import ceil
from typing import Literal, NamedTuple, TypeVar

import msgspec

from ..admission import key_of
from ..answer import JSON, Usage
from ..call import Call, Refused
from ..clock import Clock, InstantClock
from ..durations import written
from ..errors import failure
from ..journal import Entry
from ..wire import Headers, Reply, Request, Stream
from . import refusals
from .bucket import TICKS, Bucket, Gauge, Window
from .estimate import tokens_of
from .spec import Limit, Limits

LIMITED = frozenset(
    f"POST /{path}"
    for path in (
        "audio/speech",
        "audio/transcriptions",
        "audio/translations",
        "chat/completions",
        "completions",
        "embeddings",
        "images/edits",
        "images/generations",
        "images/variations",
        "moderations",
        "responses",
        "responses?beta=true",
        "responses/compact",
    )
)
"""The operations that models take part in; the others have no limits that are known."""

T = TypeVar("T")
Kind = Literal["requests", "tokens"]


class Dimension(NamedTuple):
    """One of the ways in which calls are limited."""

    name: str
    kind: Kind
    words: str
    seconds: int


# Headers tell of the last one of a kind that is set: where a day's limit is, recorded ones had that.
DIMENSIONS = (
    Dimension("rpm", "requests", "requests per min (RPM)", 60),
    Dimension("rpd", "requests", "requests per day (RPD)", 86_400),
    Dimension("tpm", "tokens", "tokens per min (TPM)", 60),
    Dimension("tpd", "tokens", "tokens per day (TPD)", 86_400),
)
_GAUGES: dict[str, type[Bucket] | type[Window]] = {"bucket": Bucket, "window": Window}


class Meter(NamedTuple):
    dimension: Dimension
    gauge: Gauge


class Ticket:
    """What a call that was let in has taken."""

    __slots__ = ("is_over", "meters", "tokens", "who")

    def __init__(self, who: str, meters: tuple[Meter, ...], tokens: int) -> None:
        self.who = who
        self.meters = meters
        self.tokens = tokens
        self.is_over = False


class Meters:
    """What has been used of a mock's limits. May be asked from any thread."""

    def __init__(self, clock: Clock, limits: Limits | None) -> None:
        self._clock = clock
        self._waits = not isinstance(clock, InstantClock)
        self._lock = threading.Lock()
        self.set(limits)

    def set(self, limits: Limits | None) -> None:
        """Go by these from here on, as if nothing had been used. What is being answered still is."""
        with self._lock:
            self.limits = limits
            self._meters: dict[tuple[str, str], tuple[Meter, ...]] = {}
            self._calls: dict[str, int] = {}
            self._tokens: dict[str, int] = {}
            self._queued: dict[str, tuple[str, str, int]] = {}
            self._open = 0
            self._ends: list[float] = []

    # Calls

    def admit(self, call: Call) -> None:
        """Let a call in and count it. Raises Refused, after which nothing has been counted."""
        limits = self.limits
        if limits is None or call.operation.key not in LIMITED or call.endpoint is not None:
            return
        if call.request.batch is not None:  # a batch's lines are limited by the queue alone
            return
        who = _who(call.request, limits)
        model = str(call.body.get("model") or "requests")
        now = self._now()
        with self._lock:
            self._check_quota(limits, who)
            meters = self._meters_of(limits, who, model)
            tokens = tokens_of(call.body)
            self._check(meters, model, tokens, now)
            self._check_concurrency(limits, meters, now)
            for dimension, gauge in meters:
                gauge.take(now, 1 if dimension.kind == "requests" else tokens)
            self._calls[who] = self._calls.get(who, 0) + 1
            self._open += 1
        call.entry.ticket = Ticket(who, meters, tokens)

    def settle(self, entry: Entry, reply: Reply, usage: Usage | None) -> None:
        """A call is answered: tell in its headers what is left, and let it wait for its turn where calls queue."""
        ticket, limits = entry.ticket, self.limits
        if ticket is None or limits is None or ticket.is_over:
            return
        with self._lock:
            ticket.is_over = True
            self._open = max(0, self._open - 1)
            if reply.status == 200:
                used = ticket.tokens if usage is None else usage.input + usage.output
                self._tokens[ticket.who] = self._tokens.get(ticket.who, 0) + used
            if limits.max_concurrency is not None and self._waits:
                self._occupy(limits, limits.max_concurrency, reply)
            told = _told(ticket.meters, self._now(), whole_seconds=entry.azure)
        if told:
            names = {name for name, _ in told}
            reply.headers = [*(pair for pair in reply.headers if pair[0] not in names), *told]

    def drop(self, entry: Entry) -> None:
        """A call that is never answered."""
        ticket = entry.ticket
        if ticket is not None and not ticket.is_over:
            with self._lock:
                ticket.is_over = True
                self._open = max(0, self._open - 1)

    async def watched(self, entry: Entry, awaited: Awaitable[T]) -> T:
        """What is awaited for a call, which isn't being answered any more where that fails or is given up."""
        try:
            return await awaited
        except BaseException:
            self.drop(entry)
            raise

    # Batches

    def enqueue(self, request: Request, batch: str, model: str, tokens: int) -> str | None:
        """Put a batch of so many tokens into the queue; why it can't be, where it doesn't fit: the message of a failed
        batch's error, whose code is `refusals.TOO_MANY_QUEUED`."""
        limits = self.limits
        found = None if limits is None else limits.of(model)
        if limits is None or found is None or found[1].batch is None:
            return None
        place = (_who(request, limits), found[0])
        with self._lock:
            queued = sum(count for *where, count in self._queued.values() if tuple(where) == place)
            if queued + tokens > found[1].batch:
                return refusals.too_many_queued(model, found[1].batch)
            self._queued[batch] = (*place, tokens)
        return None

    def dequeue(self, batch: str) -> None:
        """A batch that is over."""
        with self._lock:
            self._queued.pop(batch, None)

    # What is left

    def told(self) -> list[dict[str, JSON]]:
        """What is used, for reports."""
        now = self._now()
        with self._lock:
            return [
                {
                    "who": who,
                    "model": model,
                    "limit": dimension.name,
                    "of": gauge.limit,
                    "used": gauge.used(now),
                    "reset_after": gauge.reset(now) / TICKS,
                }
                for (who, model), meters in self._meters.items()
                for dimension, gauge in meters
            ]

    def _now(self) -> int:
        return round(self._clock.time() * TICKS)

    def _meters_of(self, limits: Limits, who: str, model: str) -> tuple[Meter, ...]:
        found = limits.of(model)
        if found is None:
            return ()
        name, limit = found
        meters = self._meters.get((who, name))
        if meters is None:
            meters = self._meters[who, name] = _meters(limit, _GAUGES[limits.counting])
        return meters

    def _check_quota(self, limits: Limits, who: str) -> None:
        calls, tokens = self._calls.get(who, 0), self._tokens.get(who, 0)
        if (limits.quota is not None and calls >= limits.quota) or (
            limits.quota_tokens is not None and tokens >= limits.quota_tokens
        ):
            raise Refused(failure(limits.exhausted))

    def _check(self, meters: tuple[Meter, ...], model: str, tokens: int, now: int) -> None:
        longest, refusing = 0, None
        for meter in meters:
            dimension, gauge = meter
            asked = 1 if dimension.kind == "requests" else tokens
            if asked > gauge.limit:
                left = _told(meters, now)
                raise Refused(refusals.too_large(model, dimension.kind, dimension.words, gauge.limit, asked, left))
            wait = gauge.wait(now, asked)
            if wait > longest:
                longest, refusing = wait, meter
        if refusing is not None:
            (_, kind, words, _), gauge = refusing
            asked = 1 if kind == "requests" else tokens
            used, left = gauge.used(now), _told(meters, now)
            raise Refused(refusals.reached(model, kind, words, gauge.limit, used, asked, longest, left))

    def _check_concurrency(self, limits: Limits, meters: tuple[Meter, ...], now: int) -> None:
        most = limits.max_concurrency
        if most is None or limits.beyond == "queue":
            return
        at = now / TICKS
        while self._ends and self._ends[0] <= at:
            heapq.heappop(self._ends)
        if self._open + len(self._ends) >= most:
            raise Refused(refusals.overloaded(_told(meters, now)))

    def _occupy(self, limits: Limits, most: int, reply: Reply) -> None:
        """Note when the reply will be over. Where calls queue, it begins when one of the `most` before it is over."""
        now, body = self._clock.time(), reply.body
        lasts = max(reply.delay, body.times[-1]) if isinstance(body, Stream) and body.times else reply.delay
        if limits.beyond == "queue" and len(self._ends) >= most:
            wait = max(0.0, heapq.heappop(self._ends) - now)
            if wait:
                reply.delay += wait
                if isinstance(body, Stream) and body.times is not None:
                    reply.body = msgspec.structs.replace(body, times=[at + wait for at in body.times])
            lasts += wait
        heapq.heappush(self._ends, now + lasts)


def _meters(limit: Limit, gauge: type[Bucket] | type[Window]) -> tuple[Meter, ...]:
    numbers = ((dimension, getattr(limit, dimension.name)) for dimension in DIMENSIONS)
    return tuple(Meter(dimension, gauge(number, dimension.seconds)) for dimension, number in numbers if number)


def _told(meters: tuple[Meter, ...], now: int, *, whole_seconds: bool = False) -> Headers:
    """The headers. Resets are rounded down to milliseconds: 22 of 200000 tokens, 6.6 ms, were recorded as "6ms"."""
    told: dict[str, str] = {}
    for (_, kind, _, _), gauge in meters:
        reset = gauge.reset(now)
        told[f"x-ratelimit-limit-{kind}"] = str(gauge.limit)
        told[f"x-ratelimit-remaining-{kind}"] = str(max(0, gauge.limit - gauge.used(now)))
        told[f"x-ratelimit-reset-{kind}"] = (
            str(ceil(reset / TICKS)) if whole_seconds else written(int(reset * 1000 / TICKS))
        )
    return list(told.items())


def _who(request: Request, limits: Limits) -> str:
    if limits.per == "key":
        return key_of(request)
    return request.headers.get(f"openai-{limits.per}", "")
