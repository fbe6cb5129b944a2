"""Server-sent events as the API frames them."""

from __future__ import annotations

from random import Random

from ..ids import BASE62
from ..noise import Noise

DONE = b"data: [DONE]\n\n"
CONTENT_TYPE = "text/event-stream; charset=utf-8"

# One long run of noise; every stream reads its obfuscation from another place in it.
_NOISE = "".join(Random(0).choices(BASE62, k=4096))


class Obfuscation:
    """The `obfuscation` of chat chunks: it pads their compact JSON to a length of 1 modulo 16 (recorded: 837/837)."""

    def __init__(self, noise: Noise) -> None:
        self._at = int(noise.random() * 4000)

    def event(self, chunk: str) -> bytes:
        """The event of a chunk, which is compact JSON without its closing brace."""
        length = -(len(chunk) + _AROUND - 1) % 16
        self._at = at = (self._at + 17) % 4000
        return f'data: {chunk},"obfuscation":"{_NOISE[at : at + length]}"}}\n\n'.encode()


_AROUND = len(',"obfuscation":""}')


def plain_event(chunk: str) -> bytes:
    """The event of a chunk that isn't obfuscated; compact JSON without its closing brace."""
    return f"data: {chunk}}}\n\n".encode()
