"""Server-sent events as the API frames them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..ids import BASE62
from ..noise import Noise

DONE = b"data: [DONE]\n\n"
CONTENT_TYPE = "text/event-stream; charset=utf-8"

# One long run of noise; every stream reads its obfuscation from another place in it.
PADDING = "".join(Random(0).choices(BASE62, k=4096))
PADDINGS = 4000
"""Places in it from which a padding may be read."""


class Obfuscation:
    """The `obfuscation` of chat chunks: it pads their compact JSON to a length of 1 modulo 16 (recorded: 837/837)."""

    def __init__(self, noise: Noise) -> None:
        self._at = int(noise.random() * PADDINGS)

    def events(self, before: str, chunks: Sequence[str], after: str) -> list[bytes]:
        """The events of chunks that begin and end alike: most of the time of a stream is spent here."""
        after = f'{after},"obfuscation":"'
        around = len(before) + len(after) + len('"}') - 1
        before = f"data: {before}"
        at, self._at = self._at, (self._at + 17 * len(chunks)) % PADDINGS
        events: list[bytes] = []
        for chunk in chunks:
            at = (at + 17) % PADDINGS
            pad = PADDING[at : at + -(len(chunk) + around) % 16]
            events.append(f'{before}{chunk}{after}{pad}"}}\n\n'.encode())
        return events

    def event(self, chunk: str) -> bytes:
        """The event of a chunk, which is compact JSON without its closing brace."""
        length = -(len(chunk) + _AROUND - 1) % 16
        self._at = at = (self._at + 17) % PADDINGS
        return f'data: {chunk},"obfuscation":"{PADDING[at : at + length]}"}}\n\n'.encode()


_AROUND = len(',"obfuscation":""}')


def plain_events(before: str, chunks: Sequence[str], after: str) -> list[bytes]:
    """The events of chunks that begin and end alike and aren't obfuscated."""
    return [f"data: {before}{chunk}{after}}}\n\n".encode() for chunk in chunks]


def plain_event(chunk: str) -> bytes:
    """The event of a chunk that isn't obfuscated; compact JSON without its closing brace."""
    return f"data: {chunk}}}\n\n".encode()
