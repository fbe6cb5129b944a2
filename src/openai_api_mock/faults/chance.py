"""Failures that come by chance: the API's transient errors, which go away when a client tries again."""

from __future__ import annotations

import msgspec

from ..call import Call, Refused
from ..errors import APIError, failure, wait_headers
from ..headers import ORGANIZATION, RATE_LIMITS
from ..noise import Noise

_LIMITED = msgspec.structs.replace(
    failure(429),
    message=f"Rate limit reached for {{model}} in organization {ORGANIZATION} on requests per min (RPM): Limit 10000, "
    "Used 10000, Requested 1. Please try again in 6ms. Visit https://platform.openai.com/account/rate-limits to learn "
    "more.",
    headers=(*wait_headers(0.006), *{**dict(RATE_LIMITS), "x-ratelimit-remaining-requests": "0"}.items()),
)
TRANSIENT = (_LIMITED, failure(500), failure(503))


def fail_by_chance(call: Call, share: float) -> None:
    """Raise Refused with one of the errors for that share of calls."""
    noise = Noise(b"%b fails %d" % (call.key, call.nth))
    if noise.random() < share:
        raise Refused(transient(noise, call.body.get("model")))


def transient(noise: Noise, model: object) -> APIError:
    """One of the errors, in the words that a call of this model gets."""
    error = noise.choice(TRANSIENT)
    return msgspec.structs.replace(error, message=error.message.format(model=model or "requests"))
