"""How a delivery is signed: Standard Webhooks, as openai 3.54 verifies it in lib/_webhooks.py."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Iterable
from hashlib import sha256

from ..noise import Noise

VARIABLE = "OPENAI_WEBHOOK_SECRET"
"""Where the SDK looks for the secret."""
PREFIX = "whsec_"
SECRET = PREFIX + base64.b64encode(b"openai-api-mock signs by this one").decode()
"""What is signed by where nothing else is said."""
USER_AGENT = "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)"


def usual_secret() -> str:
    """The one that the SDK's client would take, if the environment has one."""
    return os.environ.get(VARIABLE) or SECRET


def new_secret(noise: Noise) -> str:
    return PREFIX + base64.b64encode(noise.randbytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether it can be signed by: Base64 behind the prefix, or any text without it."""
    if not text.startswith(PREFIX):
        return bool(text)
    try:
        return bool(base64.b64decode(text[len(PREFIX) :], validate=True))
    except binascii.Error:
        return False


def hint_of(secret: str) -> str:
    """What still shows of a secret that is shown once."""
    return f"{PREFIX}...{secret[-4:]}"


def signature(secret: str, id: str, timestamp: int, body: str) -> str:
    key = base64.b64decode(secret[len(PREFIX) :]) if secret.startswith(PREFIX) else secret.encode()
    digest = hmac.new(key, f"{id}.{timestamp}.{body}".encode(), sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers_of(secrets: Iterable[str], id: str, timestamp: int, body: str) -> dict[str, str]:
    """What a delivery is sent with; `timestamp` is in real seconds, since the receiver holds it against its own."""
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id, timestamp, body) for secret in secrets),
    }
