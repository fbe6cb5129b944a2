"""Errors: those that the mock raises at its user, and those that the API answers with, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec


class MockError(Exception):
    """The root of all that openai-api-mock raises by itself."""


class UsageError(MockError, TypeError):
    """The mock was given something that it can't use; the message says what and what would do."""


class UnscriptedCall(MockError, AssertionError):
    """In strict mode, a call that no scripted reply answers."""


class UnusedReplies(MockError, AssertionError):
    """Scripted replies that nobody asked for."""


class ReplyMisfit(MockError, AssertionError):
    """A scripted object that doesn't fit the schema that the request asks for."""


class CallbackFailed(MockError):
    """A user's callable raised while the mock was answering; the cause is chained."""

    @classmethod
    def by(cls, callback: object, error: BaseException) -> CallbackFailed:
        name = getattr(callback, "__qualname__", callback)
        return cls(f"the callable {name} that was to answer raised {type(error).__name__}: {error}")


class Leak(MockError):
    """A request that would have left for the network and may not."""


class APIError(msgspec.Struct, frozen=True):
    """An error as the API puts it. Rendered as `{"error": {"message", "type", "param", "code"}}`."""

    status: int
    message: str
    type: str | None = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    more: Mapping[str, Any] | None = None
    """What stands behind these four."""
    gateway: bool = False
    """Whether it is of Azure's gateway, and has a code and a message alone."""

    def body(self) -> dict[str, dict[str, Any]]:
        if self.gateway:
            return {"error": {"code": self.code, "message": self.message}}
        four = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": {**four, **(self.more or {})}}

    def written(self) -> bytes:
        """The body as it is sent, with two spaces of indent; its keys by the alphabet, as in every recorded reply."""
        # What has more than the four keys is Azure's, and quoted as it stands.
        return msgspec.json.format(msgspec.json.encode(self.body(), order=None if self.more else "sorted"), indent=2)

    def about(self, model: str) -> APIError:
        """With the model's name where the message has `{model}`."""
        return msgspec.structs.replace(self, message=self.message.replace("{model}", model))


# Wordings as quoted from real replies (threads and recordings).
NO_KEY = APIError(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API "
    "from your browser and are prompted for a username and password. You can obtain an API key from "
    "https://platform.openai.com/account/api-keys.",
)
BAD_JSON = APIError(
    400,
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble "
    "figuring out how to fix this, please contact us through our help center at help.openai.com.)",
)
NO_MODEL = APIError(400, "you must provide a model parameter")
# Endpoints that ask for the model before anything else.
ASKS_FOR_MODEL = frozenset(("POST /chat/completions", "POST /completions", "POST /embeddings"))
BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of a body that isn't a multipart form."""
TOO_LARGE = APIError(413, f"Request body is larger than the limit of {BODY_LIMIT} bytes.")


def wrong_key(key: str) -> APIError:
    return APIError(
        401,
        f"Incorrect API key provided: {mask(key)}. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        code="invalid_api_key",
    )


def mask(key: str) -> str:
    """A key as the API shows it: its first 8 and last 4 characters; a very short one whole."""
    return key if len(key) <= 12 else key[:8] + "*" * (len(key) - 12) + key[-4:]


def invalid_url(method: str, path: str) -> APIError:
    return APIError(404, f"Invalid URL ({method} {path})")


def wrong_method(method: str, path: str) -> APIError:
    return APIError(
        405,
        f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
    )


def wait_headers(seconds: float) -> tuple[tuple[str, str], ...]:
    """The headers that tell the SDK how long to wait. Raises UsageError where it can't."""
    if not seconds >= 0:
        raise UsageError(f"retry_after={seconds!r} can't be: it takes seconds, 0 or more")
    if seconds == int(seconds):
        return (("retry-after", str(int(seconds))),)
    # The header takes whole seconds; the SDK reads this one first.
    return (("retry-after-ms", f"{seconds * 1000:g}"), ("retry-after", str(int(seconds) + 1)))


Failure = Literal["content_filter", "insufficient_quota", "credit_balance_exhausted", "tokens", "request_too_large"]
_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
_SAFE = {"filtered": False, "severity": "safe"}

# What `fail("name")` answers with: errors that no request brings about by itself. `{model}` is the request's.
NAMED_FAILURES: dict[Failure, APIError] = {
    "content_filter": APIError(
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
        "modify your prompt and retry. To learn more about our content filtering policies please read our "
        "documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        None,
        "prompt",
        "content_filter",
        more={
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {
                    "hate": _SAFE,
                    "jailbreak": {"filtered": False, "detected": False},
                    "self_harm": _SAFE,
                    "sexual": _SAFE,
                    "violence": {"filtered": True, "severity": "medium"},
                },
            },
        },
    ),
    "insufficient_quota": APIError(429, _QUOTA, "insufficient_quota", None, "insufficient_quota"),
    "credit_balance_exhausted": APIError(
        429, "You have no credits remaining.", "insufficient_quota", None, "credit_balance_exhausted"
    ),
    "tokens": APIError(
        429,
        "Rate limit reached for {model} in organization org-openai-api-mock on tokens per min (TPM): Limit 30000, Used "
        "14567, Requested 24754. Please try again in 18.642s. Visit https://platform.openai.com/account/rate-limits to "
        "learn more.",
        "tokens",
        None,
        "rate_limit_exceeded",
    ),
    "request_too_large": APIError(
        429,
        "Request too large for {model} in organization org-openai-api-mock on tokens per min (TPM): Limit 30000, "
        "Requested 31538. The input or output tokens must be reduced in order to run successfully. Visit "
        "https://platform.openai.com/account/rate-limits to learn more.",
        "tokens",
        None,
        "rate_limit_exceeded",
    ),
}

# What `fail(status)` answers with unless told otherwise. 403 and up to 422 were never recorded in the API's own words,
# except where noted; they exist so that a client's handling can be tested.
FAILURES: dict[int, APIError] = {
    error.status: error
    for error in (
        APIError(400, "Invalid request."),
        APIError(401, "Incorrect API key provided. You can find your API key at "
                      "https://platform.openai.com/account/api-keys.", code="invalid_api_key"),
        APIError(403, "Country, region, or territory not supported", "request_forbidden", None,
                 "unsupported_country_region_territory"),
        APIError(404, "The requested resource was not found."),
        APIError(408, "Request timed out.", "server_error"),
        APIError(409, "The request conflicts with another one.", code="conflict"),
        TOO_LARGE,
        APIError(422, "The request could not be processed.", code="unprocessable_entity"),
        APIError(429, "Rate limit reached for {model} in organization org-openai-api-mock on requests per min (RPM): "
                      "Limit 3, Used 3, Requested 1. Please try again in 20s. Visit "
                      "https://platform.openai.com/account/rate-limits to learn more.",
                 "requests", None, "rate_limit_exceeded"),
        APIError(500, "The server had an error while processing your request. Sorry about that!", "server_error"),
        APIError(502, "Bad gateway.", "server_error"),
        APIError(503, "That model is currently overloaded with other requests. You can retry your request, or contact "
                      "us through our help center at help.openai.com if the error persists.", "server_error"),
        APIError(504, "Gateway timeout.", "server_error"),
    )
}  # fmt: skip


def failure(status: int | Failure) -> APIError:
    """The API's error for an HTTP status from 400 to 599, or of that name."""
    if isinstance(status, str):
        if status not in NAMED_FAILURES:
            raise UsageError(
                f"fail({status!r}): it takes an HTTP status or one of {', '.join(map(repr, NAMED_FAILURES))}"
            )
        return NAMED_FAILURES[status]
    if type(status) is not int or not 400 <= status <= 599:
        raise UsageError(f"fail({status}): an HTTP error status is 400 to 599")
    known = FAILURES.get(status)
    if known is not None:
        return known
    kind = "invalid_request_error" if status < 500 else "server_error"
    return APIError(status, f"The API answered with status {status}.", kind)


def no_websocket(key: str) -> APIError:
    """A WebSocket that the API has and the mock doesn't serve yet."""
    return APIError(
        501,
        f"openai-api-mock knows the operation {key} but doesn't serve WebSockets there yet.",
        "server_error",
        code="mock_not_implemented",
        headers=(("x-should-retry", "false"),),
    )
