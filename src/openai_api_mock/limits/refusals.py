"""What is refused for want of allowance, in the words that were recorded."""

from __future__ import annotations

import msgspec

from ..durations import written
from ..errors import APIError, failure, wait_headers
from ..headers import ORGANIZATION
from ..wire import Headers
from .bucket import TICKS

_MORE = "Visit https://platform.openai.com/account/rate-limits to learn more."
TOO_MANY_QUEUED = "token_limit_exceeded"
"""The code of a batch that doesn't fit into the queue."""


def reached(model: str, kind: str, words: str, limit: int, used: int, asked: int, wait: int, more: Headers) -> APIError:
    """A limit that is used up, for `wait` ticks."""
    milliseconds = -(-wait * 1000 // TICKS)
    message = (
        f"Rate limit reached for {model} in organization {ORGANIZATION} on {words}: Limit {limit}, Used {used}, "
        f"Requested {asked}. Please try again in {written(milliseconds)}. {_MORE}"
    )
    headers = (*wait_headers(milliseconds / 1000), *more)
    return APIError(429, message, kind, None, "rate_limit_exceeded", headers)


def too_large(model: str, kind: str, words: str, limit: int, asked: int, more: Headers) -> APIError:
    """A call that needs more than the limit, and won't be let in however long it waits."""
    message = (
        f"Request too large for {model} in organization {ORGANIZATION} on {words}: Limit {limit}, Requested {asked}. "
        f"The input or output tokens must be reduced in order to run successfully. {_MORE}"
    )
    return APIError(429, message, kind, None, "rate_limit_exceeded", tuple(more))


def too_many_queued(model: str, limit: int) -> str:
    return (
        f"Enqueued token limit reached for {model} in organization {ORGANIZATION}. Limit: {limit:,} enqueued tokens. "
        "Please try again once some in_progress batches have been completed."
    )


def overloaded(more: Headers) -> APIError:
    """More calls at the same time than are answered."""
    return msgspec.structs.replace(failure(503), headers=tuple(more))
