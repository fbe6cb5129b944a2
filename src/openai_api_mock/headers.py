"""The headers that the real API sends (recorded in 592 of 596 replies, and one full dump)."""

from __future__ import annotations

from email.utils import formatdate

from .noise import Noise
from .wire import Headers

ORGANIZATION = "org-openai-api-mock"
PROJECT = "proj_openai_api_mock"

STANDING: Headers = [
    ("openai-organization", ORGANIZATION),
    ("openai-project", PROJECT),
    ("openai-version", "2020-10-01"),
    ("access-control-expose-headers", "X-Request-ID, CF-Ray"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
    ("x-content-type-options", "nosniff"),
    ("cf-cache-status", "DYNAMIC"),
    ("server", "cloudflare"),
    ("alt-svc", 'h3=":443"; ma=86400'),
]
# Sent by the endpoints of models. Nobody is limited unless limits are set, so these stay where they are.
RATE_LIMITS: Headers = [
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "30000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "29999998"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "0s"),
]
_MODEL_HEADERS = RATE_LIMITS + STANDING


class HeaderWriter:
    """Writes the headers of one engine's replies."""

    def __init__(self) -> None:
        self._second = -1
        self._date = ""

    def write(self, content_type: str, noise: Noise, now: float, *, of_model: bool) -> Headers:
        second = int(now)
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        drawn = noise.randbytes(25)
        digits = drawn.hex()
        return [
            ("date", self._date),
            ("content-type", content_type),
            ("openai-processing-ms", str(20 + drawn[24])),
            ("x-request-id", f"req_{digits[:32]}"),
            ("cf-ray", f"{digits[32:48]}-SJC"),
            *(_MODEL_HEADERS if of_model else STANDING),
        ]
