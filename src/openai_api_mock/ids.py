"""Ids in the API's forms: a prefix, then characters of the alphabet and number that recordings show for it."""

from __future__ import annotations

from random import Random
from typing import Literal

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


def make(kind: Kind, random: Random) -> str:
    prefix, alphabet, length = FORMS[kind]
    if alphabet is HEX:
        return f"{prefix}{random.getrandbits(4 * length):0{length}x}"
    return prefix + base62(random, length)


def base62(random: Random, length: int) -> str:
    return random.randbytes(length).translate(_TO_BASE62).decode()


_TO_BASE62 = (BASE62 * 5)[:256].encode()
