"""Faults before the answer: an error of the API's, a page of somebody else's, or no reply at all."""

from __future__ import annotations

from email.utils import formatdate

import msgspec

from ..durations import with_wait
from ..errors import APIError, failure, wait_headers
from ..noise import Noise
from ..wire import Break, Breakage, Reply
from .spelling import Fault

CONNECTIONS: dict[str, Breakage] = {
    "connection_refused": "refused",
    "dns_failure": "dns",
    "tls_failure": "tls",
    "connection_reset": "reset",
    "empty_response": "no_response",
    "random_data": "garbage",
    "hang": "hang",
}
PAGE = b"""<html>\r
<head><title>502 Bad Gateway</title></head>\r
<body>\r
<center><h1>502 Bad Gateway</h1></center>\r
<hr><center>cloudflare</center>\r
</body>\r
</html>\r
"""
_HTML = [("content-type", "text/html"), ("server", "cloudflare"), ("cf-cache-status", "DYNAMIC")]


def instead(fault: Fault, model: str, noise: Noise, now: float) -> APIError | Reply:
    """What a call gets in the place of an answer. `now` is in seconds since the epoch."""
    if fault.name in CONNECTIONS:
        raw = _garbage(fault.get("bytes"), noise) if fault.name == "random_data" else b""
        return Reply(0, [], b"", broken=Break(CONNECTIONS[fault.name], headless=True, raw=raw))
    if fault.name == "bad_gateway":
        return Reply(502, [("date", formatdate(now, usegmt=True)), *_HTML, *_advice(fault, now)], PAGE)
    error = failure(fault.get("code") if fault.name == "status" else fault.kind.status)
    seconds = fault.get("retry_after")
    usual = error.message if seconds is None else with_wait(error.message, seconds)
    message = fault.get("message") or usual
    return msgspec.structs.replace(error, message=message, headers=(*error.headers, *_advice(fault, now))).about(model)


def _advice(fault: Fault, now: float) -> list[tuple[str, str]]:
    """Whether and when to try again."""
    told: list[tuple[str, str]] = []
    seconds = fault.get("retry_after")
    if seconds is not None:
        told += {
            "api": wait_headers(seconds),
            "seconds": (("retry-after", f"{seconds:g}"),),
            "ms": (("retry-after-ms", f"{seconds * 1000:g}"),),
            "date": (("retry-after", formatdate(now + seconds, usegmt=True)),),
        }[fault.get("retry_after_as")]
    if fault.get("should_retry") is not None:
        told.append(("x-should-retry", str(fault.get("should_retry")).lower()))
    return told


def _garbage(count: int, noise: Noise) -> bytes:
    """Random bytes that no parser takes for the beginning of a reply, with a line's end, so that none waits for it."""
    return bytes(byte | 0x80 for byte in noise.randbytes(count)) + b"\r\n\r\n"
