"""Every fault: its name, when it strikes, what it takes, and what it does. Names are those of the field (WireMock's).

What clients make of each is measured: docs/faults.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from ..errors import Failure

Stage = Literal["before", "answer", "model"]
"""Before the answer, which is then never made; in the answer, on its way; or of the model, in what it says."""

Need = Literal["stream", "speech", "tools", "http"]
"""Calls that it is for: those that stream, those by which a model speaks, those that offer functions, and those that
come over HTTP rather than a WebSocket."""

Value = int | float | str | bool


class Parameter(msgspec.Struct, frozen=True):
    """What a fault takes."""

    kind: type[int] | type[float] | type[str] | type[bool]
    what: str
    default: Value | None = None
    least: float | None = None
    """None: any number will do."""
    choices: tuple[str, ...] = ()


class Kind(msgspec.Struct, frozen=True):
    """One fault of the table."""

    name: str
    stage: Stage
    what: str
    """What it does, in a sentence."""
    takes: dict[str, Parameter] = {}
    needs: tuple[Need, ...] = ()
    """What a call must have all of, so that it can strike."""
    variants: tuple[str, ...] = ("",)
    """Parameters with which the matrix runs it, as they are spelled behind its name."""
    status: int | Failure = 0
    """The error of the API that it answers with."""
    transport: bool = False
    """Whether it is below HTTP, so that a server must hand over its connection."""

    @property
    def spelled(self) -> list[str]:
        """It as the matrix runs it, one for each variant."""
        return [f"{self.name}:{variant}" if variant else self.name for variant in self.variants]


def _count(what: str, default: int | None = None, least: int = 0) -> Parameter:
    return Parameter(int, what, default, least)


ADVICE = {
    "retry_after": Parameter(float, "seconds until the client may try again", None, 0),
    "retry_after_as": Parameter(
        str, "how that is told: as the API does, or by one header alone", "api", None, ("api", "seconds", "ms", "date")
    ),
    "should_retry": Parameter(bool, "what `x-should-retry` says; without it, the header isn't sent"),
    "message": Parameter(str, "other words than the API's"),
}
_CHUNKS = _count("events of a stream that still come", 3)
_AT = {
    "bytes": _count("bytes of the body that still come"),
    "chunks": _count("events of a stream that still come"),
    "at": Parameter(
        str,
        "in the middle of a character of several bytes, before the event that finishes, or before `[DONE]`",
        None,
        None,
        ("character", "finish", "done"),
    ),
}
_WHICH = _count("which event of the stream, from 0; without it, the second that adds to what is said")


def _status(name: str, status: int | Failure, what: str, *variants: str) -> Kind:
    return Kind(name, "before", what, ADVICE, variants=variants or ("",), status=status)


def _broken(name: str, what: str, **others: Parameter) -> Kind:
    return Kind(name, "before", what, others, transport=True)


_BEFORE = (
    _broken("connection_refused", "Nobody listens: the connection isn't made."),
    _broken("dns_failure", "The host's name isn't found. A server that was found can't do this: it resets."),
    _broken("tls_failure", "The certificate isn't trusted. A server without TLS can't do this: it resets."),
    _broken("connection_reset", "The connection is reset when the request has been sent."),
    _broken("empty_response", "The connection is closed without an answer."),
    _broken("random_data", "Random bytes come in the place of an answer; then the connection is closed.",
            bytes=_count("how many", 64, 1)),
    _broken("hang", "Nothing comes, until the client gives up."),
    Kind("status", "before", "The API's error of any status.",
         {"code": Parameter(int, "the status, from 400 to 599", 503, 400), **ADVICE}, variants=("code=418",)),
    _status("unauthorized", 401, "The key is wrong."),
    _status("forbidden", 403, "The country isn't supported."),
    _status("not_found", 404, "There is no such thing."),
    _status("request_timeout", 408, "The API gave up waiting for the request."),
    _status("conflict", 409, "Another request is in the way."),
    _status("payload_too_large", 413, "The body is too large."),
    _status("unprocessable", 422, "The request is understood and can't be done."),
    _status("rate_limit", 429, "Too many requests.", "", "retry_after=0.01", "retry_after=0.01,retry_after_as=ms",
            "retry_after=0.01,retry_after_as=seconds", "retry_after=0,retry_after_as=date", "should_retry=false"),
    _status("token_limit", "tokens", "Too many tokens."),
    _status("request_too_large", "request_too_large", "One request with more tokens than a minute may have."),
    _status("insufficient_quota", "insufficient_quota", "The quota is used up."),
    _status("server_error", 500, "The server had an error.", "", "should_retry=false"),
    Kind("bad_gateway", "before", "A page of HTML from a proxy, with status 502.", ADVICE, status=502),
    _status("overloaded", 503, "The model is overloaded."),
    _status("gateway_timeout", 504, "A gateway gave up waiting."),
)  # fmt: skip

_ANSWER = (
    Kind("slow_headers", "answer", "The head comes later.",
         {"seconds": Parameter(float, "how much later", 1.0, 0)}, variants=("seconds=0.05",)),
    Kind("cut", "answer", "The connection is closed, or reset, in the middle of the body (half of it, unless told).",
         {**_AT, "reset": Parameter(bool, "reset it, rather than close it", False)}, transport=True,
         variants=("", "bytes=100", "chunks=3", "at=character", "at=finish", "at=done",
                   "reset=true", "chunks=3,reset=true", "at=done,reset=true")),
    Kind("stall", "answer", "The body stops for a while, or until the client gives up.",
         {"chunks": _CHUNKS, "seconds": Parameter(float, "how long; without it, for ever", None, 0)},
         variants=("", "seconds=0.05"), transport=True),
    Kind("dribble", "answer", "The body comes in small pieces.",
         {"bytes": _count("of a piece", 64, 1), "seconds": Parameter(float, "between two of them", 0.01, 0)},
         needs=("http",),
         variants=("bytes=100,seconds=0.001",)),
    Kind("duplicate_chunk", "answer", "An event comes twice.", {"chunk": _WHICH}, ("stream",)),
    Kind("swap_chunks", "answer", "An event comes before the one that it should follow.",
         {"chunk": _WHICH}, ("stream",)),
    Kind("drop_chunk", "answer", "An event is missing.", {"chunk": _WHICH}, ("stream",)),
    Kind("malformed_json", "answer", "An event, or the body, isn't whole JSON.", {"chunk": _WHICH}),
    Kind("malformed_chunk", "answer", "The body's framing as HTTP chunks is broken.", {"chunks": _CHUNKS}, ("http",),
         transport=True),
    Kind("wrong_length", "answer", "`content-length` says more or less than there is.",
         {"by": Parameter(int, "how many bytes more; below 0, fewer", 10)}, ("http",), ("", "by=-10"), transport=True),
    Kind("empty_body", "answer", "The head is right, the body empty.", {}, ("http",)),
    Kind("wrong_content_type", "answer", "The head says that the body is something else.",
         {"type": Parameter(str, "what it says", "text/html")}, ("http",)),
    Kind("corrupt_gzip", "answer", "The body is compressed, and damaged.", {}, ("http",)),
    Kind("error_event", "answer", "The stream tells of an error, and ends.",
         {"chunks": _count("pieces of the text that still come", 3),
          "message": Parameter(str, "other words than the API's"), "code": Parameter(str, "the error's code")},
         ("speech", "stream")),
    Kind("comments", "answer", "A comment to keep the connection alive comes before every event.", {},
         ("stream", "http")),
    Kind("long_line", "answer", "An event's line is very long; what it says is the same.",
         {"chunk": _WHICH, "bytes": _count("how long it is at least", 1_000_000, 1)}, ("stream",)),
)  # fmt: skip

_MODEL = (
    Kind("broken_arguments", "model", "A tool's arguments aren't whole JSON.", {}, ("speech", "tools")),
    Kind("misfit_arguments", "model", "A tool's arguments break its schema.", {}, ("speech", "tools")),
    Kind("unknown_tool", "model", "A tool is called that wasn't offered.",
         {"tool": Parameter(str, "its name", "tool_that_was_not_offered")}, ("speech",)),
    Kind("repeated_tool_call", "model", "A tool is called twice, with the same arguments.", {}, ("speech", "tools")),
    Kind("truncated", "model", "The text ends in the middle, with the finish reason `length`.", {}, ("speech",)),
    Kind("empty_content", "model", "Nothing is said.", {}, ("speech",)),
    Kind("refusal", "model", "The model refuses.",
         {"text": Parameter(str, "what it says", "I'm sorry, but I can't assist with that request.")}, ("speech",)),
    Kind("content_filter", "model", "A filter ends the text in the middle.", {}, ("speech",)),
    Kind("hallucinated_citation", "model", "The text cites a source that doesn't exist.", {}, ("speech",)),
    Kind("wrong_language", "model", "The text is in another language than asked for.", {}, ("speech",)),
    Kind("huge_output", "model", "The text is very long.",
         {"words": _count("how many it has", 20_000, 1)}, ("speech",), variants=("words=2000",)),
)  # fmt: skip


def _by_name(kinds: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


FAULTS = _by_name((*_BEFORE, *_ANSWER, *_MODEL))
