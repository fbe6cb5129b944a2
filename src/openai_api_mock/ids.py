"""Ids in the API's forms: a prefix, then characters of the alphabet and number that recordings show for it."""

from __future__ import annotations

from typing import Literal

from .noise import Noise

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HEX = "0123456789abcdef"

Kind = Literal["chatcmpl", "call", "request", "audio", "fingerprint"]

FORMS: dict[Kind, tuple[str, str, int]] = {
    "chatcmpl": ("chatcmpl-", BASE62, 29),
    "call": ("call_", BASE62, 24),
    "request": ("req_", HEX, 32),
    "audio": ("audio_", HEX, 32),
    "fingerprint": ("fp_", HEX, 10),
}


def make(kind: Kind, noise: Noise) -> str:
    prefix, alphabet, length = FORMS[kind]
    if alphabet is HEX:
        return prefix + noise.randbytes(length // 2).hex()
    return prefix + base62(noise, length)


def base62(noise: Noise, length: int) -> str:
    return noise.randbytes(length).translate(_TO_BASE62).decode()


_TO_BASE62 = (BASE62 * 5)[:256].encode()
