"""Errors: those that the mock raises at its user, and those that the API answers with, in its own words."""

from __future__ import annotations

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


class Leak(MockError):
    """A request that would have left for the network and may not."""


class APIError(msgspec.Struct, frozen=True):
    """An error as the API puts it. Rendered as `{"error": {"message", "type", "param", "code"}}`."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


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
TOO_LARGE = APIError(413, "Request body is larger than the limit of 33554432 bytes.")


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
        APIError(429, "Rate limit reached for requests in organization org-openai-api-mock on requests per min (RPM): "
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


def failure(status: int) -> APIError:
    """The API's error for an HTTP status from 400 to 599."""
    if not 400 <= status <= 599:
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
