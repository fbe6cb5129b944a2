"""Delivers what is due, one after the other."""

from __future__ import annotations

import asyncio
import http.client
import logging
import time

from ..clock import in_trio
from ..engine import Engine
from ..webhooks.outbox import Attempt, Delivery, Outbox
from ..webhooks.signing import headers_of
from .post import post

logger = logging.getLogger("openai_api_mock")

GLANCE = 0.05
"""Seconds until it is worth looking again, where somebody else delivers."""


def deliver_due(engine: Engine, *, thread: bool = False) -> float | None:
    """Deliver all that is due, in order; the seconds until more is, or None.

    Never waits for somebody else who delivers: they go on until nothing is due. `thread`: whether this is the thread
    that delivers at once, which leaves to the test what the test waits for. What is for an application that is bound to
    the event loop of the calling thread is left to others, too.
    """
    outbox = engine.webhooks
    receivers = list(outbox.endpoints.receivers.items())
    skip = {id for id, each in receivers if each.is_bound_here() or (thread and not each.at_once)}
    while True:
        if not outbox.turn.acquire(blocking=False):
            return GLANCE
        try:
            while not outbox.closing and (delivery := outbox.take(skip)) is not None:
                outbox.ended(delivery, attempt(outbox, delivery, engine.clock.time()))
        finally:
            outbox.turn.release()
        wait = outbox.next_due(skip)
        # What was queued after the last look, by one who found the turn taken, is still to be done.
        if wait is None or wait > 0 or outbox.closing:
            return wait


def attempt(outbox: Outbox, delivery: Delivery, at: float) -> Attempt:
    """Try once. Raises nothing."""
    endpoint = outbox.endpoints.find(delivery.endpoint, at)
    if endpoint is None:
        return Attempt(at, error="there is no such endpoint any more", is_last=True)
    body = delivery.body.encode()
    # Whoever verifies it holds the timestamp against the real time, whatever the engine's clock says.
    headers = headers_of(endpoint.secrets, delivery.id, int(time.time()), delivery.body)
    receiver = outbox.endpoints.receivers.get(endpoint.id)
    try:
        if receiver is not None:
            return Attempt(at, receiver.call(headers, body))
        refusal = outbox.endpoints.refusal(endpoint.url)
        if refusal is not None:
            return Attempt(at, error=refusal, is_last=True)
        return Attempt(at, post(endpoint.url, headers, body))
    except (OSError, http.client.HTTPException) as error:
        return Attempt(at, error=str(error) or type(error).__name__)
    except Exception as error:
        outbox.error = error
        logger.warning("the receiver of webhooks at %s failed", endpoint.url, exc_info=True)
        return Attempt(at, error=f"{type(error).__name__}: {error}")


async def try_out(outbox: Outbox, delivery: Delivery, at: float) -> Attempt:
    """The same, for who mustn't be kept waiting."""
    if in_trio():
        import trio

        return await trio.to_thread.run_sync(attempt, outbox, delivery, at)
    return await asyncio.to_thread(attempt, outbox, delivery, at)


def equip(engine: Engine) -> None:
    """Let an engine's endpoints be tried out."""
    engine.webhooks.carrier = try_out
